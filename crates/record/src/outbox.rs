//! The outbox: what must be told to the line or to a shopper, written in the transaction that causes it.
//!
//! A row is deleted once it was told. So it is told at least once; whoever hears it twice does nothing the second time.

use std::collections::HashSet;
use std::time::Duration;

use sale::command::Command;
use sale::ids::{AttemptId, EventId, PaymentId};
use sale::report::OrderNews;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use crate::message;
use crate::word_column::Column;

/// Messages among which [`take`] looks for events, and events that it takes: the others are for others.
const OLDEST_LOOKED_AT: i64 = 2_000;
const EVENTS_AT_ONCE: i64 = 16;

/// To whom something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A [`Command`] for the event's line.
    Line,
    /// An [`OrderNews`] for the shopper.
    News,
}

sale::words!(Kind: "kind of message" { Line = "line", News = "news" });

/// A row of the outbox.
#[derive(Debug)]
pub struct Message {
    /// Rows are told in the order of these numbers.
    pub id: i64,
    /// Of which event.
    pub event: EventId,
    /// To whom.
    pub kind: Kind,
    /// What, as it travels: encoded by [`sale::wire`].
    pub bytes: Vec<u8>,
}

/// Messages that nobody else tells while this is held.
#[derive(Debug)]
pub struct Due {
    /// In the order in which they are to be told.
    pub messages: Vec<Message>,
    transaction: Transaction<'static, Postgres>,
}

/// Puts a command for an event's line into the outbox.
///
/// # Errors
/// When PostgreSQL refuses, or the command cannot be encoded. Then the transaction is to be given up: what causes the
/// command must not be recorded without it.
pub async fn put_command(db: &mut PgConnection, event: EventId, command: &Command) -> sqlx::Result<()> {
    put(db, event, Kind::Line, message::encode(command)?, Later::default()).await
}

/// Puts that the money of a payment was taken, for the line to be told after a while. What is put later may be told before.
///
/// # Errors
/// As with [`put_command`].
pub async fn put_captured(
    db: &mut PgConnection,
    event: EventId,
    attempt: AttemptId,
    payment: PaymentId,
    pause: Duration,
) -> sqlx::Result<()> {
    let command = message::encode(&Command::Captured { attempt, payment })?;
    put(db, event, Kind::Line, command, Later { pause, payment: Some(payment) }).await
}

/// Takes [that](put_captured) back, if the line was not told yet: the units return, so it is not final.
///
/// # Errors
/// When PostgreSQL refuses.
pub async fn take_back_captured(db: &mut PgConnection, payment: PaymentId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM outbox WHERE payment_id = $1", payment.0).execute(db).await.map(drop)
}

/// How much later something is told, and of which payment.
#[derive(Default)]
struct Later {
    pause: Duration,
    payment: Option<PaymentId>,
}

/// Puts news for a shopper into the outbox.
///
/// # Errors
/// As with [`put_command`].
pub async fn put_news(db: &mut PgConnection, news: &OrderNews) -> sqlx::Result<()> {
    put(db, news.event, Kind::News, message::encode(news)?, Later::default()).await
}

async fn put(db: &mut PgConnection, event: EventId, kind: Kind, bytes: Vec<u8>, later: Later) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO outbox (event_id, kind, message, due_at, payment_id)
         VALUES ($1, $2, $3, now() + make_interval(secs => $4), $5)",
        event.0,
        kind.word(),
        bytes,
        later.pause.as_secs_f64(),
        later.payment.map(|payment| payment.0)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes the oldest messages that are due of events that nobody else tells anything of, `limit` at most. Those events are this
/// caller's until the messages are [forgotten](Due::forget_but) or dropped: so what is told of an event is told in its order. A
/// line that heard a payment's end before its beginning would hold units for a payment that is over.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn take(pool: &PgPool, limit: i64) -> sqlx::Result<Due> {
    let mut transaction = pool.begin().await?;
    let events = sqlx::query_scalar!(
        r#"SELECT event_id AS "event_id!" FROM (
             SELECT event_id, min(id) AS first
             FROM (SELECT event_id, id FROM outbox WHERE due_at <= now() ORDER BY id LIMIT $1) AS oldest
             GROUP BY event_id ORDER BY first) AS events
           WHERE pg_try_advisory_xact_lock(hashtextextended('outbox ' || event_id::text, 0)) LIMIT $2"#,
        OLDEST_LOOKED_AT,
        EVENTS_AT_ONCE
    )
    .fetch_all(&mut *transaction)
    .await?;
    // A statement of its own: what whoever had the event before has told is gone by now.
    let rows = sqlx::query!(
        r#"SELECT id, event_id, kind AS "kind: Column<Kind>", message
           FROM outbox WHERE event_id = ANY($1) AND due_at <= now() ORDER BY id LIMIT $2"#,
        &events,
        limit
    )
    .fetch_all(&mut *transaction)
    .await?;
    let message = |(id, event, kind, bytes)| Message { id, event: EventId(event), kind, bytes };
    let messages = rows.into_iter().map(|row| message((row.id, row.event_id, row.kind.0, row.message))).collect();
    Ok(Due { messages, transaction })
}

impl Due {
    /// Deletes all of them but those of some events: they were told. Returns how many.
    ///
    /// # Errors
    /// When PostgreSQL does not answer. Then they are told again.
    pub async fn forget_but(mut self, unheard: &HashSet<EventId>) -> sqlx::Result<usize> {
        let told = self.messages.iter().filter(|message| !unheard.contains(&message.event));
        let ids: Vec<i64> = told.map(|message| message.id).collect();
        sqlx::query!("DELETE FROM outbox WHERE id = ANY($1)", &ids).execute(&mut *self.transaction).await?;
        self.transaction.commit().await?;
        Ok(ids.len())
    }
}
