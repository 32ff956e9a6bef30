//! What is on record of one order: from the answer to the click to the last mail about it.

use chrono::{DateTime, Utc};
use sale::answer::{Answer, Grace, Grant};
use sale::command::CancelCause;
use sale::ids::{AttemptId, EventId, OrderId, ShopperId};
use sale::notice::{DeliveryState, NoticeType};
use sale::payment::{PaymentState, RefundState};
use sqlx::PgConnection;
use sqlx::types::{Json, JsonValue};
use uuid::Uuid;

use crate::audit::{self, Written};
use crate::notifications::{Channel, End};
use crate::reservations::ReservationState;
use crate::word_column::Column;

/// Payments, refunds, tellings of one order that are read at most: far more than there can be of any that somebody looks at.
const ROWS_MAX: i64 = 200;

/// What became of the reservation, and what it was.
#[derive(Debug)]
#[expect(missing_docs, reason = "the columns of the table `reservations`")]
pub struct Reserved {
    pub state: ReservationState,
    pub answer: Answer,
    pub grant: Option<Grant>,
    pub grace: Option<Grace>,
    pub answered_at: DateTime<Utc>,
    pub granted_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Of one that was given back.
    pub cause: Option<CancelCause>,
    /// When the buyer gave last what they were asked for, while that is kept.
    pub buyer_given_at: Option<DateTime<Utc>>,
    /// What the item is called.
    pub product: String,
    /// How it becomes an order: the word of a `CheckoutModel`.
    pub checkout: String,
    /// The code of the coupon that was applied.
    pub coupon: Option<String>,
}

/// A try to pay.
#[derive(Debug)]
#[expect(missing_docs, reason = "the columns of the table `payments`")]
pub struct Paid {
    pub id: Uuid,
    pub amount_minor: i64,
    pub state: PaymentState,
    /// The word of a `GatewayKind`.
    pub gateway: String,
    pub failure: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A refund.
#[derive(Debug)]
#[expect(missing_docs, reason = "the columns of the table `refunds`")]
pub struct GivenBack {
    pub id: Uuid,
    pub amount_minor: i64,
    pub reason: String,
    pub state: RefundState,
    pub failure: Option<String>,
    pub tries: i32,
    pub put_back: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// When the money went back; of those from before that was kept, it may be unknown.
    pub refunded_at: Option<DateTime<Utc>>,
    pub came_back_at: Option<DateTime<Utc>>,
    /// Since when the line is told of the units.
    pub put_back_at: Option<DateTime<Utc>>,
}

/// What the shop is told of it, at one of its endpoints.
#[derive(Debug)]
pub struct ToldShop {
    /// Which delivery.
    pub delivery: Uuid,
    /// What is told.
    pub kind: NoticeType,
    /// Where.
    pub url: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Tries since it was last asked for.
    pub tries: i32,
    /// When it ended, or else was written.
    pub at: DateTime<Utc>,
}

/// What its shopper is told of it while the page is closed.
#[derive(Debug)]
pub struct ToldShopper {
    /// The word of a `NotificationKind`.
    pub kind: String,
    /// By what.
    pub channel: Channel,
    /// How it ended, if it has.
    pub end: Option<End>,
    /// When it ended, or else is due.
    pub at: DateTime<Utc>,
}

/// All of it.
#[derive(Debug)]
#[expect(missing_docs, reason = "each by its name")]
pub struct Story {
    pub reserved: Reserved,
    /// The first first.
    pub payments: Vec<Paid>,
    /// The first first.
    pub refunds: Vec<GivenBack>,
    pub told_shop: Vec<ToldShop>,
    pub told_shopper: Vec<ToldShopper>,
    /// What organisers did with it: the latest first.
    pub deeds: Vec<Written>,
}

/// What is on record of an order, of a reservation of a sale.
///
/// # Errors
/// When PostgreSQL does not answer, or there is no such reservation.
pub async fn of(
    db: &mut PgConnection,
    order: OrderId,
    (event, attempt, shopper): (EventId, AttemptId, ShopperId),
) -> sqlx::Result<Story> {
    Ok(Story {
        reserved: reserved(db, attempt).await?,
        payments: payments(db, attempt).await?,
        refunds: refunds(db, order).await?,
        told_shop: told_shop(db, attempt).await?,
        told_shopper: told_shopper(db, event, attempt, shopper).await?,
        deeds: audit::of_subject(db, &order.to_string(), ROWS_MAX).await?,
    })
}

/// What became of a reservation, and what it was.
///
/// # Errors
/// When PostgreSQL does not answer, or there is no such reservation.
pub async fn reserved(db: &mut PgConnection, attempt: AttemptId) -> sqlx::Result<Reserved> {
    let row = sqlx::query!(
        r#"SELECT r.state AS "state: Column<ReservationState>", r.answer AS "answer: Json<Answer>",
                  r.grant_ AS "grant: Json<Grant>", r.grace AS "grace: Json<Grace>", r.answered_at, r.granted_at, r.ended_at,
                  r.ended_why AS "ended_why: JsonValue", p.name AS product, e.checkout,
                  (SELECT given_at FROM buyers b WHERE b.reservation_id = r.id) AS buyer_given_at,
                  (SELECT code FROM coupons c WHERE c.event_id = r.event_id
                     AND c.coupon_no = (r.grant_->'price'->>'coupon')::int) AS coupon
           FROM reservations r
           JOIN sale_events e ON e.id = r.event_id
           JOIN sale_items i ON i.event_id = r.event_id AND i.item_no = r.item_no
           JOIN products p ON p.id = i.product_id
           WHERE r.id = $1"#,
        attempt.0
    )
    .fetch_one(db)
    .await?;
    let is_cancelled = row.state.0 == ReservationState::Cancelled;
    Ok(Reserved {
        state: row.state.0,
        answer: row.answer.0,
        grant: row.grant.map(|grant| grant.0),
        grace: row.grace.map(|grace| grace.0),
        answered_at: row.answered_at,
        granted_at: row.granted_at,
        ended_at: row.ended_at,
        cause: row.ended_why.filter(|_| is_cancelled).and_then(|why| serde_json::from_value(why).ok()),
        buyer_given_at: row.buyer_given_at,
        product: row.product,
        checkout: row.checkout,
        coupon: row.coupon,
    })
}

async fn payments(db: &mut PgConnection, attempt: AttemptId) -> sqlx::Result<Vec<Paid>> {
    let rows = sqlx::query!(
        r#"SELECT id, amount_minor, state AS "state: Column<PaymentState>", gateway, failure, created_at, updated_at
           FROM payments WHERE reservation_id = $1 ORDER BY created_at, id LIMIT $2"#,
        attempt.0,
        ROWS_MAX
    );
    let payments = rows.fetch_all(db).await?.into_iter().map(|row| Paid {
        id: row.id,
        amount_minor: row.amount_minor,
        state: row.state.0,
        gateway: row.gateway,
        failure: row.failure,
        created_at: row.created_at,
        updated_at: row.updated_at,
    });
    Ok(payments.collect())
}

/// The refunds of an order, the first first.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn refunds(db: &mut PgConnection, order: OrderId) -> sqlx::Result<Vec<GivenBack>> {
    sqlx::query_as!(
        GivenBack,
        r#"SELECT id, amount_minor, reason, state AS "state: Column<RefundState>", failure, tries, put_back, created_at,
                  updated_at, refunded_at, came_back_at, put_back_at
           FROM refunds WHERE order_id = $1 ORDER BY id LIMIT $2"#,
        order.0,
        ROWS_MAX
    )
    .fetch_all(db)
    .await
}

async fn told_shop(db: &mut PgConnection, attempt: AttemptId) -> sqlx::Result<Vec<ToldShop>> {
    sqlx::query_as!(
        ToldShop,
        r#"SELECT d.id AS delivery, n.type AS "kind: Column<NoticeType>", e.url, d.state AS "state: Column<DeliveryState>",
                  d.tries, coalesce(d.ended_at, d.created_at) AS "at!"
           FROM notices n JOIN deliveries d ON d.notice_id = n.id JOIN endpoints e ON e.id = d.endpoint_id
           WHERE n.subject = $1 ORDER BY d.number LIMIT $2"#,
        attempt.0,
        ROWS_MAX
    )
    .fetch_all(db)
    .await
}

async fn told_shopper(
    db: &mut PgConnection,
    event: EventId,
    attempt: AttemptId,
    shopper: ShopperId,
) -> sqlx::Result<Vec<ToldShopper>> {
    // By whom they are for, which has an index: the buyer of the reservation, and where its shopper wants to be told.
    let rows = sqlx::query!(
        r#"SELECT kind, channel AS "channel: Column<Channel>", ended_as AS "end: Column<End>",
                  coalesce(ended_at, due_at) AS "at!"
           FROM notifications
           WHERE subject = $1 AND recipient IN (
             SELECT $1 UNION ALL SELECT id FROM notification_subscriptions WHERE event_id = $2 AND shopper_id = $3)
           ORDER BY due_at, id LIMIT $4"#,
        attempt.0,
        event.0,
        shopper.0,
        ROWS_MAX
    );
    let told = rows.fetch_all(db).await?.into_iter().map(|row| ToldShopper {
        kind: row.kind,
        channel: row.channel.0,
        end: row.end.map(|end| end.0),
        at: row.at,
    });
    Ok(told.collect())
}
