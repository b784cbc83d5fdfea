//! A believable organisation to try the service with, made through the service's own API.

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

use crate::auth::Mint;
use crate::clock::Clock;
use crate::config::{LogForm, Settings};
use crate::db::Durability;
use crate::ids::{PersonId, ServiceAccountId};
use crate::policy::Scope;
use crate::serve::{self, StartError};
use crate::start::{self, Purpose};

use client::Stage;

/// How the demo runs.
#[derive(Clone, Debug, Args)]
pub struct DemoSettings {
    /// Address to listen on.
    #[arg(long, env = "MENTORSHIP_ADDRESS", default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    address: SocketAddr,
    /// Folder for the demo's database; a new temporary one by default.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Requests a minute that one viewer may send; 0 for no limit.
    #[arg(long, default_value = "1200", value_name = "COUNT")]
    rate_limit: u32,
    /// Also writes the address, the tokens and the ids of their people to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    tokens_json: Option<PathBuf>,
    /// What is logged: `error`, `warn`, `info`, `debug`.
    #[arg(long, env = "MENTORSHIP_LOG", default_value = "warn", value_name = "RULES")]
    pub log: String,
}

/// One person of the cast, with a token that is good for a week.
struct Persona {
    key: &'static str,
    about: String,
    token: String,
    id: String,
}

/// Plays the demo and serves it until the process is asked to stop.
pub async fn run(demo: DemoSettings) -> Result<(), Box<dyn std::error::Error>> {
    let folder = demo.data.clone().unwrap_or_else(new_folder);
    let settings = settings(&demo, folder);
    let clock = Clock::system();
    let monday = monday(clock.now());
    clock.hold(monday - TimeDelta::weeks(40), 1);
    let file = settings.data.join("mentorship.db");
    if file.exists() {
        return Err(
            StartError::new("data", format!("{} exists; the demo wants an empty folder", file.display())).into()
        );
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
    show(address, &settings.data, feed["path"].as_str().unwrap_or_default());
    if let Some(file) = &demo.tokens_json {
        let pick = |of: fn(&Persona) -> &str| {
            personas.iter().map(|one| (one.key.to_owned(), json!(of(one)))).collect::<serde_json::Map<_, _>>()
        };
        let told = json!({ "address": format!("http://{address}"), "tokens": pick(|one| &one.token), "ids": pick(|one| &one.id), "pair": couples[0].pair });
        // Tokens: for the owner alone.
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
        file.write_all(&serde_json::to_vec_pretty(&told)?)?;
    }
    running.await??;
    if demo.data.is_none() {
        std::fs::remove_dir_all(&settings.data)?;
    }
    Ok(())
}

/// Asks for suggestions for the first mentees, as themselves: open ones to look at. Some ask the mentors at once.
async fn suggest(stage: &Stage, company: &people::Company, couples: &[life::Couple]) -> Result<(), client::Refused> {
    for (n, couple) in couples.iter().take(6).enumerate() {
        let mentee = stage.person(company.people[couple.mentee].id, &[])?;
        let made = mentee.post("/v1/suggestions", json!({ "limit": 3 })).await?;
        let choices: Vec<_> =
            made["suggestions"].as_array().into_iter().flatten().map(|one| one["id"].clone()).collect();
        // The first mentee is the one of the README, who looks at theirs.
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
        // Each prepares its statements for itself.
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

/// Nine o'clock on the Monday of this week: what the play counts its days from.
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
    let first = couples.first().ok_or("the play has no pairs")?;
    let [mentor, mentee] = [first.mentor, first.mentee].map(|n| &company.people[n]);
    let manager = &company.people[mentee.manager.unwrap_or_default()];
    let coordinator = &company.people[life::COORDINATORS[0]];
    let in_a_pair = |n: usize| couples.iter().any(|couple| couple.mentor == n || couple.mentee == n);
    let colleague = (people::FIRST_MEMBER..company.people.len()).find(|n| !in_a_pair(*n)).unwrap_or_default();
    let colleague = &company.people[colleague];
    let week = TimeDelta::days(7);
    let person = |key, member: &people::Member, role: Option<&str>, about: &str| {
        let roles = role.map(str::to_owned).into_iter().collect();
        let token = stage.token(Mint::Person(member.id, roles), week)?;
        Ok::<_, client::Refused>(Persona {
            key,
            about: format!("{}, {about}", member.name),
            token,
            id: member.id.to_string(),
        })
    };
    let token = stage.token(Mint::Person(admin, vec!["admin".to_owned()]), week)?;
    let robin = Persona {
        key: "admin",
        about: "Robin Admin, leads everything and reads nothing private".to_owned(),
        token,
        id: admin.to_string(),
    };
    let token = stage.token(Mint::Service(hris, vec![Scope::PeopleRead, Scope::PeopleWrite]), week)?;
    let hr = Persona {
        key: "hris",
        about: "Birchwood HR, a service account for people".to_owned(),
        token,
        id: hris.to_string(),
    };
    Ok(vec![
        robin,
        person("coordinator", coordinator, Some("coordinator"), "leads the pairs of New Leaders")?,
        person("manager", manager, None, &format!("{}'s direct manager", mentee.name))?,
        person("mentor", mentor, None, &format!("mentors {}", mentee.name))?,
        person("mentee", mentee, None, &format!("mentored by {}", mentor.name))?,
        person("colleague", colleague, None, "a colleague in no pair")?,
        hr,
    ])
}

#[expect(clippy::print_stdout, reason = "what the demo is for")]
fn tell(address: SocketAddr, personas: &[Persona]) {
    println!("{} is at work: 121 people, 12 teams, 30 pairs. Everything is thrown away at the end.\n", cast::COMPANY);
    println!("  API         http://{address}/v1");
    println!("  Swagger UI  http://{address}/docs/\n");
    println!("Paste these lines into a shell, or a token into Swagger's Authorize box; tokens are good for a week:\n");
    println!("export API=http://{address}\n");
    for Persona { key, about, token, .. } in personas {
        println!("# {about}\nexport {}={token}\n", key.to_uppercase());
    }
}

#[expect(clippy::print_stdout, reason = "what the demo is for")]
fn show(address: SocketAddr, data: &Path, feed: &str) {
    println!("Mails of the last two weeks appear in {} as files.", data.join("mail").display());
    println!("The mentee's sessions, for a calendar to subscribe to:  http://{address}{feed}");
    println!("Webhooks may call this machine: the README has a receiver to try them with.\n");
    println!(
        "Try:  curl -s -H \"authorization: Bearer $MENTEE\" http://{address}/v1/pairs?role=mentee\nCtrl-C ends it."
    );
}
