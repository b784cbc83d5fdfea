//! [`show`] builds every answer, and [`permit`] allows every change.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::ops::Deref;

use uuid::Uuid;

use super::acts::{Act, ByPerson, Takes};
use super::guarded::{Confidential, Guarded, ManagerVisible, Opened, Private, Showable};
use super::home::Home;
use super::place::Place;
use super::related::Related;
use super::relations::{Relation, Relations};
use super::sealed::{Sealed, SealedField, Unsealed};
use super::tiers::Tier;
use super::view::View;
use super::viewer::Viewer;
use crate::audit_log::{RecordedAct, RecordedReads};
use crate::ids::PersonId;
use crate::problem::{Code, Problem};
use crate::vault::Envelope;

/// A record with rules for reading it.
pub trait Readable: Related {
    /// The act of reading the record.
    type Read: Act;
    /// The kind of record in the audit log: the name of its table.
    const KIND: &'static str;
    /// Id of the record in the audit log.
    fn id(&self) -> Uuid;
}

/// Declares what reading a record is, in the audit log: `readable_as!(Note: ReadNote, "notes");`. The record has an `id`,
/// or its place behind: `id goal.id`.
macro_rules! readable_as {
    ($record:ty: $act:ty, $kind:expr) => { $crate::policy::readable_as!($record: $act, $kind, id id); };
    ($record:ty: $act:ty, $kind:expr, id $($place:tt)+) => {
        impl $crate::policy::Readable for $record {
            type Read = $act;
            const KIND: &'static str = $kind;

            fn id(&self) -> uuid::Uuid {
                self.$($place)+.uuid()
            }
        }
    };
}
pub(crate) use readable_as;

/// The tier of a sealed field.
type TierOf<F> = <<F as SealedField>::Place as Place>::Tier;

/// A record that can be shown, by [`show`] only.
pub trait Viewed: Readable + Sized {
    /// The visible form of the record.
    type View: View;
    /// Makes the view. `clearance` opens the guarded fields.
    fn view(self, clearance: &Clearance) -> Self::View;
}

/// What the viewer may see of one record. Only [`show`] makes it.
#[derive(Debug)]
pub struct Clearance {
    viewer: Viewer,
    relations: Cell<Relations>,
    sees_outcomes: bool,
    /// A sealed value could not be opened.
    is_unopened: Cell<bool>,
    /// The read events for the audit log.
    reads: RefCell<RecordedReads>,
}

impl Clearance {
    fn new(viewer: &Viewer, relations: Relations, reads: RecordedReads) -> Self {
        let sees_outcomes = Tier::ManagerVisible.scope().is_none_or(|scope| viewer.may(scope));
        let (viewer, relations, is_unopened) = (viewer.clone(), Cell::new(relations), Cell::new(false));
        Self { viewer, relations, sees_outcomes, is_unopened, reads: RefCell::new(reads) }
    }

    /// Whether the viewer sees fields of this tier.
    pub fn sees(&self, tier: Tier) -> bool {
        self.opener(tier).is_some()
    }

    /// The closest relation that sees fields of this tier.
    fn opener(&self, tier: Tier) -> Option<Relation> {
        if self.viewer.ceiling.is_some_and(|ceiling| tier > ceiling) {
            return None;
        }
        let mut held = Relation::ALL.into_iter().filter(|relation| self.relations.get().has(*relation));
        held.find(|relation| {
            let is_in_scope = *relation != Relation::Service || tier.scope().is_none() || self.sees_outcomes;
            tier.audience().contains(relation) && is_in_scope
        })
    }

    /// Opens a field or hides it.
    pub fn open<C: Confidential, T>(&self, field: Guarded<C, T>) -> Opened<C, T> {
        Opened::new(self.sees(C::TIER).then(|| field.into_inner()))
    }

    /// Opens a field of the record, or hides it. Takes a guarded value, or a plain one that is private in the view.
    pub fn show<C: Confidential, T>(&self, field: impl Showable<C, T>) -> Opened<C, T> {
        self.open(field.guarded())
    }

    /// Opens a sealed field at `home` or hides it. Text of an erased person is hidden from every viewer. If a text
    /// cannot be opened for another reason, [`show`] refuses the whole record. It also does so if the read cannot be
    /// recorded in the audit log.
    pub fn unseal<F: SealedField>(&self, home: Home<F::Place>, field: F) -> Opened<TierOf<F>, F::Value> {
        let Some(relation) = self.opener(TierOf::<F>::TIER) else { return Opened::new(None) };
        if field.sealed().is_some() && !self.reads.borrow_mut().may_open() {
            return Opened::new(None);
        }
        Opened::new(self.kept(field.open_by(|sealed| self.open_and_record(relation, home, sealed))))
    }

    /// Opens a disclosed text: the only declared exception to the tiers. The value is `None` if the disclosure was
    /// revoked, if the text was deleted or written again, or if the voucher of the service does not match. A
    /// never-shared text does not compile:
    /// ```compile_fail
    /// use mentorship::pairs::notebook::model::NotebookEntryText;
    /// use mentorship::policy::{Clearance, Home};
    /// use mentorship::vault::Envelope;
    /// fn open(clearance: &Clearance, home: Home<NotebookEntryText>, text: Envelope, voucher: (&str, &[u8])) {
    ///     clearance.disclose(home, Some(text), voucher);
    /// }
    /// ```
    /// A private text does:
    /// ```
    /// use mentorship::policy::{Clearance, Home};
    /// use mentorship::sessions::note::model::NoteText;
    /// use mentorship::vault::Envelope;
    /// fn open(clearance: &Clearance, home: Home<NoteText>, text: Envelope, voucher: (&str, &[u8])) {
    ///     clearance.disclose(home, Some(text), voucher);
    /// }
    /// ```
    pub fn disclose<P: Place<Tier = Private>>(
        &self,
        home: Home<P>,
        stored: Option<Envelope>,
        (statement, voucher): (&str, &[u8]),
    ) -> Opened<ManagerVisible, Option<P::Value>> {
        let Some(relation) = self.opener(Tier::ManagerVisible) else { return Opened::new(None) };
        let as_it_was = stored.filter(|envelope| envelope.is_vouched(statement, voucher)).map(Sealed::<P>::stored);
        if as_it_was.is_some() && !self.reads.borrow_mut().may_open() {
            return Opened::new(None);
        }
        Opened::new(Some(as_it_was.and_then(|sealed| self.kept(self.open_and_record(relation, home, sealed)))))
    }

    /// Opens a sealed value and records the read event.
    fn open_and_record<P: Place>(
        &self,
        relation: Relation,
        home: Home<P>,
        sealed: Sealed<P>,
    ) -> Result<P::Value, Unsealed> {
        let author = sealed.author();
        let value = sealed.open(home)?;
        self.reads.borrow_mut().note(relation.name(), (P::TABLE, home.row(), P::COLUMN), author);
        Ok(value)
    }

    /// The opened value. Text of an erased person is absent. Any other error makes the answer fail.
    fn kept<T>(&self, opened: Result<T, Unsealed>) -> Option<T> {
        let failed = |why: Unsealed| {
            if !why.is_erased() {
                why.log();
                self.is_unopened.set(true);
            }
        };
        opened.map_err(failed).ok()
    }

    /// Shows a record inside another one by the same rules. Only the relations that the viewer has to both records
    /// count, so a record that was moved to another one shows no more than it does by itself.
    pub fn nested<R: Viewed>(&self, record: R) -> R::View {
        let around = self.relations.get();
        self.relations.set(around.shared_with(record.relations(&self.viewer)));
        let view = record.view(self);
        self.relations.set(around);
        view
    }

    /// The names of the hidden fields of a view. They depend on the tiers and the relations, never on the data.
    pub fn withheld<V: View>(&self) -> Vec<&'static str> {
        V::TIERS.iter().filter(|(_, tier)| !self.sees(*tier)).map(|(name, _)| *name).collect()
    }
}

/// A record that went through [`show`]. A handler can answer with no other form of a record.
#[derive(Debug)]
pub struct Shown<V> {
    view: V,
    created_at: Option<String>,
}

impl<V> Shown<V> {
    /// The visible form of the record.
    pub const fn view(&self) -> &V {
        &self.view
    }

    /// Marks the record as new, at this address: `/v1/pairs/…`.
    #[must_use]
    pub fn created(mut self, path: String) -> Self {
        self.created_at = Some(path);
        self
    }

    /// The address of the record, if it is new.
    pub fn location(&self) -> Option<&str> {
        self.created_at.as_deref()
    }
}

/// Shows a record to the viewer. Fails with 404 if the viewer may not read it.
pub fn show<R: Viewed>(viewer: &Viewer, record: R) -> Result<Shown<R::View>, Problem> {
    let (view, _) = open(viewer, record, RecordedReads::new(&viewer.recorder))?;
    Ok(Shown { view, created_at: None })
}

/// The same for the records of a list. All share the read events of one request.
pub fn show_all<R: Viewed>(viewer: &Viewer, records: Vec<R>) -> Result<Vec<R::View>, Problem> {
    let (mut views, mut reads) = (Vec::with_capacity(records.len()), RecordedReads::new(&viewer.recorder));
    for record in records {
        let view;
        (view, reads) = open(viewer, record, reads)?;
        views.push(view);
    }
    Ok(views)
}

fn open<R: Viewed>(viewer: &Viewer, record: R, reads: RecordedReads) -> Result<(R::View, RecordedReads), Problem> {
    may_read(viewer, &record)?;
    let clearance = Clearance::new(viewer, record.relations(viewer), reads);
    let view = record.view(&clearance);
    let reads = clearance.reads.into_inner();
    if reads.is_refused() {
        return Err(Problem::new(
            Code::Overloaded,
            "The audit log cannot record more reads now, so private text stays closed. Try again in a moment.",
        ));
    }
    if clearance.is_unopened.get() {
        return Err(Problem::new(
            Code::SealedTextRefused,
            "A private text does not match its record, so the record is not shown. Give the operator the id in \
             `instance`.",
        ));
    }
    Ok((view, reads))
}

/// The record, if it exists and the viewer may read it. Called before the parts of a record are loaded, so that a
/// missing record and a hidden one run the same code in the same time.
pub fn readable<R: Readable>(viewer: &Viewer, found: Option<R>) -> Option<R> {
    found.filter(|record| may_read(viewer, record).is_ok())
}

/// The record, if it exists and the viewer may read it or do the act to it. A service account may have the scope for
/// the act without the scope for reading.
pub fn reachable<A: Act, R: Readable>(viewer: &Viewer, found: Option<R>) -> Option<R> {
    found.filter(|record| {
        allowed_as::<A>(viewer, record.relations(viewer)).is_some() || may_read(viewer, record).is_ok()
    })
}

/// Fails with 404 if the viewer may not read the record. Opens no field.
pub fn may_read<R: Readable>(viewer: &Viewer, record: &R) -> Result<(), Problem> {
    let relation = allowed_as::<R::Read>(viewer, record.relations(viewer));
    relation.map(drop).ok_or_else(Problem::not_found)
}

/// The permission to do one act to one record, and who does it. A store function that writes takes it by value.
#[derive(Debug)]
pub struct Permit<A, R> {
    record: R,
    person: Option<PersonId>,
    act: PhantomData<A>,
}

impl<A, R> Permit<A, R> {
    /// Changes the record by `rules`. If they fail, nothing is changed.
    pub fn change(mut self, rules: impl FnOnce(&mut R) -> Result<(), Problem>) -> Result<Changed<R>, Problem> {
        rules(&mut self.record)?;
        Ok(Changed(self.record))
    }

    /// The unchanged record, if there is nothing to change.
    pub fn unchanged(self) -> R {
        self.record
    }
}

impl<A: ByPerson, R> Permit<A, R> {
    /// The person who does it.
    pub const fn person(&self) -> PersonId {
        self.person.expect("no service may do this act")
    }
}

/// A record that was changed with a permit. The `save` functions of a store take it.
#[derive(Debug)]
pub struct Changed<R>(R);

impl<R> Deref for Changed<R> {
    type Target = R;
    fn deref(&self) -> &R {
        &self.0
    }
}

impl<A, R> Deref for Permit<A, R> {
    type Target = R;
    fn deref(&self) -> &R {
        &self.record
    }
}

/// The permission for a change. Fails with 404 if the viewer may not read the record, and with 403 if the viewer may
/// read it but not do this. The next commit of the request writes the audit event.
pub fn permit<A: Act, R: Readable + Takes<A>>(viewer: &Viewer, record: R) -> Result<Permit<A, R>, Problem> {
    // `Permit::person` relies on it.
    let is_possible = !A::IS_BY_PERSON || viewer.person().is_some();
    let Some(relation) = allowed_as::<A>(viewer, record.relations(viewer)).filter(|_| is_possible) else {
        may_read(viewer, &record)?;
        let act = A::NAME.replace('_', " ");
        let detail = format!("You may see this record, but you may not do this to it: {act}.");
        return Err(Problem::new(Code::NotAllowed, detail));
    };
    let (relation, record_kind, record_id) = (relation.name(), R::KIND, record.id());
    viewer.recorder.note(RecordedAct { act: A::NAME, relation, record_kind, record_id });
    Ok(Permit { record, person: viewer.person(), act: PhantomData })
}

/// Fails with 403 if the viewer may not request a list. A person always may, and gets the records that they may read. A
/// service account needs the scope.
pub fn may_list<A: Act>(viewer: &Viewer) -> Result<(), Problem> {
    if is_closed::<A>(viewer) {
        return Err(Problem::new(
            Code::NotAllowed,
            "This sign-in is new and not confirmed. Confirm it with your old sign-in, or wait; see `GET \
             /v1/me/identity-rebind`.",
        ));
    }
    if viewer.person().is_some() || allowed_as::<A>(viewer, viewer.relations()).is_some() {
        return Ok(());
    }
    let act = A::NAME.replace('_', " ");
    let detail = format!("This service account has no scope for this: {act}. Ask an admin for the scope.");
    Err(Problem::new(Code::NotAllowed, detail))
}

/// Whether the viewer's ceiling hides all records that are read by this act. Then their number is hidden, too.
pub fn is_closed<A: Act>(viewer: &Viewer) -> bool {
    let is_own = |relation: &Relation| matches!(relation, Relation::Author | Relation::Party);
    viewer.ceiling.is_some() && !A::UNDER_CEILING && A::ALLOWED.iter().any(is_own)
}

/// The closest relation that allows the act, if there is one.
fn allowed_as<A: Act>(viewer: &Viewer, relations: Relations) -> Option<Relation> {
    let is_limited = viewer.ceiling.is_some() && !A::UNDER_CEILING;
    Relation::ALL.into_iter().filter(|relation| relations.has(*relation) && A::ALLOWED.contains(relation)).find(
        |relation| match relation {
            Relation::Service => A::SCOPE.is_none_or(|scope| viewer.may(scope)),
            Relation::Author | Relation::Party => !is_limited,
            _ => true,
        },
    )
}
