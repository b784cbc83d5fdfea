//! Finds the viewer for verified claims, from the current state of the database.

use chrono::DateTime;
use uuid::Uuid;

use super::authenticator::Authenticator;
use super::claims::Claims;
use super::first_sign_in::{Denied, UnboundSubject};
use super::jwks::Jwks;
use super::naming::{Named, Roles};
use super::refusal::Refusal;
use super::session::{Session, is_signed_out};
use super::store::{self, PersonStanding};
use super::token_cache::VerifiedToken;
use crate::audit_log::RequestRecorder;
use crate::db::OnBehalfOf;
use crate::policy::{Scope, Subject, Tier, Viewer};

/// Highest tier that a new sign-in may read before the person confirms it.
const UNCONFIRMED: Tier = Tier::ManagerVisible;
/// Longest accepted subject, in bytes; `OpenID` Connect allows 255.
const LONGEST_SUBJECT: usize = 500;

impl Authenticator {
    /// The viewer that verified claims identify, from the current state of the database.
    pub(super) async fn look_up(&self, known: &VerifiedToken) -> Result<(Viewer, Session), Denied> {
        let VerifiedToken { claims, is_ours, roles, token_id } = known;
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
                let found = store::find_person(&mut self.db.read_one().await?, id.into(), *token_id).await?;
                let person = found.ok_or(Refusal::UnknownPerson)?;
                self.check(&person, session)?;
                Subject::Person(person.id)
            }
            // The provider's scopes are for its other clients; here its tokens only identify people.
            (_, Some(provider)) => {
                let binding = self.bound(provider, claims, *token_id).await?;
                let now = self.clock.now();
                if binding.ends_at.is_some_and(|at| at <= now) {
                    return Err(Refusal::BindingEnded.into());
                }
                self.check(&binding.person, session)?;
                ceiling = binding.opens_at.filter(|at| now < *at).map(|_| UNCONFIRMED);
                session.binding = Some(binding.binding_id);
                Subject::Person(binding.person.id)
            }
            (_, None) => return Err(Refusal::UnknownKey.into()),
        };
        let programs = match subject {
            Subject::Person(id) if roles.is_coordinator => {
                store::list_coordinated(&mut self.db.read_one().await?, id).await?
            }
            _ => Vec::new(),
        };
        let is_person = matches!(subject, Subject::Person(_));
        if let Subject::Person(id) = subject {
            session.person = Some(id);
        }
        let viewer = Viewer {
            subject,
            is_admin: is_person && roles.is_admin,
            programs,
            ceiling,
            recorder: RequestRecorder::default(),
        };
        Ok((viewer, session))
    }

    async fn service(&self, claims: &Claims, asked: &str, roles: Roles, session: Session) -> Result<Subject, Denied> {
        // Only people have roles: a token that gives roles to a service account contradicts itself.
        if roles != Roles::default() {
            return Err(Refusal::RolesOnService.into());
        }
        let id = claims.sub.parse::<Uuid>().map_err(|_| Refusal::UnknownService)?.into();
        let service = store::find_service(&mut self.db.read_one().await?, id, session.token_id).await?;
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

    /// The person that the provider's subject is bound to. The first sign-in binds it.
    async fn bound(&self, provider: &Jwks, claims: &Claims, token: Uuid) -> Result<store::Binding, Denied> {
        let issuer = provider.issuer.as_str();
        if claims.sub.len() > LONGEST_SUBJECT || claims.sub.contains(char::is_control) {
            return Err(Refusal::NoSubject.into());
        }
        let found = store::find_binding(&mut self.db.read_one().await?, issuer, &claims.sub, token).await?;
        if let Some(binding) = found {
            return Ok(binding);
        }
        let name = match provider.name(claims) {
            Named::As(name) => name,
            Named::Unverified => return Err(Refusal::EmailNotVerified.into()),
            Named::Nothing => return Err(Refusal::NoPersonClaim.into()),
        };
        let matches = provider.person.matches;
        let unbound = UnboundSubject { issuer, subject: &claims.sub, matches, name: &name, token };
        // There is no viewer yet on whose behalf the database could be read.
        OnBehalfOf::Service.scope(self.first_sign_in.bind(&self.db, &self.clock, unbound)).await
    }
}
