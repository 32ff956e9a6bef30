//! Listening to the exchange: a private queue that lives as long as the connection.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Consumer};
use tokio::sync::mpsc;
use tokio::time::Instant;
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
/// Acknowledge after this many messages,
const ACK_EVERY: u16 = PREFETCH / 4;
/// or after this time: the broker throws out a consumer whose oldest message is not acked for half an hour, and few may come in a day.
const ACK_WITHIN: Duration = Duration::from_secs(1);
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

async fn listen(channel: Channel, consumer: Consumer, tell: mpsc::Sender<Result<Notice, BrokerError>>) {
    if let Err(failed) = pass_on(&channel, consumer, &tell).await {
        let _ = tell.send(Err(failed)).await;
    }
}

/// Passes on what comes, until nobody wants it any more.
async fn pass_on(
    channel: &Channel,
    mut consumer: Consumer,
    tell: &mpsc::Sender<Result<Notice, BrokerError>>,
) -> Result<(), BrokerError> {
    loop {
        let first = heard(consumer.next().await)?;
        let ack_at = Instant::now() + ACK_WITHIN;
        let mut taken = first.delivery_tag;
        let mut next = Some(first);
        let mut count = 0;
        while let Some(delivery) = next.take() {
            taken = delivery.delivery_tag;
            count += 1;
            if tell.send(Ok(notice(delivery))).await.is_err() {
                return Ok(());
            }
            if count < ACK_EVERY {
                next = tokio::time::timeout_at(ack_at, consumer.next()).await.ok().map(heard).transpose()?;
            }
        }
        channel.basic_ack(taken, BasicAckOptions { multiple: true }).await?;
    }
}

fn heard(next: Option<lapin::Result<Delivery>>) -> Result<Delivery, BrokerError> {
    Ok(next.ok_or(BrokerError::Ended)??)
}

fn notice(delivery: Delivery) -> Notice {
    let (traces, awaited) = (traces::read(&delivery.properties), Awaited::read(&delivery.properties));
    let key = delivery.routing_key.to_string();
    Notice { topic: Topic::of_key(&key), key, body: delivery.data, traces, awaited }
}
