//! `mentorship check`: finds what is wrong with the settings before the start, without changing anything.

use std::process::ExitCode;

use secrecy::ExposeSecret as _;

use crate::audit_log::Signer;
use crate::auth::LocalKey;
use crate::config::Settings;
use crate::db::{Db, Durability};
use crate::http::system::MetricsAccess;
use crate::notify::mail::MailTransport;
use crate::serve::{HELD_BACK, StartError, lacking_templates, mail, metrics_access, provider};
use crate::start;
use crate::vault::Ring;

/// Prints one line for each setting that it checks. Fails if one is wrong.
pub async fn run(settings: &Settings) -> ExitCode {
    let findings = [
        ("data", data_folder(settings)),
        ("key-file", key(settings)),
        (if settings.keyring.is_some() { "keyring" } else { "keyring-file" }, ring(settings)),
        ("audit-key-file", audit_key(settings)),
        ("database-url", database(settings).await),
        ("row-security", row_security(settings).await),
        ("jwks-address", identity_provider(settings).await),
        ("metrics-token-file", metrics(settings)),
        ("cors-origins", origins(settings)),
        ("smtp-url", mail_server(settings)),
    ];
    for (setting, finding) in &findings {
        match finding {
            Ok(text) => println!("ok     --{setting}: {text}"),
            Err(Wrong::Here(text)) => println!("wrong  --{setting}: {text}"),
            Err(Wrong::Setting(error)) => println!("wrong  {error}"),
        }
    }
    if findings.iter().all(|(_, finding)| finding.is_ok()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is in use, or what is wrong.
type Finding = Result<String, Wrong>;

/// What is wrong.
enum Wrong {
    /// With the setting of the line.
    Here(String),
    /// With a setting that the error names itself.
    Setting(StartError),
}

impl From<String> for Wrong {
    fn from(text: String) -> Self {
        Self::Here(text)
    }
}

impl From<StartError> for Wrong {
    fn from(error: StartError) -> Self {
        Self::Setting(error)
    }
}

/// What to say of a file or folder that is not there.
const NOT_YET: &str = "does not exist; the first start of a new installation creates it";

fn data_folder(settings: &Settings) -> Finding {
    let folder = settings.data.display();
    match std::fs::metadata(&settings.data) {
        Ok(found) if found.is_dir() => Ok(format!("{folder}")),
        Ok(_) => Err(Wrong::Here(format!("{folder} is not a folder; name a folder"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(format!("{folder} {NOT_YET}")),
        Err(error) => Err(Wrong::Here(format!("{folder} cannot be read: {error}"))),
    }
}

fn mail_server(settings: &Settings) -> Finding {
    if let Some(folder) = lacking_templates(settings) {
        let text = format!("there is no folder {}; create it, or remove the setting", folder.display());
        return Err(Wrong::Setting(StartError::new("mail-templates", text)));
    }
    Ok(match mail(settings)?.transport {
        MailTransport::Folder(folder) => format!("none; mails are files in {}", folder.display()),
        MailTransport::Server(_) => "mails go to the mail server; it was not tried".to_owned(),
    })
}

fn key(settings: &Settings) -> Finding {
    let file = settings.key_file();
    if !file.exists() {
        return Ok(format!("{} {NOT_YET}", file.display()));
    }
    LocalKey::read(&file).map_err(|error| format!("{} {error}", file.display()))?;
    Ok(file.display().to_string())
}

fn audit_key(settings: &Settings) -> Finding {
    let file = settings.audit_key_file();
    if !file.exists() {
        return Ok(format!("{} {NOT_YET}", file.display()));
    }
    Signer::read(&file).map_err(|error| format!("{} {error}", file.display()))?;
    Ok(file.display().to_string())
}

fn ring(settings: &Settings) -> Finding {
    if let Some(text) = &settings.keyring {
        return Ok(describe(&Ring::parse(text.expose_secret()).map_err(|error| error.to_string())?));
    }
    let file = settings.keyring_file();
    if !file.exists() {
        return Ok(format!("{} {NOT_YET}", file.display()));
    }
    let ring = Ring::read(&file).map_err(|error| format!("{} {error}", file.display()))?;
    Ok(format!("{}, {}", file.display(), describe(&ring)))
}

fn describe(ring: &Ring) -> String {
    format!("key `{}` in use, {} in the ring", ring.first(), ring.labels().len())
}

async fn database(settings: &Settings) -> Finding {
    start::check_scheme(settings.database_url().expose_secret()).map_err(str::to_owned)?;
    Ok(start::inspect(settings).await?)
}

async fn row_security(settings: &Settings) -> Finding {
    let url = settings.database_url();
    let is_embedded = url.expose_secret().starts_with("sqlite:");
    match (is_embedded, settings.row_security) {
        (true, true) => {
            return Err(Wrong::Here("needs PostgreSQL, and this database is SQLite; remove the setting".to_owned()));
        }
        (true, false) => return Ok("off".to_owned()),
        (false, _) => {}
    }
    let db = Db::open(url.expose_secret(), 1, Durability::Full, Ring::of_one()).await;
    let db = db.map_err(|_| "the database does not answer; see --database-url".to_owned())?;
    let finding = match (settings.row_security, db.hides_rows().await) {
        (true, _) => {
            db.clone().with_row_security().await.map(|_| "holds".to_owned()).map_err(|error| error.to_string())
        }
        (false, Ok(false)) => Ok("off".to_owned()),
        (false, Ok(true)) => Err(HELD_BACK.to_owned()),
        (false, Err(error)) => Err(error.to_string()),
    };
    db.close().await;
    Ok(finding?)
}

/// Fetches the identity provider's keys, so that a wrong address or a set without a usable key is found before the start.
async fn identity_provider(settings: &Settings) -> Finding {
    let Some(provider) = provider(settings)? else {
        return Ok("none; only the service's own tokens are accepted".to_owned());
    };
    let (usable, left_out) = provider.probe().await.map_err(|error| {
        format!("its keys cannot be fetched: {error}; correct the address, or make it reachable from this machine")
    })?;
    let left_out = left_out.iter().fold(String::new(), |text, key| format!("{text}; left out: {key}"));
    Ok(format!("{usable} keys can be used{left_out}"))
}

fn metrics(settings: &Settings) -> Finding {
    let access = metrics_access(settings)?;
    Ok(match (access, settings.metrics_address) {
        (MetricsAccess::Closed, Some(address)) => format!("none; /metrics is served on {address} without a token"),
        (MetricsAccess::Token(_), Some(address)) => {
            format!("/metrics is served on {address} without a token, and on the API's address with the token")
        }
        (MetricsAccess::Token(_), None) => "/metrics is served on the API's address with the token".to_owned(),
        (MetricsAccess::Closed, None) => "none; /metrics is not served".to_owned(),
    })
}

fn origins(settings: &Settings) -> Finding {
    for origin in &settings.cors_origins {
        let is_origin = reqwest::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
        if !is_origin {
            let text = "is not an origin; write scheme and host without a path, such as https://app.example.com";
            return Err(Wrong::Here(format!("{origin} {text}")));
        }
    }
    Ok(if settings.cors_origins.is_empty() { "none".to_owned() } else { settings.cors_origins.join(", ") })
}
