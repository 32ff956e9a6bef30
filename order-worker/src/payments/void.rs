//! Ending a payment for which nothing will be sold.

use record::payments::{self, Payment};
use sale::payment::PaymentState;

use super::error::StepError;
use super::let_go::let_go;
use crate::Context;
use crate::meters::{self, PaymentEnd};

/// Lets go of what the gateway holds for a payment, if anything; also where the answer that would have named it was
/// lost.
pub(super) async fn void(context: &Context, payment: &Payment) -> Result<(), StepError> {
    let held = match &payment.gateway_ref {
        Some(held) => Some(held.clone()),
        None if payment.amount_minor == 0 => None,
        None => {
            let all = context.gateway.list().await?;
            all.into_iter().find(|held| held.reference == payment.id.0).map(|held| held.id)
        }
    };
    if let Some(held) = held {
        let_go(context, payment, &held).await?;
    }
    if payments::voided(&context.pool, payment).await? {
        meters::PAYMENT_ENDS.one(PaymentEnd(PaymentState::Voided));
    }
    Ok(())
}
