//! What is wrong with the configuration, said before the start and without changing anything.

use std::process::ExitCode;

use secrecy::ExposeSecret as _;

use crate::auth::LocalKey;
use crate::config::Settings;
use crate::db::{Db, Durability};
use crate::http::system::MetricsAccess;
use crate::notify::mail::Post;
use crate::serve::{HELD_BACK, mail, metrics_access, provider};
use crate::trail::Signer;
use crate::vault::Ring;

/// Prints a line a setting; fails if one is wrong.
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
        ("smtp-url", post(settings)),
    ];
    for (setting, finding) in &findings {
        match finding {
            Ok(told) => println!("ok     --{setting}: {told}"),
            Err(wrong) => println!("wrong  --{setting}: {wrong}"),
        }
    }
    if findings.iter().all(|(_, finding)| finding.is_ok()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Finding = Result<String, String>;

fn data_folder(settings: &Settings) -> Finding {
    let folder = settings.data.display();
    match std::fs::metadata(&settings.data) {
        Ok(found) if found.is_dir() => Ok(format!("{folder}")),
        Ok(_) => Err(format!("{folder} is not a folder")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(format!("{folder}, made on first start")),
        Err(error) => Err(format!("{folder}: {error}")),
    }
}

fn post(settings: &Settings) -> Finding {
    match mail(settings).map_err(|error| error.to_string())?.post {
        Post::Folder(folder) => Ok(format!("mails are files in {}", folder.display())),
        Post::Server(_) => Ok("mails go to the mail server".to_owned()),
    }
}

fn key(settings: &Settings) -> Finding {
    let file = settings.key_file();
    if !file.exists() {
        return Ok(format!("{}, made on first start", file.display()));
    }
    LocalKey::read(&file).map(|_| file.display().to_string()).map_err(|error| format!("{} {error}", file.display()))
}

fn audit_key(settings: &Settings) -> Finding {
    let file = settings.audit_key_file();
    if !file.exists() {
        return Ok(format!("{}, made on first start", file.display()));
    }
    Signer::read(&file).map(|_| file.display().to_string()).map_err(|error| format!("{} {error}", file.display()))
}

fn ring(settings: &Settings) -> Finding {
    if let Some(text) = &settings.keyring {
        return Ring::parse(text.expose_secret()).map(|ring| told(&ring)).map_err(|error| error.to_string());
    }
    let file = settings.keyring_file();
    if !file.exists() {
        return Ok(format!("{}, made on first start", file.display()));
    }
    let read = Ring::read(&file).map(|ring| format!("{}, {}", file.display(), told(&ring)));
    read.map_err(|error| format!("{} {error}", file.display()))
}

fn told(ring: &Ring) -> String {
    format!("`{}` in use, of {}", ring.first(), ring.labels().len())
}

async fn database(settings: &Settings) -> Finding {
    let url = settings.database_url();
    let url = url.expose_secret();
    if !url.starts_with("sqlite:") && !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
        return Err("must begin with sqlite:// or postgres://".to_owned());
    }
    if let Some(file) = url.strip_prefix("sqlite://") {
        let file = file.split('?').next().unwrap_or_default();
        return Ok(if std::path::Path::new(file).exists() {
            file.to_owned()
        } else {
            format!("{file}, made on first start")
        });
    }
    // No ring is needed to see whether it answers.
    let db = Db::open(url, 1, Durability::Full, Ring::of_one()).await.map_err(|error| error.to_string())?;
    db.close().await;
    Ok("PostgreSQL answers".to_owned())
}

async fn row_security(settings: &Settings) -> Finding {
    let url = settings.database_url();
    let is_embedded = url.expose_secret().starts_with("sqlite:");
    match (is_embedded, settings.row_security) {
        (true, true) => return Err("needs PostgreSQL; an embedded database has no roles".to_owned()),
        (true, false) => return Ok("off".to_owned()),
        (false, _) => {}
    }
    let db = Db::open(url.expose_secret(), 1, Durability::Full, Ring::of_one()).await;
    let db = db.map_err(|_| "the database does not answer".to_owned())?;
    let finding = match (settings.row_security, db.is_held_back().await) {
        (true, _) => {
            db.clone().behind_row_security().await.map(|_| "holds".to_owned()).map_err(|error| error.to_string())
        }
        (false, Ok(false)) => Ok("off".to_owned()),
        (false, Ok(true)) => Err(HELD_BACK.to_owned()),
        (false, Err(error)) => Err(error.to_string()),
    };
    db.close().await;
    finding
}

/// Fetches the keys: a wrong address or a set without a usable key is found before the start.
async fn identity_provider(settings: &Settings) -> Finding {
    let Some(provider) = provider(settings).map_err(|error| error.to_string())? else {
        return Ok("none; only the service's own tokens are accepted".to_owned());
    };
    let (usable, left_out) = provider.probe().await.map_err(|error| format!("its keys cannot be fetched: {error}"))?;
    let left_out = left_out.iter().fold(String::new(), |told, key| format!("{told}; left out: {key}"));
    Ok(format!("{usable} keys can be used{left_out}"))
}

fn metrics(settings: &Settings) -> Finding {
    let access = metrics_access(settings).map_err(|error| error.to_string())?;
    Ok(match (access, settings.metrics_address) {
        (_, Some(address)) => format!("/metrics is on {address}"),
        (MetricsAccess::Token(_), None) => "/metrics is on the API's address, with the token".to_owned(),
        (MetricsAccess::Closed, None) => "/metrics is on no address".to_owned(),
    })
}

fn origins(settings: &Settings) -> Finding {
    for origin in &settings.cors_origins {
        let is_origin = reqwest::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
        if !is_origin {
            return Err(format!("{origin} is not an origin such as https://app.example.com"));
        }
    }
    Ok(if settings.cors_origins.is_empty() { "none".to_owned() } else { settings.cors_origins.join(", ") })
}
