//! The people of a pair or mentor request that get its events. A person who blocked the partner and did not accept the
//! pair gets none.

use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Ids, Tx, query};
use crate::ids::{PairId, PersonId};

/// The mentor and the mentee of a pair.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Parties {
    /// Id of the pair.
    pub pair_id: PairId,
    /// Id of the mentor.
    pub mentor_id: PersonId,
    /// Id of the mentee.
    pub mentee_id: PersonId,
    mentor_blocked_mentee: bool,
    mentee_blocked_mentor: bool,
}

impl Parties {
    /// Whether this person blocked the partner and did not accept the pair.
    pub fn has_blocked_partner(&self, person: PersonId) -> bool {
        let has_blocked_partner = |one, has_blocked_partner| one == person && has_blocked_partner;
        has_blocked_partner(self.mentor_id, self.mentor_blocked_mentee)
            || has_blocked_partner(self.mentee_id, self.mentee_blocked_mentor)
    }
}

/// Mentor and mentee of each pair. Runs as the service, because only the service can read all blocks.
pub async fn list_parties(tx: &mut Tx, pairs: Ids) -> sqlx::Result<Vec<Parties>> {
    query!(
        tx,
        "select x.id as pair_id, x.mentor_id, x.mentee_id,
            not x.mentor_accepted and exists (select 1 from person_blocks b
                where b.person_id = x.mentor_id and b.blocked_id = x.mentee_id) as mentor_blocked_mentee,
            not x.mentee_accepted and exists (select 1 from person_blocks b
                where b.person_id = x.mentee_id and b.blocked_id = x.mentor_id) as mentee_blocked_mentor
         from pairs x where x.id = any(:pairs)",
        pairs
    )
    .all()
    .await
}

/// Whether this person blocked the partner and did not accept the pair. Runs for the person or as the service.
pub async fn has_blocked_partner(tx: &mut Tx, person: PersonId, pair: PairId) -> sqlx::Result<bool> {
    let found = query!(
        tx,
        "select exists (select 1 from pairs x join person_blocks b on b.person_id = :person
            and b.blocked_id = case when x.mentor_id = :person then x.mentee_id else x.mentor_id end
         where x.id = :pair
            and not case when x.mentor_id = :person then x.mentor_accepted else x.mentee_accepted end)",
        person,
        pair
    );
    found.one::<(bool,)>().await.map(|(has_blocked_partner,)| has_blocked_partner)
}

/// The mentor of each mentor invitation. Runs as the service, because only the service can read all blocks.
pub async fn list_asked(tx: &mut Tx, asks: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    query!(
        tx,
        "select c.ask_id, c.mentor_id from mentor_request_choices c join mentor_requests r on r.id = c.request_id
         where c.status = 'asked' and c.ask_id = any(:asks) and not exists (select 1 from person_blocks b
            where b.person_id = c.mentor_id and b.blocked_id = r.mentee_id)",
        asks
    )
    .all()
    .await
}
