//! Payments as their shoppers see them.

use std::collections::HashMap;

use sale::gateway::Action;
use sale::ids::{AttemptId, PaymentId};
use sale::payment::{PaymentState, tries_left};
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use super::steps::count;
use crate::word_column::Column;

/// A payment as its shopper sees it.
#[derive(Clone, Debug)]
pub struct ShownPayment {
    /// Which payment.
    pub id: PaymentId,
    /// For which reservation.
    pub attempt: AttemptId,
    /// Where it stands.
    pub state: PaymentState,
    /// What the shopper's page needs for what the bank asks, while it asks.
    pub action: Option<Action>,
    /// In minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// The latest payment of a reservation.
#[derive(Clone, Debug)]
pub struct Latest {
    /// Which payment, and where it stands.
    pub payment: ShownPayment,
    /// Tries that the sale still permits for the reservation.
    pub tries_left: u32,
}

/// The latest payment of each of these reservations; or the one that was captured, if one was.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn latest_of(pool: &PgPool, attempts: &[AttemptId]) -> sqlx::Result<HashMap<AttemptId, Latest>> {
    let attempts: Vec<Uuid> = attempts.iter().map(|attempt| attempt.0).collect();
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (p.reservation_id) p.id, p.reservation_id, p.state AS "state: Column<PaymentState>",
                  p.action AS "action: Json<Action>", p.amount_minor, p.currency, p.failure, e.payment_tries AS permitted,
                  (SELECT count(*) FROM payments d
                   WHERE d.reservation_id = p.reservation_id AND d.state = $2) AS "declined!"
           FROM payments p JOIN sale_events e ON e.id = p.event_id
           WHERE p.reservation_id = ANY($1)
           ORDER BY p.reservation_id, (p.state = $3) DESC, p.id DESC"#,
        &attempts,
        PaymentState::Declined.word(),
        PaymentState::Captured.word()
    )
    .fetch_all(pool)
    .await?;
    let mut latest = HashMap::with_capacity(rows.len());
    for row in rows {
        let attempt = AttemptId(row.reservation_id);
        let tries_left = tries_left(count(row.permitted)?, count(row.declined)?);
        let payment = ShownPayment {
            id: PaymentId(row.id),
            attempt,
            state: row.state.0,
            action: row.action.map(|action| action.0),
            amount_minor: row.amount_minor,
            currency: row.currency,
            failure: row.failure,
        };
        latest.insert(attempt, Latest { payment, tries_left });
    }
    Ok(latest)
}
