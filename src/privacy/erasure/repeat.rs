//! Repeats erasures after a restore from backup. The key store and the rows both know who was erased; the newer one
//! corrects the older one.

use super::model::Erasure;
use super::store;
use crate::clock::Clock;
use crate::db::Db;

/// Number of people in one statement.
const BATCH: usize = 1000;

/// Aligns keys and rows before any request reads them. Returns the number of people who were erased again.
pub async fn repeat_erasures(db: &Db, clock: &Clock) -> sqlx::Result<usize> {
    let erasures = db.keys().erasures().await?;
    let mut count = 0;
    for batch in erasures.chunks(BATCH) {
        let restored =
            store::list_unerased(&mut db.read_one().await?, batch.iter().map(|(person, _)| *person).collect()).await?;
        for (person, at) in batch.iter().filter(|(person, _)| restored.contains(person)) {
            let mut tx = db.write().await?;
            store::apply(&mut tx, clock, &Erasure::repeated(*person, *at)).await?;
            tx.commit().await?;
            count += 1;
        }
    }
    for person in store::list_erased(&mut db.read_one().await?).await? {
        if erasures.binary_search_by_key(&person, |(known, _)| *known).is_err() {
            db.keys().destroy(person, clock.now()).await?;
            count += 1;
        }
    }
    Ok(count)
}
