//! Minting tokens on the command line, with the service's own key.

use chrono::TimeDelta;
use clap::{Args, Subcommand};

use crate::auth::Mint;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::Durability;
use crate::policy::Scope;
use crate::serve::{self, StartError};

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
}

fn scope(name: &str) -> Result<Scope, String> {
    let known = || Scope::ALL.map(Scope::name).join(", ");
    Scope::named(name).ok_or_else(|| format!("is none of {}", known()))
}
