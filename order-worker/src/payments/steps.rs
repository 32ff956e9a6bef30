//! The steps of a payment: which one is due, and what happens when it cannot be taken.

use std::time::Duration;

use record::payments::{self, Payment};
use sale::payment::PaymentState;

use super::authorise::{authorise, confirm_again, look_again};
use super::capture::capture;
use super::error::StepError;
use super::void::void;
use crate::Context;
use crate::meters::{self, PaymentUnderWay};

/// Between tries of a step.
const RETRY_FIRST: Duration = Duration::from_millis(300);
const RETRY_LONGEST: Duration = Duration::from_secs(15);

/// Takes a payment one step further. A failure leaves it where it is, to be tried again.
pub(super) async fn advance(context: &Context, payment: Payment) {
    let state = payment.state;
    let stepped = match state {
        PaymentState::Requested | PaymentState::Authorising => authorise(context, &payment).await,
        PaymentState::Pending | PaymentState::ActionNeeded => look_again(context, &payment).await,
        PaymentState::Confirming => confirm_again(context, &payment).await,
        PaymentState::Capturing => capture(context, &payment).await,
        PaymentState::Voiding => void(context, &payment).await,
        PaymentState::Captured | PaymentState::Declined | PaymentState::Voided | PaymentState::CaptureFailed => {
            Err(StepError::Over(state))
        }
    };
    meters::PAYMENT_STEPS.one(PaymentUnderWay(state));
    if let Err(error) = stepped {
        retry::again("payment step");
        tracing::warn!(payment = %payment.id, %state, tries = payment.tries, %error, "payment step failed");
        if let Err(error) = payments::try_later(&context.pool, payment.id, pause(payment.tries)).await {
            tracing::warn!(payment = %payment.id, %error, "its lease will run out");
        }
    }
}

/// How long to wait after so many tries; with jitter, so that payments that failed together do not come together again.
fn pause(tries: i32) -> Duration {
    crate::pause::after(tries, RETRY_FIRST, RETRY_LONGEST, 0.5..1.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_with_the_tries_to_the_longest() {
        for (tries, middle_ms) in
            [(0, 300.0), (1, 300.0), (2, 600.0), (6, 9_600.0), (7, 15_000.0), (i32::MAX, 15_000.0)]
        {
            let pause_ms = pause(tries).as_secs_f64() * 1_000.0;
            assert!((middle_ms * 0.5..=middle_ms * 1.5).contains(&pause_ms), "{tries}: {pause_ms}");
        }
    }
}
