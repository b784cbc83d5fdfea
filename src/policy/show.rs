//! The one way out, and the one way in.

use std::cell::OnceCell;
use std::marker::PhantomData;
use std::ops::Deref;

use super::acts::{Act, Takes};
use super::guarded::{Confidential, Guarded, ManagerVisible, Opened, Private};
use super::relations::{Related, Relation, Relations};
use super::sealed::{Place, Sealed, SealedField, Unsealed};
use super::tiers::Tier;
use super::view::View;
use super::viewer::Viewer;
use crate::problem::{Code, Problem};
use crate::vault::{Envelope, Mark};

/// A record that some may read and others may not.
pub trait Readable: Related {
    /// The act of reading it.
    type Read: Act;
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
    relations: Relations,
    sees_outcomes: bool,
    /// What should have opened and did not.
    unopened: OnceCell<Unsealed>,
}

impl Clearance {
    fn new(viewer: &Viewer, relations: Relations) -> Self {
        let scope = Tier::ManagerVisible.scope();
        Self { relations, sees_outcomes: scope.is_none_or(|scope| viewer.may(scope)), unopened: OnceCell::new() }
    }

    /// Whether fields of this tier are open.
    pub fn sees(&self, tier: Tier) -> bool {
        tier.audience().iter().any(|relation| match relation {
            Relation::Service => {
                self.relations.has(Relation::Service) && (tier.scope().is_none() || self.sees_outcomes)
            }
            person => self.relations.has(*person),
        })
    }

    /// Opens a field, or hides it.
    pub fn open<C: Confidential, T>(&self, field: Guarded<C, T>) -> Opened<C, T> {
        Opened::new(self.sees(C::TIER).then(|| field.into_inner()))
    }

    /// Opens a sealed field of the row `row`, or hides it. What an erased person wrote is hidden
    /// from everybody. What does not open otherwise is never shown as anything: [`show`] refuses
    /// the whole record.
    pub fn unseal<F: SealedField>(&self, row: <F::Place as Place>::Row, field: F) -> Opened<TierOf<F>, F::Value> {
        if !self.sees(TierOf::<F>::TIER) {
            return Opened::new(None);
        }
        let opened = field.open_by(|sealed| sealed.open(row));
        Opened::new(
            opened
                .map_err(|why| {
                    if !why.is_erased() {
                        self.unopened.get_or_init(|| why);
                    }
                })
                .ok(),
        )
    }

    /// The one declared way across a tier: what its author opened for the viewer of a disclosure,
    /// as it was written then. `None` once it was taken back, removed or written anew. What is
    /// never shared does not fit:
    /// ```compile_fail
    /// use mentorship::pairs::notebook::model::NotebookEntryText;
    /// use mentorship::policy::Clearance;
    /// use mentorship::vault::{Envelope, Mark};
    /// fn open(clearance: &Clearance, row: mentorship::ids::NotebookEntryId, text: Envelope, as_of: &Mark) {
    ///     clearance.disclose::<NotebookEntryText>(row, Some(text), as_of);
    /// }
    /// ```
    /// and what is private does:
    /// ```
    /// use mentorship::policy::Clearance;
    /// use mentorship::sessions::note::model::NoteText;
    /// use mentorship::vault::{Envelope, Mark};
    /// fn open(clearance: &Clearance, row: mentorship::ids::NoteId, text: Envelope, as_of: &Mark) {
    ///     clearance.disclose::<NoteText>(row, Some(text), as_of);
    /// }
    /// ```
    pub fn disclose<P: Place<Tier = Private>>(
        &self,
        row: P::Row,
        stored: Option<Envelope>,
        as_of: &Mark,
    ) -> Opened<ManagerVisible, Option<P::Value>> {
        let as_it_was = stored.filter(|envelope| envelope.mark() == *as_of);
        if !self.sees(Tier::ManagerVisible) {
            return Opened::new(None);
        }
        let opened = as_it_was.map(|envelope| Sealed::<P>::stored(envelope).open(row)).transpose();
        Opened::new(Some(opened.unwrap_or_else(|why| {
            if !why.is_erased() {
                self.unopened.get_or_init(|| why);
            }
            None
        })))
    }

    /// Shows a record that travels inside another one, by the same rules.
    pub fn nested<R: Viewed>(&self, record: R) -> R::View {
        record.view(self)
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

    /// Takes the visible representation out, for a list.
    pub fn into_view(self) -> V {
        self.view
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
    let relations = record.relations(viewer);
    if !allows::<R::Read>(viewer, relations) {
        return Err(Problem::not_found());
    }
    let clearance = Clearance::new(viewer, relations);
    let view = record.view(&clearance);
    match clearance.unopened.into_inner() {
        None => Ok(Shown { view, created_at: None }),
        Some(unopened) => Err(Problem::internal(unopened)),
    }
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

/// The one way in. Refuses with 404 what the viewer may not even read, and with 403 the rest.
pub fn permit<A: Act, R: Readable + Takes<A>>(viewer: &Viewer, record: R) -> Result<Permit<A, R>, Problem> {
    let relations = record.relations(viewer);
    if allows::<A>(viewer, relations) {
        Ok(Permit(record, PhantomData))
    } else if allows::<R::Read>(viewer, relations) {
        let act = A::NAME.replace('_', " ");
        Err(Problem::new(Code::NotAllowed, format!("You see this record, and may not do this: {act}.")))
    } else {
        Err(Problem::not_found())
    }
}

/// Whether the viewer may ask for a list at all. People always may, and get what they may read; a
/// service needs the scope.
pub fn may_list<A: Act>(viewer: &Viewer) -> Result<(), Problem> {
    if viewer.person().is_some() || allows::<A>(viewer, viewer.relations()) {
        return Ok(());
    }
    Err(Problem::new(Code::NotAllowed, "The scopes of this service account do not cover this."))
}

fn allows<A: Act>(viewer: &Viewer, relations: Relations) -> bool {
    A::ALLOWED.iter().any(|relation| match relation {
        Relation::Service => relations.has(Relation::Service) && A::SCOPE.is_none_or(|scope| viewer.may(scope)),
        person => relations.has(*person),
    })
}

/// The one declared way in which a private value may influence what others see: answers about
/// style enter the score of suggestions, as part of `personal_fit`, if the person consented.
pub fn matching_input<P: Place>(has_consented: bool, row: P::Row, field: Option<Sealed<P>>) -> Option<P::Value> {
    let opened = field.filter(|_| has_consented)?.open(row);
    // Suggestions do without; whoever reads the record itself meets the fault.
    opened.inspect_err(|why| tracing::error!(%why, "no input of suggestions")).ok()
}
