//! Every setting once: its name, default and unit. An option on the command line wins over its environment variable.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;

use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use secrecy::SecretString;

use crate::auth::{AddressLimits, ClaimPath, ClientAddress, FirstSignIn, MatchedWith, PersonClaim, RoleClaim};
use crate::privacy::retention::model::Retention;

/// The settings of a service.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    /// Folder for the embedded database, the key files and files of mails. The first start creates it.
    #[arg(long, env = "MENTORSHIP_DATA", default_value = "data", value_name = "FOLDER")]
    pub data: PathBuf,

    /// Address of the database: `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/NAME`. Default: the SQLite file
    /// `mentorship.db` in the data folder.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,

    /// Number of database connections: for reads on SQLite, for all work on PostgreSQL. PostgreSQL needs 3 more for
    /// each instance.
    #[arg(long, env = "MENTORSHIP_DATABASE_CONNECTIONS", default_value = "12", value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,

    /// Use PostgreSQL's row-level security, so that the database also hides private rows. First run `mentorship
    /// row-security ROLE` as the owner of the tables. The service does not start if the role is not restricted.
    #[arg(long, env = "MENTORSHIP_ROW_SECURITY")]
    pub row_security: bool,

    /// Address and port to listen on.
    #[arg(long, env = "MENTORSHIP_ADDRESS", default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    pub address: SocketAddr,

    /// Number of threads that answer requests. Default: one for each processor core.
    #[arg(long, env = "MENTORSHIP_WORKERS", value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,

    /// File of the key that signs the service's own tokens: base64url of at least 32 random bytes, file mode 600.
    /// Default: `token.key` in the data folder; the first start creates it.
    #[arg(long, env = "MENTORSHIP_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,

    /// File of the key ring that encrypts private text: one key on each line, `name:` and base64url of 32 random
    /// bytes; the first key is in use; file mode 600. Default: `keyring` in the data folder; the first start creates
    /// it.
    #[arg(long, env = "MENTORSHIP_KEYRING_FILE", value_name = "FILE", conflicts_with = "keyring")]
    pub keyring_file: Option<PathBuf>,

    /// Keys of the key ring as text, instead of a file, separated by spaces. Use the environment variable: other
    /// users of the machine can read a command line.
    #[arg(long, env = "MENTORSHIP_KEYRING", value_name = "KEYS", hide_env_values = true)]
    pub keyring: Option<SecretString>,

    /// File of the key that signs the audit log: base64url of 32 random bytes, file mode 600, the same on every
    /// instance. Default: `audit.key` in the data folder; the first start creates it.
    #[arg(long, env = "MENTORSHIP_AUDIT_KEY_FILE", value_name = "FILE")]
    pub audit_key_file: Option<PathBuf>,

    /// Create a key file that is missing, although this database was served with another key before. Without it such
    /// a start is refused. Read docs/keys-and-backups.md first.
    #[arg(long, env = "MENTORSHIP_MAKE_KEYS")]
    pub make_keys: bool,

    /// Address of the identity provider's public keys (JWKS). It is https, or http on this machine. Default: none;
    /// only the service's own tokens are accepted.
    #[arg(long, env = "MENTORSHIP_JWKS_ADDRESS", value_name = "URL", requires_all = ["jwks_issuer", "jwks_audience"])]
    pub jwks_address: Option<String>,

    /// Issuer (`iss`) in the identity provider's tokens. Needed with `--jwks-address`.
    #[arg(long, env = "MENTORSHIP_JWKS_ISSUER", value_name = "TEXT", requires = "jwks_address")]
    pub jwks_issuer: Option<String>,

    /// Audience (`aud`) that the identity provider writes into tokens for this service. Needed with `--jwks-address`.
    #[arg(long, env = "MENTORSHIP_JWKS_AUDIENCE", value_name = "TEXT", requires = "jwks_address")]
    pub jwks_audience: Option<String>,

    /// Claim that identifies the person at the first sign-in: a name, or a JSON Pointer such as `/user/mail`.
    #[arg(long, env = "MENTORSHIP_JWKS_PERSON_CLAIM", default_value = "email", value_name = "CLAIM")]
    pub jwks_person_claim: String,

    /// Field of the person that the claim is compared with. Default: the e-mail address for the claim `email`, the
    /// external id for every other claim.
    #[arg(long, env = "MENTORSHIP_JWKS_PERSON_MATCHES", value_enum, value_name = "COLUMN")]
    pub jwks_person_matches: Option<MatchedWith>,

    /// Claim that gives roles: a name, or a JSON Pointer such as `/realm_access/roles`.
    #[arg(long, env = "MENTORSHIP_JWKS_ROLES_CLAIM", default_value = "roles", value_name = "CLAIM")]
    pub jwks_roles_claim: ClaimPath,

    /// Values of the roles claim that give the role `admin`, separated by commas.
    #[arg(
        long,
        env = "MENTORSHIP_JWKS_ADMIN_VALUES",
        default_value = "admin",
        value_name = "VALUES",
        value_delimiter = ','
    )]
    pub jwks_admin_values: Vec<String>,

    /// Values of the roles claim that give the role `coordinator`, separated by commas.
    #[arg(
        long,
        env = "MENTORSHIP_JWKS_COORDINATOR_VALUES",
        default_value = "coordinator",
        value_name = "VALUES",
        value_delimiter = ','
    )]
    pub jwks_coordinator_values: Vec<String>,

    /// Days in which a person can sign in for the first time, counted from the day they were added or an admin opened
    /// a new first sign-in.
    #[arg(long, env = "MENTORSHIP_FIRST_SIGN_IN_DAYS", default_value = "30", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub first_sign_in_days: u32,

    /// Days for which a new sign-in that the person has not confirmed opens no private text.
    #[arg(long, env = "MENTORSHIP_REBIND_WAIT_DAYS", default_value = "7", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=365))]
    pub rebind_wait_days: u32,

    /// Refused requests (without a valid token) that one client address may send in a minute; for IPv6 one /64
    /// network. 0: no limit.
    #[arg(long, env = "MENTORSHIP_REFUSED_PER_ADDRESS", default_value = "1200", value_name = "COUNT")]
    pub refused_per_address: u32,

    /// Addresses or networks of your reverse proxies, separated by commas. Only their `X-Forwarded-For` header is
    /// believed. Default: none; the address of the connection counts.
    #[arg(long, env = "MENTORSHIP_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// Address and port that serves `/metrics` without a token. Use one that only your monitoring can reach. Default:
    /// none.
    #[arg(long, env = "MENTORSHIP_METRICS_ADDRESS", value_name = "HOST:PORT")]
    pub metrics_address: Option<SocketAddr>,

    /// File of the bearer token for `/metrics` on the API's address: base64url of at least 32 random bytes, file mode
    /// 600. Default: none; `/metrics` answers 404 there.
    #[arg(long, env = "MENTORSHIP_METRICS_TOKEN_FILE", value_name = "FILE")]
    pub metrics_token_file: Option<PathBuf>,

    /// Requests that one person or service account may send in a minute to this instance. 0: no limit.
    #[arg(long, env = "MENTORSHIP_RATE_LIMIT", default_value = "1200", value_name = "COUNT")]
    pub rate_limit: u32,

    /// Requests that this instance works on at the same time. More requests are answered 503.
    #[arg(long, env = "MENTORSHIP_REQUESTS_AT_ONCE", default_value = "512", value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub requests_at_once: u32,

    /// Longest time for one request, in seconds. After it the request is answered 503.
    #[arg(long, env = "MENTORSHIP_REQUEST_SECONDS", default_value = "30", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub request_seconds: u64,

    /// Longest time for a client to send its request headers, in seconds.
    #[arg(long, env = "MENTORSHIP_CLIENT_SECONDS", default_value = "10", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub client_seconds: u64,

    /// Longest time for running requests to finish when the service stops, in seconds.
    #[arg(long, env = "MENTORSHIP_STOP_SECONDS", default_value = "30", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub stop_seconds: u64,

    /// Origins of browser front ends that may read answers (CORS), separated by commas, such as
    /// `https://app.example.com`. Default: none.
    #[arg(long, env = "MENTORSHIP_CORS_ORIGINS", value_name = "ORIGIN", value_delimiter = ',')]
    pub cors_origins: Vec<String>,

    /// Days to keep what the two people of a pair wrote for each other and for themselves, counted from the end of
    /// the pair. Default: no limit.
    #[arg(long, env = "MENTORSHIP_KEEP_ENDED_PAIRS_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_ended_pairs_days: Option<u32>,

    /// Days to keep answered and stale suggestions, finished mentor requests and matching rounds without current
    /// work, counted from their last change. Default: no limit.
    #[arg(long, env = "MENTORSHIP_KEEP_CLOSED_SUGGESTIONS_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_closed_suggestions_days: Option<u32>,

    /// Days to keep the profile of a person who left, counted from their departure. Default: no limit.
    #[arg(long, env = "MENTORSHIP_KEEP_DEPARTED_PROFILES_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_departed_profiles_days: Option<u32>,

    /// Address of the mail server: `smtps://USER:PASSWORD@HOST`, or `smtp://…?tls=required` for STARTTLS. Default:
    /// none; mails are files in the folder `mail` of the data folder.
    #[arg(long, env = "MENTORSHIP_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<SecretString>,

    /// Sender of mails: an address, or `NAME <ADDRESS>`.
    #[arg(
        long,
        env = "MENTORSHIP_MAIL_FROM",
        default_value = "Mentoring <mentoring@localhost>",
        value_name = "ADDRESS"
    )]
    pub mail_from: String,

    /// Folder with your own mail texts. A file replaces the service's text of the same name. Default: none.
    #[arg(long, env = "MENTORSHIP_MAIL_TEMPLATES", value_name = "FOLDER")]
    pub mail_templates: Option<PathBuf>,

    /// Let webhooks call any address by http or https, also this machine and private networks. Use it for tests only.
    /// Without it webhooks call only public addresses, by https.
    #[arg(long, env = "MENTORSHIP_WEBHOOK_ALLOW_PRIVATE")]
    pub webhook_allow_private: bool,

    /// Address where people choose their mails: a page of yours (`https://…`) or `mailto:…`. Mail programs show it
    /// (`List-Unsubscribe`). Default: none.
    #[arg(long, env = "MENTORSHIP_MAIL_UNSUBSCRIBE", value_name = "URL")]
    pub mail_unsubscribe: Option<String>,

    /// Form of the log lines on standard error.
    #[arg(long, env = "MENTORSHIP_LOG_FORM", default_value = "text", value_enum)]
    pub log_form: LogForm,

    /// Levels of log lines: `error`, `warn`, `info`, `debug`, or rules such as `info,sqlx=warn`.
    #[arg(long, env = "MENTORSHIP_LOG", default_value = "info", value_name = "RULES")]
    pub log: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// Lines for people to read.
    Text,
    /// One JSON object on each line, for log collectors.
    Json,
}

/// Parses a network or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address
        .or_else(|_| text.parse())
        .map_err(|_| "write an address or a network, such as 10.0.0.7 or 10.0.0.0/8".to_owned())
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
    /// File of the key that signs the service's own tokens.
    pub fn key_file(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.data.join("token.key"))
    }

    /// File of the key ring, unless the ring is given as text.
    pub fn keyring_file(&self) -> PathBuf {
        self.keyring_file.clone().unwrap_or_else(|| self.data.join("keyring"))
    }

    /// File of the audit key.
    pub fn audit_key_file(&self) -> PathBuf {
        self.audit_key_file.clone().unwrap_or_else(|| self.data.join("audit.key"))
    }

    /// Address of the database.
    pub fn database_url(&self) -> SecretString {
        let embedded = || format!("sqlite://{}", self.data.join("mentorship.db").display()).into();
        self.database_url.clone().unwrap_or_else(embedded)
    }

    /// How long each kind of record is kept.
    pub const fn retention(&self) -> Retention {
        Retention {
            ended_pairs_days: self.keep_ended_pairs_days,
            closed_suggestions_days: self.keep_closed_suggestions_days,
            departed_profiles_days: self.keep_departed_profiles_days,
        }
    }

    /// Requests that one viewer may send in a minute. `None`: no limit.
    pub const fn quota(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.rate_limit)
    }

    /// Claim that identifies a person.
    pub fn person_claim(&self) -> PersonClaim {
        PersonClaim::new(&self.jwks_person_claim, self.jwks_person_matches)
    }

    /// Claim that gives roles.
    pub fn role_claim(&self) -> RoleClaim {
        RoleClaim {
            path: self.jwks_roles_claim.clone(),
            admin: self.jwks_admin_values.clone(),
            coordinator: self.jwks_coordinator_values.clone(),
        }
    }

    /// How long first sign-ins are open, and how long unconfirmed ones wait.
    pub fn first_sign_in(&self) -> FirstSignIn {
        FirstSignIn {
            open_for: TimeDelta::days(self.first_sign_in_days.into()),
            waits_for: TimeDelta::days(self.rebind_wait_days.into()),
        }
    }

    /// Limit of refused requests for one client address. `None`: no limit.
    pub fn address_limits(&self) -> Option<AddressLimits> {
        NonZeroU32::new(self.refused_per_address).map(AddressLimits::new)
    }

    /// How the address of a client is found.
    pub fn client_address(&self) -> ClientAddress {
        ClientAddress::behind(self.trusted_proxies.clone())
    }
}
