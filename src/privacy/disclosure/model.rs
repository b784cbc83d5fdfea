//! What a disclosure is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::clock::Clock;
use crate::ids::{DisclosureId, PairId, PersonId};
use crate::pairs::model::Standing;
use crate::policy::acts::{DiscloseValue, ReadDisclosure, ReadPrivateValue, RevokeDisclosure};
use crate::policy::{ForBoth, Home, Place, Readable, Related, Relation, Relations, Takes, Viewer};
use crate::problem::Problem;
use crate::text::Name;
use crate::vault::Envelope;

/// Which value of a record. What is never shared is not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[sqlx(type_name = "text")]
pub enum Field {
    /// What a note says.
    #[serde(rename = "note.text")]
    #[sqlx(rename = "note.text")]
    NoteText,
    /// What an agenda item is about.
    #[serde(rename = "agenda_item.topic")]
    #[sqlx(rename = "agenda_item.topic")]
    AgendaItemTopic,
    /// What an agenda item says.
    #[serde(rename = "agenda_item.text")]
    #[sqlx(rename = "agenda_item.text")]
    AgendaItemText,
    /// What is to be done.
    #[serde(rename = "action_item.text")]
    #[sqlx(rename = "action_item.text")]
    ActionItemText,
    /// What stands in the way.
    #[serde(rename = "blocker.text")]
    #[sqlx(rename = "blocker.text")]
    BlockerText,
    /// Where a session takes place.
    #[serde(rename = "session.place")]
    #[sqlx(rename = "session.place")]
    SessionPlace,
    /// Where it takes place, online.
    #[serde(rename = "session.link")]
    #[sqlx(rename = "session.link")]
    SessionLink,
    /// Why a session was cancelled.
    #[serde(rename = "session.cancellation_reason")]
    #[sqlx(rename = "session.cancellation_reason")]
    CancellationReason,
    /// How often the two meet. Either of them may open it.
    #[serde(rename = "pair.cadence")]
    #[sqlx(rename = "pair.cadence")]
    Cadence,
    /// What the two expect of each other; who wrote it last may open it.
    #[serde(rename = "pair.agreement")]
    #[sqlx(rename = "pair.agreement")]
    Agreement,
    /// Your own word at the end.
    #[serde(rename = "pair.end_note")]
    #[sqlx(rename = "pair.end_note")]
    EndNote,
}

/// For whom a value is opened, as they are on the day they read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Audience {
    /// The mentee's direct manager.
    Manager,
    /// The coordinators of the pair's program, and the admins.
    Lead,
}

/// A private value as its author finds it.
#[derive(Clone, Debug, FromRow)]
pub struct PrivateValue {
    /// The pair it belongs to.
    pub pair_id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Who wrote it. `None`: it belongs to both.
    pub author_id: Option<PersonId>,
    /// What is stored. `None`: it is empty.
    pub sealed: Option<Envelope>,
}

impl Related for PrivateValue {
    fn relations(&self, viewer: &Viewer) -> Relations {
        let is_party = self.standing.has(viewer);
        // Either of the two may have rewritten an item of the agenda or an action item: then the words are theirs.
        let writer = self.sealed.as_ref().and_then(Envelope::owner).map(|owner| owner.author_id);
        let is_author = self.author_id.map_or(is_party, |author| viewer.is(writer.unwrap_or(author)));
        viewer.relations().and(Relation::Party, is_party).and(Relation::Author, is_author)
    }
}

impl Readable for PrivateValue {
    type Read = ReadPrivateValue;
    const KIND: &'static str = "pairs";

    // The disclosure that comes of it says which value it is.
    fn id(&self) -> Uuid {
        self.pair_id.uuid()
    }
}

impl Takes<DiscloseValue> for PrivateValue {}

impl PrivateValue {
    /// Opens it, as it stands, for an audience.
    pub fn open(&self, clock: &Clock, asked: Asked, by: PersonId) -> Result<NewDisclosure, Problem> {
        let sealed =
            self.sealed.as_ref().ok_or_else(|| Problem::wrong_state("It is empty: there is nothing to open."))?;
        let (id, created_at) = (DisclosureId::new(clock), clock.now());
        let voucher = sealed.vouch(&asked.statement(id, self.pair_id, by));
        let voucher = voucher.map_err(|why| Problem::internal(format!("a value that is to be disclosed: {why}")))?;
        Ok(NewDisclosure { id, asked, disclosed_by_id: by, voucher, created_at })
    }
}

/// Which value shall be open for whom.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The value.
    pub field: Field,
    /// Its record.
    pub record_id: Uuid,
    /// For whom.
    pub audience: Audience,
}

impl Asked {
    /// What the service vouches for when the author opens the value: nobody who only writes rows can say so.
    fn statement(&self, id: DisclosureId, pair: PairId, by: PersonId) -> String {
        serde_json::json!([id, pair, self.field, self.record_id, self.audience, by]).to_string()
    }
}

/// A disclosure about to be written.
#[derive(Clone, Debug)]
pub struct NewDisclosure {
    /// Names the disclosure.
    pub id: DisclosureId,
    /// Which value, for whom.
    pub asked: Asked,
    /// Who opens it.
    pub disclosed_by_id: PersonId,
    /// Which writing of it, vouched for by the service.
    pub voucher: Vec<u8>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// One value opened for one audience, with the names that go with it.
#[derive(Clone, Debug, FromRow)]
pub struct Disclosure {
    /// Names the disclosure.
    pub id: DisclosureId,
    /// The pair of the value.
    pub pair_id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// The mentor's name.
    pub mentor_name: Name,
    /// The mentor's title.
    pub mentor_title: Option<Name>,
    /// The mentee's name.
    pub mentee_name: Name,
    /// The mentee's title.
    pub mentee_title: Option<Name>,
    /// Which value.
    pub field: Field,
    /// Of which record.
    pub record_id: Uuid,
    /// For whom.
    pub audience: Audience,
    /// Who opened it.
    pub disclosed_by_id: PersonId,
    /// Their name.
    pub disclosed_by_name: Name,
    /// Their title.
    pub disclosed_by_title: Option<Name>,
    /// Which writing of the value, vouched for by the service.
    pub voucher: Vec<u8>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// What is stored today.
    pub sealed: Option<Envelope>,
    /// The row that it is sealed for.
    pub row_id: Option<Uuid>,
    /// The record that it hangs on.
    pub on_id: Option<Uuid>,
    /// Who created the row, where either of the two may have written its words.
    pub creator_id: Option<PersonId>,
    /// Counts how often the sealed words of the row were written.
    pub words_revision: Option<i64>,
}

impl Disclosure {
    /// What the service vouched for when its author opened the value.
    pub fn statement(&self) -> String {
        let asked = Asked { field: self.field, record_id: self.record_id, audience: self.audience };
        asked.statement(self.id, self.pair_id, self.disclosed_by_id)
    }

    /// Where the value lives: as words of who opened it, unless the record does not say who wrote it.
    pub fn home<P: Place<Row: From<Uuid>, Kin = ForBoth>>(&self) -> Home<P> {
        let row = self.row_id.unwrap_or(self.record_id);
        let author = match self.field {
            Field::Cadence | Field::SessionPlace | Field::SessionLink => None,
            _ => Some(self.disclosed_by_id),
        };
        let (two, on) = (self.standing.two(self.pair_id), self.on_id.unwrap_or(row));
        if let Some(creator) = self.creator_id {
            return Home::of_either(row.into(), two, creator, on, self.words_revision.unwrap_or(0));
        }
        Home::for_both(row.into(), two, &author, on, self.words_revision.unwrap_or(0))
    }

    /// Its author takes it back.
    pub fn revoke(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.revoked_at.is_some() {
            return Err(Problem::wrong_state("It was taken back already."));
        }
        self.revoked_at = Some(now);
        Ok(())
    }
}

/// Besides the two only its audience stands to a disclosure, and only until it is taken back.
impl Related for Disclosure {
    fn relations(&self, viewer: &Viewer) -> Relations {
        let around = self.standing.relations(viewer);
        let is_for = |audience| self.revoked_at.is_none() && self.audience == audience;
        #[cfg(feature = "planted-leaks")]
        if crate::leaks::Leak::DisclosureTooFar.is_planted() && is_for(Audience::Lead) && around.has(Relation::Manager)
        {
            return viewer.relations().and(Relation::Manager, true);
        }
        viewer
            .relations()
            .and(Relation::Author, viewer.is(self.disclosed_by_id))
            .and(Relation::Party, around.has(Relation::Party))
            .and(Relation::Manager, is_for(Audience::Manager) && around.has(Relation::Manager))
            .and(Relation::Lead, is_for(Audience::Lead) && around.has(Relation::Lead))
    }
}

impl Readable for Disclosure {
    type Read = ReadDisclosure;
    const KIND: &'static str = "disclosures";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ReadDisclosure> for Disclosure {}
impl Takes<RevokeDisclosure> for Disclosure {}
