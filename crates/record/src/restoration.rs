//! All that an event's inventory is restored from.

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sale::answer::{Answer, Grace, Grant};
use sale::ids::EventId;
use sale::record::Record;
use sale::report::RoundReport;
use sale::time::LineMs;
use sale::wire::{self, WireError};
use sqlx::PgPool;
use sqlx::types::Json;

use crate::lobby::Entries;
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

/// Every attempt that ever held stock or a place, as it stands; and the deadline of what was held for it and came to nothing.
pub fn with_stock_or_place(
    pool: &PgPool,
    event: EventId,
) -> impl Stream<Item = Result<(Record, Option<LineMs>), RestorationError>> + Send + '_ {
    sqlx::query_as!(
        Row,
        r#"SELECT id, event_id, shopper_id, state, answer AS "answer: Json<Answer>", grant_ AS "grant: Json<Grant>", grace AS "grace: Json<Grace>",
                  payment_id, settled_at IS NOT NULL AS "settled!", ended_why, origin, code_no
           FROM reservations WHERE event_id = $1"#,
        event.0
    )
    .fetch(pool)
    .map(|row: sqlx::Result<Row>| {
        let row = row?;
        let came_to_nothing = row.came_to_nothing();
        Ok((row.into_record()?, came_to_nothing))
    })
}

/// Every attempt that was answered without stock, and every entry: only the journal has them.
pub fn without_stock(
    pool: &PgPool,
    event: EventId,
) -> impl Stream<Item = Result<Record, RestorationError>> + Send + '_ {
    let rounds = sqlx::query_scalar!("SELECT report FROM rounds WHERE event_id = $1 ORDER BY seq", event.0).fetch(pool);
    let rounds = rounds.map(|report: sqlx::Result<Vec<u8>>| Ok(Some(wire::decode::<RoundReport>(&report?)?)));
    // What is known of an entry is known after the last round.
    let all = rounds.chain(stream::once(async { Ok(None) }));
    let records = all.scan(Entries::default(), |entries, round: Result<_, RestorationError>| {
        let records = round.map(|round| match round {
            Some(round) => entries.follow(round),
            None => std::mem::take(entries).left(),
        });
        std::future::ready(Some(records.map(|records| stream::iter(records.into_iter().map(Ok)))))
    });
    records.try_flatten()
}
