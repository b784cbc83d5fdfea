//! When a person leaves, their pairs end: what the room of people cannot do, who know of no pairs.

use super::delivery::model::Trouble;
use crate::http::App;
use crate::ids::PersonId;
use crate::pairs::departure::end_pairs;
use crate::people::person::store::has_left;

/// Ends the pairs of who left, unless they are back by now.
pub async fn follow(app: &App, person: PersonId) -> Result<(), Trouble> {
    let mut tx = app.chore().await?;
    if has_left(&mut tx, person).await? {
        end_pairs(&mut tx, &app.clock, person, app.clock.now()).await?;
    }
    Ok(tx.commit().await?)
}
