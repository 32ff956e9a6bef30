//! Money that had gone back, and was sent back by the bank it went to.

use record::refunds;
use sale::ids::PaymentId;
use sale::payment::RefundState;

use crate::Context;
use crate::meters::{self, RefundEnd};
use crate::payments::gateway::{Gateway, GatewayError, GatewayRefundState};

/// Looks again at refunds of a payment that are made as far as is known, and records those that failed after all.
pub(crate) async fn look_again(context: &Context, gateway: &dyn Gateway, payment: PaymentId) -> anyhow::Result<()> {
    for (refund, gateway_ref) in refunds::gone_back(&context.pool, payment).await? {
        let stands = match gateway.look_at_refund(&gateway_ref).await {
            Ok(stands) => stands,
            // The gateway knows it no longer: the difference stays, and the others are compared.
            Err(GatewayError::Permanent(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        if stands.state != GatewayRefundState::Failed {
            continue;
        }
        let why = stands.why_failed();
        if refunds::came_back(&context.pool, refund, &why).await? {
            tracing::error!(%refund, why, "a refund that was made failed after all");
            meters::REFUNDS.one(RefundEnd(RefundState::Failed));
        }
    }
    Ok(())
}
