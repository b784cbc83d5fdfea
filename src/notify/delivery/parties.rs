//! Who of the two of a pair, or of a mentor request, hears of it: not who blocked the other one and did not say yes.

use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Ids, Sql, Tx};
use crate::ids::{PairId, PersonId};

/// The two of a pair.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Parties {
    /// The pair.
    pub pair_id: PairId,
    /// The mentor.
    pub mentor_id: PersonId,
    /// The mentee.
    pub mentee_id: PersonId,
    mentor_keeps_away: bool,
    mentee_keeps_away: bool,
}

impl Parties {
    /// Whether this one of the two blocked the other and did not say yes to the pair.
    pub fn keeps_away(&self, person: PersonId) -> bool {
        let keeps_away = |one, keeps_away| one == person && keeps_away;
        keeps_away(self.mentor_id, self.mentor_keeps_away) || keeps_away(self.mentee_id, self.mentee_keeps_away)
    }
}

/// The pairs `x` with those of the two who keep away: they blocked the other one, and did not say yes to the pair.
macro_rules! select_parties {
    ($these:literal) => {
        concat!(
            "select x.id as pair_id, x.mentor_id, x.mentee_id,
                not x.mentor_accepted and exists (select 1 from person_blocks b
                    where b.person_id = x.mentor_id and b.blocked_id = x.mentee_id) as mentor_keeps_away,
                not x.mentee_accepted and exists (select 1 from person_blocks b
                    where b.person_id = x.mentee_id and b.blocked_id = x.mentor_id) as mentee_keeps_away
             from pairs x where x.id ",
            $these
        )
    };
}

/// Mentor and mentee of each of these pairs. Asked as the service, which alone knows all blocks.
pub async fn list_parties(tx: &mut Tx, pairs: Ids) -> sqlx::Result<Vec<Parties>> {
    let parties = tx.query(Sql {
        sqlite: select_parties!("in (select unhex(value) from json_each($1))"),
        postgres: select_parties!("= any($1)"),
    });
    parties.bind(pairs).all().await
}

/// Whether this person blocked the other one of the pair and did not say yes to it. Asked for the person or as the service.
pub async fn keeps_away(tx: &mut Tx, person: PersonId, pair: PairId) -> sqlx::Result<bool> {
    let found = tx.query(
        "select exists (select 1 from pairs x join person_blocks b on b.person_id = $1
            and b.blocked_id = case when x.mentor_id = $1 then x.mentee_id else x.mentor_id end
         where x.id = $2 and not case when x.mentor_id = $1 then x.mentor_accepted else x.mentee_accepted end)",
    );
    found.bind(person).bind(pair).one::<(bool,)>().await.map(|(keeps_away,)| keeps_away)
}

/// Whose turn each of these is, in the two spellings of `in`; without those who blocked the mentee, who are not bothered.
macro_rules! select_asked {
    ($these:literal) => {
        concat!(
            "select c.ask_id, c.mentor_id from mentor_request_choices c join mentor_requests r on r.id = c.request_id
             where c.status = 'asked' and c.ask_id ",
            $these,
            " and not exists (select 1 from person_blocks b
                where b.person_id = c.mentor_id and b.blocked_id = r.mentee_id)"
        )
    };
}

/// Whose turn each of these is. Asked as the service, which alone knows all blocks.
pub async fn list_asked(tx: &mut Tx, asks: Ids) -> sqlx::Result<Vec<(Uuid, PersonId)>> {
    let mentors = tx.query(Sql {
        sqlite: select_asked!("in (select unhex(value) from json_each($1))"),
        postgres: select_asked!("= any($1)"),
    });
    mentors.bind(asks).all().await
}
