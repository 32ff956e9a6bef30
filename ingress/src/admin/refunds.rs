//! Giving money back, and units: written down here, carried out by the order-worker.

use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use record::PgPool;
use record::orders;
use record::refunds::{self, ShownRefund};
use sale::ids::{OrderId, RefundId};
use sale::payment::{Failure, OrderState, RefundState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::repeat::{self, Repeat};
use super::{audit, text};
use crate::auth::{MayRead, MayRefund};
use crate::extract::{Json, MaybeIdempotencyKey, Path};
use crate::moment::Moment;
use crate::problems::{AdminProblems, AdminReadProblems, ApiError, Kind};
use crate::returns;

/// Refunds of one order that can be asked for.
const REFUNDS_MAX: usize = 50;

/// Why money goes back, and what happens to the units.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRequest {
    reason: String,
    /// How much goes back, in minor units; left out, all that is left.
    #[serde(default)]
    #[schema(minimum = 1)]
    amount_minor: Option<i64>,
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
    /// `requested`, `pending` (the gateway has taken it, and says later how it ended), `refunded`, `failed`, or
    /// `needs_attention` (the gateway gave no answer, try after try: whether the money went back is to be found out).
    state: &'static str,
    /// Why it failed, or what holds it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    /// Whether the units return to the sale, once the money has gone back.
    put_back: bool,
    /// When it was asked for.
    asked_at: Moment,
}

/// The refunds of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefundList {
    /// The latest first.
    refunds: Vec<RefundView>,
}

/// Refund an order
///
/// Any part of what was paid, several times, or all that is left. The order-worker carries it out. Each call asks for a
/// refund of its own; with the same `Idempotency-Key` it is always the same one. Once nothing is left that is not refunded
/// or on its way, asking for all that is left answers with the latest refund (and has one that waits, or needs attention,
/// tried at once). What failed is left again. An order over nothing is cancelled by it.
#[utoipa::path(post, path = "/api/v1/admin/orders/{order}/refund", tag = "admin: orders",
    security(("api_token" = [])),
    params(("order" = Uuid, Path, description = "The order"),
           ("Idempotency-Key" = Option<String>, Header, description = "Repeating it asks for nothing more")),
    request_body = RefundRequest, responses((status = 202, body = RefundView), AdminProblems))]
pub(crate) async fn refund(
    State(pool): State<PgPool>,
    MayRefund(admin): MayRefund,
    Path(order): Path<Uuid>,
    key: MaybeIdempotencyKey,
    body: Json<RefundRequest>,
) -> Result<(StatusCode, Reply<RefundView>), ApiError> {
    let RefundRequest { reason, amount_minor, put_back } = &body.value;
    text::check("reason", reason, 1, 500)?;
    let mut transaction = pool.begin().await?;
    let order = returns::lock(&mut transaction, OrderId(order)).await?;
    let asked = refunds::of_order(&mut transaction, order.id).await?;
    let live = |refund: &&ShownRefund| refund.state.is_live();
    let left_minor = order.total_minor - asked.iter().filter(live).map(|refund| refund.amount_minor).sum::<i64>();
    // An order over nothing has one refund, of nothing.
    let latest = asked.iter().find(live).filter(|_| amount_minor.is_none() && left_minor == 0);
    let refund_id = latest.map_or_else(|| RefundId(Uuid::now_v7()), |latest| latest.id);
    let what = format!("refund {}", order.id);
    if let Repeat::Of(first) = repeat::claim(&mut transaction, &admin, &key, &what, &body.bytes, refund_id.0).await? {
        let first = refunds::show(&mut transaction, RefundId(first)).await?;
        return Ok((StatusCode::ACCEPTED, Reply(first.into())));
    }
    if let Some(latest) = latest {
        if *put_back && !asked.iter().filter(live).any(|refund| refund.put_back) {
            let detail = "a refund that leaves the units sold is under way or done: put them back with .../put-back";
            return Err(Kind::Conflict.because(detail));
        }
        refunds::hurry(&mut transaction, latest.id).await?;
        let latest = refunds::show(&mut transaction, latest.id).await?;
        transaction.commit().await?;
        return Ok((StatusCode::ACCEPTED, Reply(latest.into())));
    }
    let Some(payment) = order.payment.filter(|_| order.state == OrderState::Paid) else {
        let detail = format!("only a paid order can be refunded; this one is {}", order.state);
        return Err(Kind::Conflict.because(detail));
    };
    if returns::is_the_shops(&order) {
        let detail = "the shop's own checkout took this money, and gives it back; .../put-back returns the units";
        return Err(Kind::Conflict.because(detail));
    }
    if let Some(mismatch) = asked.iter().find_map(mismatch) {
        let detail = match mismatch {
            Failure::AmountMismatch => "the gateway gave back another amount than it was asked for",
            _ => "the gateway did something else than it was asked for",
        };
        return Err(Kind::Conflict.because(format!("{detail}: settle the difference there, by hand")));
    }
    let amount_minor = amount_minor.unwrap_or(left_minor);
    if amount_minor > left_minor {
        let detail = format!("of this order, {left_minor} minor units are left that are not refunded or on their way");
        return Err(Kind::Conflict.because(detail));
    }
    if amount_minor < 1 && order.total_minor > 0 {
        return Err(Kind::Invalid.because("amount_minor: at least 1"));
    }
    if asked.len() >= REFUNDS_MAX {
        return Err(Kind::Conflict.because(format!("an order has at most {REFUNDS_MAX} refunds, failed ones included")));
    }
    if *put_back {
        returns::keep_line(&mut transaction, &order).await?;
    }
    let request =
        refunds::Request { id: refund_id, order: order.id, payment, amount_minor, reason, put_back: *put_back };
    refunds::request(&mut transaction, &request).await?;
    let refund = refunds::show(&mut transaction, refund_id).await?;
    let detail = json!({ "reason": reason, "amount_minor": amount_minor, "currency": refund.currency, "refund_id": refund_id,
                         "put_back": put_back });
    audit::record(&mut transaction, &admin, "order.refund", order.id, detail).await?;
    transaction.commit().await?;
    Ok((StatusCode::ACCEPTED, Reply(refund.into())))
}

/// The refunds of an order
#[utoipa::path(get, path = "/api/v1/admin/orders/{order}/refunds", tag = "admin: orders",
    security(("api_token" = [])), params(("order" = Uuid, Path, description = "The order")),
    responses((status = 200, body = RefundList), AdminReadProblems))]
pub(crate) async fn list(
    State(pool): State<PgPool>,
    _: MayRead,
    Path(order): Path<Uuid>,
) -> Result<Reply<RefundList>, ApiError> {
    let order = OrderId(order);
    if orders::cursor_of(&pool, order).await?.is_none() {
        return Err(Kind::NotFound.because("no such order"));
    }
    let refunds = refunds::of_order(&mut *pool.acquire().await?, order).await?;
    Ok(Reply(RefundList { refunds: refunds.into_iter().map(RefundView::from).collect() }))
}

/// Try a refund again
///
/// One that waits for its next try, or needs attention. The gateway is asked under the same key as before: money that has
/// gone back does not go back twice. What has failed is not tried again: another refund can be asked for.
#[utoipa::path(post, path = "/api/v1/admin/orders/{order}/refunds/{refund}/retry", tag = "admin: orders",
    security(("api_token" = [])),
    params(("order" = Uuid, Path, description = "The order"), ("refund" = Uuid, Path, description = "Its refund")),
    responses((status = 202, body = RefundView), AdminProblems))]
pub(crate) async fn retry(
    State(pool): State<PgPool>,
    MayRefund(admin): MayRefund,
    Path((order, refund)): Path<(Uuid, Uuid)>,
) -> Result<(StatusCode, Reply<RefundView>), ApiError> {
    let mut transaction = pool.begin().await?;
    let order = returns::lock(&mut transaction, OrderId(order)).await?;
    let asked = refunds::of_order(&mut transaction, order.id).await?;
    let Some(known) = asked.into_iter().find(|known| known.id.0 == refund) else {
        return Err(Kind::NotFound.because("no such refund of this order"));
    };
    if known.state.is_over() {
        let detail = format!("this refund is {}: there is nothing to try again", known.state);
        return Err(Kind::Conflict.because(detail));
    }
    refunds::hurry(&mut transaction, known.id).await?;
    audit::record(&mut transaction, &admin, "order.refund_again", order.id, json!({ "refund_id": known.id })).await?;
    let refund = refunds::show(&mut transaction, known.id).await?;
    transaction.commit().await?;
    Ok((StatusCode::ACCEPTED, Reply(refund.into())))
}

/// Put the units of a refunded order back
///
/// For refunds that left them sold, of all of the money or a part: they return to the sale, the shopper's limit is freed,
/// and who is next on standby gets them. Once: asking again changes nothing. Of an order that was paid at the shop's own
/// checkout, also before a refund: it then counts as refunded, by the shop.
#[utoipa::path(post, path = "/api/v1/admin/orders/{order}/put-back", tag = "admin: orders",
    security(("api_token" = [])), params(("order" = Uuid, Path, description = "The order")),
    request_body = PutBackRequest, responses((status = 202, body = RefundView), AdminProblems))]
pub(crate) async fn put_back(
    State(pool): State<PgPool>,
    MayRefund(admin): MayRefund,
    Path(order): Path<Uuid>,
    body: Json<PutBackRequest>,
) -> Result<(StatusCode, Reply<RefundView>), ApiError> {
    let reason = &body.value.reason;
    text::check("reason", reason, 1, 500)?;
    let mut transaction = pool.begin().await?;
    let order = returns::lock(&mut transaction, OrderId(order)).await?;
    if returns::is_the_shops(&order)
        && let Some(refund) = returns::begin(&mut transaction, &admin, &order, reason).await?
    {
        let refund = refunds::show(&mut transaction, refund).await?;
        transaction.commit().await?;
        return Ok((StatusCode::ACCEPTED, Reply(refund.into())));
    }
    let mut live = refunds::of_order(&mut transaction, order.id).await?;
    live.retain(|refund| refund.state.is_live());
    if let Some(asked) = live.iter().find(|refund| refund.put_back) {
        return Ok((StatusCode::ACCEPTED, Reply(asked.clone().into())));
    }
    let Some(latest) = live.into_iter().next() else {
        return Err(Kind::Conflict.because("the units of a refunded order can be put back: refund it first"));
    };
    returns::keep_line(&mut transaction, &order).await?;
    refunds::ask_put_back(&mut transaction, latest.id).await?;
    let detail = json!({ "reason": reason, "refund_id": latest.id });
    audit::record(&mut transaction, &admin, "order.put_back", order.id, detail).await?;
    transaction.commit().await?;
    Ok((StatusCode::ACCEPTED, Reply(RefundView { put_back: true, ..latest.into() })))
}

/// What the gateway did otherwise, where it did not do what this refund asked it for. It is no step back from that to ask again.
fn mismatch(refund: &ShownRefund) -> Option<Failure> {
    let failure = Failure::of_word(refund.failure.as_deref()?).ok()?;
    (refund.state == RefundState::Failed && failure.is_mismatch()).then_some(failure)
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
            asked_at: refund.created_at.into(),
        }
    }
}
