//! Deletes mail files in a folder. They have personal texts, so they are deleted when a person is erased, and when old.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};

use super::store;
use super::{Mail, MailTransport};
use crate::http::App;
use crate::ids::{DeliveryId, PersonId};

/// Number of files that one statement looks up.
const BATCH: usize = 500;

/// Deletes the mails to an erased person, and the mails about their pairs to other people. If a file cannot be deleted,
/// [`forget`] tries again later.
pub async fn forget_person(app: &App, mail: &Mail, person: PersonId) -> sqlx::Result<()> {
    let MailTransport::Folder(folder) = &mail.transport else { return Ok(()) };
    let gone = store::list_mails_about(&mut app.read_one().await?, person).await?;
    remove(folder, gone).await;
    Ok(())
}

/// Deletes mails of erased people, mails without a delivery, and mails older than `kept`. Returns their number. Each
/// instance has its own folder.
pub async fn forget(app: &App, mail: &Mail, kept: TimeDelta) -> sqlx::Result<usize> {
    let MailTransport::Folder(folder) = &mail.transport else { return Ok(0) };
    let (listed, before) = (folder.clone(), app.clock.now() - kept);
    let found = match actix_web::web::block(move || list(&listed)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            files_not_deleted(&error);
            return Ok(0);
        }
        Err(_) => return Ok(0),
    };
    let is_old = |at: &SystemTime| DateTime::<Utc>::from(*at) < before;
    let mut gone: Vec<_> = found.iter().filter(|(_, at)| is_old(at)).map(|(id, _)| *id).collect();
    for some in found.chunks(BATCH) {
        let ids = some.iter().map(|(id, _)| *id);
        let kept = store::list_kept_mails(&mut app.read_one().await?, ids.clone().collect()).await?;
        gone.extend(ids.filter(|id| !kept.contains(id)));
    }
    gone.sort_unstable();
    gone.dedup();
    let count = gone.len();
    remove(folder, gone).await;
    Ok(count)
}

/// The mails in the folder with the time they were written, including partly written files.
fn list(folder: &Path) -> io::Result<Vec<(DeliveryId, SystemTime)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let is_ours = ENDINGS.iter().any(|ending| path.extension().is_some_and(|extension| extension == *ending));
        let id = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| uuid::Uuid::parse_str(stem).ok());
        if let (true, Some(id)) = (is_ours, id) {
            match entry.metadata().and_then(|metadata| metadata.modified()) {
                Ok(at) => found.push((id.into(), at)),
                // The file was renamed or deleted meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(found)
}

/// File extensions of a complete mail and of a partly written mail.
const ENDINGS: [&str; 2] = ["eml", "part"];

async fn remove(folder: &Path, gone: Vec<DeliveryId>) {
    let folder: PathBuf = folder.to_owned();
    let removed = actix_web::web::block(move || {
        gone.iter().flat_map(|id| ENDINGS.map(|ending| folder.join(format!("{id}.{ending}")))).try_for_each(|file| {
            match fs::remove_file(file) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        })
    });
    if let Ok(Err(error)) = removed.await {
        files_not_deleted(&error);
    }
}

fn files_not_deleted(error: &io::Error) {
    tracing::error!(
        %error,
        event = "mail.files_not_deleted", retry_seconds = 300,
        "mail: files of mails could not be deleted; mails of erased people may still be in the folder; retrying in 5 \
         minutes; check permissions of the folder"
    );
}
