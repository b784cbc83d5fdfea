//! Brings one delivery to its recipient.

use super::delivery::model::{Channel, Delivery, Trouble};
use super::mail::{self, Mail};
use super::preference;
use super::webhook::{self, Caller};
use super::{departure, ending};
use crate::http::App;

/// Delivers, by whichever channel.
pub async fn deliver(app: &App, mail: &Mail, caller: &Caller, delivery: &Delivery) -> Result<(), Trouble> {
    match delivery.channel {
        Channel::Departures => departure::follow(app, delivery.recipient_id.into()).await,
        Channel::Endings => ending::follow(app, delivery.recipient_id.into()).await,
        Channel::Mail => {
            preference::chosen::wait_for_quiet(app, delivery.recipient_id.into()).await?;
            match mail::write(app, mail, delivery).await? {
                Some(letter) => mail.post.carry(delivery.id, letter).await,
                None => Ok(()),
            }
        }
        Channel::Webhook => webhook::call(app, caller, delivery).await,
    }
}
