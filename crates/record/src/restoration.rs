//! All that an event's inventory is restored from.

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sale::answer::{Answer, Grace, Grant, News};
use sale::ids::EventId;
use sale::record::Record;
use sale::report::RoundReport;
use sale::wire::{self, WireError};
use sqlx::PgPool;
use sqlx::types::Json;

use crate::reservations::{Row, Unreadable};

/// Why the record of an event could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RestorationError {
    /// PostgreSQL did not answer.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A reservation that this version cannot read.
    #[error(transparent)]
    Reservation(#[from] Unreadable),
    /// A round that this version cannot read.
    #[error("a recorded round: {0}")]
    Round(#[from] WireError),
}

/// Every attempt that ever held stock or a place, as it stands.
pub fn with_stock_or_place(
    pool: &PgPool,
    event: EventId,
) -> impl Stream<Item = Result<Record, RestorationError>> + Send + '_ {
    sqlx::query_as!(
        Row,
        r#"SELECT id, event_id, shopper_id, state, answer AS "answer: Json<Answer>", grant_ AS "grant: Json<Grant>", grace AS "grace: Json<Grace>",
                  payment_id, settled_at IS NOT NULL AS "settled!", ended_why
           FROM reservations WHERE event_id = $1"#,
        event.0
    )
    .fetch(pool)
    .map(|row| Ok(row?.into_record()?))
}

/// Every attempt that was answered without stock: only the journal has them.
pub fn without_stock(
    pool: &PgPool,
    event: EventId,
) -> impl Stream<Item = Result<Record, RestorationError>> + Send + '_ {
    let rounds = sqlx::query_scalar!("SELECT report FROM rounds WHERE event_id = $1", event.0).fetch(pool);
    let records = rounds.map(|report| -> Result<_, RestorationError> {
        let report = wire::decode::<RoundReport>(&report?)?;
        Ok(stream::iter(answered_without_stock(report).into_iter().map(Ok)))
    });
    records.try_flatten()
}

fn answered_without_stock(report: RoundReport) -> Vec<Record> {
    let records = report.outcomes.into_iter().filter_map(|outcome| match outcome.news {
        News::Answer(answer @ (Answer::SoldOut { .. } | Answer::Refused(_))) => {
            Some(Record::new(outcome.attempt, outcome.shopper, answer))
        }
        News::Answer(_) | News::Change(_) => None,
    });
    records.collect()
}
