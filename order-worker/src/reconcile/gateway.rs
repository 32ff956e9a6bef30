//! The gateway's authorisations against our payments.

use std::time::Duration;

use record::reconciliation::{self, ComparedPayment};
use sale::payment::PaymentState;
use uuid::Uuid;

use super::{Difference, DifferenceKind};
use crate::Context;
use crate::payments::gateway::{Authorisation, AuthorisationState};

/// A payment that changed more recently may differ for good reason.
const SETTLED_AFTER: Duration = Duration::from_secs(60);

pub(super) async fn compare(context: &Context) -> anyhow::Result<Vec<Difference>> {
    let held = context.gateway.list().await?;
    let references: Vec<Uuid> = held.iter().map(|held| held.reference).collect();
    let payments = reconciliation::payments(&context.pool, &references, SETTLED_AFTER).await?;
    let mut differences = Vec::new();
    for held in &held {
        if held.captures > 1 {
            differences.push(Difference::new(
                DifferenceKind::CapturedTwice,
                held.reference,
                format!("{} captures", held.captures),
            ));
        }
        let Some(payment) = payments.get(&held.reference) else {
            differences.push(Difference::new(
                DifferenceKind::UnknownPayment,
                held.reference,
                format!("gateway has {:?}", held.state),
            ));
            continue;
        };
        differences.extend(compare_money(held, payment));
        if payment.settled {
            differences.extend(compare_state(context, held, payment.state).await);
        }
    }
    Ok(differences)
}

/// What the gateway holds or has taken, and what it has given back. Nothing is wrong about a hold over something
/// else that was let go.
fn compare_money(held: &Authorisation, payment: &ComparedPayment) -> Option<Difference> {
    let counts = matches!(held.state, AuthorisationState::Authorised | AuthorisationState::Captured);
    if counts && held.currency != payment.currency {
        let detail = format!("gateway {}, here {}", held.currency, payment.currency);
        return Some(Difference::new(DifferenceKind::CurrencyDiffers, held.reference, detail));
    }
    if counts && held.amount_minor != payment.amount_minor {
        let detail = format!("gateway {} minor units, here {}", held.amount_minor, payment.amount_minor);
        return Some(Difference::new(DifferenceKind::AmountDiffers, held.reference, detail));
    }
    if let Some(ours) = payment.gateway_ref.as_ref().filter(|ours| counts && payment.settled && **ours != held.id) {
        let detail = format!("gateway has {} under it, here it is {ours}", held.id);
        return Some(Difference::new(DifferenceKind::ReferenceDiffers, held.reference, detail));
    }
    let captured = held.captured_minor;
    if payment.settled && payment.state == PaymentState::Captured && captured > 0 && captured != payment.amount_minor {
        let detail = format!("gateway took {captured} minor units, here {}", payment.amount_minor);
        return Some(Difference::new(DifferenceKind::AmountDiffers, held.reference, detail));
    }
    let is_kept = payment.settled && payment.refunds_settled && payment.state == PaymentState::Captured;
    if is_kept && held.refunded_minor != payment.refunded_minor {
        let detail = format!("gateway gave {} minor units back, here {}", held.refunded_minor, payment.refunded_minor);
        return Some(Difference::new(DifferenceKind::RefundDiffers, held.reference, detail));
    }
    None
}

async fn compare_state(context: &Context, held: &Authorisation, state: PaymentState) -> Option<Difference> {
    let captured = state == PaymentState::Captured;
    match held.state {
        AuthorisationState::Authorised if state.is_over() && !captured => {
            let voided = context.gateway.void(&held.id).await;
            if let Err(error) = &voided {
                tracing::warn!(payment = %held.reference, %error, "held money could not be let go");
            }
            let detail = format!("money is still held for a payment that is {state}");
            Some(Difference {
                mended: voided.is_ok(),
                ..Difference::new(DifferenceKind::MoneyHeld, held.reference, detail)
            })
        }
        AuthorisationState::Captured if !captured => {
            let detail = format!("captured at the gateway, {state} here");
            Some(Difference::new(DifferenceKind::CapturedNotRecorded, held.reference, detail))
        }
        AuthorisationState::Authorised | AuthorisationState::Voided | AuthorisationState::Declined if captured => {
            let detail = format!("captured here, {:?} at the gateway", held.state);
            Some(Difference::new(DifferenceKind::RecordedNotCaptured, held.reference, detail))
        }
        _ => None,
    }
}
