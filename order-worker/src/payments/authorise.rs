//! From the wish to held money, and on to the line.

use std::time::Duration;

use record::payments::{self, Payment};
use sale::payment::{Failure, PaymentState};

use super::asked::Asked;
use super::error::StepError;
use super::gateway::{Authorisation, AuthorisationState, GatewayError, Wish};
use crate::Context;
use crate::meters::{self, PaymentEnd};

/// Tries to authorise whose outcome stays unknown, before the payment is given up (and voided).
const TRIES_MAX: i32 = 12;
/// Before a confirmation that nobody answered is sent again.
const CONFIRM_AGAIN: Duration = Duration::from_secs(5);
/// The pause between confirmations gets longer by as much each time, so many times.
const LONGER_PAUSES_MAX: i32 = 12;
/// Between looks at what a bank has yet to answer, when no webhook comes; longer by as much each time, so many times.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
const LONGER_LOOKS_MAX: i32 = 15;

/// Asks the gateway to hold the money; then the line to convert the reservation. Only the line's answer leads on.
pub(super) async fn authorise(context: &Context, payment: &Payment) -> Result<(), StepError> {
    if payment.tries > TRIES_MAX {
        // Whether money is held is unknown: find out, and let it go.
        return give_up(context, payment, Failure::GatewayUnreachable).await;
    }
    if !payments::begin(&context.pool, payment.id).await? {
        return Ok(()); // somebody else has ended it meanwhile
    }
    if payment.amount_minor == 0 {
        return confirm(context, payment).await; // nothing to pay is nothing to ask a gateway
    }
    let Some(card_token) = payment.card_token.clone() else {
        return declined(context, payment, Failure::NoCardToken.word()).await;
    };
    let wish = Wish {
        amount_minor: payment.amount_minor,
        currency: payment.currency.clone(),
        card_token,
        reference: payment.id.0,
        return_url: context.pages.sale(payment.event),
    };
    let gateway = context.gateways.of(payment.gateway)?;
    let place = match &payment.gateway_ref {
        Some(place) => place.clone(),
        None => {
            let place = match gateway.open(&wish).await {
                Err(GatewayError::Permanent(why)) => return declined(context, payment, &why).await,
                answer => answer?,
            };
            if !payments::opened(&context.pool, payment, &place).await? {
                tracing::error!(payment = %payment.id, place, "the gateway gave another payment's place, or this one is over");
                return give_up(context, payment, Failure::ReferenceMismatch).await;
            }
            place
        }
    };
    match gateway.authorise(&place, &wish).await {
        Err(GatewayError::Permanent(why)) => declined(context, payment, &why).await,
        answer => follow(context, payment, answer?).await,
    }
}

/// The bank had yet to answer, or asked the shopper: has it answered?
pub(super) async fn look_again(context: &Context, payment: &Payment) -> Result<(), StepError> {
    // The line may have let the reservation go just before the bank was asked: then nobody told this payment.
    if let Some(why) = payments::why_lost(&context.pool, payment.attempt).await? {
        return give_up(context, payment, why).await;
    }
    let Some(place) = &payment.gateway_ref else {
        return give_up(context, payment, Failure::NotHeld).await;
    };
    match context.gateways.of(payment.gateway)?.look(place).await {
        Err(GatewayError::Permanent(_)) => give_up(context, payment, Failure::NotHeld).await,
        answer => follow(context, payment, answer?).await,
    }
}

/// What follows from where an authorisation stands.
async fn follow(context: &Context, payment: &Payment, stands: Authorisation) -> Result<(), StepError> {
    if let Some(mismatch) = Asked::of(payment).mismatch_of_hold(&stands) {
        return give_up(context, payment, mismatch).await;
    }
    match (stands.state, &stands.action) {
        (AuthorisationState::Authorised, _) => confirm(context, payment).await,
        // A gateway need not say why.
        (AuthorisationState::Declined, _) => {
            declined(context, payment, stands.reason.as_deref().unwrap_or(Failure::Declined.word())).await
        }
        (AuthorisationState::ActionNeeded, Some(_)) | (AuthorisationState::Pending, _) => {
            let pause = LOOK_AGAIN * payment.tries.clamp(1, LONGER_LOOKS_MAX).unsigned_abs();
            payments::with_bank(&context.pool, payment, stands.action.as_ref(), pause).await?;
            Ok(())
        }
        (state, _) => {
            tracing::error!(payment = %payment.id, ?state, "what the gateway has is not held");
            give_up(context, payment, Failure::NotHeld).await
        }
    }
}

/// The line has not answered yet: it may be long, or paused, or the message was lost. Asking again is
/// harmless. The pause between gets longer, for a paused sale may be so for hours.
pub(super) async fn confirm_again(context: &Context, payment: &Payment) -> Result<(), StepError> {
    let pause = CONFIRM_AGAIN * payment.tries.clamp(1, LONGER_PAUSES_MAX).unsigned_abs();
    payments::confirm_again(&context.pool, payment, pause).await?;
    Ok(())
}

async fn confirm(context: &Context, payment: &Payment) -> Result<(), StepError> {
    payments::confirm(&context.pool, payment, CONFIRM_AGAIN).await?;
    Ok(())
}

async fn declined(context: &Context, payment: &Payment, why: &str) -> Result<(), StepError> {
    if payments::declined(&context.pool, payment, why).await? {
        meters::PAYMENT_ENDS.one(PaymentEnd(PaymentState::Declined));
    }
    Ok(())
}

async fn give_up(context: &Context, payment: &Payment, why: Failure) -> Result<(), StepError> {
    Ok(payments::give_up(&context.pool, payment, why).await?)
}
