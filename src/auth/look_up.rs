//! From verified claims to a viewer, as the database knows them now.

use chrono::DateTime;
use uuid::Uuid;

use super::claims::Claims;
use super::first_sign_in::{Denied, Stranger};
use super::gate::Gate;
use super::jwks::Jwks;
use super::memory::Known;
use super::naming::{Named, Roles};
use super::refusal::Refusal;
use super::session::{Session, is_signed_out};
use super::store::{self, PersonStanding};
use crate::db::Asker;
use crate::policy::{Scope, Subject, Tier, Viewer};
use crate::trail::Witness;

/// Until somebody confirms a new sign-in it opens nothing above this.
const UNCONFIRMED: Tier = Tier::ManagerVisible;
/// Longer subjects are nobody's, in bytes; `OpenID` Connect allows 255.
const LONGEST_SUBJECT: usize = 500;

impl Gate {
    /// The viewer whom verified claims name, as the database knows them now.
    pub(super) async fn look_up(&self, known: &Known) -> Result<(Viewer, Session), Denied> {
        let Known { claims, is_ours, roles, token_id } = known;
        let issued_at = claims.iat.or_else(|| claims.all.get("nbf").filter(|_| *is_ours)?.as_i64());
        let mut session = Session {
            person: None,
            token_id: *token_id,
            binding: None,
            issued_at: issued_at.and_then(|at| DateTime::from_timestamp(at, 0)),
            expires_at: DateTime::from_timestamp(claims.exp, 0).unwrap_or(DateTime::UNIX_EPOCH),
        };
        let mut ceiling = None;
        let subject = match (&claims.scope, &self.provider) {
            (Some(asked), _) if *is_ours => self.service(claims, asked, *roles, session).await?,
            (None, _) if *is_ours => {
                let id = claims.sub.parse::<Uuid>().map_err(|_| Refusal::UnknownPerson)?;
                let found = store::find_person(&mut self.db.look().await?, id.into(), *token_id).await?;
                let person = found.ok_or(Refusal::UnknownPerson)?;
                self.check(&person, session)?;
                Subject::Person(person.id)
            }
            // The provider's own scopes are for its other clients; here it only names people.
            (_, Some(provider)) => {
                let binding = self.bound(provider, claims, *token_id).await?;
                let now = self.clock.now();
                if binding.ends_at.is_some_and(|at| at <= now) {
                    return Err(Refusal::BindingEnded.into());
                }
                self.check(&binding.person, session)?;
                ceiling = binding.opens_at.filter(|at| now < *at).map(|_| UNCONFIRMED);
                #[cfg(feature = "planted-leaks")]
                if crate::leaks::Leak::UnconfirmedOpens.is_planted() {
                    ceiling = None;
                }
                session.binding = Some(binding.tied_by);
                Subject::Person(binding.person.id)
            }
            (_, None) => return Err(Refusal::UnknownKey.into()),
        };
        let programs = match subject {
            Subject::Person(id) if roles.is_coordinator => {
                store::list_coordinated(&mut self.db.look().await?, id).await?
            }
            _ => Vec::new(),
        };
        let is_person = matches!(subject, Subject::Person(_));
        if let Subject::Person(id) = subject {
            session.person = Some(id);
        }
        let viewer =
            Viewer { subject, is_admin: is_person && roles.is_admin, programs, ceiling, witness: Witness::default() };
        Ok((viewer, session))
    }

    async fn service(&self, claims: &Claims, asked: &str, roles: Roles, session: Session) -> Result<Subject, Denied> {
        // Roles are for people: a token that gives them to a service contradicts itself.
        if roles != Roles::default() {
            return Err(Refusal::RolesOnService.into());
        }
        let id = claims.sub.parse::<Uuid>().map_err(|_| Refusal::UnknownService)?.into();
        let service = store::find_service(&mut self.db.look().await?, id, session.token_id).await?;
        let service = service.ok_or(Refusal::UnknownService)?;
        if service.is_revoked {
            return Err(Refusal::Revoked.into());
        }
        if is_signed_out(service.signed_out_at, session.issued_at, self.clock.now()) {
            return Err(Refusal::SignedOut.into());
        }
        let asked: Vec<_> = asked.split(' ').filter_map(Scope::named).collect();
        Ok(Subject::Service(id, service.scopes.0.into_iter().filter(|scope| asked.contains(scope)).collect()))
    }

    fn check(&self, person: &PersonStanding, session: Session) -> Result<(), Refusal> {
        match () {
            () if person.has_left => Err(Refusal::Departed),
            () if person.is_revoked => Err(Refusal::Revoked),
            () if is_signed_out(person.signed_out_at, session.issued_at, self.clock.now()) => Err(Refusal::SignedOut),
            () => Ok(()),
        }
    }

    /// Whom the provider's subject is tied to; at its first sign-in it is tied now.
    async fn bound(&self, provider: &Jwks, claims: &Claims, token: Uuid) -> Result<store::Binding, Denied> {
        #[cfg(feature = "planted-leaks")]
        if crate::leaks::Leak::FoundByAddress.is_planted() {
            return self.found_by_address(provider, claims, token).await;
        }
        let issuer = provider.issuer.as_str();
        if claims.sub.len() > LONGEST_SUBJECT || claims.sub.contains(char::is_control) {
            return Err(Refusal::NoSubject.into());
        }
        let found = store::find_binding(&mut self.db.look().await?, issuer, &claims.sub, token).await?;
        if let Some(binding) = found {
            return Ok(binding);
        }
        let name = match provider.name(claims) {
            Named::As(name) => name,
            Named::Unverified => return Err(Refusal::EmailNotVerified.into()),
            Named::Nothing => return Err(Refusal::NoPersonClaim.into()),
        };
        let matches = provider.person.matches;
        let stranger = Stranger { issuer, subject: &claims.sub, matches, name: &name, token };
        // Nobody is known yet for whom the database could be asked.
        Asker::Service.scope(self.first_sign_in.bind(&self.db, &self.clock, stranger)).await
    }

    /// The planted mistake: the person is whoever has the address now.
    #[cfg(feature = "planted-leaks")]
    async fn found_by_address(&self, provider: &Jwks, claims: &Claims, token: Uuid) -> Result<store::Binding, Denied> {
        let Named::As(name) = provider.name(claims) else { return Err(Refusal::NoPersonClaim.into()) };
        let mut tx = self.db.look().await?;
        let found = tx.query("select id from people where email = $1 or external_id = $1").bind(&name);
        let id: (crate::ids::PersonId,) = found.optional().await?.ok_or(Refusal::UnknownPerson)?;
        let person = store::find_person(&mut tx, id.0, token).await?.ok_or(Refusal::UnknownPerson)?;
        Ok(store::Binding { tied_by: Uuid::nil(), opens_at: None, ends_at: None, person })
    }
}
