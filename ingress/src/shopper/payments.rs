//! A shopper's wish to pay: written down here, carried out by the order-worker.

mod declines;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use catalogue::Sale;
use sale::answer::Grant;
use sale::ids::{AttemptId, EventId, ShopperId};
use sale::record::State as Standing;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;
use uuid::Uuid;

use super::BYTES_MAX;
use super::answers::{Found, find, sealed};
use super::card::CardToken;
use crate::auth::Shopper;
use crate::extract::{IdempotencyKey, Path, read_json};
use crate::ledger::PaymentView;
use crate::problems::{ApiError, Kind, PaymentProblems};
use crate::state::App;

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
struct Wish<'r> {
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
    State(app): State<App>,
    Shopper(shopper): Shopper,
    Path((event, attempt)): Path<(EventId, AttemptId)>,
    request: Request,
) -> Result<(StatusCode, Json<PaymentView>), ApiError> {
    let (parts, body) = request.into_parts();
    let key = IdempotencyKey::read(&parts.headers)?;
    let (asked, _) = read_json::<PaymentRequest, _>(&parts.headers, body, BYTES_MAX).await?;
    let sale = sealed(&app, event, attempt, shopper).await?;
    let address = app.address(&parts.extensions, &parts.headers).to_string();
    let card_token = asked.card_token.as_ref();
    let wish = Wish {
        event,
        attempt,
        shopper,
        key,
        card_token,
        sale: &sale,
        address: app.ids.fingerprint("address", address.as_bytes()),
        card: card_token.map(|token| app.ids.fingerprint("card", token.as_str().as_bytes())),
    };
    if let Some(earlier) = same_key(&app.postgres, &wish).await? {
        return Ok((StatusCode::ACCEPTED, Json(earlier)));
    }
    let grant = payable(&app, &wish).await?;
    if wish.card_token.is_none() && grant.price.total_minor() > 0 {
        return Err(Kind::Invalid.because("card_token: there is something to pay; send the payment gateway's token"));
    }
    let payment = request_payment(&app, &wish, &grant).await?;
    crate::meters::PAYMENTS_REQUESTED.one();
    Ok((StatusCode::ACCEPTED, Json(payment)))
}

/// What is to be paid, if anything is.
async fn payable(app: &App, wish: &Wish<'_>) -> Result<Grant, ApiError> {
    let not_payable = |why: &str| Err(Kind::NotPayable.because(why));
    let standing = match find(app, wish.sale, wish.attempt, wish.shopper).await? {
        Found::Decided(record) => record.state,
        Found::InLine => return not_payable("the attempt has no answer yet"),
        Found::Closed => return not_payable("nothing was reserved"),
    };
    match standing {
        Standing::Held(grant) => {
            let now = clock::now();
            // A payment that begins after the deadline could not be confirmed in time.
            if wish.sale.rules.pauses.wall_time(grant.deadline_line, now) < now {
                return not_payable("the time to pay is over");
            }
            Ok(grant)
        }
        Standing::Sold(..) | Standing::Settled(..) => not_payable("it is paid already"),
        Standing::Waiting => not_payable("it is on standby: nothing is reserved yet"),
        Standing::Expired => not_payable("the time to pay is over"),
        Standing::Cancelled(_) => not_payable("the reservation was given back"),
        Standing::Closed | Standing::StandbyEnded(_) => not_payable("nothing was reserved"),
    }
}

impl Wish<'_> {
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
async fn same_key(pool: &PgPool, wish: &Wish<'_>) -> Result<Option<PaymentView>, ApiError> {
    let row = sqlx::query!(
        "SELECT id, reservation_id, state, amount_minor, currency, failure, body_sha256
         FROM payments WHERE shopper_id = $1 AND event_id = $2 AND idempotency_key = $3",
        wish.shopper.0,
        wish.event.0,
        wish.key
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if row.body_sha256 != wish.body_sha256(row.amount_minor) {
        return Err(Kind::KeyReused.because("each new payment needs an Idempotency-Key of its own"));
    }
    Ok(Some(PaymentView {
        payment_id: row.id,
        attempt_id: row.reservation_id,
        state: row.state,
        amount_minor: row.amount_minor,
        currency: row.currency,
        failure: row.failure,
        tries_left: None,
    }))
}

/// Writes the payment down and wakes the order-worker, in one transaction. Runs in a task that is never
/// cancelled (see [`crate::server`]).
async fn request_payment(app: &App, wish: &Wish<'_>, grant: &Grant) -> Result<PaymentView, ApiError> {
    let pool = &app.postgres;
    let mut transaction = pool.begin().await?;
    // One try at a time per reservation, so that the count of tries is right.
    lock(&mut transaction, &wish.attempt.to_string()).await?;
    let tried = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE state = 'declined') AS "declined!",
                  coalesce(bool_or(state IN ('requested', 'authorising', 'authorised', 'confirming', 'capturing',
                                             'captured')), false) AS "live!"
           FROM payments WHERE reservation_id = $1"#,
        wish.attempt.0
    )
    .fetch_one(&mut *transaction)
    .await?;
    if tried.live {
        // Perhaps by this very key, in a request at the same time.
        transaction.rollback().await?;
        return match same_key(pool, wish).await? {
            Some(same) => Ok(same),
            None => Err(Kind::AlreadyPaying.because("wait for its result")),
        };
    }
    if tried.declined >= i64::from(wish.sale.payment_tries) {
        return Err(Kind::NotPayable.because("every permitted try to pay was declined"));
    }
    if grant.price.total_minor() > 0 {
        declines::check(&mut transaction, wish, app.declines_max).await?;
    }
    let (id, amount_minor) = (Uuid::now_v7(), grant.price.total_minor());
    let (currency, body_sha256) = (wish.sale.rules.currency.to_string(), wish.body_sha256(amount_minor));
    let inserted = sqlx::query!(
        "INSERT INTO payments (id, reservation_id, event_id, shopper_id, idempotency_key, body_sha256, card_token,
                               amount_minor, currency, address_fingerprint, card_fingerprint)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (shopper_id, event_id, idempotency_key) DO NOTHING",
        id,
        wish.attempt.0,
        wish.event.0,
        wish.shopper.0,
        wish.key,
        body_sha256.as_slice(),
        wish.card_for(amount_minor),
        amount_minor,
        currency,
        &wish.address,
        wish.card.as_ref().map(<[u8; 16]>::as_slice)
    )
    .execute(&mut *transaction)
    .await?;
    if inserted.rows_affected() == 0 {
        transaction.rollback().await?;
        let same = same_key(pool, wish).await?;
        return same.ok_or_else(|| ApiError::internal("a payment that conflicts, but is not there"));
    }
    sqlx::query!("SELECT pg_notify('payments', '')").execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(PaymentView {
        payment_id: id,
        attempt_id: wish.attempt.0,
        state: "requested".to_owned(),
        amount_minor,
        currency,
        failure: None,
        tries_left: None,
    })
}

/// Waits for whoever does something about the same, until the transaction ends.
async fn lock(transaction: &mut PgConnection, what: &str) -> sqlx::Result<()> {
    sqlx::query_scalar!(
        r#"SELECT 1 AS "locked!" FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 0))) AS lock"#,
        what
    )
    .fetch_one(transaction)
    .await
    .map(drop)
}
