//! The names on the broker, and what stands behind them.
//!
//! ```text
//! flashline.line.<event>      quorum queue, single active consumer: the line of one event
//! flashline.outcomes          topic exchange
//!   round.<partition>.<event>   Entry: rounds and barriers ─▶ flashline.ledger.<partition>, notifiers
//!   repeat.<event>              Repeats                    ─▶ notifiers
//!   progress.<event>            Progress                   ─▶ notifiers, ingress
//!   order.<event>               OrderNews                  ─▶ notifiers
//!   rules.<event>               nothing: look again        ─▶ everyone with a catalogue
//! flashline.ledger.<partition> quorum queue, single active consumer: what the order-worker records
//! flashline.parked            quorum queue: what nobody could handle, for a person to look at
//! ```

use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use sale::ids::EventId;

use crate::topic::{self, Topic};
use crate::{Broker, BrokerError};

/// The exchange of everything that goes out.
pub const OUTCOMES: &str = "flashline.outcomes";
/// Where undeliverable messages are parked.
pub const PARKED: &str = "flashline.parked";
/// Deliveries of one message before it is parked. Explicit, because RabbitMQ 4 defaults to 20, and a
/// consumer that crashes in a loop would lose its whole prefetch; and because -1 (no limit on 4.x) drops
/// messages at the first requeue on 3.10.
const DELIVERY_LIMIT: i64 = 1_000_000;

/// The queue of an event.
pub fn line_queue(event: EventId) -> String {
    format!("flashline.line.{event}")
}

/// A queue of the ledger.
pub fn ledger_queue(partition: u8) -> String {
    format!("flashline.ledger.{partition}")
}

/// Declares what all events share. Safe to repeat.
///
/// # Errors
/// When the broker refuses, or holds something of the same name that differs.
pub async fn declare_shared(broker: &Broker) -> Result<(), BrokerError> {
    let channel = broker.consuming_channel().await?;
    let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
    channel.exchange_declare(OUTCOMES.into(), ExchangeKind::Topic, durable, FieldTable::default()).await?;
    channel.queue_declare(PARKED.into(), durable_queue(), quorum()).await?;
    for partition in 0..topic::LEDGER_PARTITIONS {
        declare_partition(&channel, partition).await?;
    }
    close(channel).await;
    Ok(())
}

/// Declares a queue of the ledger. Safe to repeat: whoever records from it does, in case it was deleted.
///
/// # Errors
/// When the broker refuses, or holds something of the same name that differs.
pub async fn declare_ledger(broker: &Broker, partition: u8) -> Result<(), BrokerError> {
    let channel = broker.consuming_channel().await?;
    declare_partition(&channel, partition).await?;
    close(channel).await;
    Ok(())
}

async fn declare_partition(channel: &lapin::Channel, partition: u8) -> Result<(), BrokerError> {
    let (queue, key) = (ledger_queue(partition), Topic::rounds_of_partition(partition));
    channel.queue_declare(queue.as_str().into(), durable_queue(), single_consumer()).await?;
    let bind = QueueBindOptions::default();
    channel
        .queue_bind(queue.as_str().into(), OUTCOMES.into(), key.as_str().into(), bind, FieldTable::default())
        .await?;
    Ok(())
}

/// Declares the line of an event. Safe to repeat. Queue names become atoms in the broker, which are
/// never freed: only events that an admin created get one.
///
/// # Errors
/// When the broker refuses, or holds something of the same name that differs.
pub async fn declare_line(broker: &Broker, event: EventId) -> Result<(), BrokerError> {
    let channel = broker.consuming_channel().await?;
    channel.queue_declare(line_queue(event).as_str().into(), durable_queue(), single_consumer()).await?;
    close(channel).await;
    Ok(())
}

/// Whether anything is in the line of an event, or anybody reads from it.
///
/// # Errors
/// When the broker cannot be reached.
pub async fn line_in_use(broker: &Broker, event: EventId) -> Result<bool, BrokerError> {
    declare_line(broker, event).await?;
    let queue = look(broker, &line_queue(event)).await?;
    Ok(queue.message_count() > 0 || queue.consumer_count() > 0)
}

/// Whether anybody reads the line of an event.
///
/// # Errors
/// When the broker cannot be reached.
pub async fn line_read(broker: &Broker, event: EventId) -> Result<bool, BrokerError> {
    declare_line(broker, event).await?;
    has_consumer(broker, &line_queue(event)).await
}

/// Deletes the line of an event, with whatever is in it. (A quorum queue cannot be told to stay if it is not empty.)
///
/// # Errors
/// When the broker cannot be reached.
pub async fn delete_line(broker: &Broker, event: EventId) -> Result<(), BrokerError> {
    let channel = broker.consuming_channel().await?;
    channel.queue_delete(line_queue(event).as_str().into(), QueueDeleteOptions::default()).await?;
    close(channel).await;
    Ok(())
}

/// Messages (not attempts: ingress sends many in one) that wait in the line of an event.
///
/// # Errors
/// When the broker cannot be reached or the line does not exist.
pub async fn line_messages(broker: &Broker, event: EventId) -> Result<u32, BrokerError> {
    messages(broker, &line_queue(event)).await
}

/// Messages that wait in a queue.
///
/// # Errors
/// When the broker cannot be reached or the queue does not exist.
pub async fn messages(broker: &Broker, queue: &str) -> Result<u32, BrokerError> {
    Ok(look(broker, queue).await?.message_count())
}

/// Whether anybody is subscribed to a queue.
///
/// # Errors
/// When the broker cannot be reached or the queue does not exist.
pub(crate) async fn has_consumer(broker: &Broker, queue: &str) -> Result<bool, BrokerError> {
    Ok(look(broker, queue).await?.consumer_count() > 0)
}

async fn look(broker: &Broker, queue: &str) -> Result<lapin::Queue, BrokerError> {
    let channel = broker.consuming_channel().await?;
    let look = QueueDeclareOptions { passive: true, ..durable_queue() };
    let queue = channel.queue_declare(queue.into(), look, FieldTable::default()).await?;
    close(channel).await;
    Ok(queue)
}

async fn close(channel: lapin::Channel) {
    if let Err(error) = channel.close(200, "done".into()).await {
        tracing::debug!(%error, "channel close");
    }
}

fn durable_queue() -> QueueDeclareOptions {
    QueueDeclareOptions { durable: true, ..Default::default() }
}

/// Quorum queues fsync before the confirm; classic queues and streams do not.
fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments
}

fn single_consumer() -> FieldTable {
    let mut arguments = quorum();
    arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(DELIVERY_LIMIT));
    arguments.insert("x-dead-letter-exchange".into(), AMQPValue::LongString("".into()));
    arguments.insert("x-dead-letter-routing-key".into(), AMQPValue::LongString(PARKED.into()));
    arguments
}
