//! What must be told to the line or to a shopper, told after the transaction that causes it.
//!
//! A row is written in that transaction, published with a confirm, then deleted. So it is told at least
//! once; whoever hears it twice does nothing the second time.

use std::time::Duration;

use broker::topology::{OUTCOMES, line_queue, order_key};
use broker::{Broker, BrokerError, Publisher};
use retry::{Backoff, RECONNECT};
use sale::command::{Command, LineBatch};
use sale::ids::{DoorId, EventId};
use sale::report::OrderNews;
use sale::wire;
use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Context, meters};

/// Rows told in one go at most.
const BATCH: i64 = 200;
const LOOK_EVERY: Duration = Duration::from_millis(25);
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(5);

/// Puts a command for an event's line into the outbox.
pub(crate) async fn put_command(db: &mut PgConnection, event: EventId, command: &Command) -> sqlx::Result<()> {
    put(db, event, "line", wire::encode(command).unwrap_or_default()).await
}

/// Puts news for a shopper into the outbox.
pub(crate) async fn put_news(db: &mut PgConnection, news: &OrderNews) -> sqlx::Result<()> {
    put(db, news.event, "news", wire::encode(news).unwrap_or_default()).await
}

async fn put(db: &mut PgConnection, event: EventId, kind: &str, message: Vec<u8>) -> sqlx::Result<()> {
    sqlx::query!("INSERT INTO outbox (event_id, kind, message) VALUES ($1, $2, $3)", event.0, kind, message)
        .execute(db)
        .await?;
    Ok(())
}

#[derive(Debug, thiserror::Error)]
enum OutboxError {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

/// Tells what is in the outbox, until told to stop.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) -> anyhow::Result<()> {
    let door = DoorId(Uuid::now_v7());
    let mut publisher = None;
    let mut backoff = Backoff::new("outbox", RECONNECT);
    while !shutdown.is_cancelled() {
        match tell_some(&context.pool, &context.broker, &mut publisher, door).await {
            Ok(told) => {
                backoff.reset();
                if told == 0 {
                    let _ = tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "outbox: will try again");
                publisher = None;
                backoff.wait().await;
            }
        }
    }
    Ok(())
}

async fn tell_some(
    pool: &PgPool,
    broker: &Broker,
    publisher: &mut Option<Publisher>,
    door: DoorId,
) -> Result<usize, OutboxError> {
    let mut transaction = pool.begin().await?;
    let rows = sqlx::query!(
        "SELECT id, event_id, kind, message FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED",
        BATCH
    )
    .fetch_all(&mut *transaction)
    .await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let publisher = match publisher {
        Some(publisher) => publisher,
        None => publisher.insert(Publisher::open(broker).await?),
    };
    let mut pending = Vec::with_capacity(rows.len());
    for row in &rows {
        let event = EventId(row.event_id);
        pending.push(match row.kind.as_str() {
            "line" => match wire::decode::<Command>(&row.message) {
                Ok(command) => {
                    // It enters the line now, whenever it was meant to: now is what counts for deadlines.
                    let batch = LineBatch { door, door_attempts: 0, sent_at: clock::now(), commands: vec![command] };
                    let message = wire::encode(&batch).unwrap_or_default();
                    publisher.send("", &line_queue(event), &message).await?
                }
                Err(error) => {
                    meters::TOLD_DROPPED.one();
                    tracing::error!(%error, id = row.id, "unreadable command in the outbox dropped");
                    continue;
                }
            },
            // Whether any notifier listens is not ours to ask: the truth is in the tables.
            _ => publisher.send_transient(OUTCOMES, &order_key(event), &row.message).await?,
        });
    }
    for message in pending {
        message.confirmed(CONFIRM_TIMEOUT).await?;
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    sqlx::query!("DELETE FROM outbox WHERE id = ANY($1)", &ids).execute(&mut *transaction).await?;
    transaction.commit().await?;
    meters::TOLD.add(ids.len() as u64);
    Ok(ids.len())
}
