//! The disclosure record and its rules.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::clock::Clock;
use crate::ids::{DisclosureId, PairId, PersonId};
use crate::pairs::model::Standing;
use crate::policy::acts::{DiscloseValue, ReadDisclosure, ReadPrivateValue, RevokeDisclosure};
use crate::policy::{ForBoth, Home, Place, Readable, Related, Relation, Relations, Takes, Viewer, readable_as};
use crate::problem::Problem;
use crate::text::Name;
use crate::vault::Envelope;

values! {
    /// Private field that can be disclosed. Fields that are never shared cannot be disclosed.
    pub enum DisclosableField {
        /// Text of a note.
        #[serde(rename = "note.text")]
        #[sqlx(rename = "note.text")]
        NoteText,
        /// Topic of an agenda item.
        #[serde(rename = "agenda_item.topic")]
        #[sqlx(rename = "agenda_item.topic")]
        AgendaItemTopic,
        /// Text of an agenda item.
        #[serde(rename = "agenda_item.text")]
        #[sqlx(rename = "agenda_item.text")]
        AgendaItemText,
        /// Text of an action item.
        #[serde(rename = "action_item.text")]
        #[sqlx(rename = "action_item.text")]
        ActionItemText,
        /// Text of a blocker.
        #[serde(rename = "blocker.text")]
        #[sqlx(rename = "blocker.text")]
        BlockerText,
        /// Place of a session.
        #[serde(rename = "session.place")]
        #[sqlx(rename = "session.place")]
        SessionPlace,
        /// Online link of a session.
        #[serde(rename = "session.link")]
        #[sqlx(rename = "session.link")]
        SessionLink,
        /// Reason why a session was cancelled.
        #[serde(rename = "session.cancellation_reason")]
        #[sqlx(rename = "session.cancellation_reason")]
        CancellationReason,
        /// Cadence of a pair. The mentor or the mentee may disclose it.
        #[serde(rename = "pair.cadence")]
        #[sqlx(rename = "pair.cadence")]
        Cadence,
        /// Agreement of a pair. The person who wrote it last may disclose it.
        #[serde(rename = "pair.agreement")]
        #[sqlx(rename = "pair.agreement")]
        Agreement,
        /// Your own closing note of a pair.
        #[serde(rename = "pair.end_note")]
        #[sqlx(rename = "pair.end_note")]
        EndNote,
    }
}

values! {
    /// Audience of a disclosure. It is the person or people who have this relation on the day they read it.
    pub enum Audience {
        /// The mentee's direct manager.
        Manager,
        /// The coordinators of the pair's program, and the admins.
        Lead,
    }
}

/// A private value that its author wants to disclose.
#[derive(Clone, Debug, FromRow)]
pub struct PrivateValue {
    /// Id of the pair.
    pub pair_id: PairId,
    /// The people who have a relation to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Id of the author. `None`: it belongs to both people.
    pub author_id: Option<PersonId>,
    /// The stored value. `None`: it is empty.
    pub sealed: Option<Envelope>,
}

impl Related for PrivateValue {
    fn relations(&self, viewer: &Viewer) -> Relations {
        let is_party = self.standing.has(viewer);
        // The other person may have rewritten an agenda item or an action item: then that person is the author.
        let writer = self.sealed.as_ref().and_then(Envelope::owner).map(|owner| owner.author_id);
        let is_author = self.author_id.map_or(is_party, |author| viewer.is(writer.unwrap_or(author)));
        viewer.relations().and(Relation::Party, is_party).and(Relation::Author, is_author)
    }
}

impl Readable for PrivateValue {
    type Read = ReadPrivateValue;
    const KIND: &'static str = "pairs";

    // The disclosure record says which value it is.
    fn id(&self) -> Uuid {
        self.pair_id.uuid()
    }
}

impl Takes<DiscloseValue> for PrivateValue {}

impl PrivateValue {
    /// Discloses the current value to an audience.
    pub fn disclose(&self, clock: &Clock, target: Target, by: PersonId) -> Result<NewDisclosure, Problem> {
        let sealed = self
            .sealed
            .as_ref()
            .ok_or_else(|| Problem::wrong_state("The value is empty, so there is nothing to disclose."))?;
        let (id, created_at) = (DisclosureId::new(clock), clock.now());
        let voucher = sealed.vouch(&target.statement(id, self.pair_id, by));
        let voucher = voucher.map_err(|why| {
            Problem::internal(format!("disclosure: the value to disclose cannot be vouched for: {why}"))
        })?;
        Ok(NewDisclosure { id, target, disclosed_by_id: by, voucher, created_at })
    }
}

/// The value to disclose, and its audience.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The field.
    pub field: DisclosableField,
    /// Id of its record.
    pub record_id: Uuid,
    /// Audience.
    pub audience: Audience,
}

impl Target {
    /// The statement that the service vouches for. Without the keys of the service a row in the database cannot carry a
    /// valid one.
    fn statement(&self, id: DisclosureId, pair: PairId, by: PersonId) -> String {
        serde_json::json!([id, pair, self.field, self.record_id, self.audience, by]).to_string()
    }
}

/// A disclosure to insert.
#[derive(Clone, Debug)]
pub struct NewDisclosure {
    /// Id of the disclosure.
    pub id: DisclosureId,
    /// The value and its audience.
    pub target: Target,
    /// Id of the person who discloses it.
    pub disclosed_by_id: PersonId,
    /// Voucher of the service for exactly this version of the value.
    pub voucher: Vec<u8>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

/// One value disclosed to one audience, with the names that its view shows.
#[derive(Clone, Debug, FromRow)]
pub struct Disclosure {
    /// Id of the disclosure.
    pub id: DisclosureId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// The people who have a relation to it.
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
    /// The field.
    pub field: DisclosableField,
    /// Id of its record.
    pub record_id: Uuid,
    /// Audience.
    pub audience: Audience,
    /// Id of the person who disclosed it.
    pub disclosed_by_id: PersonId,
    /// Name of this person.
    pub disclosed_by_name: Name,
    /// Title of this person.
    pub disclosed_by_title: Option<Name>,
    /// Voucher of the service for exactly one version of the value.
    pub voucher: Vec<u8>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time when it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The value that is stored today.
    pub sealed: Option<Envelope>,
    /// Id of the row that the value is sealed for.
    pub row_id: Option<Uuid>,
    /// Id of the parent record that the value is sealed for.
    pub on_id: Option<Uuid>,
    /// Id of the person who created the row, if both people may write its text.
    pub creator_id: Option<PersonId>,
    /// Counts how often the sealed texts of the row were written.
    pub words_revision: Option<i64>,
}

impl Disclosure {
    /// The statement that the service vouched for at creation.
    pub fn statement(&self) -> String {
        let target = Target { field: self.field, record_id: self.record_id, audience: self.audience };
        target.statement(self.id, self.pair_id, self.disclosed_by_id)
    }

    /// The context that the value is sealed for. The author is the person who disclosed it, unless the record names no
    /// author.
    pub fn home<P: Place<Row: From<Uuid>, Ownership = ForBoth>>(&self) -> Home<P> {
        let row = self.row_id.unwrap_or(self.record_id);
        let author = match self.field {
            DisclosableField::Cadence | DisclosableField::SessionPlace | DisclosableField::SessionLink => None,
            _ => Some(self.disclosed_by_id),
        };
        let (two, on) = (self.standing.two(self.pair_id), self.on_id.unwrap_or(row));
        if let Some(creator) = self.creator_id {
            return Home::of_either(row.into(), two, creator, on, self.words_revision.unwrap_or(0));
        }
        Home::for_both(row.into(), two, &author, on, self.words_revision.unwrap_or(0))
    }

    /// Revokes the disclosure.
    pub fn revoke(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.revoked_at.is_some() {
            return Err(Problem::wrong_state("The disclosure is revoked already."));
        }
        self.revoked_at = Some(now);
        Ok(())
    }
}

/// The mentor, the mentee and the audience have a relation to a disclosure; the audience only until it is revoked.
impl Related for Disclosure {
    fn relations(&self, viewer: &Viewer) -> Relations {
        let around = self.standing.relations(viewer);
        let is_for = |audience| self.revoked_at.is_none() && self.audience == audience;
        viewer
            .relations()
            .and(Relation::Author, viewer.is(self.disclosed_by_id))
            .and(Relation::Party, around.has(Relation::Party))
            .and(Relation::Manager, is_for(Audience::Manager) && around.has(Relation::Manager))
            .and(Relation::Lead, is_for(Audience::Lead) && around.has(Relation::Lead))
    }
}

readable_as!(Disclosure: ReadDisclosure, "disclosures");

impl Takes<ReadDisclosure> for Disclosure {}
impl Takes<RevokeDisclosure> for Disclosure {}
