//! Publishing with confirms.

use std::time::Duration;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, PublisherConfirm};
use trace::Carried;

use crate::{Awaited, Broker, BrokerError, traces};

const PERSISTENT: u8 = 2;
const TRANSIENT: u8 = 1;

/// A publishing channel and its one owner. It cannot be cloned, and sending takes `&mut`: a channel that
/// tasks share mixes up whose confirm is whose (measured: 1 in 100).
///
/// After any error, from [`send`](Self::send) or from a [`Pending`], drop the publisher: what is still
/// unconfirmed on it is unknown, and confirms that follow a return may be attributed to the wrong message.
pub struct Publisher {
    channel: Channel,
}

impl Publisher {
    /// Opens a channel with confirms.
    ///
    /// # Errors
    /// When the broker cannot be reached.
    pub async fn open(broker: &Broker) -> Result<Self, BrokerError> {
        let channel = broker.publishing_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { channel })
    }

    /// Sends a message that must survive a restart of the broker, and must have a queue to go to.
    /// Messages are stored in the order of the calls.
    ///
    /// # Errors
    /// When the channel is broken.
    pub async fn send(
        &mut self,
        exchange: &str,
        key: &str,
        message: impl Into<Message<'_>>,
    ) -> Result<Pending, BrokerError> {
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        self.publish(exchange, key, message.into(), options, PERSISTENT).await
    }

    /// Sends a message that is worth nothing after a restart, to whoever listens now.
    ///
    /// # Errors
    /// When the channel is broken.
    pub async fn send_transient(
        &mut self,
        exchange: &str,
        key: &str,
        message: impl Into<Message<'_>>,
    ) -> Result<Pending, BrokerError> {
        self.publish(exchange, key, message.into(), BasicPublishOptions::default(), TRANSIENT).await
    }

    async fn publish(
        &mut self,
        exchange: &str,
        key: &str,
        message: Message<'_>,
        options: BasicPublishOptions,
        delivery_mode: u8,
    ) -> Result<Pending, BrokerError> {
        let properties = message.headed(BasicProperties::default().with_delivery_mode(delivery_mode));
        let confirm =
            self.channel.basic_publish(exchange.into(), key.into(), options, message.body, properties).await?;
        Ok(Pending(confirm))
    }

    /// Closes the channel in good order.
    pub async fn close(self) {
        if let Err(error) = self.channel.close(200, "done".into()).await {
            tracing::debug!(%error, "publisher close");
        }
    }
}

/// A message to be sent: its bytes, and in headers the traces of what it holds, and what of that is awaited at a door.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    body: &'a [u8],
    traces: Option<&'a Carried>,
    awaited: Option<&'a Awaited>,
}

impl<'a> Message<'a> {
    /// A message of which some is traced, or may be.
    pub fn carrying(body: &'a [u8], traces: &'a Carried) -> Self {
        Self { body, traces: Some(traces), awaited: None }
    }

    /// The same message, of which some is awaited at a door, or may be.
    pub fn awaited(self, awaited: &'a Awaited) -> Self {
        Self { awaited: Some(awaited), ..self }
    }

    fn headed(&self, properties: BasicProperties) -> BasicProperties {
        let mut headers = FieldTable::default();
        self.traces.iter().for_each(|carried| traces::write(carried, &mut headers));
        self.awaited.iter().for_each(|awaited| awaited.write(&mut headers));
        if headers.inner().is_empty() { properties } else { properties.with_headers(headers) }
    }
}

impl<'a, B: AsRef<[u8]> + ?Sized> From<&'a B> for Message<'a> {
    fn from(body: &'a B) -> Self {
        Self { body: body.as_ref(), traces: None, awaited: None }
    }
}

/// A message on its way to the broker.
#[must_use = "a message is not stored until its confirm has come"]
pub struct Pending(PublisherConfirm);

impl Pending {
    /// Waits until the broker has the message for good.
    ///
    /// # Errors
    /// When it was returned, refused, or not confirmed in time.
    pub async fn confirmed(self, within: Duration) -> Result<(), BrokerError> {
        match tokio::time::timeout(within, self.0).await {
            Err(_) => Err(BrokerError::Unconfirmed(within.as_millis())),
            Ok(Err(error)) => Err(error.into()),
            Ok(Ok(Confirmation::Ack(None))) => Ok(()),
            Ok(Ok(Confirmation::Ack(Some(returned)))) => Err(BrokerError::Unroutable(returned.reply_text.to_string())),
            Ok(Ok(Confirmation::Nack(_) | Confirmation::NotRequested)) => Err(BrokerError::Nacked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_which_nothing_is_marked_is_what_it_always_was() {
        let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
        let (carried, awaited) = (Carried::default(), Awaited::default());
        let message = Message::carrying(&[], &carried).awaited(&awaited);
        assert_eq!(message.headed(properties.clone()), properties);
        assert!(traces::read(&properties).is_empty());
    }
}
