//! Notices of reservations and their orders.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sale::answer::{Change, Grant, News};
use sale::ids::{AttemptId, PaymentId, RefundId};
use sale::notice::NoticeType;
use sale::payment::{OrderState, PaymentState};
use sale::report::RoundReport;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::write::{New, write};
use super::{Wanted, body, is_wanted};
use crate::word_column::Column;

/// Notices written in one statement at most: each becomes a row for every endpoint, and no statement may take long.
const AT_ONCE: usize = 1_000;

/// What happened to a reservation.
struct Happened {
    kind: NoticeType,
    reservation: Uuid,
    occurrence: String,
    at: DateTime<Utc>,
    reason: Option<&'static str>,
    refunded_minor: Option<i64>,
}

/// Writes what follows from rounds of a sale, once everything else of them is recorded. Costs nothing where nobody wants it.
///
/// # Errors
/// When PostgreSQL refuses. Then the transaction is to be given up.
pub async fn of_rounds(db: &mut PgConnection, wanted: &Wanted, rounds: &[RoundReport]) -> sqlx::Result<()> {
    let mut happened = Vec::new();
    for round in rounds {
        for outcome in &round.outcomes {
            let Some(kind) = NoticeType::of_news(&outcome.news).filter(|kind| wanted.has(*kind)) else { continue };
            let reason = match &outcome.news {
                News::Change(Change::Cancelled(cause)) => Some(cause.word()),
                _ => None,
            };
            let occurrence = match &outcome.news {
                // Told again, in a later round, to whoever asks again.
                News::Change(Change::Converted(payment)) => payment.to_string(),
                _ => round.head.seq.to_string(),
            };
            happened.push(Happened {
                kind,
                reservation: outcome.attempt.0,
                occurrence,
                at: clock::to_utc(round.decided_at),
                reason,
                refunded_minor: None,
            });
        }
    }
    tell(db, happened).await
}

/// Writes that an order is paid.
///
/// # Errors
/// As with [`of_rounds`].
pub async fn order_paid(db: &mut PgConnection, attempt: AttemptId, payment: PaymentId) -> sqlx::Result<()> {
    of_order(db, NoticeType::OrderPaid, attempt, payment.0, None).await
}

/// Writes that the money of an order went back.
///
/// # Errors
/// As with [`of_rounds`].
pub async fn order_refunded(
    db: &mut PgConnection,
    attempt: AttemptId,
    refund: RefundId,
    amount_minor: i64,
) -> sqlx::Result<()> {
    of_order(db, NoticeType::OrderRefunded, attempt, refund.0, Some(amount_minor)).await
}

/// Writes that money which had gone back came back.
///
/// # Errors
/// As with [`of_rounds`].
pub async fn order_refund_failed(
    db: &mut PgConnection,
    attempt: AttemptId,
    refund: RefundId,
    amount_minor: i64,
) -> sqlx::Result<()> {
    of_order(db, NoticeType::OrderRefundFailed, attempt, refund.0, Some(amount_minor)).await
}

async fn of_order(
    db: &mut PgConnection,
    kind: NoticeType,
    AttemptId(reservation): AttemptId,
    cause: Uuid,
    refunded_minor: Option<i64>,
) -> sqlx::Result<()> {
    if !is_wanted(db, kind).await? {
        return Ok(());
    }
    let at = crate::events::now(db).await?;
    let occurrence = cause.to_string();
    tell(db, vec![Happened { kind, reservation, occurrence, at, reason: None, refunded_minor }]).await
}

async fn tell(db: &mut PgConnection, mut happened: Vec<Happened>) -> sqlx::Result<()> {
    while !happened.is_empty() {
        let some: Vec<Happened> = happened.drain(..happened.len().min(AT_ONCE)).collect();
        let facts = facts(db, some.iter().map(|one| one.reservation).collect()).await?;
        let mut notices = Vec::with_capacity(some.len());
        for Happened { kind, reservation, occurrence, at, reason, refunded_minor } in some {
            // What was never granted is no reservation: a place on standby that is given back.
            let Some(fact) = facts.get(&reservation) else { continue };
            let data = body::Reservation { reason, refunded_minor, ..fact.data() };
            let body = body::written(kind, at, data)?;
            notices.push(New { kind, sale: fact.sale, subject: reservation, occurrence, at, body });
        }
        write(db, &notices).await?;
    }
    Ok(())
}

/// What is known of a reservation.
struct Fact {
    id: Uuid,
    sale: Uuid,
    sale_name: String,
    shopper: Uuid,
    customer: Option<String>,
    sku: String,
    grant: Json<Grant>,
    currency: String,
    order: Option<(Uuid, String, OrderState)>,
    payment: Option<(Uuid, PaymentState)>,
}

impl Fact {
    fn data(&self) -> body::Reservation<'_> {
        let Grant { quantity, price, deadline, .. } = &self.grant.0;
        let lines = price.lines.iter().map(|line| body::Line { units: line.units, unit_minor: line.unit_minor });
        body::Reservation {
            sale: body::Sale { id: self.sale, name: &self.sale_name },
            reservation_id: self.id,
            shopper: body::Shopper { id: self.shopper, customer: self.customer.as_deref() },
            sku: &self.sku,
            quantity: *quantity,
            lines: lines.collect(),
            total_minor: price.total_minor(),
            currency: &self.currency,
            deadline: clock::to_utc(*deadline),
            reason: None,
            order: self.order.as_ref().map(|(id, number, state)| body::Order { id: *id, number, state: *state }),
            payment: self.payment.map(|(id, state)| body::Payment { id, state }),
            refunded_minor: None,
        }
    }
}

/// What is known of reservations that were granted.
async fn facts(db: &mut PgConnection, reservations: Vec<Uuid>) -> sqlx::Result<HashMap<Uuid, Fact>> {
    let rows = sqlx::query!(
        r#"SELECT r.id, r.event_id, e.name, r.shopper_id, c.subject AS "customer?", i.sku, r.grant_ AS "grant!: Json<Grant>", e.currency,
                  o.id AS "order_id?", o.number AS "number?", o.state AS "order_state?: Column<OrderState>",
                  p.id AS "payment_id?", p.state AS "payment_state?: Column<PaymentState>"
           FROM reservations r
           JOIN sale_events e ON e.id = r.event_id
           JOIN sale_items i ON i.event_id = r.event_id AND i.item_no = r.item_no
           LEFT JOIN customers c ON c.shopper_id = r.shopper_id
           LEFT JOIN orders o ON o.reservation_id = r.id
           LEFT JOIN payments p ON p.id = coalesce(r.payment_id, (
             SELECT t.id FROM payments t WHERE t.reservation_id = r.id ORDER BY t.created_at DESC, t.id DESC LIMIT 1))
           WHERE r.id = ANY($1) AND r.grant_ IS NOT NULL"#,
        &reservations
    )
    .fetch_all(db)
    .await?;
    let facts = rows.into_iter().map(|row| {
        let order =
            row.order_id.zip(row.number).zip(row.order_state).map(|((id, number), state)| (id, number, state.0));
        let payment = row.payment_id.zip(row.payment_state).map(|(id, state)| (id, state.0));
        let fact = Fact {
            id: row.id,
            sale: row.event_id,
            sale_name: row.name,
            shopper: row.shopper_id,
            customer: row.customer,
            sku: row.sku,
            grant: row.grant,
            currency: row.currency,
            order,
            payment,
        };
        (row.id, fact)
    });
    Ok(facts.collect())
}
