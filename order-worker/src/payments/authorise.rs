//! From the wish to held money, and on to the line.

use std::time::Duration;

use record::payments::{self, HeldMoney, Payment};
use sale::payment::{Failure, PaymentState};

use super::asked::Asked;
use super::error::StepError;
use super::gateway::{Authorisation, AuthorisationRequest, AuthorisationState, GatewayError};
use crate::Context;
use crate::meters::{self, PaymentEnd};

/// Tries to authorise whose outcome stays unknown, before the payment is given up (and voided).
const TRIES_MAX: i32 = 12;
/// Before a confirmation that nobody answered is sent again.
const CONFIRM_AGAIN: Duration = Duration::from_secs(5);
/// The pause between confirmations gets longer by as much each time, so many times.
const LONGER_PAUSES_MAX: i32 = 12;

/// Asks the gateway to hold the money; then the line to convert the reservation. Only the line's answer leads on.
pub(super) async fn authorise(context: &Context, payment: &Payment) -> Result<(), StepError> {
    if payment.tries > TRIES_MAX {
        // Whether money is held is unknown: find out, and let it go.
        return give_up(context, payment, Failure::GatewayUnreachable, None).await;
    }
    payments::begin(&context.pool, payment.id).await?;
    if payment.amount_minor == 0 {
        return confirm(context, payment, None).await; // nothing to pay is nothing to ask a gateway
    }
    let Some(card_token) = payment.card_token.clone() else {
        return declined(context, payment, Failure::NoCardToken.word()).await;
    };
    let wish = AuthorisationRequest {
        amount_minor: payment.amount_minor,
        currency: payment.currency.clone(),
        card_token,
        reference: payment.id.0,
    };
    let held = match context.gateway.authorise(&wish).await {
        Ok(held) if held.state == AuthorisationState::Declined => {
            // A gateway need not say why.
            return declined(context, payment, held.reason.as_deref().unwrap_or(Failure::Declined.word())).await;
        }
        Ok(held) => held,
        Err(GatewayError::Permanent(why)) => return declined(context, payment, &why).await,
        Err(error) => return Err(error.into()),
    };
    if let Some(mismatch) = Asked::of(payment).mismatch_of_hold(&held) {
        return give_up(context, payment, mismatch, Some(&held)).await;
    }
    if held.state != AuthorisationState::Authorised {
        tracing::error!(payment = %payment.id, state = ?held.state, "what the gateway has is not held");
        return give_up(context, payment, Failure::NotHeld, Some(&held)).await;
    }
    confirm(context, payment, Some(&held.id)).await
}

/// The line has not answered yet: it may be long, or paused, or the message was lost. Asking again is
/// harmless. The pause between gets longer, for a paused sale may be so for hours.
pub(super) async fn confirm_again(context: &Context, payment: &Payment) -> Result<(), StepError> {
    let pause = CONFIRM_AGAIN * payment.tries.clamp(1, LONGER_PAUSES_MAX).unsigned_abs();
    payments::confirm_again(&context.pool, payment, pause).await?;
    Ok(())
}

async fn confirm(context: &Context, payment: &Payment, held: Option<&str>) -> Result<(), StepError> {
    payments::confirm(&context.pool, payment, held, CONFIRM_AGAIN).await?;
    Ok(())
}

async fn declined(context: &Context, payment: &Payment, why: &str) -> Result<(), StepError> {
    if payments::declined(&context.pool, payment, why).await? {
        meters::PAYMENT_ENDS.one(PaymentEnd(PaymentState::Declined));
    }
    Ok(())
}

async fn give_up(
    context: &Context,
    payment: &Payment,
    why: Failure,
    held: Option<&Authorisation>,
) -> Result<(), StepError> {
    let held = held.map(|held| HeldMoney { gateway_ref: &held.id, reference: held.reference });
    Ok(payments::give_up(&context.pool, payment.id, why, held).await?)
}
