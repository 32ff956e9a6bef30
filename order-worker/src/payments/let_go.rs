//! Letting money go for which nothing was sold, whatever the gateway has done with it meanwhile.

use record::payments::Payment;

use super::error::StepError;
use super::gateway::{AuthorisationState, GatewayError, GatewayRefundState, RefundRequest};
use crate::Context;

/// Lets held money go; or gives it back, where it turns out to have been taken. Done only when nothing is kept.
pub(super) async fn let_go(context: &Context, payment: &Payment, held: &str) -> Result<(), StepError> {
    let gateway = context.gateways.of(payment.gateway)?;
    match gateway.void(held).await {
        Ok(answer) if answer.state == AuthorisationState::Voided => return Ok(()),
        // Nothing is held: it was declined, say. Or it was taken.
        Ok(_) | Err(GatewayError::Permanent(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let stands = match gateway.look(held).await {
        Ok(stands) => stands,
        Err(GatewayError::Permanent(_)) => return Ok(()), // the gateway knows of nothing
        Err(error) => return Err(error.into()),
    };
    let kept_minor = stands.captured_minor - stands.refunded_minor;
    match stands.state {
        AuthorisationState::Captured if kept_minor > 0 => {}
        AuthorisationState::Captured | AuthorisationState::Voided | AuthorisationState::Declined => return Ok(()),
        // The bank has yet to answer, or has between the two calls.
        state => return Err(StepError::StillHeld(state)),
    }
    tracing::error!(payment = %payment.id, kept_minor, "money was taken for what is not sold: it goes back");
    let wish = RefundRequest {
        authorisation: held.to_owned(),
        amount_minor: kept_minor,
        currency: stands.currency,
        reference: payment.id.0,
    };
    let back = gateway.refund(&wish).await?;
    if back.state == GatewayRefundState::Refunded { Ok(()) } else { Err(StepError::StillTaken(back.state)) }
}
