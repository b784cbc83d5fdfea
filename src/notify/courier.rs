//! Brings one delivery to its recipient.

use super::delivery::model::{Channel, Delivery, Trouble};
use super::departure;
use super::mail::{self, Mail};
use super::preference;
use crate::http::App;

/// Delivers, by whichever channel.
pub async fn deliver(app: &App, mail: &Mail, delivery: &Delivery) -> Result<(), Trouble> {
    match delivery.channel {
        Channel::Departures => departure::follow(app, delivery.recipient_id).await,
        Channel::Mail => {
            preference::chosen::wait_for_quiet(app, delivery.recipient_id).await?;
            match mail::write(app, mail, delivery).await? {
                Some(message) => mail.post.carry(delivery.id, message).await,
                None => Ok(()),
            }
        }
    }
}
