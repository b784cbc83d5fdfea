//! Which names belonged to people who were erased: asked before a person is added, noted when a name is given up.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Tx;
use super::keys::{self, Keys};
use crate::ids::PersonId;
use crate::vault::{Owner, Pseudonym, Pseudonyms, WrappedKey};

/// A name that stands for one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormerName<'n> {
    /// What HR calls them.
    ExternalId(&'n str),
    /// Where mail reaches them.
    Email(&'n str),
}

impl FormerName<'_> {
    fn pseudonym(self, pseudonyms: &Pseudonyms) -> Pseudonym {
        match self {
            Self::ExternalId(name) => pseudonyms.of("external_id", name),
            Self::Email(name) => pseudonyms.of("email", name),
        }
    }
}

impl Tx {
    /// Whether somebody who was erased had one of these names.
    pub async fn was_erased(&self, names: &[FormerName<'_>]) -> sqlx::Result<bool> {
        self.keys.was_erased(names).await
    }

    /// Notes that the person has these names no longer. It stays even if this unit of work does not.
    pub async fn note_former_names(&self, person: PersonId, names: &[FormerName<'_>]) -> sqlx::Result<()> {
        self.keys.note_names(person, names).await
    }
}

impl Keys {
    /// Notes names of the person, of which [`Keys::destroy`] then makes those of somebody who was erased.
    pub async fn note_names(&self, person: PersonId, names: &[FormerName<'_>]) -> sqlx::Result<()> {
        for hash in self.hashes(names).await? {
            self.look()
                .await?
                .query("insert into keys.former_names (hash, person_id) values ($1, $2) on conflict do nothing")
                .bind(&hash[..])
                .bind(person)
                .run()
                .await?;
        }
        Ok(())
    }

    /// Nobody has more than the two names, so both are looked for in one statement.
    async fn was_erased(&self, names: &[FormerName<'_>]) -> sqlx::Result<bool> {
        let hashes = self.hashes(names).await?;
        let (Some(first), Some(last)) = (hashes.first(), hashes.last()) else { return Ok(false) };
        let mut tx = self.look().await?;
        let found =
            tx.query("select 1 from keys.former_names where hash in ($1, $2) and erased_at is not null limit 1");
        Ok(found.bind(&first[..]).bind(&last[..]).count().await? > 0)
    }

    async fn hashes(&self, names: &[FormerName<'_>]) -> sqlx::Result<Vec<Pseudonym>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let pseudonyms = self.pseudonyms().await?;
        Ok(names.iter().map(|name| name.pseudonym(&pseudonyms)).collect())
    }

    /// What makes the hashes, read at the first use.
    async fn pseudonyms(&self) -> sqlx::Result<Arc<Pseudonyms>> {
        if let Some(known) = self.pseudonyms.get() {
            return Ok(known.clone());
        }
        // Made if it is not there.
        self.of(Owner::SERVICE).await?;
        let found: Option<WrappedKey> = keys::find(&mut self.look().await?, Owner::SERVICE).await?;
        let made = found.map(|key| Pseudonyms::new(&key, self.ring())).transpose();
        let made = made.map_err(|error| sqlx::Error::Decode(error.into()))?.flatten();
        let made = Arc::new(made.ok_or_else(|| sqlx::Error::Protocol("the service has no key of its own".to_owned()))?);
        Ok(self.pseudonyms.get_or_init(|| made).clone())
    }
}

/// Everything that is noted of the person is from now on the name of somebody who was erased.
pub(super) async fn erase(tx: &mut Tx, person: PersonId, erased_at: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.query("update keys.former_names set erased_at = $2 where person_id = $1 and erased_at is null")
        .bind(person)
        .bind(erased_at)
        .run()
        .await
}
