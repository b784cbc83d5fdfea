//! Names of erased people. A name is recorded when a person no longer has it, and checked before a person is added.

use std::sync::Arc;

use super::keys::{self, Keys};
use super::{Tx, query};
use crate::ids::PersonId;
use crate::vault::{Owner, Pseudonym, Pseudonyms, WrappedKey};

/// A name that identifies one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormerName<'n> {
    /// The id in the HR system.
    ExternalId(&'n str),
    /// The work e-mail address.
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
    /// Whether an erased person had one of these names.
    pub async fn was_erased(&self, names: &[FormerName<'_>]) -> sqlx::Result<bool> {
        self.keys.was_erased(names).await
    }

    /// Records that the person no longer has these names. The record stays, even if this transaction is rolled back.
    pub async fn note_former_names(&self, person: PersonId, names: &[FormerName<'_>]) -> sqlx::Result<()> {
        self.keys.note_names(person, names).await
    }
}

impl Keys {
    /// Records names of the person. [`Keys::destroy`] later marks them as the names of an erased person.
    pub async fn note_names(&self, person: PersonId, names: &[FormerName<'_>]) -> sqlx::Result<()> {
        for hash in self.hashes(names).await? {
            let mut tx = self.read_one().await?;
            query!(
                tx,
                "insert into keys.former_names (hash, person_id) values (:hash, :person) on conflict do nothing",
                hash = &hash[..],
                person
            )
            .run()
            .await?;
        }
        Ok(())
    }

    /// A person has at most two names, so one statement finds both.
    async fn was_erased(&self, names: &[FormerName<'_>]) -> sqlx::Result<bool> {
        let hashes = self.hashes(names).await?;
        let (Some(first), Some(last)) = (hashes.first(), hashes.last()) else { return Ok(false) };
        let mut tx = self.read_one().await?;
        let found = query!(
            tx,
            "select 1 from keys.former_names where hash in (:first, :last) and erased_at is not null limit 1",
            first = &first[..],
            last = &last[..]
        );
        Ok(found.count().await? > 0)
    }

    async fn hashes(&self, names: &[FormerName<'_>]) -> sqlx::Result<Vec<Pseudonym>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let pseudonyms = self.pseudonyms().await?;
        Ok(names.iter().map(|name| name.pseudonym(&pseudonyms)).collect())
    }

    /// The maker of the hashes. Its key is read at the first use.
    async fn pseudonyms(&self) -> sqlx::Result<Arc<Pseudonyms>> {
        if let Some(known) = self.pseudonyms.get() {
            return Ok(known.clone());
        }
        // Makes the key of the service if there is none yet.
        self.of(Owner::SERVICE).await?;
        let found: Option<WrappedKey> = keys::find(&mut self.read_one().await?, Owner::SERVICE).await?;
        let made = found.map(|key| Pseudonyms::new(&key, self.ring())).transpose();
        let made = made.map_err(|error| sqlx::Error::Decode(error.into()))?.flatten();
        let made = Arc::new(made.ok_or_else(|| sqlx::Error::Protocol("the service has no key of its own".to_owned()))?);
        Ok(self.pseudonyms.get_or_init(|| made).clone())
    }
}
