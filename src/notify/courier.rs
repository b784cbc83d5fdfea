//! Brings one delivery to its recipient.

use super::delivery::model::{Channel, Delivery, Trouble};
use super::departure;
use crate::http::App;

/// Delivers, by whichever channel.
pub async fn deliver(app: &App, delivery: &Delivery) -> Result<(), Trouble> {
    match delivery.channel {
        Channel::Departures => departure::follow(app, delivery.recipient_id).await,
        Channel::Mail => Ok(()),
    }
}
