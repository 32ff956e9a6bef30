//! Listening to the exchange: a private queue that lives as long as the connection.

use futures_util::StreamExt;
use lapin::options::{BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Consumer};

use super::topology::OUTCOMES;
use super::{AmqpError, Broker};

/// Messages that wait in the private queue at most; beyond, the oldest go. A listener that falls so far
/// behind must read the truth elsewhere anyway.
const BACKLOG_MAX: i64 = 100_000;
/// Messages under way to this process at most.
const PREFETCH: u16 = 256;
/// Acknowledge after this many messages.
const ACK_EVERY: u64 = PREFETCH as u64 / 4;

/// A message to whoever listens: its routing key and its bytes.
pub struct Heard {
    /// As published.
    pub key: String,
    /// The message.
    pub body: Vec<u8>,
}

/// A private queue bound to some routing keys of the outcomes exchange. What is published while nobody
/// listens is not heard. After an error, drop it, open another, and read again what may have been missed.
pub struct Listener {
    channel: Channel,
    consumer: Consumer,
    unacked: u64,
}

impl Listener {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the broker cannot be reached or the exchange does not exist.
    pub async fn open(broker: &Broker, keys: &[&str]) -> Result<Self, AmqpError> {
        let channel = broker.consuming_channel().await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(BACKLOG_MAX));
        let private = QueueDeclareOptions { exclusive: true, auto_delete: true, ..Default::default() };
        let queue = channel.queue_declare("".into(), private, arguments).await?;
        for key in keys {
            let bind = QueueBindOptions::default();
            channel
                .queue_bind(queue.name().clone(), OUTCOMES.into(), (*key).into(), bind, FieldTable::default())
                .await?;
        }
        let options = BasicConsumeOptions { exclusive: true, ..Default::default() };
        let consumer = channel.basic_consume(queue.name().clone(), "".into(), options, FieldTable::default()).await?;
        Ok(Self { channel, consumer, unacked: 0 })
    }

    /// The next message.
    ///
    /// # Errors
    /// When the channel failed.
    pub async fn next(&mut self) -> Result<Heard, AmqpError> {
        let delivery = self.consumer.next().await.ok_or(AmqpError::Ended)??;
        self.unacked += 1;
        if self.unacked >= ACK_EVERY {
            let options = lapin::options::BasicAckOptions { multiple: true };
            self.channel.basic_ack(delivery.delivery_tag, options).await?;
            self.unacked = 0;
        }
        Ok(Heard { key: delivery.routing_key.to_string(), body: delivery.data })
    }
}
