//! Listening to the exchange: a private queue that lives as long as the connection.

use futures_util::StreamExt;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Consumer};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use trace::Carried;

use crate::topic::Topic;
use crate::topology::OUTCOMES;
use crate::{Awaited, Broker, BrokerError, traces};

/// Messages that wait in the private queue at most; beyond, the oldest go. A listener that falls so far
/// behind must read the truth elsewhere anyway.
const BACKLOG_MAX: i64 = 100_000;
/// Messages under way to this process at most.
const PREFETCH: u16 = 256;
/// Acknowledge after this many messages.
const ACK_EVERY: u16 = PREFETCH / 4;
/// Messages taken and not asked for yet.
const TAKEN_MAX: usize = 64;

/// A message to whoever listens.
pub struct Notice {
    /// What it is about; `None` for what this version does not know.
    pub topic: Option<Topic>,
    /// Its routing key, as published.
    pub key: String,
    /// The message.
    pub body: Vec<u8>,
    /// The traces of what it holds.
    pub traces: Carried,
    /// Which of what it holds is awaited at a door.
    pub awaited: Awaited,
}

/// A private queue bound to some routing keys of the outcomes exchange. What is published while nobody
/// listens is not heard. After an error, drop it, open another, and read again what may have been missed.
///
/// A task of its own takes messages and acks them, so that whoever waits for the next may stop waiting at
/// any moment without losing one.
pub struct Listener {
    heard: mpsc::Receiver<Result<Notice, BrokerError>>,
    _task: AbortOnDropHandle<()>,
}

impl Listener {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the broker cannot be reached or the exchange does not exist.
    pub async fn open(broker: &Broker, keys: &[&str]) -> Result<Self, BrokerError> {
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
        let (tell, heard) = mpsc::channel(TAKEN_MAX);
        Ok(Self { heard, _task: AbortOnDropHandle::new(tokio::spawn(listen(channel, consumer, tell))) })
    }

    /// The next message. Safe to cancel.
    ///
    /// # Errors
    /// When the channel failed.
    pub async fn next(&mut self) -> Result<Notice, BrokerError> {
        self.heard.recv().await.ok_or(BrokerError::Ended)?
    }
}

async fn listen(channel: Channel, mut consumer: Consumer, tell: mpsc::Sender<Result<Notice, BrokerError>>) {
    let mut unacked = 0;
    let failed = loop {
        let delivery = match consumer.next().await {
            Some(Ok(delivery)) => delivery,
            Some(Err(error)) => break error.into(),
            None => break BrokerError::Ended,
        };
        let (traces, awaited) = (traces::read(&delivery.properties), Awaited::read(&delivery.properties));
        let key = delivery.routing_key.to_string();
        let heard = Notice { topic: Topic::of_key(&key), key, body: delivery.data, traces, awaited };
        if tell.send(Ok(heard)).await.is_err() {
            return;
        }
        unacked += 1;
        if unacked >= ACK_EVERY {
            unacked = 0;
            if let Err(error) = channel.basic_ack(delivery.delivery_tag, BasicAckOptions { multiple: true }).await {
                break error.into();
            }
        }
    };
    let _ = tell.send(Err(failed)).await;
}
