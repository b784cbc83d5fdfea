//! An installation: a database, its data keys, and the secrets that all instances share. The first start records them,
//! and every later start compares.

use std::fmt;
use std::sync::atomic::Ordering;

use sqlx::{Connection as _, FromRow};
use uuid::Uuid;

use super::{Db, Engine, OpenTx, Tx, query};
use crate::vault::Label;

/// The lock for comparing and recording an installation, so that two first starts run one after the other.
const STARTING: Uuid = Uuid::from_u128(0x696e_7374_616c_6c61_8669_6f6e_2173_7461);

/// The record of a secret in the database: a one-way hash.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Fingerprint {
    /// `keyring`, `audit` or `token`.
    pub kind: String,
    /// The name of a key in the ring; empty for the others.
    pub label: String,
    /// The hash that identifies the secret.
    #[sqlx(rename = "fingerprint")]
    pub hash: Vec<u8>,
}

/// Parts of an installation that do not belong together. The text says what to do.
#[derive(Debug)]
pub enum Mismatch {
    /// The database or the keys could not be read.
    Database(sqlx::Error),
    /// The database and the data keys do not belong together.
    Apart(String),
    /// A secret differs from the recorded one. The setting that gives it, and the text.
    Secret(&'static str, String),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => error.fmt(f),
            Self::Apart(text) | Self::Secret(_, text) => f.write_str(text),
        }
    }
}

impl From<sqlx::Error> for Mismatch {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// What the database and the keys have recorded about their installation.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The installation of the main database. `None`: no process has served it yet.
    pub main: Option<Uuid>,
    /// The installation of the keys.
    pub keys: Option<Uuid>,
    /// The recorded secrets.
    pub secrets: Vec<Fingerprint>,
}

impl Known {
    /// Whether a secret of this kind is recorded.
    pub fn has(&self, kind: &str) -> bool {
        self.secrets.iter().any(|secret| secret.kind == kind)
    }

    fn hash(&self, kind: &str, label: &str) -> Option<&[u8]> {
        let found = self.secrets.iter().find(|secret| secret.kind == kind && secret.label == label);
        found.map(|secret| &secret.hash[..])
    }
}

impl Db {
    /// What the database and the keys have recorded. Works before the first migration, too.
    pub async fn known(&self) -> sqlx::Result<Known> {
        let (mut main, mut keys) = (self.read_one().await?, self.keys().read_one().await?);
        let (has_main,): (bool,) = query!(
            main,
            Sql {
                sqlite: "select exists (select 1 from sqlite_schema where name = 'installation')",
                postgres: "select to_regclass('installation') is not null",
            }
        )
        .one()
        .await?;
        let (has_keys,): (bool,) = query!(
            keys,
            Sql {
                sqlite: "select exists (select 1 from keys.sqlite_schema where name = 'installation')",
                postgres: "select to_regclass('keys.installation') is not null",
            }
        )
        .one()
        .await?;
        let mut known = Known::default();
        if has_main {
            let id = query!(main, "select id from installation").optional::<(Uuid,)>().await?;
            known.main = id.map(|(id,)| id);
            known.secrets = query!(main, "select kind, label, fingerprint from key_fingerprints").all().await?;
        }
        if has_keys {
            let id = query!(keys, "select id from keys.installation").optional::<(Uuid,)>().await?;
            known.keys = id.map(|(id,)| id);
            let secrets = query!(keys, "select kind, label, fingerprint from keys.key_fingerprints");
            for secret in secrets.all::<Fingerprint>().await? {
                // If the two records differ, both stay in the list, so no secret matches.
                if !known.secrets.contains(&secret) {
                    known.secrets.push(secret);
                }
            }
        }
        Ok(known)
    }

    /// Compares the migrated database with its keys and with these secrets; those of the key ring are in its order.
    /// Records all of them at the first start. Secrets of the kinds in `accepted` replace the recorded ones.
    pub async fn install(&self, secrets: &[Fingerprint], accepted: &[&str]) -> Result<Uuid, Mismatch> {
        let (mut main, mut keys) = (self.write().await?, self.keys().write().await?);
        main.lock(STARTING).await?;
        let known = self.known().await?;
        let id = match (known.main, known.keys) {
            (Some(id), Some(same)) if id == same => id,
            (None, None) => Uuid::new_v4(),
            other => return Err(apart(other)),
        };
        check_numbers(&mut main, &mut keys).await?;
        check_secrets(&known, secrets, accepted)?;
        if known.main.is_none() {
            check_is_unsealed(&mut main, &mut keys).await?;
            query!(main, "insert into installation (id, data_keys) values (:id, 0)", id).run().await?;
            query!(keys, "insert into keys.installation (id) values (:id)", id).run().await?;
        }
        for secret in secrets.iter().filter(|secret| known.hash(&secret.kind, &secret.label) != Some(&secret.hash)) {
            macro_rules! note {
                ($tx:expr, $into:literal) => {
                    query!(
                        $tx,
                        [
                            $into,
                            "(kind, label, fingerprint) values (:kind, :label, :hash)
                             on conflict (kind, label) do update set fingerprint = excluded.fingerprint"
                        ],
                        kind = &secret.kind,
                        label = &secret.label,
                        hash = &secret.hash
                    )
                };
            }
            note!(main, "insert into key_fingerprints").run().await?;
            note!(keys, "insert into keys.key_fingerprints").run().await?;
        }
        // The keys first: if only the main database were recorded, every later start would be refused.
        keys.commit().await?;
        main.commit().await?;
        let mut tx = self.read_one().await?;
        let (noted,): (i64,) = query!(tx, "select data_keys from installation").one().await?;
        self.keys().noted().fetch_max(noted, Ordering::Relaxed);
        Ok(id)
    }

    /// Checks that the database, its keys and these secrets belong together. Changes nothing.
    pub async fn check_installation(&self, secrets: &[Fingerprint], accepted: &[&str]) -> Result<(), Mismatch> {
        let known = self.known().await?;
        match (known.main, known.keys) {
            (Some(id), Some(same)) if id == same => {}
            (None, None) => return Ok(()),
            other => return Err(apart(other)),
        }
        check_numbers(&mut self.read_one().await?, &mut self.keys().read_one().await?).await?;
        check_secrets(&known, secrets, accepted)
    }
}

fn apart((main, keys): (Option<Uuid>, Option<Uuid>)) -> Mismatch {
    Mismatch::Apart(match (main, keys) {
        (Some(main), None) => format!(
            "the database is installation {main}, and its data keys are missing; restore them (`mentorship-keys.db` \
             beside a SQLite file, the schema `keys` in PostgreSQL); without them no private text can be opened"
        ),
        (None, Some(keys)) => format!(
            "the database is new, but the data keys belong to installation {keys}; restore the database of that \
             installation, or move the keys away to start with an empty database"
        ),
        (main, keys) => format!(
            "the database is installation {}, but the data keys belong to installation {}; restore both from one \
             backup",
            main.unwrap_or_default(),
            keys.unwrap_or_default()
        ),
    })
}

/// Checks that no data key that rows may be sealed with is missing.
async fn check_numbers(main: &mut Tx, keys: &mut Tx) -> Result<(), Mismatch> {
    let noted = query!(main, "select data_keys from installation").optional::<(i64,)>().await?;
    let (newest, count): (i64, i64) =
        query!(keys, "select coalesce(max(number), 0), count(number) from keys.data_keys").one().await?;
    let noted = noted.map_or(0, |(noted,)| noted).max(newest);
    if count == noted {
        return Ok(());
    }
    Err(Mismatch::Apart(format!(
        "{} of {noted} data keys are missing: the keys are from an older backup than the database; restore keys that \
         are at least as new as the database, or a database that is not newer than the keys",
        noted - count
    )))
}

/// Checks that a database without an installation has no sealed rows, or has data keys.
async fn check_is_unsealed(main: &mut Tx, keys: &mut Tx) -> Result<(), Mismatch> {
    let (is_sealed,): (bool,) = query!(
        main,
        "select exists (select 1 from notes) or exists (select 1 from agenda_items)
            or exists (select 1 from blockers) or exists (select 1 from pair_notes)
            or exists (select 1 from suggestion_requests) or exists (select 1 from webhooks)
            or exists (select 1 from pairs where cadence is not null)"
    )
    .one()
    .await?;
    let (keys,): (i64,) = query!(keys, "select count(*) from keys.data_keys").one().await?;
    if !is_sealed || keys > 0 {
        return Ok(());
    }
    Err(Mismatch::Apart(
        "the database has sealed rows, but there is no data key; restore the data keys from a backup".to_owned(),
    ))
}

fn check_secrets(known: &Known, secrets: &[Fingerprint], accepted: &[&str]) -> Result<(), Mismatch> {
    let compared = || secrets.iter().filter(|secret| !accepted.contains(&secret.kind.as_str()));
    for secret in compared() {
        let (setting, name) = match secret.kind.as_str() {
            "keyring" => ("keyring-file", format!("the key `{}` of the key ring", secret.label)),
            "audit" => ("audit-key-file", "the key of the audit log".to_owned()),
            _ => ("key-file", "the key that signs tokens".to_owned()),
        };
        let others = known.secrets.iter().filter(|other| other.kind == secret.kind && other.label == secret.label);
        if others.clone().any(|other| other.hash != secret.hash) {
            return Err(Mismatch::Secret(
                setting,
                format!(
                    "{name} is not the one that this database was used with before; restore the earlier one, and give \
                     every instance the same key; if you replaced it on purpose, run `mentorship keys accept` with the \
                     new one"
                ),
            ));
        }
    }
    let Some(first) = compared().find(|secret| secret.kind == "keyring") else { return Ok(()) };
    if known.has("keyring") && known.hash("keyring", &first.label).is_none() {
        let text = format!(
            "the key ring begins with the key `{}`, which this database does not know: other instances could not read \
             what it seals; restore the key ring of this database; to rotate, use `mentorship keys rotate`, or add the \
             new key at the end, restart every instance, and then move it to the front; if this is on purpose, run \
             `mentorship keys accept`",
            first.label
        );
        return Err(Mismatch::Secret("keyring-file", text));
    }
    Ok(())
}

/// The fingerprints of a key ring, in its order.
pub fn of_ring(ring: &[(Label, Vec<u8>)]) -> impl Iterator<Item = Fingerprint> + '_ {
    ring.iter().map(|(label, hash)| Fingerprint {
        kind: "keyring".to_owned(),
        label: label.to_string(),
        hash: hash.clone(),
    })
}

impl Tx {
    /// Records that a row of this transaction may be sealed with the data key of this number, so that keys from an
    /// older backup are detected. Only for new keys. Not in the log of statements, because it is not part of the
    /// request.
    pub(super) async fn note_key(&mut self, number: i64) -> sqlx::Result<()> {
        const NOTE: &str = "update installation set data_keys = $1 where data_keys < $1";
        match &mut self.open {
            Some(OpenTx::SqliteWrite(unit)) => {
                sqlx::query(NOTE).bind(number).execute(unit.connection()).await?;
            }
            Some(OpenTx::Postgres(tx)) => {
                sqlx::query(NOTE).bind(number).execute(&mut **tx).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Checks that an embedded database is not damaged. Changes nothing.
pub async fn examine(url: &str, is_thorough: bool) -> Result<(), String> {
    use std::str::FromStr as _;

    let options = sqlx::sqlite::SqliteConnectOptions::from_str(url).map_err(|error| error.to_string())?;
    let damaged = |error: sqlx::Error| format!("is damaged or not a database: {error}; restore a backup");
    let mut db = sqlx::SqliteConnection::connect_with(&options.read_only(true)).await.map_err(damaged)?;
    let how = if is_thorough { "pragma integrity_check(1)" } else { "pragma quick_check(1)" };
    let (found,): (String,) = sqlx::query_as(how).fetch_one(&mut db).await.map_err(damaged)?;
    // An error here does no harm: nothing was written.
    let _ = db.close().await;
    if found == "ok" { Ok(()) } else { Err(format!("is damaged: {found}; restore a backup")) }
}

/// Whether the embedded database belongs to an installation. `false` also if it cannot be read. Changes nothing.
pub async fn is_installed(url: &str) -> bool {
    use std::str::FromStr as _;

    let Ok(options) = sqlx::sqlite::SqliteConnectOptions::from_str(url) else { return false };
    let Ok(mut db) = sqlx::SqliteConnection::connect_with(&options.read_only(true)).await else { return false };
    sqlx::query("select 1 from installation").fetch_optional(&mut db).await.is_ok_and(|found| found.is_some())
}

impl Db {
    /// Checks that this version can use the schema or bring it up to date. The error says what is wrong.
    pub async fn check_schema(&self) -> Result<(), String> {
        let wrong = |error: sqlx::Error| error.to_string();
        let mut tx = self.read_one().await.map_err(wrong)?;
        let exists = query!(
            tx,
            Sql {
                sqlite: "select exists (select 1 from sqlite_schema where name = '_sqlx_migrations')",
                postgres: "select to_regclass('_sqlx_migrations') is not null",
            }
        );
        if !exists.one::<(bool,)>().await.map_err(wrong)?.0 {
            return Ok(());
        }
        let done: Vec<(i64, bool)> =
            query!(tx, "select version, success from _sqlx_migrations order by version").all().await.map_err(wrong)?;
        let ours: Vec<_> = self.migrations().iter().map(|step| step.version).collect();
        for (version, is_done) in done {
            if !is_done {
                return Err(format!("migration {version} was not finished; restore a backup from before it"));
            }
            if !ours.contains(&version) {
                return Err(format!(
                    "migration {version} is from a newer version of mentorship; start that version, or restore a \
                     backup from before the upgrade"
                ));
            }
        }
        Ok(())
    }

    /// Fails if the database cannot be written now.
    pub async fn check_writable(&self) -> sqlx::Result<()> {
        self.keys().check_in_place()?;
        let Self::Sqlite { writer, .. } = self else { return Ok(()) };
        writer.check_in_place()?;
        if !writer.is_failing() {
            return Ok(());
        }
        // The last commit failed, so try another one.
        let mut tx = self.write().await?;
        query!(tx, "update installation set data_keys = data_keys").run().await?;
        tx.commit().await
    }

    /// Whether the engine is embedded.
    pub fn is_embedded(&self) -> bool {
        self.engine() == Engine::Sqlite
    }
}
