//! Giving money back, and units: written down here, carried out by the order-worker.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::repeat::{self, Repeat};
use super::{audit, text};
use crate::auth::Owner;
use crate::extract::{Json, MaybeIdempotencyKey, Path};
use crate::problems::{AdminProblems, ApiError, Kind};
use crate::state::App;

/// Why money goes back, and what happens to the units.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRequest {
    reason: String,
    /// `true`: once the money has gone back, the units return to the sale, the shopper's limit is freed, and who
    /// is next on standby gets them. `false`: they stay sold, and count towards the shopper's limit.
    #[serde(default)]
    put_back: bool,
}

/// Why units return to the sale.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutBackRequest {
    reason: String,
}

/// A refund.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefundView {
    refund_id: Uuid,
    order_id: Uuid,
    /// Zero where nothing was to be paid.
    amount_minor: i64,
    currency: String,
    reason: String,
    /// `requested`, `pending` (the gateway has taken it, and says later how it ended), `refunded` or `failed`.
    state: String,
    /// Why it failed, or what holds it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    /// Whether the units return to the sale, once the money has gone back.
    put_back: bool,
}

/// An order, locked.
struct Order {
    id: Uuid,
    event_id: Uuid,
    state: String,
    total_minor: i64,
    payment_id: Option<Uuid>,
}

/// Refund an order
///
/// All of it. The order-worker carries it out. While a refund is under way or done, asking again answers with it
/// (and has one that waits tried at once); after one that failed, it makes a new one, which the gateway is asked
/// for anew. With the same `Idempotency-Key` it is always the same refund. An order over nothing is cancelled by it.
#[utoipa::path(post, path = "/api/v1/admin/orders/{order}/refund", tag = "admin: orders",
    security(("api_token" = [])),
    params(("order" = Uuid, Path, description = "The order"),
           ("Idempotency-Key" = Option<String>, Header, description = "Repeating it asks for nothing more")),
    request_body = RefundRequest, responses((status = 202, body = RefundView), AdminProblems))]
pub(crate) async fn refund(
    State(app): State<App>,
    Owner(admin): Owner,
    Path(order): Path<Uuid>,
    key: MaybeIdempotencyKey,
    body: Json<RefundRequest>,
) -> Result<(StatusCode, Answer<RefundView>), ApiError> {
    let RefundRequest { reason, put_back } = &body.value;
    text::check("reason", reason, 1, 500)?;
    let mut transaction = app.postgres.begin().await?;
    let order = lock(&mut transaction, order).await?;
    let live = live(&mut transaction, order.id).await?;
    let refund_id = live.as_ref().map_or_else(Uuid::now_v7, |live| live.refund_id);
    let what = format!("refund {}", order.id);
    if let Repeat::Of(first) = repeat::claim(&mut transaction, &admin, &key, &what, &body.bytes, refund_id).await? {
        return Ok((StatusCode::ACCEPTED, Answer(view(&mut transaction, first).await?)));
    }
    if let Some(live) = live {
        if *put_back && !live.put_back {
            let detail = "a refund that leaves the units sold is under way or done: put them back with .../put-back";
            return Err(Kind::Conflict.because(detail));
        }
        hurry(&mut transaction, live.refund_id).await?;
        transaction.commit().await?;
        return Ok((StatusCode::ACCEPTED, Answer(live)));
    }
    let Some(payment) = order.payment_id.filter(|_| order.state == "paid") else {
        let detail = format!("only a paid order can be refunded; this one is {}", order.state);
        return Err(Kind::Conflict.because(detail));
    };
    if *put_back {
        keep_line(&mut transaction, &order).await?;
    }
    sqlx::query!(
        "INSERT INTO refunds (id, order_id, payment_id, amount_minor, reason, put_back) VALUES ($1, $2, $3, $4, $5, $6)",
        refund_id,
        order.id,
        payment,
        order.total_minor,
        reason,
        put_back
    )
    .execute(&mut *transaction)
    .await?;
    let detail = json!({ "reason": reason, "amount_minor": order.total_minor, "refund_id": refund_id,
                         "put_back": put_back });
    audit::record(&mut transaction, &admin, "order.refund", order.id, detail).await?;
    let refund = view(&mut transaction, refund_id).await?;
    transaction.commit().await?;
    Ok((StatusCode::ACCEPTED, Answer(refund)))
}

/// Put the units of a refunded order back
///
/// For a refund that left them sold: they return to the sale, the shopper's limit is freed, and who is next on
/// standby gets them. Once: asking again changes nothing.
#[utoipa::path(post, path = "/api/v1/admin/orders/{order}/put-back", tag = "admin: orders",
    security(("api_token" = [])), params(("order" = Uuid, Path, description = "The order")),
    request_body = PutBackRequest, responses((status = 202, body = RefundView), AdminProblems))]
pub(crate) async fn put_back(
    State(app): State<App>,
    Owner(admin): Owner,
    Path(order): Path<Uuid>,
    body: Json<PutBackRequest>,
) -> Result<(StatusCode, Answer<RefundView>), ApiError> {
    let reason = &body.value.reason;
    text::check("reason", reason, 1, 500)?;
    let mut transaction = app.postgres.begin().await?;
    let order = lock(&mut transaction, order).await?;
    let Some(live) = live(&mut transaction, order.id).await? else {
        return Err(Kind::Conflict.because("the units of a refunded order can be put back: refund it first"));
    };
    if live.put_back {
        return Ok((StatusCode::ACCEPTED, Answer(live)));
    }
    keep_line(&mut transaction, &order).await?;
    sqlx::query!(
        "UPDATE refunds SET put_back = true, next_try_at = now(), tries = 0, updated_at = now() WHERE id = $1",
        live.refund_id
    )
    .execute(&mut *transaction)
    .await?;
    let detail = json!({ "reason": reason, "refund_id": live.refund_id });
    audit::record(&mut transaction, &admin, "order.put_back", order.id, detail).await?;
    transaction.commit().await?;
    Ok((StatusCode::ACCEPTED, Answer(RefundView { put_back: true, ..live })))
}

async fn lock(transaction: &mut PgConnection, order: Uuid) -> Result<Order, ApiError> {
    sqlx::query_as!(
        Order,
        "SELECT id, event_id, state, total_minor, payment_id FROM orders WHERE id = $1 FOR UPDATE",
        order
    )
    .fetch_optional(transaction)
    .await?
    .ok_or_else(|| Kind::NotFound.because("no such order"))
}

/// The refund of an order that is under way or done: there is one at most.
async fn live(transaction: &mut PgConnection, order: Uuid) -> Result<Option<RefundView>, ApiError> {
    let id = sqlx::query_scalar!("SELECT id FROM refunds WHERE order_id = $1 AND state <> 'failed'", order);
    match id.fetch_optional(&mut *transaction).await? {
        Some(id) => view(transaction, id).await.map(Some),
        None => Ok(None),
    }
}

async fn view(transaction: &mut PgConnection, refund: Uuid) -> Result<RefundView, ApiError> {
    let view = sqlx::query_as!(
        RefundView,
        "SELECT r.id AS refund_id, r.order_id, r.amount_minor, o.currency, r.reason, r.state, r.failure, r.put_back
         FROM refunds r JOIN orders o ON o.id = r.order_id WHERE r.id = $1",
        refund
    );
    Ok(view.fetch_one(transaction).await?)
}

/// Has a refund that waits for its next try tried now.
async fn hurry(transaction: &mut PgConnection, refund: Uuid) -> sqlx::Result<()> {
    sqlx::query!("UPDATE refunds SET next_try_at = now() WHERE id = $1 AND state IN ('requested', 'pending')", refund)
        .execute(transaction)
        .await?;
    Ok(())
}

/// Makes sure that the sale's line is there to take the units back: one that nothing was owed by is kept for it.
async fn keep_line(transaction: &mut PgConnection, order: &Order) -> Result<(), ApiError> {
    let kept = sqlx::query!(
        "UPDATE sale_events SET settled_at = NULL, version = version + (settled_at IS NOT NULL)::int
         WHERE id = $1 AND cleared_at IS NULL",
        order.event_id
    );
    match kept.execute(transaction).await?.rows_affected() {
        0 => Err(Kind::Conflict.because("the sale is long over and cleared away: nothing can return to it")),
        _ => Ok(()),
    }
}
