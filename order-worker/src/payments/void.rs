//! Ending a payment for which nothing will be sold.

use record::payments::{self, Payment};
use sale::payment::PaymentState;

use super::error::StepError;
use super::let_go::let_go;
use crate::Context;
use crate::meters::{self, PaymentEnd};

/// Lets go of what the gateway holds for a payment, if anything. (Where it has no place for it, it holds nothing.)
pub(super) async fn void(context: &Context, payment: &Payment) -> Result<(), StepError> {
    if let Some(held) = payment.held() {
        let_go(context, payment, held).await?;
    }
    if payments::voided(&context.pool, payment).await? {
        meters::PAYMENT_ENDS.one(PaymentEnd(PaymentState::Voided));
    }
    Ok(())
}
