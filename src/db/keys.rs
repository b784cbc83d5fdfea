//! The wrapped data keys and their SQL. They have their own connections. So a key is durable before the first row that
//! it seals, also if the transaction is rolled back, and reading a key never waits for another transaction.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{PgPool, SqlitePool};

use super::files::Watched;
use super::{Ids, OpenTx, Tx, begin_uninterrupted, query};
use crate::ids::{DataKeyId, PersonId};
use crate::vault::{DataKey, Needed, Owner, Pseudonyms, Ring, Vault, WrappedKey};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/keys");

/// Maximum number of keys that one statement reads or one transaction wraps again.
const AT_ONCE: usize = 1000;

/// The data keys of a database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Keys {
    pool: Pool,
    vault: Vault,
    /// The file of the keys of an embedded database.
    file: Option<Watched>,
    /// The highest number of a data key that the main database has recorded as in use.
    noted: Arc<AtomicI64>,
    pub(super) pseudonyms: Arc<OnceLock<Arc<Pseudonyms>>>,
}

/// The connections. The schema is called `keys` on both engines.
#[derive(Clone, Debug)]
pub(super) enum Pool {
    /// Connections to an empty database in memory, with the file of the keys attached.
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Keys {
    pub(super) fn new(pool: Pool, vault: Vault, file: Option<Watched>) -> Self {
        Self { pool, vault, file, noted: Arc::default(), pseudonyms: Arc::default() }
    }

    /// Fails if the file of the keys was replaced, deleted or made read-only.
    pub(super) fn check_in_place(&self) -> sqlx::Result<()> {
        self.file.as_ref().map_or(Ok(()), Watched::check)
    }

    /// The number that the main database has recorded; see [`Db::install`](super::Db::install).
    pub(super) fn noted(&self) -> &AtomicI64 {
        &self.noted
    }

    pub(super) async fn migrate(&self) -> Result<(), MigrateError> {
        let mut migrator = Migrator::with_migrations(MIGRATIONS.iter().cloned().collect());
        migrator.create_schema("keys");
        migrator.dangerous_set_table_name("keys._sqlx_migrations");
        match &self.pool {
            Pool::Sqlite(pool) => migrator.run(pool).await,
            Pool::Postgres(pool) => migrator.run(pool).await,
        }
    }

    pub(super) async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// The key ring, which wraps the data keys.
    pub fn ring(&self) -> &Ring {
        self.vault.ring()
    }

    /// Begins single statements on the tables of the keys. Each takes effect at once.
    pub async fn read_one(&self) -> sqlx::Result<Tx> {
        let open = match &self.pool {
            Pool::Sqlite(pool) => OpenTx::SqliteKeysRead(pool.acquire().await?),
            Pool::Postgres(pool) => OpenTx::PostgresSingle(pool.acquire().await?),
        };
        Ok(Tx::new(open, self.clone()))
    }

    /// Begins a write transaction on the keys.
    pub(super) async fn write(&self) -> sqlx::Result<Tx> {
        let open = match &self.pool {
            Pool::Sqlite(pool) => OpenTx::SqliteKeysWrite(pool.begin_with("begin immediate").await?),
            Pool::Postgres(pool) => OpenTx::Postgres(begin_uninterrupted(pool, "begin").await?),
        };
        Ok(Tx::new(open, self.clone()))
    }

    /// Gives envelopes their keys. Keys that are not in memory are read together.
    pub(super) async fn supply(&self, needed: &Needed) -> sqlx::Result<()> {
        let missing = self.vault.supply(needed);
        if missing.is_empty() {
            return Ok(());
        }
        let mut tx = self.read_one().await?;
        for ids in missing.chunks(AT_ONCE) {
            let (keys, _) = query!(
                tx,
                "select id, scope_id, author_id, wrapped, number from keys.data_keys where id = any(:ids)",
                ids = ids.iter().copied().collect::<Ids>()
            )
            .rows()
            .await?;
            self.vault.deliver(needed, keys);
        }
        Ok(())
    }

    /// The key with which an author seals. It is made at the first use.
    pub(super) async fn of(&self, owner: Owner) -> sqlx::Result<Arc<DataKey>> {
        if let Some(key) = self.vault.key_of(owner) {
            return Ok(key);
        }
        let mut tx = self.read_one().await?;
        let mut known = find(&mut tx, owner).await?;
        let fresh = WrappedKey::new(owner, self.ring());
        for _ in 0..AT_ONCE {
            if known.is_some() {
                break;
            }
            self.check_in_place()?;
            let made = insert(&mut tx, &fresh).await?;
            // Another process may have been first, with this key or with this number.
            known = find(&mut tx, owner).await?;
            if made == 0 && known.is_none() && is_erased(&mut tx, owner.author_id).await? {
                return Err(erased());
            }
        }
        let known = known.ok_or_else(erased)?;
        // Checked again: a key that was written to a deleted file is lost.
        self.check_in_place()?;
        let key = known.unwrap(self.ring()).map_err(|error| sqlx::Error::Encode(error.into()))?;
        Ok(self.vault.keep(owner, key.ok_or_else(erased)?))
    }

    /// Destroys the keys of an author permanently. Returns their number. Other processes may have them in memory for up
    /// to a minute. The recorded names of the author become names of an erased person.
    pub async fn destroy(&self, author: PersonId, now: DateTime<Utc>) -> sqlx::Result<u64> {
        let mut tx = self.write().await?;
        erase_former_names(&mut tx, author, now).await?;
        query!(
            tx,
            "insert into keys.erasures (author_id, erased_at) values (:author, :now) on conflict do nothing",
            author,
            now
        )
        .run()
        .await?;
        let destroyed = query!(
            tx,
            "update keys.data_keys set wrapped = null where author_id = :author and wrapped is not null",
            author
        )
        .run()
        .await?;
        tx.commit().await?;
        self.vault.forget();
        Ok(destroyed)
    }

    /// The authors whose keys were destroyed, and when.
    pub async fn erasures(&self) -> sqlx::Result<Vec<(PersonId, DateTime<Utc>)>> {
        let mut tx = self.read_one().await?;
        let (erasures, _) =
            query!(tx, "select author_id, erased_at from keys.erasures order by author_id").rows().await?;
        Ok(erasures)
    }

    /// Wraps again, with the first key of the ring, all keys that another key wraps. The service may run meanwhile.
    /// Returns the number of keys.
    pub async fn rewrap(&self) -> sqlx::Result<u64> {
        let (mut count, mut after) = (0, DataKeyId::first());
        loop {
            let mut tx = self.write().await?;
            let page = page(&mut tx, after).await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.id;
            for key in &page {
                let rewrapped = key.rewrapped(self.ring()).map_err(|error| sqlx::Error::Encode(error.into()))?;
                if let Some(rewrapped) = rewrapped {
                    // Changes nothing if the key was destroyed meanwhile.
                    count += query!(
                        tx,
                        "update keys.data_keys set wrapped = :rewrapped where id = :id and wrapped = :wrapped",
                        id = key.id,
                        rewrapped,
                        wrapped = &key.wrapped
                    )
                    .run()
                    .await?;
                }
            }
            tx.commit().await?;
        }
    }

    /// Calls `visit` with every key. Reads them in pages.
    pub async fn each(&self, mut visit: impl FnMut(&WrappedKey)) -> sqlx::Result<()> {
        let mut after = DataKeyId::first();
        let mut tx = self.read_one().await?;
        loop {
            let page = page(&mut tx, after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            page.iter().for_each(&mut visit);
        }
    }

    /// Fails if the ring cannot open the data keys. Tries one data key for each key of the ring that is in use.
    pub async fn check(&self) -> sqlx::Result<()> {
        let mut wrong = None;
        let mut seen = BTreeSet::new();
        self.each(|key| {
            let is_new = key.label().is_ok_and(|label| label.is_some_and(|label| seen.insert(label)));
            if is_new && wrong.is_none() {
                wrong = key.unwrap(self.ring()).err();
            }
        })
        .await?;
        wrong.map_or(Ok(()), |error| Err(sqlx::Error::Decode(error.into())))
    }
}

pub(super) async fn find(tx: &mut Tx, owner: Owner) -> sqlx::Result<Option<WrappedKey>> {
    let (mut found, _) = query!(
        tx,
        "select id, scope_id, author_id, wrapped, number from keys.data_keys
         where author_id = :author_id and scope_id = :scope_id",
        author_id = owner.author_id,
        scope_id = owner.scope_id
    )
    .rows()
    .await?;
    Ok(found.pop())
}

async fn insert(tx: &mut Tx, key: &WrappedKey) -> sqlx::Result<u64> {
    query!(
        tx,
        "insert into keys.data_keys (id, scope_id, author_id, wrapped, number)
         select :id, :scope_id, :author_id, :wrapped, coalesce((select max(number) from keys.data_keys), 0) + 1
         where not exists (select 1 from keys.erasures where author_id = :author_id)
         on conflict do nothing",
        id = key.id,
        scope_id = key.owner.scope_id,
        author_id = key.owner.author_id,
        wrapped = &key.wrapped
    )
    .run()
    .await
}

async fn is_erased(tx: &mut Tx, author: PersonId) -> sqlx::Result<bool> {
    let found = query!(tx, "select author_id from keys.erasures where author_id = :author", author);
    Ok(!found.rows::<(PersonId,)>().await?.0.is_empty())
}

/// Marks all recorded names of the person as names of an erased person.
async fn erase_former_names(tx: &mut Tx, person: PersonId, erased_at: DateTime<Utc>) -> sqlx::Result<u64> {
    query!(
        tx,
        "update keys.former_names set erased_at = :erased_at where person_id = :person and erased_at is null",
        person,
        erased_at
    )
    .run()
    .await
}

async fn page(tx: &mut Tx, after: DataKeyId) -> sqlx::Result<Vec<WrappedKey>> {
    let (page, _) = query!(
        tx,
        "select id, scope_id, author_id, wrapped, number from keys.data_keys
         where id > :after order by id limit :limit",
        after,
        limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX)
    )
    .rows()
    .await?;
    Ok(page)
}

fn erased() -> sqlx::Error {
    sqlx::Error::Protocol("the author is erased, so no new data key is made".to_owned())
}
