//! Units that go back to their sale after they were paid for.

use record::PgConnection;
use record::orders::{self, Locked};
use record::{outbox, refunds};
use sale::gateway::GatewayKind;
use sale::ids::{OrderId, RefundId};
use sale::payment::OrderState;
use serde_json::json;
use uuid::Uuid;

use crate::admin::audit;
use crate::auth::Admin;
use crate::problems::{ApiError, Kind};

/// Locks an order until the transaction ends.
pub(crate) async fn lock(transaction: &mut PgConnection, order: OrderId) -> Result<Locked, ApiError> {
    orders::lock(transaction, order).await?.ok_or_else(|| Kind::NotFound.because("no such order"))
}

/// Whether the shop's own checkout took the money of an order, and so gives it back.
pub(crate) fn is_the_shops(order: &Locked) -> bool {
    order.gateway == Some(GatewayKind::Shop)
}

/// Makes sure that the sale's line is there to take the units back.
pub(crate) async fn keep_line(transaction: &mut PgConnection, order: &Locked) -> Result<(), ApiError> {
    if refunds::keep_line(transaction, order.event).await? {
        Ok(())
    } else {
        Err(Kind::Conflict.because("the sale is long over and cleared away: nothing can return to it"))
    }
}

/// Asks for the units of an order that was paid at the shop's own checkout. The money is the shop's to give back: a refund of
/// all of it stands for that, of which no gateway is asked. `None` when there is one already.
pub(crate) async fn begin(
    transaction: &mut PgConnection,
    who: &Admin,
    order: &Locked,
    reason: &str,
) -> Result<Option<RefundId>, ApiError> {
    if refunds::of_order(transaction, order.id).await?.iter().any(|refund| refund.state.is_live()) {
        return Ok(None);
    }
    let Some(payment) = order.payment.filter(|_| order.state == OrderState::Paid && is_the_shops(order)) else {
        return Err(Kind::Conflict.because(format!("only a paid order can be put back; this one is {}", order.state)));
    };
    keep_line(transaction, order).await?;
    let id = RefundId(Uuid::now_v7());
    let amount_minor = order.total_minor;
    let request = refunds::Request { id, order: order.id, payment, amount_minor, reason, put_back: true };
    refunds::request(transaction, &request).await?;
    outbox::take_back_captured(transaction, payment).await?;
    let detail = json!({ "reason": reason, "refund_id": id });
    audit::record(transaction, who, "order.put_back", order.id, detail).await?;
    Ok(Some(id))
}
