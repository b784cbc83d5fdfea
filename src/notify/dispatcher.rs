//! Sends one delivery to its recipient.

use super::delivery::model::{Channel, Delivery, DeliveryError};
use super::mail::{self, Mail};
use super::preference;
use super::webhook::{self, WebhookClient};
use super::{departure, ending};
use crate::http::App;

/// Sends a delivery on its channel.
pub async fn deliver(
    app: &App,
    mail: &Mail,
    webhook_client: &WebhookClient,
    delivery: &Delivery,
) -> Result<(), DeliveryError> {
    match delivery.channel {
        Channel::Departures => departure::apply(app, delivery.recipient_id.into()).await,
        Channel::Endings => ending::apply(app, delivery.recipient_id.into()).await,
        Channel::Mail => {
            preference::chosen::wait_for_quiet(app, delivery.recipient_id.into()).await?;
            match mail::write(app, mail, delivery).await? {
                Some(message) => mail.transport.send(delivery.id, message).await,
                None => Ok(()),
            }
        }
        Channel::Webhook => webhook::call(app, webhook_client, delivery).await,
    }
}
