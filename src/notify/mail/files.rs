//! The mails that lie in a folder. They hold what people wrote, so they go with those people, and with time.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};

use super::store;
use super::{Mail, Post};
use crate::http::App;
use crate::ids::{DeliveryId, PersonId};

/// So many files are looked up in one statement.
const AT_ONCE: usize = 500;

/// Deletes the mails to a person who was erased, and those about their pairs to anybody. What cannot be deleted now,
/// [`forget`] deletes later.
pub async fn forget_person(app: &App, mail: &Mail, person: PersonId) -> sqlx::Result<()> {
    let Post::Folder(folder) = &mail.post else { return Ok(()) };
    let gone = store::list_mails_about(&mut app.look().await?, person).await?;
    remove(folder, gone).await;
    Ok(())
}

/// Deletes what this folder still has of people who were erased, what no delivery is known of, and what is older than
/// `kept`; tells how many mails. Each instance has a folder of its own.
pub async fn forget(app: &App, mail: &Mail, kept: TimeDelta) -> sqlx::Result<usize> {
    let Post::Folder(folder) = &mail.post else { return Ok(0) };
    let (listed, before) = (folder.clone(), app.clock.now() - kept);
    let found = match actix_web::web::block(move || list(&listed)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            unswept(&error);
            return Ok(0);
        }
        Err(_) => return Ok(0),
    };
    let is_old = |at: &SystemTime| DateTime::<Utc>::from(*at) < before;
    let mut gone: Vec<_> = found.iter().filter(|(_, at)| is_old(at)).map(|(id, _)| *id).collect();
    for some in found.chunks(AT_ONCE) {
        let ids = some.iter().map(|(id, _)| *id);
        let kept = store::list_kept_mails(&mut app.look().await?, ids.clone().collect()).await?;
        gone.extend(ids.filter(|id| !kept.contains(id)));
    }
    gone.sort_unstable();
    gone.dedup();
    let count = gone.len();
    remove(folder, gone).await;
    Ok(count)
}

/// The mails in the folder, each with when it was written. Also those that were not written to the end.
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
                // Written to the end, or deleted, just now.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(found)
}

/// A whole mail, and one on its way.
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
        unswept(&error);
    }
}

fn unswept(error: &io::Error) {
    tracing::error!(
        %error,
        event = "mail.files_not_deleted",
        "mail: files of mails cannot be deleted; mails of erased people may still be in the folder; retrying in 5 minutes"
    );
}
