//! What happens in other modules when a person departs: their pairs end, their enrolments end, and their mentor
//! requests and invitations close. The module `people` does not know these records.

use super::delivery::model::DeliveryError;
use crate::http::App;
use crate::ids::PersonId;
use crate::matching::mentor_request::departure::leave;
use crate::pairs::departure::end_pairs;
use crate::people::person::store::has_left;
use crate::programs::enrolment::departure::withdraw;

/// Ends the pairs, enrolments and mentor requests of a departed person. Does nothing if the person has returned.
pub async fn apply(app: &App, person: PersonId) -> Result<(), DeliveryError> {
    let mut tx = app.system_write().await?;
    if has_left(&mut tx, person).await? {
        end_pairs(&mut tx, &app.clock, person, app.clock.now()).await?;
        withdraw(&mut tx, &app.clock, person, app.clock.now()).await?;
        leave(&mut tx, &app.clock, person, app.clock.now()).await?;
    }
    Ok(tx.commit().await?)
}
