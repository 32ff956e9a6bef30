//! The shop confirms a reservation: it becomes the shopper's, if the line says so.

use std::sync::Arc;
use std::time::Duration;

use axum::Json as Reply;
use axum::extract::State;
use record::payments::{self, About, Confirmation};
use sale::ids::{AttemptId, PaymentId};
use sale::payment::PaymentState;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::decided::{DECIDED_WITHIN, decided};
use super::reservation::{HandedOver, ShopReservation, ShopState};
use crate::admin::text;
use crate::auth::MayHandOver;
use crate::extract::{Json, Path};
use crate::problems::{ApiError, Kind, ShopProblems};
use crate::reads::Reads;

/// Characters of the shop's reference.
const REFERENCE_LENGTH_MAX: usize = 100;
/// How long an answer waits for the order's number.
const WRITTEN_WITHIN: Duration = Duration::from_secs(1);
/// Before the order-worker asks a line again that has not answered.
const CONFIRM_AGAIN: Duration = Duration::from_secs(5);

/// What the shop confirms.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRequest {
    /// What the shop knows the purchase by: it stands with the order. Always the same for one reservation.
    #[schema(min_length = 1, max_length = 100)]
    reference: String,
    /// What the shopper pays for the reservation, in minor units: its price.
    paid_minor: i64,
    /// ISO 4217.
    currency: String,
}

/// Confirm a reservation
///
/// Before the shop charges: 200 says that the units are the shopper's, 410 that the shop must not charge. 503 says that
/// nobody knows yet: the same call again has the answer. Repeating it with the same reference never changes anything.
#[utoipa::path(post, path = "/api/v1/shop/reservations/{reservation}/confirm", tag = "shop",
    security(("api_token" = [])), params(("reservation" = Uuid, Path, description = "The reservation: the grant's `sub`")),
    request_body = ConfirmRequest, responses((status = 200, body = ShopReservation), ShopProblems))]
pub(crate) async fn confirm(
    State(reads): State<Arc<Reads>>,
    _: MayHandOver,
    Path(id): Path<AttemptId>,
    body: Json<ConfirmRequest>,
) -> Result<Reply<ShopReservation>, ApiError> {
    let asked = &body.value;
    text::check_line("reference", &asked.reference, 1, REFERENCE_LENGTH_MAX)?;
    let standing = HandedOver::read(&reads, id).await?;
    if standing.state() == ShopState::Reserved {
        asked.check_price(&standing)?;
        ask_line(&reads, &standing, asked).await?;
    }
    let answer = decided(&reads, id, DECIDED_WITHIN, |standing| asked.decision(standing)).await;
    let converted = match answer {
        // The order is written a moment later; without its number the answer is as true.
        Ok(converted) if converted.order_number.is_none() => {
            let written = decided(&reads, id, WRITTEN_WITHIN, |standing| {
                let view = standing.view();
                Ok((view.state != ShopState::Converted || view.order_number.is_some()).then_some(view))
            });
            written.await.unwrap_or(converted)
        }
        answer => answer?,
    };
    Ok(Reply(converted))
}

/// Writes down what the shop confirms, and asks the line; unless it was asked before.
async fn ask_line(reads: &Reads, standing: &HandedOver, asked: &ConfirmRequest) -> Result<(), ApiError> {
    let (attempt, event) = (standing.record.id, standing.event);
    let mut transaction = reads.postgres.begin().await?;
    payments::lock(&mut transaction, About::Attempt(attempt)).await?;
    if payments::latest_by_shop(&mut *transaction, attempt).await?.is_some() {
        return Ok(());
    }
    let confirmation = Confirmation {
        id: PaymentId(Uuid::now_v7()),
        attempt,
        event,
        shopper: standing.record.shopper,
        reference: &asked.reference,
        amount_minor: asked.paid_minor,
        currency: &asked.currency,
    };
    payments::confirm_by_shop(&mut transaction, &confirmation, CONFIRM_AGAIN).await?;
    transaction.commit().await?;
    Ok(())
}

impl ConfirmRequest {
    /// What is paid must be the reservation's price, to the last minor unit.
    fn check_price(&self, standing: &HandedOver) -> Result<(), ApiError> {
        let Some(grant) = standing.record.grant() else { return Ok(()) };
        let (price, currency) = (grant.price.total_minor(), standing.sale.rules.currency.to_string());
        if (self.paid_minor, &self.currency) == (price, &currency) {
            return Ok(());
        }
        let (paid, in_what) = (self.paid_minor, &self.currency);
        let detail = format!("paid_minor: {paid} {in_what} is not the price of this reservation, {price} {currency}");
        Err(Kind::Invalid.because(detail))
    }

    /// What the line decided, once it has.
    fn decision(&self, standing: HandedOver) -> Result<Option<ShopReservation>, ApiError> {
        let state = standing.state();
        if matches!(state, ShopState::Gone | ShopState::Returned) {
            return Err(standing.gone());
        }
        let Some(payment) = &standing.payment else { return Ok(None) };
        let is_decided = matches!(payment.state, PaymentState::Capturing | PaymentState::Captured);
        if is_decided && payment.reference != self.reference {
            let detail = format!("this reservation was confirmed with the reference {:?}", payment.reference);
            return Err(Kind::Conflict.because(detail));
        }
        match payment.state {
            _ if is_decided && state == ShopState::Converted => {
                self.check_price(&standing)?;
                Ok(Some(standing.view()))
            }
            PaymentState::Voiding | PaymentState::Voided => Err(standing.gone()),
            // Nor decided if the payment was read a moment after the reservation.
            _ => Ok(None),
        }
    }
}
