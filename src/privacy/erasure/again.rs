//! Erases again what a restored backup brought back: the keys know who was erased, and so do the
//! rows, and whichever of the two is younger tells the other.

use super::model::Erasure;
use super::store;
use crate::clock::Clock;
use crate::db::Db;

/// So many people are looked up in one statement.
const AT_ONCE: usize = 1000;

/// Brings keys and rows in line, before anybody reads them; tells how many people were erased again.
pub async fn erase_again(db: &Db, clock: &Clock) -> sqlx::Result<usize> {
    let erasures = db.keys().erasures().await?;
    let mut count = 0;
    for some in erasures.chunks(AT_ONCE) {
        let back =
            store::list_unerased(&mut db.look().await?, some.iter().map(|(person, _)| *person).collect()).await?;
        for (person, at) in some.iter().filter(|(person, _)| back.contains(person)) {
            let mut tx = db.write().await?;
            store::apply(&mut tx, clock, &Erasure::again(*person, *at)).await?;
            tx.commit().await?;
            count += 1;
        }
    }
    for person in store::list_erased(&mut db.look().await?).await? {
        if erasures.binary_search_by_key(&person, |(known, _)| *known).is_err() {
            db.keys().destroy(person, clock.now()).await?;
            count += 1;
        }
    }
    Ok(count)
}
