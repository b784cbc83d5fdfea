//! Who carries mail: a mail server, or a folder.

use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::letter::Letter;
use crate::ids::DeliveryId;
use crate::notify::delivery::model::Trouble;

/// A mail server that says nothing for so long is not there.
const PATIENCE: Duration = Duration::from_secs(10);
/// Hosts that may be spoken to in the open: this machine.
const THIS_MACHINE: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Who carries mail.
#[derive(Debug)]
pub enum Post {
    /// One file a mail, named after its delivery.
    Folder(PathBuf),
    /// A mail server.
    Server(AsyncSmtpTransport<Tokio1Executor>),
}

/// Why the address of a mail server does not do.
#[derive(Debug)]
pub struct WrongAddress(&'static str);

impl fmt::Display for WrongAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for WrongAddress {}

impl Post {
    /// The mail server of `smtps://…`, or of `smtp://…?tls=required` for STARTTLS. Names and
    /// passwords go nowhere in the open.
    pub fn to_server(url: &str) -> Result<Self, WrongAddress> {
        let parsed = reqwest::Url::parse(url).map_err(|_| WrongAddress("is no address"))?;
        let is_here = parsed.host_str().is_some_and(|host| THIS_MACHINE.contains(&host));
        let is_closed =
            parsed.scheme() == "smtps" || parsed.query_pairs().any(|pair| pair == ("tls".into(), "required".into()));
        if !is_here && !is_closed {
            return Err(WrongAddress("must be smtps://…, or smtp://…?tls=required for STARTTLS"));
        }
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        let server =
            server.map_err(|_| WrongAddress("must be smtps://USER:PASSWORD@HOST, or smtp://…?tls=required"))?;
        Ok(Self::Server(server.timeout(Some(PATIENCE)).build()))
    }

    /// Carries one mail. Twice into a folder, it is one file. One that is kept back goes nowhere, and fails where the server
    /// or the folder is out of reach, as the others do.
    pub async fn carry(&self, id: DeliveryId, letter: Letter) -> Result<(), Trouble> {
        let Letter { message, is_kept_back } = letter;
        match self {
            Self::Server(server) if is_kept_back => match server.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err(out_of_reach()),
                Err(error) => Err(trouble(&error)),
            },
            Self::Server(server) => server.send(message).await.map(drop).map_err(|error| trouble(&error)),
            Self::Folder(folder) => {
                let (folder, bytes) = (folder.clone(), message.formatted());
                let kept = actix_web::web::block(move || keep(&folder, id, &bytes, is_kept_back)).await;
                match kept {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "a mail cannot be written into its folder");
                        Err(Trouble::passing("the folder cannot be written"))
                    }
                    Err(_) => Err(Trouble::passing("the service stops")),
                }
            }
        }
    }
}

/// Whole or not at all, and for the owner alone.
fn keep(folder: &Path, id: DeliveryId, bytes: &[u8], is_kept_back: bool) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let part = folder.join(format!("{id}.part"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    if is_kept_back { fs::remove_file(part) } else { fs::rename(part, folder.join(format!("{id}.eml"))) }
}

/// In words of our own: a server's answer may quote the mail.
fn trouble(error: &Error) -> Trouble {
    // The recipient's address is refused (RFC 5321 §4.2.3); everything else may be mended on the way.
    const REFUSED: [u16; 3] = [550, 551, 553];
    match error.status().map(u16::from) {
        Some(code) if REFUSED.contains(&code) => {
            Trouble::lasting(format!("the mail server refused the recipient ({code})"))
        }
        Some(code) => Trouble::passing(format!("the mail server refused the mail ({code})")),
        None if error.is_timeout() => Trouble::passing("the mail server did not answer in time"),
        None if error.is_tls() => Trouble::passing("the mail server is not who it should be, or speaks no TLS"),
        None => out_of_reach(),
    }
}

fn out_of_reach() -> Trouble {
    Trouble::passing("the mail server cannot be reached")
}

#[cfg(test)]
mod tests {
    use super::Post;

    #[test]
    fn names_and_passwords_go_nowhere_in_the_open() {
        for fine in [
            "smtps://ada:x@mail.example.com",
            "smtp://mail.example.com?tls=required",
            "smtp://localhost:25",
            "smtp://127.0.0.1",
        ] {
            assert!(Post::to_server(fine).is_ok(), "{fine}");
        }
        for wrong in [
            "mail.example.com",
            "smtp://mail.example.com",
            "smtp://mail.example.com?tls=opportunistic",
            "http://mail.example.com?tls=required",
        ] {
            assert!(Post::to_server(wrong).is_err(), "{wrong}");
        }
    }
}
