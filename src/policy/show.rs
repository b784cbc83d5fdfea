//! The one way out, and the one way in.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::ops::Deref;

use uuid::Uuid;

use super::acts::{Act, Takes};
use super::guarded::{Confidential, Guarded, ManagerVisible, Opened, Private};
use super::home::Home;
use super::relations::{Related, Relation, Relations};
use super::sealed::{Place, Sealed, SealedField, Unsealed};
use super::tiers::Tier;
use super::view::View;
use super::viewer::Viewer;
use crate::problem::{Code, Problem};
use crate::trail::{Deed, Looks};
use crate::vault::Envelope;

/// A record that some may read and others may not.
pub trait Readable: Related {
    /// The act of reading it.
    type Read: Act;
    /// The kind of record, as its table is called: for the audit log.
    const KIND: &'static str;
    /// Names the record there.
    fn id(&self) -> Uuid;
}

/// The tier of a sealed field.
type TierOf<F> = <<F as SealedField>::Place as Place>::Tier;

/// A record that can leave the server, through [`show`].
pub trait Viewed: Readable + Sized {
    /// What is seen of it.
    type View: View;
    /// Fills the view; guarded fields pass `clearance`.
    fn view(self, clearance: &Clearance) -> Self::View;
}

/// What the viewer may see of one record. Made by [`show`] and by nothing else.
#[derive(Debug)]
pub struct Clearance {
    viewer: Viewer,
    relations: Cell<Relations>,
    sees_outcomes: bool,
    /// Something should have opened and did not.
    is_unopened: Cell<bool>,
    /// Who sees what is opened.
    looks: RefCell<Looks>,
}

impl Clearance {
    fn new(viewer: &Viewer, relations: Relations, looks: Looks) -> Self {
        let sees_outcomes = Tier::ManagerVisible.scope().is_none_or(|scope| viewer.may(scope));
        let (viewer, relations, is_unopened) = (viewer.clone(), Cell::new(relations), Cell::new(false));
        Self { viewer, relations, sees_outcomes, is_unopened, looks: RefCell::new(looks) }
    }

    /// Whether fields of this tier are open.
    pub fn sees(&self, tier: Tier) -> bool {
        self.opener(tier).is_some()
    }

    /// The closest relation that opens fields of this tier.
    fn opener(&self, tier: Tier) -> Option<Relation> {
        #[cfg(feature = "planted-leaks")]
        if self.leaks(tier) {
            return Some(Relation::Colleague);
        }
        if self.viewer.ceiling.is_some_and(|ceiling| tier > ceiling) {
            return None;
        }
        let mut held = Relation::ALL.into_iter().filter(|relation| self.relations.get().has(*relation));
        held.find(|relation| {
            let is_in_scope = *relation != Relation::Service || tier.scope().is_none() || self.sees_outcomes;
            tier.audience().contains(relation) && is_in_scope
        })
    }

    #[cfg(feature = "planted-leaks")]
    fn leaks(&self, tier: Tier) -> bool {
        use crate::leaks::Leak::{OutcomesToColleagues, PrivateToLead, PrivateToManager};
        let opens = |leak: crate::leaks::Leak, to| leak.is_planted() && self.relations.get().has(to);
        match tier {
            Tier::ManagerVisible => opens(OutcomesToColleagues, Relation::Colleague),
            Tier::Private => opens(PrivateToManager, Relation::Manager) || opens(PrivateToLead, Relation::Lead),
            Tier::Public | Tier::NeverShared => false,
        }
    }

    /// Opens a field, or hides it.
    pub fn open<C: Confidential, T>(&self, field: Guarded<C, T>) -> Opened<C, T> {
        Opened::new(self.sees(C::TIER).then(|| field.into_inner()))
    }

    /// Opens what the record keeps plain because its rules need it, and the view has as private.
    pub fn plain<T>(&self, value: T) -> Opened<Private, T> {
        self.open(Guarded::new(value))
    }

    /// Opens a sealed field that lives at `home`, or hides it. What an erased person wrote is hidden
    /// from everybody. What does not open otherwise is never shown as anything: [`show`] refuses
    /// the whole record, and so it does where nobody could write down who looked.
    pub fn unseal<F: SealedField>(&self, home: Home<F::Place>, field: F) -> Opened<TierOf<F>, F::Value> {
        let Some(relation) = self.opener(TierOf::<F>::TIER) else { return Opened::new(None) };
        if field.sealed().is_some() && !self.looks.borrow_mut().may_open() {
            return Opened::new(None);
        }
        Opened::new(self.kept(field.open_by(|sealed| self.look(relation, home, sealed))))
    }

    /// The one declared way across a tier: what its author opened for the viewer of a disclosure,
    /// as it was written then. `None` once it was taken back, removed or written anew, and where the service did not
    /// vouch for it when its author opened it. What is never shared does not fit:
    /// ```compile_fail
    /// use mentorship::pairs::notebook::model::NotebookEntryText;
    /// use mentorship::policy::{Clearance, Home};
    /// use mentorship::vault::Envelope;
    /// fn open(clearance: &Clearance, home: Home<NotebookEntryText>, text: Envelope, voucher: (&str, &[u8])) {
    ///     clearance.disclose(home, Some(text), voucher);
    /// }
    /// ```
    /// and what is private does:
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
        if as_it_was.is_some() && !self.looks.borrow_mut().may_open() {
            return Opened::new(None);
        }
        Opened::new(Some(as_it_was.and_then(|sealed| self.kept(self.look(relation, home, sealed)))))
    }

    /// Opens a sealed value, and notes who looks.
    fn look<P: Place>(&self, relation: Relation, home: Home<P>, sealed: Sealed<P>) -> Result<P::Value, Unsealed> {
        let author = sealed.author();
        let value = sealed.open(home)?;
        self.looks.borrow_mut().note(relation.name(), (P::TABLE, home.row(), P::COLUMN), author);
        Ok(value)
    }

    /// What opened. What an erased person wrote is absent; whatever else does not open fails the answer.
    fn kept<T>(&self, opened: Result<T, Unsealed>) -> Option<T> {
        let failed = |why: Unsealed| {
            if !why.is_erased() {
                why.log();
                self.is_unopened.set(true);
            }
        };
        opened.map_err(failed).ok()
    }

    /// Shows a record that travels inside another one, by the same rules, to a viewer who stands no further from it: a
    /// record that was moved under another one shows no more than it does by itself.
    pub fn nested<R: Viewed>(&self, record: R) -> R::View {
        let around = self.relations.get();
        self.relations.set(around.shared_with(record.relations(&self.viewer)));
        let view = record.view(self);
        self.relations.set(around);
        view
    }

    /// The fields of a view that stay hidden: by schema and relation, never by data.
    pub fn withheld<V: View>(&self) -> Vec<&'static str> {
        V::TIERS.iter().filter(|(_, tier)| !self.sees(*tier)).map(|(name, _)| *name).collect()
    }
}

/// What went through [`show`]; the only kind of record a handler can answer with.
#[derive(Debug)]
pub struct Shown<V> {
    view: V,
    created_at: Option<String>,
}

impl<V> Shown<V> {
    /// The visible representation.
    pub const fn view(&self) -> &V {
        &self.view
    }

    /// Says that the record is new, and where it is: `/v1/pairs/…`.
    #[must_use]
    pub fn created(mut self, path: String) -> Self {
        self.created_at = Some(path);
        self
    }

    /// Where the record is, if it is new.
    pub fn location(&self) -> Option<&str> {
        self.created_at.as_deref()
    }
}

/// The one way out. A viewer who may not read the record is told that it does not exist.
pub fn show<R: Viewed>(viewer: &Viewer, record: R) -> Result<Shown<R::View>, Problem> {
    let (view, _) = open(viewer, record, Looks::new(&viewer.witness))?;
    Ok(Shown { view, created_at: None })
}

/// The same for the records of a list, which is looked at once.
pub fn show_all<R: Viewed>(viewer: &Viewer, records: Vec<R>) -> Result<Vec<R::View>, Problem> {
    let (mut views, mut looks) = (Vec::with_capacity(records.len()), Looks::new(&viewer.witness));
    for record in records {
        let view;
        (view, looks) = open(viewer, record, looks)?;
        views.push(view);
    }
    Ok(views)
}

fn open<R: Viewed>(viewer: &Viewer, record: R, looks: Looks) -> Result<(R::View, Looks), Problem> {
    may_read(viewer, &record)?;
    let clearance = Clearance::new(viewer, record.relations(viewer), looks);
    let view = record.view(&clearance);
    let looks = clearance.looks.into_inner();
    if looks.is_refused() {
        return Err(Problem::new(
            Code::Overloaded,
            "The audit log is at its limit, and nothing private opens without it.",
        ));
    }
    if clearance.is_unopened.get() {
        return Err(Problem::new(Code::SealedTextRefused, "A private text of this record does not fit the record."));
    }
    Ok((view, looks))
}

/// The record, if it is there and the viewer may read it. Asked before what hangs on a record is looked for, so that
/// absent and unreadable take the same way and the same time.
pub fn readable<R: Readable>(viewer: &Viewer, found: Option<R>) -> Option<R> {
    found.filter(|record| may_read(viewer, record).is_ok())
}

/// The record, if it is there and the viewer may read it or do the act to it. The second is no part of the first where a
/// service has one scope and not the other.
pub fn reachable<A: Act, R: Readable>(viewer: &Viewer, found: Option<R>) -> Option<R> {
    found.filter(|record| {
        allowed_as::<A>(viewer, record.relations(viewer)).is_some() || may_read(viewer, record).is_ok()
    })
}

/// Whether the viewer may read the record at all, without looking into it.
pub fn may_read<R: Readable>(viewer: &Viewer, record: &R) -> Result<(), Problem> {
    let relation = allowed_as::<R::Read>(viewer, record.relations(viewer));
    #[cfg(feature = "planted-leaks")]
    if relation.is_none() && crate::leaks::Leak::ForbiddenForAbsent.is_planted() {
        return Err(Problem::new(Code::NotAllowed, "You may not read this."));
    }
    relation.map(drop).ok_or_else(Problem::not_found)
}

/// Leave to do one act to one record. A store function that writes takes it by value.
#[derive(Debug)]
pub struct Permit<A, R>(R, PhantomData<A>);

impl<A, R> Permit<A, R> {
    /// Lets the rules of the room change the record. What they refuse was never changed.
    pub fn change(mut self, rules: impl FnOnce(&mut R) -> Result<(), Problem>) -> Result<Changed<R>, Problem> {
        rules(&mut self.0)?;
        Ok(Changed(self.0))
    }

    /// The record as it was: there was leave to change it, and nothing to change.
    pub fn unchanged(self) -> R {
        self.0
    }
}

/// A record as somebody with leave changed it; what the store's `save` functions take.
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
        &self.0
    }
}

/// The one way in. Refuses with 404 what the viewer may not even read, and with 403 the rest. The
/// unit of work that commits next writes down that it was done.
pub fn permit<A: Act, R: Readable + Takes<A>>(viewer: &Viewer, record: R) -> Result<Permit<A, R>, Problem> {
    let Some(relation) = allowed_as::<A>(viewer, record.relations(viewer)) else {
        may_read(viewer, &record)?;
        let act = A::NAME.replace('_', " ");
        return Err(Problem::new(Code::NotAllowed, format!("You see this record, and may not do this: {act}.")));
    };
    let (relation, record_kind, record_id) = (relation.name(), R::KIND, record.id());
    viewer.witness.note(Deed { act: A::NAME, relation, record_kind, record_id });
    Ok(Permit(record, PhantomData))
}

/// Whether the viewer may ask for a list at all. People always may, and get what they may read; a
/// service needs the scope.
pub fn may_list<A: Act>(viewer: &Viewer) -> Result<(), Problem> {
    if is_closed::<A>(viewer) {
        return Err(Problem::new(
            Code::NotAllowed,
            "This sign-in is new. Confirm it from your old sign-in, or wait until it opens; see /v1/me/identity-rebind.",
        ));
    }
    if viewer.person().is_some() || allowed_as::<A>(viewer, viewer.relations()).is_some() {
        return Ok(());
    }
    Err(Problem::new(Code::NotAllowed, "The scopes of this service account do not cover this."))
}

/// Whether a ceiling closes all records that are read by this act, whoever they belong to: then not even their number
/// shows.
pub fn is_closed<A: Act>(viewer: &Viewer) -> bool {
    let is_own = |relation: &Relation| matches!(relation, Relation::Author | Relation::Party);
    viewer.ceiling.is_some() && !A::UNDER_CEILING && A::ALLOWED.iter().any(is_own)
}

/// The closest relation under which the viewer may, if any.
fn allowed_as<A: Act>(viewer: &Viewer, relations: Relations) -> Option<Relation> {
    #[cfg(feature = "planted-leaks")]
    let relations = relations.and(Relation::Author, crate::leaks::Leak::AnybodyIsAuthor.is_planted());
    let is_limited = viewer.ceiling.is_some() && !A::UNDER_CEILING;
    Relation::ALL.into_iter().filter(|relation| relations.has(*relation) && A::ALLOWED.contains(relation)).find(
        |relation| match relation {
            Relation::Service => A::SCOPE.is_none_or(|scope| viewer.may(scope)),
            Relation::Author | Relation::Party => !is_limited,
            _ => true,
        },
    )
}
