//! Every setting once: its name, default and unit. Flags win over the environment.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;

use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use secrecy::SecretString;

use crate::auth::{ClaimPath, ClientAddress, FirstSignIn, MatchedWith, PersonClaim, RoleClaim, Strangers};
use crate::privacy::retention::model::Retention;

/// The settings of a service.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    /// Folder for the embedded database and the service's own key; made on first start.
    #[arg(long, env = "MENTORSHIP_DATA", default_value = "data", value_name = "FOLDER")]
    pub data: PathBuf,

    /// Database: `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/NAME`. Default: a SQLite file in
    /// the data folder.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,

    /// Connections for reading (SQLite) or for all work (PostgreSQL).
    #[arg(long, env = "MENTORSHIP_DATABASE_CONNECTIONS", default_value = "12", value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,

    /// Lets PostgreSQL hide private rows from whoever is not concerned, too. Needs a role that
    /// `mentorship row-security` was run for; without it the service does not start.
    #[arg(long, env = "MENTORSHIP_ROW_SECURITY")]
    pub row_security: bool,

    /// Address to listen on.
    #[arg(long, env = "MENTORSHIP_ADDRESS", default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    pub address: SocketAddr,

    /// Threads that answer requests. Default: one a core.
    #[arg(long, env = "MENTORSHIP_WORKERS", value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,

    /// Key that signs the service's own tokens: base64url of at least 32 random bytes, readable by
    /// its owner alone. Default: `token.key` in the data folder, made on first start.
    #[arg(long, env = "MENTORSHIP_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,

    /// Key ring that opens what is private in the database: a key a line, `name:` and base64url of 32
    /// random bytes, the first one in use; readable by its owner alone. Default: `keyring` in the
    /// data folder, made on first start.
    #[arg(long, env = "MENTORSHIP_KEYRING_FILE", value_name = "FILE", conflicts_with = "keyring")]
    pub keyring_file: Option<PathBuf>,

    /// The keys of the ring themselves, in place of a file, separated by blanks. Give them by the
    /// environment: others on the machine can read a command line.
    #[arg(long, env = "MENTORSHIP_KEYRING", value_name = "KEYS", hide_env_values = true)]
    pub keyring: Option<SecretString>,

    /// Key that signs checkpoints of the audit log: base64url of 32 random bytes, readable by its owner
    /// alone, the same on every instance. Default: `audit.key` in the data folder, made on first start.
    #[arg(long, env = "MENTORSHIP_AUDIT_KEY_FILE", value_name = "FILE")]
    pub audit_key_file: Option<PathBuf>,

    /// Makes a key ring, key of the audit log or key of tokens that is missing, though the database is served with one
    /// already. Without it such a start is refused.
    #[arg(long, env = "MENTORSHIP_MAKE_KEYS")]
    pub make_keys: bool,

    /// Address of the identity provider's keys (JWKS); https, or this machine.
    #[arg(long, env = "MENTORSHIP_JWKS_ADDRESS", value_name = "URL", requires_all = ["jwks_issuer", "jwks_audience"])]
    pub jwks_address: Option<String>,

    /// Issuer (`iss`) of the identity provider's tokens.
    #[arg(long, env = "MENTORSHIP_JWKS_ISSUER", value_name = "TEXT", requires = "jwks_address")]
    pub jwks_issuer: Option<String>,

    /// Audience (`aud`) that the identity provider puts into tokens for this service.
    #[arg(long, env = "MENTORSHIP_JWKS_AUDIENCE", value_name = "TEXT", requires = "jwks_address")]
    pub jwks_audience: Option<String>,

    /// Claim of the identity provider's tokens that names the person at the first sign-in: a name, or a JSON Pointer such as
    /// `/user/mail`.
    #[arg(long, env = "MENTORSHIP_JWKS_PERSON_CLAIM", default_value = "email", value_name = "CLAIM")]
    pub jwks_person_claim: String,

    /// What the person claim is compared with. Default: the e-mail for the claim `email`, the external id for any other.
    #[arg(long, env = "MENTORSHIP_JWKS_PERSON_MATCHES", value_enum, value_name = "COLUMN")]
    pub jwks_person_matches: Option<MatchedWith>,

    /// Claim of the identity provider's tokens that gives roles: a name, or a JSON Pointer such as `/realm_access/roles`.
    #[arg(long, env = "MENTORSHIP_JWKS_ROLES_CLAIM", default_value = "roles", value_name = "CLAIM")]
    pub jwks_roles_claim: ClaimPath,

    /// Values of the roles claim that make an admin, separated by commas.
    #[arg(
        long,
        env = "MENTORSHIP_JWKS_ADMIN_VALUES",
        default_value = "admin",
        value_name = "VALUES",
        value_delimiter = ','
    )]
    pub jwks_admin_values: Vec<String>,

    /// Values of the roles claim that make a coordinator, separated by commas.
    #[arg(
        long,
        env = "MENTORSHIP_JWKS_COORDINATOR_VALUES",
        default_value = "coordinator",
        value_name = "VALUES",
        value_delimiter = ','
    )]
    pub jwks_coordinator_values: Vec<String>,

    /// How long a person can sign in through the identity provider for the first time, in days after they were added or an
    /// admin opened a new first sign-in.
    #[arg(long, env = "MENTORSHIP_FIRST_SIGN_IN_DAYS", default_value = "30", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub first_sign_in_days: u32,

    /// How long private words stay closed to a new sign-in that the person does not confirm, in days.
    #[arg(long, env = "MENTORSHIP_REBIND_WAIT_DAYS", default_value = "7", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=365))]
    pub rebind_wait_days: u32,

    /// Requests a minute without a valid token that one client address may send, a /64 for IPv6; 0 for no limit.
    #[arg(long, env = "MENTORSHIP_REFUSED_PER_ADDRESS", default_value = "1200", value_name = "COUNT")]
    pub refused_per_address: u32,

    /// Addresses or networks of the proxies in front, separated by commas: their `X-Forwarded-For` says which address a
    /// client has. Default: none, and the address of the connection counts.
    #[arg(long, env = "MENTORSHIP_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// Address to serve `/metrics` on, without a token; for an address that only the monitoring reaches. Default: none.
    #[arg(long, env = "MENTORSHIP_METRICS_ADDRESS", value_name = "HOST:PORT")]
    pub metrics_address: Option<SocketAddr>,

    /// Bearer token that reads `/metrics` on the API's address: base64url of at least 32 random bytes, readable by its owner
    /// alone. Default: none, and `/metrics` answers 404 there.
    #[arg(long, env = "MENTORSHIP_METRICS_TOKEN_FILE", value_name = "FILE")]
    pub metrics_token_file: Option<PathBuf>,

    /// Requests a minute that one viewer may send; 0 for no limit.
    #[arg(long, env = "MENTORSHIP_RATE_LIMIT", default_value = "1200", value_name = "COUNT")]
    pub rate_limit: u32,

    /// Requests at work at once; more are answered 503.
    #[arg(long, env = "MENTORSHIP_REQUESTS_AT_ONCE", default_value = "512", value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub requests_at_once: u32,

    /// Longest time for one request, in seconds.
    #[arg(long, env = "MENTORSHIP_REQUEST_SECONDS", default_value = "30", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub request_seconds: u64,

    /// Longest time for a client to send its headers, in seconds.
    #[arg(long, env = "MENTORSHIP_CLIENT_SECONDS", default_value = "10", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub client_seconds: u64,

    /// Longest time for requests at work to end when the service stops, in seconds.
    #[arg(long, env = "MENTORSHIP_STOP_SECONDS", default_value = "30", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub stop_seconds: u64,

    /// Browsers' origins that may read answers (CORS), separated by commas; none by default.
    #[arg(long, env = "MENTORSHIP_CORS_ORIGINS", value_name = "ORIGIN", value_delimiter = ',')]
    pub cors_origins: Vec<String>,

    /// How long to keep what the two of a pair wrote for each other and for themselves after it
    /// ended, in days. Default: for good.
    #[arg(long, env = "MENTORSHIP_KEEP_ENDED_PAIRS_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_ended_pairs_days: Option<u32>,

    /// How long to keep suggestions that were answered or are stale, requests for a mentor that are over and cohorts that
    /// nobody works with, in days. Default: for good.
    #[arg(long, env = "MENTORSHIP_KEEP_CLOSED_SUGGESTIONS_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_closed_suggestions_days: Option<u32>,

    /// How long to keep what people said of themselves after they left, in days. Default: for good.
    #[arg(long, env = "MENTORSHIP_KEEP_DEPARTED_PROFILES_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_departed_profiles_days: Option<u32>,

    /// Mail server: `smtps://USER:PASSWORD@HOST`, or `smtp://…?tls=required` for STARTTLS. Default: mails
    /// are files in `mail` in the data folder.
    #[arg(long, env = "MENTORSHIP_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<SecretString>,

    /// Who sends mails: an address, or `NAME <ADDRESS>`.
    #[arg(
        long,
        env = "MENTORSHIP_MAIL_FROM",
        default_value = "Mentoring <mentoring@localhost>",
        value_name = "ADDRESS"
    )]
    pub mail_from: String,

    /// Folder with texts of mails that take the place of the service's own of the same name.
    #[arg(long, env = "MENTORSHIP_MAIL_TEMPLATES", value_name = "FOLDER")]
    pub mail_templates: Option<PathBuf>,

    /// Lets webhooks call any address by http or https, also on this machine and in private networks: for laptops and
    /// tests. Without it only public addresses are called, by https.
    #[arg(long, env = "MENTORSHIP_WEBHOOK_ALLOW_PRIVATE")]
    pub webhook_allow_private: bool,

    /// Where people choose which mails they get: `https://…`, a page of yours, or `mailto:…`. Mail programs are
    /// told (`List-Unsubscribe`). Default: they are told nothing.
    #[arg(long, env = "MENTORSHIP_MAIL_UNSUBSCRIBE", value_name = "URL")]
    pub mail_unsubscribe: Option<String>,

    /// Form of the log, on standard error.
    #[arg(long, env = "MENTORSHIP_LOG_FORM", default_value = "text", value_enum)]
    pub log_form: LogForm,

    /// What is logged: `error`, `warn`, `info`, `debug`, or rules such as `info,sqlx=warn`.
    #[arg(long, env = "MENTORSHIP_LOG", default_value = "info", value_name = "RULES")]
    pub log: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| "is not an address or network such as 10.0.0.0/8".to_owned())
}

impl fmt::Display for LogForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

impl Settings {
    /// Where the service's own key is.
    pub fn key_file(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.data.join("token.key"))
    }

    /// Where the key ring is, unless it is given as text.
    pub fn keyring_file(&self) -> PathBuf {
        self.keyring_file.clone().unwrap_or_else(|| self.data.join("keyring"))
    }

    /// Where the key of the audit log is.
    pub fn audit_key_file(&self) -> PathBuf {
        self.audit_key_file.clone().unwrap_or_else(|| self.data.join("audit.key"))
    }

    /// The database's address.
    pub fn database_url(&self) -> SecretString {
        let embedded = || format!("sqlite://{}", self.data.join("mentorship.db").display()).into();
        self.database_url.clone().unwrap_or_else(embedded)
    }

    /// How long what is kept.
    pub const fn retention(&self) -> Retention {
        Retention {
            ended_pairs_days: self.keep_ended_pairs_days,
            closed_suggestions_days: self.keep_closed_suggestions_days,
            departed_profiles_days: self.keep_departed_profiles_days,
        }
    }

    /// Requests a minute that one viewer may send, if that is limited.
    pub const fn quota(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.rate_limit)
    }

    /// Which claim names a person.
    pub fn person_claim(&self) -> PersonClaim {
        PersonClaim::new(&self.jwks_person_claim, self.jwks_person_matches)
    }

    /// Which claim gives roles.
    pub fn role_claim(&self) -> RoleClaim {
        RoleClaim {
            path: self.jwks_roles_claim.clone(),
            admin: self.jwks_admin_values.clone(),
            coordinator: self.jwks_coordinator_values.clone(),
        }
    }

    /// How long first sign-ins are open.
    pub fn first_sign_in(&self) -> FirstSignIn {
        FirstSignIn {
            open_for: TimeDelta::days(self.first_sign_in_days.into()),
            waits_for: TimeDelta::days(self.rebind_wait_days.into()),
        }
    }

    /// How often one address may fail, if that is limited.
    pub fn strangers(&self) -> Option<Strangers> {
        NonZeroU32::new(self.refused_per_address).map(Strangers::new)
    }

    /// Where a client's address stands.
    pub fn client_address(&self) -> ClientAddress {
        ClientAddress::behind(self.trusted_proxies.clone())
    }
}
