//! Minting tokens on the command line, with the service's own key.

use std::io;

use chrono::TimeDelta;
use clap::{Args, Subcommand};

use crate::auth::{Gate, Mint};
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::{Asker, Durability};
use crate::http::{App, Work};
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
use crate::trail::Witness;

/// Whom the token is for.
#[derive(Clone, Debug, Args)]
pub struct TokenSettings {
    #[command(subcommand)]
    whom: Whom,
}

#[derive(Clone, Debug, Subcommand)]
enum Whom {
    /// A person, by work e-mail.
    Person {
        /// Work e-mail.
        email: String,
        /// Adds the person under this name if there is none; for the first admin of a new installation.
        #[arg(long, value_name = "NAME")]
        create: Option<String>,
        /// A role of the token; may be given twice.
        #[arg(long, value_name = "ROLE", value_parser = ["admin", "coordinator"])]
        role: Vec<String>,
        /// How long the token is good for, in hours.
        #[arg(long, default_value = "12", value_name = "HOURS", value_parser = clap::value_parser!(i64).range(1..=8760))]
        hours: i64,
        #[command(flatten)]
        settings: Settings,
    },
    /// A service account, by name.
    Service {
        /// Its name.
        name: String,
        /// Adds the account with the scopes of the token if there is none.
        #[arg(long)]
        create: bool,
        /// A scope of the token, such as people:write; may be given several times. The account's own
        /// scopes are the ceiling.
        #[arg(long, value_name = "SCOPE", value_parser = scope)]
        scope: Vec<Scope>,
        /// How long the token is good for, in hours.
        #[arg(long, default_value = "720", value_name = "HOURS", value_parser = clap::value_parser!(i64).range(1..=8760))]
        hours: i64,
        #[command(flatten)]
        settings: Settings,
    },
    /// Revokes the token on standard input: a token of the service or of the identity provider.
    Revoke {
        #[command(flatten)]
        settings: Settings,
    },
    /// Ends all tokens of a person, by work e-mail, or of a service account, by name.
    SignOut {
        /// Work e-mail or name of the account.
        who: String,
        #[command(flatten)]
        settings: Settings,
    },
}

fn scope(name: &str) -> Result<Scope, String> {
    let known = || Scope::ALL.map(Scope::name).join(", ");
    Scope::named(name).ok_or_else(|| format!("is none of {}", known()))
}

/// A token for whom the command line names.
pub async fn print(settings: TokenSettings) -> Result<String, Box<dyn std::error::Error>> {
    let clock = Clock::system();
    let (mint, hours, settings) = match settings.whom {
        Whom::Person { email, create, role, hours, settings } => {
            let id = Box::pin(Asker::Service.scope(person(&settings, &clock, &email, create.as_deref()))).await?;
            (Mint::Person(id, role), hours, settings)
        }
        Whom::Service { name, create, scope, hours, settings } => {
            let id =
                Box::pin(Asker::Service.scope(service(&settings, &clock, &name, create.then_some(&scope)))).await?;
            (Mint::Service(id, scope), hours, settings)
        }
        Whom::Revoke { settings } => return Ok(revoke(&settings, clock).await?),
        Whom::SignOut { who, settings } => return Ok(sign_out(&settings, &clock, &who).await?),
    };
    Ok(serve::local_key(&settings)?.sign(mint, clock.now(), TimeDelta::hours(hours))?)
}

async fn revoke(settings: &Settings, clock: Clock) -> Result<String, StartError> {
    let wrong = |reason: String| StartError::new("token", reason);
    let mut token = String::new();
    io::stdin().read_line(&mut token).map_err(|error| wrong(error.to_string()))?;
    let db = start::open_database(settings, Durability::Full, Purpose::Command).await?;
    let gate = Gate::new(db.clone(), clock, serve::local_key(settings)?, None, None);
    let revoked = gate.revoke_unverified(token.trim()).await.map_err(|problem| wrong(told(&problem)));
    db.close().await;
    revoked.map(|()| "The token is revoked; every instance refuses it from now on.".to_owned())
}

async fn sign_out(settings: &Settings, clock: &Clock, who: &str) -> Result<String, StartError> {
    let wrong = |reason: String| StartError::new("who", reason);
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
    signed_out.await.map_err(|problem| wrong(told(&problem)))?;
    app.close().await;
    Ok(format!("All tokens of {who} are ended; tokens that are made from the next second on are accepted."))
}

async fn person(settings: &Settings, clock: &Clock, email: &str, create: Option<&str>) -> Result<PersonId, StartError> {
    let wrong = |reason: String| StartError::new("email", reason);
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
    let found = found.await.map_err(|problem| wrong(told(&problem)))?;
    app.close().await;
    found.ok_or_else(|| wrong(format!("nobody has {email}; add them with --create NAME")))
}

async fn service(
    settings: &Settings,
    clock: &Clock,
    name: &str,
    create: Option<&Vec<Scope>>,
) -> Result<ServiceAccountId, StartError> {
    let wrong = |reason: String| StartError::new("name", reason);
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
    let found = found.await.map_err(|problem| wrong(told(&problem)))?;
    app.close().await;
    found.ok_or_else(|| wrong(format!("no account is called {name}; add it with --create")))
}

/// Adds a person, as the operator.
pub async fn add_person(app: &App, email: &str, name: &str) -> Result<PersonId, Problem> {
    let operator = operator(app);
    let mut tx = app.write(&operator).await?;
    let id = add(app, &mut tx, &operator, email, name).await?;
    tx.commit().await?;
    Ok(id)
}

async fn add(app: &App, tx: &mut Work, operator: &Viewer, email: &str, name: &str) -> Result<PersonId, Problem> {
    let name = Name::parse(name).map_err(|reason| Problem::invalid("/name", reason))?;
    let email = Email::parse(email).map_err(|reason| Problem::invalid("/email", reason))?;
    let leave = roster::write::leave(operator)?;
    let id = roster::write::create(app, tx, operator, &leave, RosterEntry::of(name, email)).await?;
    tx.about(id);
    Ok(id)
}

/// Whoever can read the key file is the operator, and leads the organisation.
fn operator(app: &App) -> Viewer {
    let subject = Subject::Person(PersonId::first());
    let operator = Viewer { subject, is_admin: true, programs: Vec::new(), ceiling: None, witness: Witness::default() };
    operator.seen_by(app.trail(), app.clock.uuid())
}

fn told(problem: &Problem) -> String {
    problem.cause.clone().unwrap_or_else(|| problem.detail.clone().into_owned())
}
