//! Secrets, each in its own file: random bytes in base64url, readable only by the owner of the file.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// The minimum length of a secret, in bytes.
pub const SHORTEST: usize = 32;

/// Why a secret is refused.
#[derive(Debug)]
pub enum SecretError {
    /// The file cannot be read or written.
    Unreadable(io::Error),
    /// Other users than the owner can read the file.
    TooOpen,
    /// The text is not base64url.
    NotBase64,
    /// The secret has fewer than 32 bytes, or too few different bytes.
    TooWeak,
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot be read or written: {error}"),
            Self::TooOpen => f.write_str("can be read by other users; run `chmod 600` on the file"),
            Self::NotBase64 => f.write_str("is not base64url without padding"),
            Self::TooWeak => write!(f, "has fewer than {SHORTEST} random bytes"),
        }
    }
}

impl std::error::Error for SecretError {}

impl From<io::Error> for SecretError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// `LENGTH` random bytes. They do not come from the `Clock`, because tests control that one.
pub fn random<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    aws_lc_rs::rand::fill(&mut bytes).expect("AWS-LC's generator ends the process rather than fail");
    bytes
}

/// The secret that `text` encodes.
pub fn decode(text: &str) -> Result<Vec<u8>, SecretError> {
    let secret = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| SecretError::NotBase64)?;
    check(&secret)?;
    Ok(secret)
}

/// The text form of a secret.
pub fn encode(secret: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(secret)
}

/// A hash that identifies a secret of this kind. It does not reveal the secret, which has too many bits to be guessed.
pub fn fingerprint(kind: &str, secret: &[u8]) -> Vec<u8> {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(format!("mentorship fingerprint|{kind}|").as_bytes());
    hash.update(secret);
    hash.finish().as_ref().to_vec()
}

/// The fingerprint of the secret in a file.
pub fn fingerprint_of(kind: &str, file: &Path) -> Result<Vec<u8>, SecretError> {
    Ok(fingerprint(kind, &Zeroizing::new(decode(Zeroizing::new(read(file)?).trim())?)))
}

/// Refuses a secret that is too short or has too few different bytes.
pub fn check(secret: &[u8]) -> Result<(), SecretError> {
    let mut distinct = secret.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if secret.len() < SHORTEST || distinct.len() < SHORTEST / 2 { Err(SecretError::TooWeak) } else { Ok(()) }
}

/// Reads a file of secrets. Refuses one that other users can read.
pub fn read(file: &Path) -> Result<String, SecretError> {
    if fs::metadata(file)?.permissions().mode() & 0o077 != 0 {
        return Err(SecretError::TooOpen);
    }
    Ok(fs::read_to_string(file)?)
}

/// Creates a file of secrets and syncs it to the disk. Fails if the file exists.
pub fn make(file: &Path, text: &str) -> Result<(), SecretError> {
    let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    made.write_all(text.as_bytes())?;
    made.sync_all()?;
    sync_folder(file)
}

/// Replaces a file of secrets. A concurrent reader gets either the old text or the new one, complete.
pub fn replace(file: &Path, text: &str) -> Result<(), SecretError> {
    let mut fresh = file.as_os_str().to_owned();
    fresh.push(format!(".{}", std::process::id()));
    let fresh = Path::new(&fresh);
    make(fresh, text)?;
    fs::rename(fresh, file)?;
    sync_folder(file)
}

fn sync_folder(file: &Path) -> Result<(), SecretError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}
