//! What becomes of the pairs of a person who leaves.

use chrono::{DateTime, Utc};

use super::model::PairStatus;
use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::{PairId, PersonId};
use crate::outbox::{self, Event};

/// Ends the live pairs of a person, declines what was proposed, and gives their mentors the place
/// back. Done twice, it changes nothing the second time.
pub async fn end_pairs(tx: &mut Tx, clock: &Clock, person: PersonId, at: DateTime<Utc>) -> sqlx::Result<()> {
    // Nobody accepts or ends one of them meanwhile, or the mentor's load would be counted wrongly.
    for (pair,) in list_live(tx, person).await? {
        tx.hold(pair.into()).await?;
    }
    tx.query(
        "update people set mentor_load = mentor_load
            - (select count(*) from pairs x where x.mentor_id = people.id and $1 in (x.mentor_id, x.mentee_id)
                and x.status in ('active', 'paused'))
         where id = $1 or id in (select mentor_id from pairs where mentee_id = $1 and status in ('active', 'paused'))",
    )
    .bind(person)
    .run()
    .await?;
    let ended: Vec<(PairId, PairStatus)> = tx
        .query(
            "update pairs set status = case status when 'proposed' then 'declined' else 'ended' end,
                ended_on = case status when 'proposed' then null else $3 end,
                end_reason = case status when 'proposed' then null else 'person_left' end,
                updated_at = $2, revision = revision + 1
             where id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
                and status in ('proposed', 'active', 'paused')
             returning id, status",
        )
        .bind(person)
        .bind(at)
        .bind(at.date_naive())
        .all()
        .await?;
    for (id, status) in ended {
        let event = if status == PairStatus::Ended { Event::PairEnded(id) } else { Event::PairDeclined(id) };
        outbox::add(tx, clock, event, Some(id)).await?;
    }
    Ok(())
}

/// In one order, so that two of these never wait for each other.
async fn list_live(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<(PairId,)>> {
    let live = tx.query(
        "select id from pairs
         where id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
            and status in ('proposed', 'active', 'paused')
         order by id",
    );
    live.bind(person).all().await
}
