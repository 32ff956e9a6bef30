//! A reservation that was handed over, as the record has it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use catalogue::Sale;
use record::payments::ShopPayment;
use sale::command::CancelCause;
use sale::ids::{AttemptId, EventId};
use sale::record::{Record, State as Stands};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use view::{AttemptView, PriceView};

use crate::auth::MayHandOver;
use crate::extract::Path;
use crate::moment::Moment;
use crate::problems::{ApiError, Kind, ShopReadProblems};
use crate::reads::Reads;

/// Where a reservation stands for the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ShopState {
    /// The units are held, until the deadline.
    Reserved,
    /// The shop has confirmed it, and the line has yet to decide.
    Confirming,
    /// The units are the shopper's: the shop may charge, and keeps what it charged.
    Converted,
    /// The units are somebody else's: the shop must not charge. `reason` says why.
    Gone,
    /// It was converted, and the units were given back since.
    Returned,
}

/// A reservation that was handed over.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShopReservation {
    reservation_id: Uuid,
    /// Of which sale.
    event_id: Uuid,
    /// Whose.
    shopper_id: Uuid,
    /// Whose, as the shop knows them; absent for a guest.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    pub(super) state: ShopState,
    /// Why it is `gone`: `expired`; or `shopper` or `shop`, who gave it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Of which item.
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    /// How many units.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<u32>,
    /// What they cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<PriceView>,
    /// Until when the units are held, while they are `reserved`: confirm before. A pause of the sale moves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<Moment>,
    /// What the shop said it knows it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// The number of the order it became, once that is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order_number: Option<String>,
}

/// All that is known of it.
pub(super) struct HandedOver {
    pub(super) event: EventId,
    pub(super) sale: Arc<Sale>,
    pub(super) record: Record,
    /// What the shop calls the shopper; nothing, of a guest.
    customer: Option<String>,
    /// What the shop said of it last.
    pub(super) payment: Option<ShopPayment>,
    pub(super) order: Option<record::orders::Order>,
}

/// Read a reservation
///
/// That was handed over to the shop's checkout, as the record has it: a moment behind the line.
#[utoipa::path(get, path = "/api/v1/shop/reservations/{reservation}", tag = "shop", security(("api_token" = [])),
    params(("reservation" = Uuid, Path, description = "The reservation: the grant's `sub`")),
    responses((status = 200, body = ShopReservation), ShopReadProblems))]
pub(crate) async fn show(
    State(reads): State<Arc<Reads>>,
    _: MayHandOver,
    Path(reservation): Path<AttemptId>,
) -> Result<Json<ShopReservation>, ApiError> {
    Ok(Json(HandedOver::read(&reads, reservation).await?.view()))
}

impl HandedOver {
    /// What the record has of it.
    ///
    /// # Errors
    /// When there is no such reservation in a sale that is handed over.
    pub(super) async fn read(reads: &Reads, id: AttemptId) -> Result<Self, ApiError> {
        let unknown = || Kind::NotFound.because("no reservation of this id in a sale that is handed over");
        let pool = &reads.postgres;
        let reservation = record::reservations::find(pool, id).await?.ok_or_else(unknown)?;
        let (event, record) = (reservation.event, reservation.record);
        let was_granted =
            !matches!(record.state, Stands::Closed | Stands::Entered | Stands::Waiting | Stands::StandbyEnded(_));
        let sale = reads.sale(event).await?;
        if !was_granted || sale.checkout_url.is_none() {
            return Err(unknown());
        }
        let customer = record::customers::subject(pool, record.shopper).await?;
        let payment = record::payments::latest_by_shop(pool, id).await?;
        let order = record::orders::of_attempts(pool, &[id]).await?.remove(&id);
        Ok(Self { event, sale, record, customer, payment, order })
    }

    pub(super) fn state(&self) -> ShopState {
        let is_confirmed = self.payment.as_ref().is_some_and(|payment| payment.state.is_live());
        match &self.record.state {
            Stands::Held(_) | Stands::HeldOn(..) if is_confirmed => ShopState::Confirming,
            Stands::Held(_) | Stands::HeldOn(..) => ShopState::Reserved,
            Stands::Sold(..) | Stands::Settled(..) => ShopState::Converted,
            Stands::Cancelled(CancelCause::Refunded(_)) => ShopState::Returned,
            Stands::Expired | Stands::Cancelled(_) => ShopState::Gone,
            Stands::Closed | Stands::Entered | Stands::Waiting | Stands::StandbyEnded(_) => ShopState::Gone,
        }
    }

    /// Why it is gone.
    fn reason(&self) -> Option<&'static str> {
        match &self.record.state {
            Stands::Expired => Some("expired"),
            Stands::Cancelled(CancelCause::Refunded(_)) => None,
            Stands::Cancelled(cause) => Some(cause.word()),
            _ => None,
        }
    }

    /// The problem to answer with when the units are no longer to be had for this shopper.
    pub(super) fn gone(&self) -> ApiError {
        let failure = self.payment.as_ref().and_then(|payment| payment.failure.as_deref());
        Kind::Gone.because(match (self.state(), self.reason().or(failure)) {
            (ShopState::Returned, _) => {
                "its units were returned to the sale: do not charge, and give back what was charged"
            }
            (_, Some("shopper")) => "the shopper gave it back: do not charge",
            (_, Some("shop")) => "the shop released it: do not charge",
            (_, Some("expired")) => "its time was over before it was confirmed: do not charge",
            _ => "it was given back before it was confirmed: do not charge",
        })
    }

    pub(super) fn view(self) -> ShopReservation {
        let view = AttemptView::of_record(&self.sale.rules, &self.record, clock::now());
        let (state, reason) = (self.state(), self.reason());
        let is_held = matches!(state, ShopState::Reserved | ShopState::Confirming);
        let deadline = view.deadline_ms.filter(|_| is_held);
        ShopReservation {
            reservation_id: view.attempt_id,
            event_id: view.event_id,
            shopper_id: self.record.shopper.0,
            customer: self.customer,
            state,
            reason,
            sku: view.sku,
            quantity: view.quantity,
            price: view.price,
            deadline: deadline.map(|at| clock::to_utc(sale::time::UnixMs(at)).into()),
            reference: self.payment.map(|payment| payment.reference),
            order_number: self.order.map(|order| order.number),
        }
    }
}
