//! A shopper's wish to pay, as a row for the order-worker to carry out.

use std::time::Duration;

use sale::command::{Command, HeldOnFor};
use sale::gateway::{Action, GatewayKind};
use sale::ids::{AttemptId, EventId, PaymentId, ShopperId};
use sale::payment::PaymentState;
use sale::words::Word;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};

use super::call;
use super::shown::ShownPayment;
use super::steps::count;
use crate::outbox;
use crate::word_column::Column;

/// What two wishes to pay may have in common, so that one waits for the other.
#[derive(Clone, Copy, Debug)]
pub enum About {
    /// The reservation: one try at a time, so that the count of tries is right.
    Attempt(AttemptId),
    /// The fingerprint of the client's address.
    Address([u8; 16]),
    /// The fingerprint of the card.
    Card([u8; 16]),
}

/// Waits for everyone who pays about the same, and makes others wait until the transaction ends. Whoever locks several
/// does so in the order of [`About`]: then nobody waits in a circle.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock(db: &mut PgConnection, about: About) -> sqlx::Result<()> {
    let what = match about {
        About::Attempt(attempt) => attempt.to_string(),
        About::Address(fingerprint) => format!("payments of address {}", hex::encode(fingerprint)),
        About::Card(fingerprint) => format!("payments with card {}", hex::encode(fingerprint)),
    };
    sqlx::query_scalar!(
        r#"SELECT 1 AS "locked!" FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 0))) AS lock"#,
        what
    )
    .fetch_one(db)
    .await
    .map(drop)
}

/// What was tried for a reservation.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// Payments that were declined.
    pub declined: u32,
    /// Whether a payment is under way or done.
    pub live: bool,
}

/// What was tried for a reservation so far. Exact while the reservation is [locked](lock).
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn tried(db: &mut PgConnection, attempt: AttemptId) -> sqlx::Result<Tried> {
    let row = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE state = $2) AS "declined!",
                  coalesce(bool_or(state = ANY($3)), false) AS "live!"
           FROM payments WHERE reservation_id = $1"#,
        attempt.0,
        PaymentState::Declined.word(),
        PaymentState::words_of(PaymentState::is_live) as _
    )
    .fetch_one(db)
    .await?;
    Ok(Tried { declined: count(row.declined)?, live: row.live })
}

/// How many payments of an address, a card or a shopper were declined of late: the greatest of the three.
#[derive(Clone, Copy, Debug)]
pub struct Declines {
    /// Declined.
    pub declined: i64,
    /// Declined, or still to be answered by the gateway.
    pub tried: i64,
}

/// Counts what was declined within `of_late`, and what may still be. Exact while address and card are [locked](lock).
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn count_declines(
    db: &mut PgConnection,
    address: [u8; 16],
    card: Option<[u8; 16]>,
    shopper: ShopperId,
    of_late: Duration,
) -> sqlx::Result<Declines> {
    // In one statement: a payment that is just being declined counts once. The states stand here as words, for the sake
    // of the partial indexes.
    sqlx::query_as!(
        Declines,
        r#"SELECT greatest(address_declined, card_declined, shopper_declined) AS "declined!",
                  greatest(address_declined + address_open, card_declined + card_open,
                           shopper_declined + shopper_open) AS "tried!"
           FROM (SELECT
                  (SELECT count(*) FROM payments WHERE state = 'declined' AND address_fingerprint = $1
                     AND updated_at > now() - make_interval(secs => $4)) AS address_declined,
                  (SELECT count(*) FROM payments WHERE state IN ('requested', 'authorising', 'pending', 'action_needed')
                     AND address_fingerprint = $1) AS address_open,
                  (SELECT count(*) FROM payments WHERE state = 'declined' AND card_fingerprint = $2
                     AND updated_at > now() - make_interval(secs => $4)) AS card_declined,
                  (SELECT count(*) FROM payments WHERE state IN ('requested', 'authorising', 'pending', 'action_needed')
                     AND card_fingerprint = $2) AS card_open,
                  (SELECT count(*) FROM payments WHERE state = 'declined' AND shopper_id = $3
                     AND updated_at > now() - make_interval(secs => $4)) AS shopper_declined,
                  (SELECT count(*) FROM payments WHERE state IN ('requested', 'authorising', 'pending', 'action_needed')
                     AND shopper_id = $3) AS shopper_open) AS counts"#,
        &address,
        card.as_ref().map(<[u8; 16]>::as_slice),
        shopper.0,
        of_late.as_secs_f64()
    )
    .fetch_one(db)
    .await
}

/// A wish to pay. Without `Debug`: there is a card's token in it.
pub struct Request<'r> {
    /// Its id, made by the caller.
    pub id: PaymentId,
    /// For which reservation.
    pub attempt: AttemptId,
    /// Of which sale.
    pub event: EventId,
    /// Whose.
    pub shopper: ShopperId,
    /// The client's name for this click.
    pub key: &'r str,
    /// Of what the key stands for: another one under the same key is another wish.
    pub body_sha256: [u8; 32],
    /// Through which gateway.
    pub gateway: GatewayKind,
    /// Whether so little of the time to pay is left that the units must be held on while the gateway is asked.
    pub hold_on: bool,
    /// What the gateway knows the card by; empty where there is nothing to pay.
    pub card_token: &'r str,
    /// In minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: &'r str,
    /// The fingerprint of the client's address.
    pub address: [u8; 16],
    /// The fingerprint of the card.
    pub card: Option<[u8; 16]>,
}

/// Writes a wish to pay down, and calls the order-worker. `false` when its key was used before.
///
/// # Errors
/// When PostgreSQL refuses: also when a payment for the same reservation is live.
pub async fn request(db: &mut PgConnection, request: &Request<'_>) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "INSERT INTO payments (id, reservation_id, event_id, shopper_id, idempotency_key, body_sha256, card_token,
                               amount_minor, currency, address_fingerprint, card_fingerprint, gateway, held_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (shopper_id, event_id, idempotency_key) DO NOTHING",
        request.id.0,
        request.attempt.0,
        request.event.0,
        request.shopper.0,
        request.key,
        request.body_sha256.as_slice(),
        request.card_token,
        request.amount_minor,
        request.currency,
        &request.address,
        request.card.as_ref().map(<[u8; 16]>::as_slice),
        request.gateway.word(),
        request.hold_on
    )
    .execute(&mut *db)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    if request.hold_on {
        let what_for = HeldOnFor::Payment(request.id);
        let command = Command::HoldOn { attempt: request.attempt, what_for, until: None };
        outbox::put_command(db, request.event, &command).await?;
    }
    call(db).await?;
    Ok(true)
}

/// A payment that a key asked for before.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// Which payment, and where it stands.
    pub payment: ShownPayment,
    /// Of what the key stood for.
    pub body_sha256: Vec<u8>,
}

/// The payment that a shopper asked for with this key, in this sale.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn find_by_key(
    pool: &PgPool,
    shopper: ShopperId,
    event: EventId,
    key: &str,
) -> sqlx::Result<Option<Earlier>> {
    let row = sqlx::query!(
        r#"SELECT id, reservation_id, state AS "state: Column<PaymentState>", action AS "action: Json<Action>", amount_minor,
                  currency, failure,
                  body_sha256
           FROM payments WHERE shopper_id = $1 AND event_id = $2 AND idempotency_key = $3"#,
        shopper.0,
        event.0,
        key
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Earlier {
        payment: ShownPayment {
            id: PaymentId(row.id),
            attempt: AttemptId(row.reservation_id),
            state: row.state.0,
            action: row.action.map(|action| action.0),
            amount_minor: row.amount_minor,
            currency: row.currency,
            failure: row.failure,
        },
        body_sha256: row.body_sha256,
    }))
}
