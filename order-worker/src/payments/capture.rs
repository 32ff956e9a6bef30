//! Taking the money, once the reservation is converted, on the record.

use std::time::Duration;

use record::payments::{self, Payment};
use sale::gateway::GatewayKind;
use sale::payment::PaymentState;

use super::asked::Asked;
use super::error::StepError;
use super::gateway::{AuthorisationState, GatewayError};
use super::let_go::let_go;
use crate::Context;
use crate::meters::{self, PaymentEnd};

/// Takes the money that is held; or undoes the sale, if it cannot be taken.
pub(super) async fn capture(context: &Context, payment: &Payment) -> Result<(), StepError> {
    let Some(held) = payment.held() else {
        return match (payment.amount_minor, payment.gateway) {
            (0, _) => captured(context, payment, Duration::ZERO).await, // there is nothing to take
            // The shop's own checkout takes it now: until it must have, standby waits for what it cannot take.
            (_, GatewayKind::Shop) => captured(context, payment, context.shop_charges_within).await,
            _ => failed(context, payment, "nothing was authorised").await,
        };
    };
    let gateway = context.gateways.of(payment.gateway)?;
    let taken = match gateway.capture(held).await {
        // Refused perhaps because it is taken already.
        Err(GatewayError::Permanent(why)) => match gateway.look(held).await {
            Ok(stands) if stands.state == AuthorisationState::Captured => stands,
            Ok(_) | Err(GatewayError::Permanent(_)) => return failed(context, payment, &why).await,
            Err(error) => return Err(error.into()),
        },
        answer => answer?,
    };
    if taken.state != AuthorisationState::Captured {
        return failed(context, payment, &format!("authorisation is {:?}", taken.state)).await;
    }
    match Asked::of(payment).mismatch_of_capture(&taken) {
        None => captured(context, payment, Duration::ZERO).await,
        Some(mismatch) => failed(context, payment, mismatch.word()).await,
    }
}

async fn captured(context: &Context, payment: &Payment, final_after: Duration) -> Result<(), StepError> {
    if payments::captured(&context.pool, payment, final_after).await? {
        meters::PAYMENT_ENDS.one(PaymentEnd(PaymentState::Captured));
    }
    Ok(())
}

/// The sale is undone, so that somebody else can have the units.
async fn failed(context: &Context, payment: &Payment, why: &str) -> Result<(), StepError> {
    tracing::error!(payment = %payment.id, why, "capture failed for good");
    // First the money: once the payment has ended, nobody comes back for it.
    if let Some(held) = payment.held() {
        let_go(context, payment, held).await?;
    }
    if payments::capture_failed(&context.pool, payment, why).await? {
        meters::PAYMENT_ENDS.one(PaymentEnd(PaymentState::CaptureFailed));
    }
    Ok(())
}
