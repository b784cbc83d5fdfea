//! When a person leaves, their pairs end, they take part in no program any more, and neither ask nor are asked: what the
//! room of people cannot do, who know of none of it.

use super::delivery::model::Trouble;
use crate::http::App;
use crate::ids::PersonId;
use crate::matching::mentor_request::departure::leave;
use crate::pairs::departure::end_pairs;
use crate::people::person::store::has_left;
use crate::programs::enrolment::departure::withdraw;

/// Ends the pairs, enrolments and requests of who left, unless they are back by now.
pub async fn follow(app: &App, person: PersonId) -> Result<(), Trouble> {
    let mut tx = app.chore().await?;
    if has_left(&mut tx, person).await? {
        end_pairs(&mut tx, &app.clock, person, app.clock.now()).await?;
        withdraw(&mut tx, &app.clock, person, app.clock.now()).await?;
        leave(&mut tx, &app.clock, person, app.clock.now()).await?;
    }
    Ok(tx.commit().await?)
}
