//! The gateways' authorisations against our payments: what changed there since the last comparison, and what has to be
//! looked at again.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use record::reconciliation::{self, ComparedPayment};
use sale::gateway::GatewayKind;
use sale::ids::PaymentId;
use sale::payment::PaymentState;
use uuid::Uuid;

use super::{Difference, DifferenceKind};
use crate::Context;
use crate::payments::gateway::{Authorisation, AuthorisationState, Gateway, GatewayError};
use crate::refunds;

/// A payment that changed more recently may differ for good reason.
const SETTLED_AFTER: Duration = Duration::from_secs(60);
/// Pages of a gateway's history that are read in one comparison: the next one goes on.
const PAGES_MAX: usize = 50;
/// Authorisations that one comparison looks at again.
const LOOKS_MAX: usize = 200;
/// Authorisations that are remembered to be looked at again.
const REMEMBERED_MAX: usize = 10_000;

/// How far the gateways' histories have been compared.
#[derive(Default)]
pub(super) struct Comparer(HashMap<GatewayKind, Compared>);

#[derive(Default)]
struct Compared {
    cursor: Option<String>,
    /// What differed, or was too young to be judged, with when it was last looked at: the longest ago first.
    again: BTreeMap<String, u64>,
    comparisons: u64,
}

impl Comparer {
    pub(super) async fn compare(&mut self, context: &Context) -> anyhow::Result<Vec<Difference>> {
        let mut differences = Vec::new();
        for (kind, gateway) in context.gateways.all() {
            differences.extend(self.0.entry(kind).or_default().compare(context, gateway).await?);
        }
        Ok(differences)
    }
}

impl Compared {
    async fn compare(&mut self, context: &Context, gateway: &dyn Gateway) -> anyhow::Result<Vec<Difference>> {
        self.comparisons += 1;
        let (held, cursor) = self.read(gateway).await?;
        let references: Vec<Uuid> = held.values().map(|held| held.reference).collect();
        let payments = reconciliation::payments(&context.pool, &references, SETTLED_AFTER).await?;
        let mut differences = Vec::new();
        for (id, held) in held {
            let payment = payments.get(&held.reference);
            let mut found = compare_one(gateway, &held, payment).await;
            for difference in found.iter_mut().filter(|it| it.kind == DifferenceKind::RefundDiffers) {
                difference.mended = mend_refunds(context, gateway, &held).await?;
            }
            let is_young = payment.is_some_and(|payment| !(payment.settled && payment.refunds_settled));
            if is_young || found.iter().any(|difference| !difference.mended) {
                self.again.insert(id, self.comparisons);
            } else {
                self.again.remove(&id);
            }
            differences.extend(found);
        }
        // Not before: what was read and not compared is read again.
        self.cursor = cursor;
        if self.again.len() > REMEMBERED_MAX {
            tracing::warn!(remembered = self.again.len(), "so many authorisations differ that some are forgotten");
            while self.again.len() > REMEMBERED_MAX {
                self.again.pop_first();
            }
        }
        Ok(differences)
    }

    /// What changed since the last comparison, and what is to be looked at again, as it stands now; and how far that is.
    async fn read(
        &mut self,
        gateway: &dyn Gateway,
    ) -> Result<(BTreeMap<String, Authorisation>, Option<String>), GatewayError> {
        let (mut held, mut cursor) = (BTreeMap::new(), self.cursor.clone());
        for _ in 0..PAGES_MAX {
            let changes = gateway.changes(cursor.as_deref()).await?;
            held.extend(changes.authorisations.into_iter().map(|held| (held.id.clone(), held)));
            cursor = Some(changes.cursor);
            if !changes.more {
                break;
            }
        }
        let mut again: Vec<(u64, String)> =
            self.again.iter().filter(|(id, _)| !held.contains_key(*id)).map(|(id, at)| (*at, id.clone())).collect();
        again.sort_unstable();
        for (_, id) in again.into_iter().take(LOOKS_MAX) {
            match gateway.look(&id).await {
                Ok(stands) => drop(held.insert(id, stands)),
                // The gateway knows it no longer.
                Err(GatewayError::Permanent(_)) => drop(self.again.remove(&id)),
                Err(error) => return Err(error),
            }
        }
        Ok((held, cursor))
    }
}

/// Whether the record now says of refunds what the gateway says: another order-worker may have mended it just before.
async fn mend_refunds(context: &Context, gateway: &dyn Gateway, held: &Authorisation) -> anyhow::Result<bool> {
    refunds::look_again(context, gateway, PaymentId(held.reference)).await?;
    let payments = reconciliation::payments(&context.pool, &[held.reference], SETTLED_AFTER).await?;
    Ok(payments.get(&held.reference).is_some_and(|payment| payment.refunded_minor == held.refunded_minor))
}

async fn compare_one(
    gateway: &dyn Gateway,
    held: &Authorisation,
    payment: Option<&ComparedPayment>,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    if held.captures > 1 {
        let detail = format!("{} captures", held.captures);
        differences.push(Difference::new(DifferenceKind::CapturedTwice, held.reference, detail));
    }
    let Some(payment) = payment else {
        let detail = format!("gateway has {:?}", held.state);
        differences.push(Difference::new(DifferenceKind::UnknownPayment, held.reference, detail));
        return differences;
    };
    differences.extend(compare_money(held, payment));
    if payment.settled {
        differences.extend(compare_state(gateway, held, payment.state).await);
    }
    differences
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

async fn compare_state(gateway: &dyn Gateway, held: &Authorisation, state: PaymentState) -> Option<Difference> {
    let captured = state == PaymentState::Captured;
    match held.state {
        AuthorisationState::Authorised if state.is_over() && !captured => {
            let voided = gateway.void(&held.id).await;
            if let Err(error) = &voided {
                tracing::warn!(payment = %held.reference, %error, "held money could not be let go");
            }
            let detail = format!("money is still held for a payment that is {state}");
            Some(Difference {
                mended: voided.is_ok(),
                ..Difference::new(DifferenceKind::MoneyHeld, held.reference, detail)
            })
        }
        // What was taken though it should not have been, and has all gone back, is nobody's trouble any more.
        AuthorisationState::Captured if !captured && held.refunded_minor < held.captured_minor => {
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
