//! Sends mails to a mail server, or writes them into a folder.

use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::message::MailMessage;
use crate::ids::DeliveryId;
use crate::notify::delivery::model::DeliveryError;

/// Longest wait for an answer of the mail server.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Hosts that need no encryption: this machine.
const THIS_MACHINE: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// How mails are sent.
#[derive(Debug)]
pub enum MailTransport {
    /// One file for each mail in this folder, named after its delivery.
    Folder(PathBuf),
    /// A mail server.
    Server(AsyncSmtpTransport<Tokio1Executor>),
}

/// Why the address of a mail server is refused.
#[derive(Debug)]
pub struct WrongServerAddress(&'static str);

impl fmt::Display for WrongServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for WrongServerAddress {}

impl MailTransport {
    /// The mail server at `smtps://…`, or at `smtp://…?tls=required` for STARTTLS. Addresses without encryption are
    /// refused, because they would expose passwords and mails.
    pub fn to_server(url: &str) -> Result<Self, WrongServerAddress> {
        let unreadable = |_| WrongServerAddress("must be an address such as smtps://USER:PASSWORD@HOST");
        let parsed = reqwest::Url::parse(url).map_err(unreadable)?;
        let is_here = parsed.host_str().is_some_and(|host| THIS_MACHINE.contains(&host));
        let is_encrypted =
            parsed.scheme() == "smtps" || parsed.query_pairs().any(|pair| pair == ("tls".into(), "required".into()));
        if !is_here && !is_encrypted {
            return Err(WrongServerAddress("must be smtps://…, or smtp://…?tls=required for STARTTLS"));
        }
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        let server =
            server.map_err(|_| WrongServerAddress("must be smtps://USER:PASSWORD@HOST, or smtp://…?tls=required"))?;
        Ok(Self::Server(server.timeout(Some(TIMEOUT)).build()))
    }

    /// Sends one mail. A mail that is written into a folder twice is one file. A suppressed mail is not sent, but fails
    /// like other mails if the server or the folder cannot be reached.
    pub async fn send(&self, id: DeliveryId, mail: MailMessage) -> Result<(), DeliveryError> {
        let MailMessage { message, is_suppressed } = mail;
        match self {
            Self::Server(server) if is_suppressed => match server.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err(out_of_reach()),
                Err(error) => Err(error_of(&error)),
            },
            Self::Server(server) => server.send(message).await.map(drop).map_err(|error| error_of(&error)),
            Self::Folder(folder) => {
                let (folder, bytes) = (folder.clone(), message.formatted());
                let written = actix_web::web::block(move || write(&folder, id, &bytes, is_suppressed)).await;
                match written {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(error)) => {
                        tracing::warn!(
                            event = "mail.file_not_written", %error,
                            "mail: a file could not be written into the folder of mails; its delivery is retried; check free \
                             space and permissions of the folder"
                        );
                        Err(DeliveryError::temporary("the folder cannot be written"))
                    }
                    Err(_) => Err(DeliveryError::temporary("the service is stopping")),
                }
            }
        }
    }
}

/// Writes a file completely or not at all, readable for its owner only.
fn write(folder: &Path, id: DeliveryId, bytes: &[u8], is_suppressed: bool) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let part = folder.join(format!("{id}.part"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    if is_suppressed { fs::remove_file(part) } else { fs::rename(part, folder.join(format!("{id}.eml"))) }
}

/// The delivery error for an error of the server. The text of the server is not used, because it may quote the mail.
fn error_of(error: &Error) -> DeliveryError {
    // The server refuses the recipient (RFC 5321 §4.2.3). All other errors may be temporary.
    const REFUSED: [u16; 3] = [550, 551, 553];
    match error.status().map(u16::from) {
        Some(code) if REFUSED.contains(&code) => {
            DeliveryError::permanent(format!("the mail server refused the recipient ({code})"))
        }
        Some(code) => DeliveryError::temporary(format!("the mail server refused the mail ({code})")),
        None if error.is_timeout() => DeliveryError::temporary("the mail server did not answer in time"),
        None if error.is_tls() => {
            DeliveryError::temporary("the TLS certificate of the mail server is not valid, or it does not support TLS")
        }
        None => out_of_reach(),
    }
}

fn out_of_reach() -> DeliveryError {
    DeliveryError::temporary("the mail server cannot be reached")
}

#[cfg(test)]
mod tests {
    use super::MailTransport;

    #[test]
    fn a_server_without_encryption_is_refused() {
        for fine in [
            "smtps://ada:x@mail.example.com",
            "smtp://mail.example.com?tls=required",
            "smtp://localhost:25",
            "smtp://127.0.0.1",
        ] {
            assert!(MailTransport::to_server(fine).is_ok(), "{fine}");
        }
        for wrong in [
            "mail.example.com",
            "smtp://mail.example.com",
            "smtp://mail.example.com?tls=opportunistic",
            "http://mail.example.com?tls=required",
        ] {
            assert!(MailTransport::to_server(wrong).is_err(), "{wrong}");
        }
    }
}
