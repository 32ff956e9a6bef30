//! What is known at the moment when it is told.

use sale::answer::{Grace, Grant};
use sale::ids::{AttemptId, EventId, RefundId, ShopperId};
use sale::notification::Held;
use sale::payment::{OrderState, PaymentState, RefundState};
use sale::words::Word;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};

use crate::reservations::ReservationState;
use crate::word_column::Column;

/// What is known of a reservation.
#[derive(Clone, Debug)]
pub struct ReservationFacts {
    /// The grant, while its units are held.
    pub grant: Option<Grant>,
    /// What they are held on for past the deadline.
    pub grace: Option<Grace>,
    /// A payment is under way.
    pub is_being_paid: bool,
}

impl ReservationFacts {
    /// As the rules want it.
    pub fn held(&self) -> Held<'_> {
        Held { grant: self.grant.as_ref(), grace: self.grace.as_ref(), is_being_paid: self.is_being_paid }
    }
}

/// What is known of an order.
#[derive(Clone, Debug)]
pub struct OrderFacts {
    /// The number for people.
    pub number: String,
    /// Where it stands.
    pub state: OrderState,
    /// What was granted, and what it costs.
    pub grant: Grant,
}

/// What is known of a reservation, if it is one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of_reservation(pool: &PgPool, attempt: AttemptId) -> sqlx::Result<Option<ReservationFacts>> {
    let row = sqlx::query!(
        r#"SELECT r.state = $2 AS "is_held!", r.grant_ AS "grant: Json<Grant>", r.grace AS "grace: Json<Grace>",
                  EXISTS (SELECT FROM payments p WHERE p.reservation_id = r.id AND p.state = ANY($3)) AS "is_being_paid!"
           FROM reservations r WHERE r.id = $1"#,
        attempt.0,
        ReservationState::Active.word(),
        PaymentState::words_of(PaymentState::is_owed_a_step) as _
    );
    Ok(row.fetch_optional(pool).await?.map(|row| ReservationFacts {
        grant: row.grant.map(|grant| grant.0).filter(|_| row.is_held),
        grace: row.grace.map(|grace| grace.0),
        is_being_paid: row.is_being_paid,
    }))
}

/// What a shopper holds of a sale, and what is known of that.
pub(super) async fn held_by(
    db: &mut PgConnection,
    event: EventId,
    shopper: ShopperId,
) -> sqlx::Result<Vec<(AttemptId, ReservationFacts)>> {
    let rows = sqlx::query!(
        r#"SELECT r.id, r.grant_ AS "grant!: Json<Grant>", r.grace AS "grace: Json<Grace>",
                  EXISTS (SELECT FROM payments p WHERE p.reservation_id = r.id AND p.state = ANY($4)) AS "is_being_paid!"
           FROM reservations r
           WHERE r.shopper_id = $1 AND r.event_id = $2 AND r.state = $3 AND r.grant_ IS NOT NULL"#,
        shopper.0,
        event.0,
        ReservationState::Active.word(),
        PaymentState::words_of(PaymentState::is_owed_a_step) as _
    );
    let held = rows.fetch_all(db).await?.into_iter().map(|row| {
        let (grant, grace) = (Some(row.grant.0), row.grace.map(|grace| grace.0));
        (AttemptId(row.id), ReservationFacts { grant, grace, is_being_paid: row.is_being_paid })
    });
    Ok(held.collect())
}

/// What is known of the order of a reservation, if there is one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of_order(pool: &PgPool, attempt: AttemptId) -> sqlx::Result<Option<OrderFacts>> {
    let row = sqlx::query!(
        r#"SELECT o.number, o.state AS "state: Column<OrderState>", r.grant_ AS "grant!: Json<Grant>"
           FROM orders o JOIN reservations r ON r.id = o.reservation_id
           WHERE r.id = $1 AND r.grant_ IS NOT NULL"#,
        attempt.0
    );
    let row = row.fetch_optional(pool).await?;
    Ok(row.map(|row| OrderFacts { number: row.number, state: row.state.0, grant: row.grant.0 }))
}

/// How much of an order a refund is of, while it stands so: gone back, or failed since it came back.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of_refund(pool: &PgPool, refund: RefundId, state: RefundState) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!("SELECT amount_minor FROM refunds WHERE id = $1 AND state = $2", refund.0, state.word())
        .fetch_optional(pool)
        .await
}
