//! `mentorship demo`: a sample organisation to try the service with, made through the service's own API.

mod cast;
mod client;
mod life;
mod people;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use clap::Args;
use serde_json::json;

use crate::auth::TokenSubject;
use crate::clock::Clock;
use crate::config::{LogForm, Settings};
use crate::db::Durability;
use crate::ids::{PersonId, ServiceAccountId};
use crate::policy::Scope;
use crate::serve::{self, StartError};
use crate::start::{self, Purpose};

use client::Stage;

/// Settings of the demo.
#[derive(Clone, Debug, Args)]
pub struct DemoSettings {
    /// Address and port to listen on.
    #[arg(long, env = "MENTORSHIP_ADDRESS", default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    address: SocketAddr,
    /// Folder for the demo's database. It must have no database yet, and it stays. Default: a temporary folder that is deleted
    /// at the end.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Requests that one person or service account may send in a minute. 0: no limit.
    #[arg(long, default_value = "1200", value_name = "COUNT")]
    rate_limit: u32,
    /// Write the address, the tokens and the ids of their people to this file, too, as JSON.
    #[arg(long, value_name = "FILE")]
    tokens_json: Option<PathBuf>,
    /// Levels of log lines: `error`, `warn`, `info`, `debug`, or rules such as `info,sqlx=warn`.
    #[arg(long, env = "MENTORSHIP_LOG", default_value = "warn", value_name = "RULES")]
    pub log: String,
}

/// One person or account of the demo, with a token that is valid for a week.
struct Persona {
    key: &'static str,
    about: String,
    token: String,
    id: String,
}

/// Makes the sample organisation and serves it until the process gets SIGTERM or SIGINT.
pub async fn run(demo: DemoSettings) -> Result<(), Box<dyn std::error::Error>> {
    let folder = demo.data.clone().unwrap_or_else(new_folder);
    let settings = settings(&demo, folder);
    let clock = Clock::system();
    let monday = monday(clock.now());
    clock.stop_at(monday - TimeDelta::weeks(40), 1);
    let file = settings.data.join("mentorship.db");
    if file.exists() {
        return Err(StartError::new("data", format!("{} exists already; name an empty folder", file.display())).into());
    }
    let db = start::open_database(&settings, Durability::Relaxed, Purpose::Serve).await?;
    let key = serve::local_key(&settings)?;
    let service = serve::service(&settings, db, clock.clone())?;
    let (server, address) = serve::listen(&settings, &service)?;
    let app = service.app.clone();
    let running = actix_web::rt::spawn(serve::run(server, service));
    let stage = Stage::new(format!("http://{address}"), key, clock.clone())?;
    let admin = crate::token::add_person(&app, "robin.admin@birchwood.example", "Robin Admin").await?;
    let account = json!({ "name": "Birchwood HR", "scopes": ["people:read", "people:write"] });
    let hris = client::id(&stage.person(admin, &["admin"])?.post("/v1/service-accounts", account).await?)?;
    let company = people::found(&stage, admin, hris).await?;
    let couples = life::live(&stage, &company, admin, monday).await?;
    suggest(&stage, &company, &couples).await?;
    let mentee = stage.person(company.people[couples[0].mentee].id, &[])?;
    let feed = mentee.post("/v1/me/calendar-feed", json!({})).await?;
    clock.release();
    let personas = personas(&stage, &company, &couples, admin, hris)?;
    tell(address, &personas);
    let end = if demo.data.is_none() { " and deletes its data." } else { "." };
    show(address, &settings.data, feed["path"].as_str().unwrap_or_default(), end);
    if let Some(file) = &demo.tokens_json {
        let pick = |of: fn(&Persona) -> &str| {
            personas.iter().map(|one| (one.key.to_owned(), json!(of(one)))).collect::<serde_json::Map<_, _>>()
        };
        let text = json!({ "address": format!("http://{address}"), "tokens": pick(|one| &one.token), "ids": pick(|one| &one.id), "pair": couples[0].pair });
        // It holds tokens, so only its owner may read it.
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
        file.write_all(&serde_json::to_vec_pretty(&text)?)?;
    }
    running.await??;
    if demo.data.is_none() {
        std::fs::remove_dir_all(&settings.data)?;
    }
    Ok(())
}

/// Asks for suggestions as each of the first mentees, so that there are open ones. Some send a mentor request at once.
async fn suggest(stage: &Stage, company: &people::Company, couples: &[life::Couple]) -> Result<(), client::Refused> {
    for (n, couple) in couples.iter().take(6).enumerate() {
        let mentee = stage.person(company.people[couple.mentee].id, &[])?;
        let made = mentee.post("/v1/suggestions", json!({ "limit": 3 })).await?;
        let choices: Vec<_> =
            made["suggestions"].as_array().into_iter().flatten().map(|one| one["id"].clone()).collect();
        // The first mentees keep their open suggestions: the tour in the README reads them.
        if n > 2 && !choices.is_empty() {
            let message = "I would like to learn from how you work.";
            mentee.post("/v1/mentor-requests", json!({ "choices": choices, "message": message })).await?;
        }
    }
    Ok(())
}

fn settings(demo: &DemoSettings, data: PathBuf) -> Settings {
    Settings {
        data,
        database_url: None,
        // Few, because each connection prepares its statements for itself.
        database_connections: 2,
        row_security: false,
        address: demo.address,
        workers: None,
        key_file: None,
        audit_key_file: None,
        keyring_file: None,
        keyring: None,
        make_keys: false,
        jwks_address: None,
        jwks_issuer: None,
        jwks_audience: None,
        jwks_person_claim: "email".to_owned(),
        jwks_person_matches: None,
        jwks_roles_claim: crate::auth::RoleClaim::default().path,
        jwks_admin_values: Vec::new(),
        jwks_coordinator_values: Vec::new(),
        first_sign_in_days: 30,
        rebind_wait_days: 7,
        refused_per_address: 0,
        trusted_proxies: Vec::new(),
        metrics_address: None,
        metrics_token_file: None,
        rate_limit: demo.rate_limit,
        requests_at_once: 512,
        request_seconds: 30,
        client_seconds: 10,
        stop_seconds: 5,
        cors_origins: Vec::new(),
        keep_ended_pairs_days: None,
        keep_closed_suggestions_days: None,
        keep_departed_profiles_days: None,
        smtp_url: None,
        mail_from: "Mentoring <mentoring@birchwood.example>".to_owned(),
        mail_templates: None,
        webhook_allow_private: true,
        mail_unsubscribe: None,
        log_form: LogForm::Text,
        log: demo.log.clone(),
    }
}

fn new_folder() -> PathBuf {
    std::env::temp_dir().join(format!("mentorship-demo-{}", std::process::id()))
}

/// Nine o'clock on the Monday of this week. The demo counts its days from it.
fn monday(now: DateTime<Utc>) -> DateTime<Utc> {
    let days = i64::from(now.weekday().num_days_from_monday());
    (now - TimeDelta::days(days)).date_naive().and_hms_opt(9, 0, 0).unwrap_or_default().and_utc()
}

fn personas(
    stage: &Stage,
    company: &people::Company,
    couples: &[life::Couple],
    admin: PersonId,
    hris: ServiceAccountId,
) -> Result<Vec<Persona>, client::Refused> {
    let first = couples.first().ok_or("the demo has no pairs")?;
    let [mentor, mentee] = [first.mentor, first.mentee].map(|n| &company.people[n]);
    let manager = &company.people[mentee.manager.unwrap_or_default()];
    let coordinator = &company.people[life::COORDINATORS[0]];
    let in_a_pair = |n: usize| couples.iter().any(|couple| couple.mentor == n || couple.mentee == n);
    let colleague = (people::FIRST_MEMBER..company.people.len()).find(|n| !in_a_pair(*n)).unwrap_or_default();
    let colleague = &company.people[colleague];
    let week = TimeDelta::days(7);
    let person = |key, member: &people::Member, role: Option<&str>, about: &str| {
        let roles = role.map(str::to_owned).into_iter().collect();
        let token = stage.token(TokenSubject::Person(member.id, roles), week)?;
        Ok::<_, client::Refused>(Persona {
            key,
            about: format!("{}, {about}", member.name),
            token,
            id: member.id.to_string(),
        })
    };
    let token = stage.token(TokenSubject::Person(admin, vec!["admin".to_owned()]), week)?;
    let robin = Persona {
        key: "admin",
        about: "Robin Admin, has the role admin and reads nothing private".to_owned(),
        token,
        id: admin.to_string(),
    };
    let token = stage.token(TokenSubject::Service(hris, vec![Scope::PeopleRead, Scope::PeopleWrite]), week)?;
    let hr = Persona {
        key: "hris",
        about: "Birchwood HR, a service account with people:read and people:write".to_owned(),
        token,
        id: hris.to_string(),
    };
    Ok(vec![
        robin,
        person("coordinator", coordinator, Some("coordinator"), "coordinates the program New Leaders")?,
        person("manager", manager, None, &format!("{}'s direct manager", mentee.name))?,
        person("mentor", mentor, None, &format!("mentors {}", mentee.name))?,
        person("mentee", mentee, None, &format!("mentored by {}", mentor.name))?,
        person("colleague", colleague, None, "a colleague in no pair")?,
        hr,
    ])
}

#[expect(clippy::print_stdout, reason = "what the demo is for")]
fn tell(address: SocketAddr, personas: &[Persona]) {
    println!("The demo company {} is ready: 121 people, 12 teams, 30 pairs.\n", cast::COMPANY);
    println!("  API         http://{address}/v1");
    println!("  Swagger UI  http://{address}/docs/\n");
    println!("These people and accounts have a token. It is valid for a week:\n");
    for Persona { key, about, .. } in personas {
        println!("  {:13}{about}", key.to_uppercase());
    }
    println!("\nPaste the next lines into a shell, or one token into \"Authorize\" of Swagger UI:\n");
    println!("export API=http://{address}");
    for Persona { key, token, .. } in personas {
        println!("export {}={token}", key.to_uppercase());
    }
    println!();
}

#[expect(clippy::print_stdout, reason = "what the demo is for")]
fn show(address: SocketAddr, data: &Path, feed: &str, end: &str) {
    println!("Mails are files in {}.", data.join("mail").display());
    println!("The mentee's sessions for a calendar program:  http://{address}{feed}");
    println!("Webhooks may call this machine.\n");
    println!("Try:  curl -s -H \"authorization: Bearer $MENTEE\" \"$API/v1/pairs?role=mentee\"");
    println!("Ctrl-C stops the demo{end}");
}
