//! Says again what was said: real messages, twice or out of their order.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use broker::topology::{OUTCOMES, line_queue};
use futures_util::StreamExt;
use lapin::options::{BasicConsumeOptions, BasicPublishOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use sale::ids::EventId;
use tokio::task::JoinSet;

/// Where RabbitMQ copies every message to while tracing is on.
const TRACE: &str = "amq.rabbitmq.trace";
const LATER: Duration = Duration::from_millis(700);
/// Messages said again at most.
const MESSAGES_MAX: usize = 20_000;
const PERSISTENT: u8 = 2;

/// Which messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Attempts, confirmations, cancellations and ticks.
    Line,
    /// Rounds, repeats, progress and news of orders.
    Outcomes,
}

impl Said {
    pub(super) fn name(self) -> &'static str {
        match self {
            Said::Line => "in the line",
            Said::Outcomes => "about outcomes",
        }
    }
}

/// When they come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    AtOnce,
    /// After newer ones.
    Late,
}

impl Again {
    pub(super) fn name(self) -> &'static str {
        match self {
            Again::AtOnce => "twice",
            Again::Late => "again after newer ones",
        }
    }
}

/// A way to the broker of our own, past the proxies. It closes when dropped.
pub(super) async fn channel(amqp_url: &str) -> anyhow::Result<(Connection, Channel)> {
    let connection = Connection::connect(amqp_url, ConnectionProperties::default()).await.context("RabbitMQ")?;
    let channel = connection.create_channel().await?;
    Ok((connection, channel))
}

/// Says everything again, once, until the returned task is dropped. For the line tracing must be on.
/// They are counted in `repeated`.
pub(super) async fn start(
    amqp_url: &str,
    event: EventId,
    (said, again): (Said, Again),
    repeated: Arc<AtomicU64>,
) -> anyhow::Result<JoinSet<()>> {
    let (connection, channel) = channel(amqp_url).await?;
    let own = QueueDeclareOptions { exclusive: true, auto_delete: true, ..Default::default() };
    let queue = channel.queue_declare("".into(), own, FieldTable::default()).await?;
    let (exchange, key) = match said {
        Said::Line => (TRACE, "publish.#"),
        Said::Outcomes => (OUTCOMES, "#"),
    };
    let (bind, none) = (QueueBindOptions::default(), FieldTable::default());
    channel.queue_bind(queue.name().clone(), exchange.into(), key.into(), bind, none).await?;
    let options = BasicConsumeOptions { no_ack: true, ..Default::default() };
    let mut heard = channel.basic_consume(queue.name().clone(), "".into(), options, FieldTable::default()).await?;
    let line = line_queue(event);
    let mut task = JoinSet::new();
    task.spawn(async move {
        let _open = connection;
        // What is said again is heard again.
        let (mut known, mut late) = (HashSet::new(), JoinSet::new());
        while let Some(Ok(message)) = heard.next().await {
            let (exchange, key) = match said {
                Said::Line if is_for(&message.properties, &line) => ("", line.clone()),
                Said::Line => continue,
                Said::Outcomes => (OUTCOMES, message.routing_key.to_string()),
            };
            if known.len() >= MESSAGES_MAX || !known.insert(message.data.clone()) {
                continue;
            }
            repeated.fetch_add(1, Ordering::Relaxed);
            while late.try_join_next().is_some() {}
            match again {
                Again::AtOnce => publish(channel.clone(), exchange, key, message.data).await,
                Again::Late => {
                    let channel = channel.clone();
                    late.spawn(async move {
                        tokio::time::sleep(LATER).await;
                        publish(channel, exchange, key, message.data).await;
                    });
                }
            }
        }
    });
    Ok(task)
}

/// Whether a traced message went straight to a queue.
fn is_for(traced: &BasicProperties, queue: &str) -> bool {
    let keys = traced.headers().as_ref().and_then(|headers| headers.inner().get("routing_keys"));
    let Some(AMQPValue::FieldArray(keys)) = keys else { return false };
    keys.as_slice().iter().any(|key| matches!(key, AMQPValue::LongString(key) if key.as_bytes() == queue.as_bytes()))
}

async fn publish(channel: Channel, exchange: &'static str, key: String, body: Vec<u8>) {
    let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
    let options = BasicPublishOptions::default();
    let _ = channel.basic_publish(exchange.into(), key.as_str().into(), options, &body, properties).await;
}
