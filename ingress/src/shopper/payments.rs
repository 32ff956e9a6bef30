//! A shopper's wish to pay: written down here, carried out by the order-worker.

mod declines;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use catalogue::Sale;
use record::PgPool;
use record::payments::{self, About};
use sale::answer::Grant;
use sale::ids::{AttemptId, EventId, PaymentId, ShopperId};
use sale::payment::{PaymentState, tries_left};
use sale::record::State as AttemptState;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::BYTES_MAX;
use super::answers::{Known, find, sealed};
use super::buyer;
use super::card::CardToken;
use crate::auth::Shopper;
use crate::callers::Callers;
use crate::entrance::Entrance;
use crate::extract::{IdempotencyKey, Path, read_json};
use crate::ledger::PaymentView;
use crate::problems::{ApiError, Kind, PaymentProblems};
use crate::reads::Reads;

/// A payment that is begun with less of its time left is held on at once. One that a bank takes long over is so anyway.
const PAYING_TAKES_MS: u64 = 30_000;

/// How to pay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentRequest {
    /// What the payment gateway knows the card by. Never a card number. Only needed, and only looked at, where there
    /// is something to pay.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    card_token: Option<CardToken>,
}

/// Everything a payment is made of.
struct PaymentWish<'r> {
    event: EventId,
    attempt: AttemptId,
    shopper: ShopperId,
    key: &'r str,
    card_token: Option<&'r CardToken>,
    sale: &'r Sale,
    address: [u8; 16],
    card: Option<[u8; 16]>,
}

/// Pay a reservation
///
/// Also one that costs nothing: then no card is asked for. 202: the payment is on its way; its result is pushed, and
/// shown with the attempt. The same `Idempotency-Key` is the same payment: it never charges twice.
#[utoipa::path(post, path = "/api/v1/sales/{event}/reservations/{attempt}/payments", tag = "attempts",
    params(("event" = Uuid, Path, description = "The sale event"),
           ("attempt" = Uuid, Path, description = "The reservation"),
           ("Idempotency-Key" = String, Header, description = "The client's name for this click")),
    request_body = PaymentRequest,
    responses((status = 202, body = PaymentView), PaymentProblems))]
pub(crate) async fn pay(
    State(callers): State<Arc<Callers>>,
    State(entrance): State<Arc<Entrance>>,
    State(reads): State<Arc<Reads>>,
    Shopper(shopper): Shopper,
    Path((event, attempt)): Path<(EventId, AttemptId)>,
    request: Request,
) -> Result<(StatusCode, Json<PaymentView>), ApiError> {
    let (parts, body) = request.into_parts();
    let key = IdempotencyKey::read(&parts.headers)?;
    let (asked, _) = read_json::<PaymentRequest, _>(&parts.headers, body, BYTES_MAX).await?;
    let sale = sealed(&entrance, &reads, event, attempt, shopper).await?;
    if sale.checkout_url.is_some() {
        return Err(
            Kind::NotPayable.because("this sale is paid for at the shop's checkout: POST …/handover says where")
        );
    }
    let address = callers.address(&parts.extensions, &parts.headers).to_string();
    let card_token = asked.card_token.as_ref();
    let wish = PaymentWish {
        event,
        attempt,
        shopper,
        key,
        card_token,
        sale: &sale,
        address: entrance.ids.fingerprint("address", address.as_bytes()),
        card: card_token.map(|token| entrance.ids.fingerprint("card", token.as_str().as_bytes())),
    };
    if let Some(earlier) = same_key(&reads.postgres, &wish).await? {
        return Ok((StatusCode::ACCEPTED, Json(earlier)));
    }
    let grant = payable(&reads, &wish).await?;
    buyer::check(&reads.postgres, &sale, attempt).await?;
    if wish.card_token.is_none() && grant.price.total_minor() > 0 {
        return Err(Kind::Invalid.because("card_token: there is something to pay; send the payment gateway's token"));
    }
    let payment = request_payment(&reads.postgres, callers.declines_max, &wish, &grant).await?;
    crate::meters::PAYMENTS_REQUESTED.one();
    Ok((StatusCode::ACCEPTED, Json(payment)))
}

/// What is to be paid, if anything is.
async fn payable(reads: &Reads, wish: &PaymentWish<'_>) -> Result<Grant, ApiError> {
    let not_payable = |why: &str| Err(Kind::NotPayable.because(why));
    let standing = match find(reads, wish.sale, wish.attempt, wish.shopper).await? {
        Known::Decided(record) => record.state,
        Known::InLine => return not_payable("the attempt has no answer yet"),
        Known::Closed => return not_payable("nothing was reserved"),
    };
    match standing {
        // Held on for a payment that is over by now, it is for the line to take back.
        AttemptState::Held(grant) | AttemptState::HeldOn(grant, _) => {
            let now = clock::now();
            // A payment must be begun before the deadline.
            if wish.sale.rules.pauses.wall_time(grant.deadline_line, now) < now {
                return not_payable("the time to pay is over");
            }
            Ok(grant)
        }
        AttemptState::Sold(..) | AttemptState::Settled(..) => not_payable("it is paid already"),
        AttemptState::Waiting => not_payable("it is on standby: nothing is reserved yet"),
        AttemptState::Expired => not_payable("the time to pay is over"),
        AttemptState::Cancelled(_) => not_payable("the reservation was given back"),
        AttemptState::Entered => not_payable("it is in the lobby: nothing is reserved yet"),
        AttemptState::Closed | AttemptState::StandbyEnded(_) => not_payable("nothing was reserved"),
    }
}

impl PaymentWish<'_> {
    /// The card, if there is something to pay: where there is not, none is stored, nor matters.
    fn card_for(&self, amount_minor: i64) -> &str {
        self.card_token.filter(|_| amount_minor > 0).map_or("", CardToken::as_str)
    }

    fn body_sha256(&self, amount_minor: i64) -> [u8; 32] {
        let card = self.card_for(amount_minor);
        Sha256::new().chain_update(self.attempt.0.as_bytes()).chain_update(card).finalize().into()
    }
}

/// The payment that this key asked for before.
async fn same_key(pool: &PgPool, wish: &PaymentWish<'_>) -> Result<Option<PaymentView>, ApiError> {
    let earlier = payments::find_by_key(pool, wish.shopper, wish.event, wish.key).await?;
    let Some(earlier) = earlier else { return Ok(None) };
    if earlier.body_sha256 != wish.body_sha256(earlier.payment.amount_minor) {
        return Err(Kind::KeyReused.because("each new payment needs an Idempotency-Key of its own"));
    }
    Ok(Some(earlier.payment.into()))
}

/// Writes the payment down and wakes the order-worker, in one transaction. Runs in a task that is never
/// cancelled (see `server.rs`).
async fn request_payment(
    pool: &PgPool,
    declines_max: u32,
    wish: &PaymentWish<'_>,
    grant: &Grant,
) -> Result<PaymentView, ApiError> {
    let mut transaction = pool.begin().await?;
    // One try at a time per reservation, so that the count of tries is right.
    payments::lock(&mut transaction, About::Attempt(wish.attempt)).await?;
    let tried = payments::tried(&mut transaction, wish.attempt).await?;
    if tried.live {
        // Perhaps by this very key, in a request at the same time.
        transaction.rollback().await?;
        return match same_key(pool, wish).await? {
            Some(same) => Ok(same),
            None => Err(Kind::AlreadyPaying.because("wait for its result")),
        };
    }
    if tries_left(wish.sale.payment_tries, tried.declined) == 0 {
        return Err(Kind::NotPayable.because("every permitted try to pay was declined"));
    }
    let amount_minor = grant.price.total_minor();
    if amount_minor > 0 {
        declines::check(&mut transaction, wish, declines_max).await?;
    }
    let deadline = wish.sale.rules.pauses.wall_time(grant.deadline_line, clock::now());
    let (id, currency) = (PaymentId(Uuid::now_v7()), wish.sale.rules.currency.to_string());
    let request = payments::Request {
        id,
        attempt: wish.attempt,
        event: wish.event,
        shopper: wish.shopper,
        key: wish.key,
        body_sha256: wish.body_sha256(amount_minor),
        gateway: wish.sale.gateway,
        hold_on: amount_minor > 0 && deadline.ms_since(clock::now()) < PAYING_TAKES_MS,
        card_token: wish.card_for(amount_minor),
        amount_minor,
        currency: &currency,
        address: wish.address,
        card: wish.card,
    };
    if !payments::request(&mut transaction, &request).await? {
        transaction.rollback().await?;
        let same = same_key(pool, wish).await?;
        return same.ok_or_else(|| ApiError::internal("a payment that conflicts, but is not there"));
    }
    transaction.commit().await?;
    Ok(PaymentView {
        payment_id: id.0,
        attempt_id: wish.attempt.0,
        state: PaymentState::Requested.word(),
        action: None,
        amount_minor,
        currency,
        failure: None,
        tries_left: None,
    })
}
