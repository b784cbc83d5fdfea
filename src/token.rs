//! `mentorship token`: creates and revokes tokens with the service's own key, and signs people and accounts out.

use std::io;

use chrono::TimeDelta;
use clap::{Args, Subcommand};

use crate::audit_log::RequestRecorder;
use crate::auth::{Authenticator, TokenSubject};
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::{Durability, OnBehalfOf};
use crate::http::{App, WriteTx};
use crate::identity::sign_out;
use crate::ids::{PersonId, ServiceAccountId};
use crate::people::account::{self, model::ServiceAccount};
use crate::people::organisation::Organisation;
use crate::people::person::roster::{self, model::RosterEntry, store::find_by_email};
use crate::policy::acts::{EndAccess, ManageAccounts};
use crate::policy::{Scope, Subject, Viewer, permit};
use crate::problem::Problem;
use crate::serve::{self, StartError};
use crate::start::{self, Purpose};
use crate::text::{Email, Name};

/// Settings of the command.
#[derive(Clone, Debug, Args)]
pub struct TokenSettings {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Print a bearer token for a person.
    Person {
        /// Work e-mail address of the person.
        email: String,
        /// Add a person with this name first, if no person has the address. For the first admin of a new installation.
        #[arg(long, value_name = "NAME")]
        create: Option<String>,
        /// Role of the token. May be given twice.
        #[arg(long, value_name = "ROLE", value_parser = ["admin", "coordinator"])]
        role: Vec<String>,
        /// Hours until the token expires.
        #[arg(long, default_value = "12", value_name = "HOURS", value_parser = clap::value_parser!(i64).range(1..=8760))]
        hours: i64,
        #[command(flatten)]
        settings: Settings,
    },
    /// Print a bearer token for a service account.
    Service {
        /// Name of the service account.
        name: String,
        /// Add an account with this name and the scopes of the token first, if there is none.
        #[arg(long)]
        create: bool,
        /// Scope of the token, such as people:write. May be given several times. A token never has more scopes than its
        /// account.
        #[arg(long, value_name = "SCOPE", value_parser = scope)]
        scope: Vec<Scope>,
        /// Hours until the token expires.
        #[arg(long, default_value = "720", value_name = "HOURS", value_parser = clap::value_parser!(i64).range(1..=8760))]
        hours: i64,
        #[command(flatten)]
        settings: Settings,
    },
    /// Revoke the token on standard input. It may be one of the service or of the identity provider.
    Revoke {
        #[command(flatten)]
        settings: Settings,
    },
    /// End all tokens of a person or a service account.
    SignOut {
        /// Work e-mail address of the person, or name of the service account.
        who: String,
        #[command(flatten)]
        settings: Settings,
    },
}

fn scope(name: &str) -> Result<Scope, String> {
    let known = || Scope::ALL.map(Scope::name).join(", ");
    Scope::named(name).ok_or_else(|| format!("write one of {}", known()))
}

/// Runs the command. Returns a token, or what was done.
pub async fn print(settings: TokenSettings) -> Result<String, Box<dyn std::error::Error>> {
    let clock = Clock::system();
    let (mint, hours, settings) = match settings.action {
        Action::Person { email, create, role, hours, settings } => {
            let id = Box::pin(OnBehalfOf::Service.scope(person(&settings, &clock, &email, create.as_deref()))).await?;
            (TokenSubject::Person(id, role), hours, settings)
        }
        Action::Service { name, create, scope, hours, settings } => {
            let id = Box::pin(OnBehalfOf::Service.scope(service(&settings, &clock, &name, create.then_some(&scope))))
                .await?;
            (TokenSubject::Service(id, scope), hours, settings)
        }
        Action::Revoke { settings } => return Ok(revoke(&settings, clock).await?),
        Action::SignOut { who, settings } => return Ok(sign_out(&settings, &clock, &who).await?),
    };
    Ok(serve::local_key(&settings)?.sign(mint, clock.now(), TimeDelta::hours(hours))?)
}

async fn revoke(settings: &Settings, clock: Clock) -> Result<String, StartError> {
    let wrong = |reason: String| StartError::of_argument("TOKEN", reason);
    let mut token = String::new();
    io::stdin().read_line(&mut token).map_err(|error| wrong(error.to_string()))?;
    let db = start::open_database(settings, Durability::Full, Purpose::Command).await?;
    let auth = Authenticator::new(db.clone(), clock, serve::local_key(settings)?, None, None);
    let revoked = auth.revoke_unverified(token.trim()).await.map_err(|problem| wrong(reason_of(&problem)));
    db.close().await;
    revoked.map(|()| "The token is revoked. Every instance refuses it from now on.".to_owned())
}

async fn sign_out(settings: &Settings, clock: &Clock, who: &str) -> Result<String, StartError> {
    let wrong = |reason: String| StartError::of_argument("WHO", reason);
    let subject = if who.contains('@') {
        Subject::Person(person(settings, clock, who, None).await?)
    } else {
        Subject::Service(service(settings, clock, who, None).await?, Vec::new())
    };
    let app =
        serve::app(settings, start::open_database(settings, Durability::Full, Purpose::Command).await?, clock.clone())?;
    let operator = operator(&app);
    let signed_out = async {
        let mut tx = app.write(&operator).await?;
        permit::<EndAccess, _>(&operator, Organisation)?;
        sign_out::store::sign_out(&mut tx, &subject, clock.now()).await?;
        tx.about(subject.uuid());
        tx.commit().await
    };
    signed_out.await.map_err(|problem| wrong(reason_of(&problem)))?;
    app.close().await;
    Ok(format!("All tokens of {who} are ended. Tokens that are created from the next second on are accepted."))
}

async fn person(settings: &Settings, clock: &Clock, email: &str, create: Option<&str>) -> Result<PersonId, StartError> {
    let wrong = |reason: String| StartError::of_argument("EMAIL", reason);
    let email = Email::parse(email).map_err(|reason| wrong(reason.into_owned()))?;
    let purpose = if create.is_some() { Purpose::Begin } else { Purpose::Command };
    let db = start::open_database(settings, Durability::Full, purpose).await?;
    let app = serve::app(settings, db, clock.clone())?;
    let operator = operator(&app);
    let found = async {
        let mut tx = app.write(&operator).await?;
        let found = match (find_by_email(&mut tx, &email).await?, create) {
            (Some(id), _) => Some(id),
            (None, None) => None,
            (None, Some(name)) => Some(add(&app, &mut tx, &operator, email.as_str(), name).await?),
        };
        tx.commit().await?;
        Ok::<_, Problem>(found)
    };
    let found = found.await.map_err(|problem| wrong(reason_of(&problem)))?;
    app.close().await;
    found.ok_or_else(|| wrong(format!("no person has the address {email}; to add one, use --create NAME")))
}

async fn service(
    settings: &Settings,
    clock: &Clock,
    name: &str,
    create: Option<&Vec<Scope>>,
) -> Result<ServiceAccountId, StartError> {
    let wrong = |reason: String| StartError::of_argument("NAME", reason);
    let name = Name::parse(name).map_err(|reason| wrong(reason.into_owned()))?;
    let purpose = if create.is_some() { Purpose::Begin } else { Purpose::Command };
    let db = start::open_database(settings, Durability::Full, purpose).await?;
    let app = serve::app(settings, db, clock.clone())?;
    let operator = operator(&app);
    let found = async {
        let mut tx = app.write(&operator).await?;
        let found = match (account::store::find_by_name(&mut tx, &name).await?, create) {
            (Some(known), _) => Some(known.id),
            (None, None) => None,
            (None, Some(scopes)) => {
                let id = ServiceAccountId::new(clock);
                let new = ServiceAccount::new(id, name.clone(), scopes.clone(), clock.now())?;
                permit::<ManageAccounts, _>(&operator, Organisation)?;
                account::store::insert(&mut tx, &new).await?;
                tx.about(id);
                Some(id)
            }
        };
        tx.commit().await?;
        Ok::<_, Problem>(found)
    };
    let found = found.await.map_err(|problem| wrong(reason_of(&problem)))?;
    app.close().await;
    found.ok_or_else(|| wrong(format!("no service account has the name {name}; to add one, use --create")))
}

/// Adds a person in the name of the operator.
pub async fn add_person(app: &App, email: &str, name: &str) -> Result<PersonId, Problem> {
    let operator = operator(app);
    let mut tx = app.write(&operator).await?;
    let id = add(app, &mut tx, &operator, email, name).await?;
    tx.commit().await?;
    Ok(id)
}

async fn add(app: &App, tx: &mut WriteTx, operator: &Viewer, email: &str, name: &str) -> Result<PersonId, Problem> {
    let name = Name::parse(name).map_err(|reason| Problem::invalid("/name", reason))?;
    let email = Email::parse(email).map_err(|reason| Problem::invalid("/email", reason))?;
    let leave = roster::write::permit_change(operator)?;
    let id = roster::write::create(app, tx, operator, &leave, RosterEntry::of(name, email)).await?;
    tx.about(id);
    Ok(id)
}

/// The person who can read the key file is the operator, and has the rights of an admin.
fn operator(app: &App) -> Viewer {
    let subject = Subject::Person(PersonId::first());
    let operator =
        Viewer { subject, is_admin: true, programs: Vec::new(), ceiling: None, recorder: RequestRecorder::default() };
    operator.recorded_in(app.audit_log(), app.clock.uuid())
}

fn reason_of(problem: &Problem) -> String {
    problem.cause.clone().unwrap_or_else(|| problem.detail.clone().into_owned())
}
