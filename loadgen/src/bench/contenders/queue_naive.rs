//! A queue without batches: one attempt, one message, one confirm; one consumer that decides one attempt a
//! round and acks it. Kinder than reality: publisher and consumer share a process, so that the answer needs
//! no push and goes back in the response.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use broker::{Broker, Publisher, Subscription, topology};
use sale::ids::EventId;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::Options;
use super::admission::{Attempt, Seller, Verdict};
use super::redis_lua::Shelf;

/// Publishing channels, each with one message under way.
const CHANNELS: usize = 64;
/// Messages under way to the consumer.
const PREFETCH: u16 = 256;
const CONFIRM_WITHIN: Duration = Duration::from_secs(10);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

#[derive(Serialize, Deserialize)]
struct Message {
    id: Uuid,
    shopper: Uuid,
    key: String,
    quantity: u32,
}

type Waiting = Arc<Mutex<HashMap<Uuid, oneshot::Sender<Verdict>>>>;

pub(super) struct QueueNaive {
    queue: String,
    give: mpsc::Sender<Publisher>,
    take: tokio::sync::Mutex<mpsc::Receiver<Publisher>>,
    waiting: Waiting,
}

impl QueueNaive {
    pub(super) async fn open(options: &Options) -> anyhow::Result<Self> {
        let amqp = broker::Settings { amqp_url: SecretString::from(options.amqp_url.clone()) };
        let broker = Broker::new(&amqp, &tls::Settings::default().load()?, "contender")?;
        let event = EventId(Uuid::now_v7());
        topology::declare_line(&broker, event).await?;
        let queue = topology::line_queue(event);
        let (give, take) = mpsc::channel(CHANNELS);
        for _ in 0..CHANNELS {
            give.try_send(Publisher::open(&broker).await?).ok().context("room for every channel")?;
        }
        let waiting = Waiting::default();
        let subscription = Subscription::open(&broker, &queue, PREFETCH).await?;
        tokio::spawn(consume(subscription, Shelf::open(options).await?, Arc::clone(&waiting)));
        Ok(Self { queue, give, take: tokio::sync::Mutex::new(take), waiting })
    }

    async fn publish(&self, message: &[u8]) -> anyhow::Result<()> {
        let mut publisher = self.take.lock().await.recv().await.context("a channel")?;
        publisher.send("", &self.queue, message).await?.confirmed(CONFIRM_WITHIN).await?;
        self.give.try_send(publisher).ok().context("its place")
    }
}

impl Seller for QueueNaive {
    async fn sell(&self, attempt: Attempt) -> anyhow::Result<Verdict> {
        let id = Uuid::now_v7();
        let message = Message { id, shopper: attempt.shopper.0, key: attempt.key, quantity: attempt.quantity };
        let (tell, told) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, tell);
        self.publish(&sale::wire::encode(&message)?).await?;
        Ok(tokio::time::timeout(ANSWER_WITHIN, told).await??)
    }
}

async fn consume(mut line: Subscription, shelf: Shelf, waiting: Waiting) -> anyhow::Result<()> {
    loop {
        let delivery = line.next().await?;
        let message: Message = sale::wire::decode(&delivery.body)?;
        let sold = shelf.take(message.shopper, &message.key, message.quantity).await?;
        line.ack_through(delivery.tag).await?;
        if let Some(tell) = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&message.id) {
            let _ = tell.send(sold);
        }
    }
}
