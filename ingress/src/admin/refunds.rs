//! Giving money back, and units: written down here, carried out by the order-worker.

use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use record::PgConnection;
use record::PgPool;
use record::orders::{self, Locked};
use record::refunds::{self, ShownRefund};
use sale::ids::{OrderId, RefundId};
use sale::payment::OrderState;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::repeat::{self, Repeat};
use super::{audit, text};
use crate::auth::Owner;
use crate::extract::{Json, MaybeIdempotencyKey, Path};
use crate::problems::{AdminProblems, ApiError, Kind};

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
    state: &'static str,
    /// Why it failed, or what holds it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    /// Whether the units return to the sale, once the money has gone back.
    put_back: bool,
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
    State(pool): State<PgPool>,
    Owner(admin): Owner,
    Path(order): Path<Uuid>,
    key: MaybeIdempotencyKey,
    body: Json<RefundRequest>,
) -> Result<(StatusCode, Reply<RefundView>), ApiError> {
    let RefundRequest { reason, put_back } = &body.value;
    text::check("reason", reason, 1, 500)?;
    let mut transaction = pool.begin().await?;
    let order = lock(&mut transaction, order).await?;
    let live = refunds::live(&mut transaction, order.id).await?;
    let refund_id = live.as_ref().map_or_else(|| RefundId(Uuid::now_v7()), |live| live.id);
    let what = format!("refund {}", order.id);
    if let Repeat::Of(first) = repeat::claim(&mut transaction, &admin, &key, &what, &body.bytes, refund_id.0).await? {
        let first = refunds::show(&mut transaction, RefundId(first)).await?;
        return Ok((StatusCode::ACCEPTED, Reply(first.into())));
    }
    if let Some(live) = live {
        if *put_back && !live.put_back {
            let detail = "a refund that leaves the units sold is under way or done: put them back with .../put-back";
            return Err(Kind::Conflict.because(detail));
        }
        refunds::hurry(&mut transaction, live.id).await?;
        transaction.commit().await?;
        return Ok((StatusCode::ACCEPTED, Reply(live.into())));
    }
    let Some(payment) = order.payment.filter(|_| order.state == OrderState::Paid) else {
        let detail = format!("only a paid order can be refunded; this one is {}", order.state);
        return Err(Kind::Conflict.because(detail));
    };
    if *put_back {
        keep_line(&mut transaction, &order).await?;
    }
    let request = refunds::Request {
        id: refund_id,
        order: order.id,
        payment,
        amount_minor: order.total_minor,
        reason,
        put_back: *put_back,
    };
    refunds::request(&mut transaction, &request).await?;
    let detail = json!({ "reason": reason, "amount_minor": order.total_minor, "refund_id": refund_id,
                         "put_back": put_back });
    audit::record(&mut transaction, &admin, "order.refund", order.id, detail).await?;
    let refund = refunds::show(&mut transaction, refund_id).await?;
    transaction.commit().await?;
    Ok((StatusCode::ACCEPTED, Reply(refund.into())))
}

/// Put the units of a refunded order back
///
/// For a refund that left them sold: they return to the sale, the shopper's limit is freed, and who is next on
/// standby gets them. Once: asking again changes nothing.
#[utoipa::path(post, path = "/api/v1/admin/orders/{order}/put-back", tag = "admin: orders",
    security(("api_token" = [])), params(("order" = Uuid, Path, description = "The order")),
    request_body = PutBackRequest, responses((status = 202, body = RefundView), AdminProblems))]
pub(crate) async fn put_back(
    State(pool): State<PgPool>,
    Owner(admin): Owner,
    Path(order): Path<Uuid>,
    body: Json<PutBackRequest>,
) -> Result<(StatusCode, Reply<RefundView>), ApiError> {
    let reason = &body.value.reason;
    text::check("reason", reason, 1, 500)?;
    let mut transaction = pool.begin().await?;
    let order = lock(&mut transaction, order).await?;
    let Some(live) = refunds::live(&mut transaction, order.id).await? else {
        return Err(Kind::Conflict.because("the units of a refunded order can be put back: refund it first"));
    };
    if live.put_back {
        return Ok((StatusCode::ACCEPTED, Reply(live.into())));
    }
    keep_line(&mut transaction, &order).await?;
    refunds::ask_put_back(&mut transaction, live.id).await?;
    let detail = json!({ "reason": reason, "refund_id": live.id });
    audit::record(&mut transaction, &admin, "order.put_back", order.id, detail).await?;
    transaction.commit().await?;
    Ok((StatusCode::ACCEPTED, Reply(RefundView { put_back: true, ..live.into() })))
}

async fn lock(transaction: &mut PgConnection, order: Uuid) -> Result<Locked, ApiError> {
    let order = orders::lock(transaction, OrderId(order)).await?;
    order.ok_or_else(|| Kind::NotFound.because("no such order"))
}

/// Makes sure that the sale's line is there to take the units back.
async fn keep_line(transaction: &mut PgConnection, order: &Locked) -> Result<(), ApiError> {
    if refunds::keep_line(transaction, order.event).await? {
        Ok(())
    } else {
        Err(Kind::Conflict.because("the sale is long over and cleared away: nothing can return to it"))
    }
}

impl From<ShownRefund> for RefundView {
    fn from(refund: ShownRefund) -> Self {
        Self {
            refund_id: refund.id.0,
            order_id: refund.order.0,
            amount_minor: refund.amount_minor,
            currency: refund.currency,
            reason: refund.reason,
            state: refund.state.word(),
            failure: refund.failure,
            put_back: refund.put_back,
        }
    }
}
