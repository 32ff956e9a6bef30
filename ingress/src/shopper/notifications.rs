//! Where a shopper wants to be told of a sale while their page is closed. Of addresses only confirmed ones are taken: those that the
//! shopper is known by, so that nobody gets mail that somebody else asked for.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use email::{Address, Language};
use push::Subscription;
use record::PgPool;
use record::notifications::{self, Target};
use record::sessions::Asking;
use sale::ids::EventId;
use sale::rules::SaleRules;
use serde::{Deserialize, Serialize};
use session::Session;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::BYTES_MAX;
use super::email::LanguageSchema;
use crate::auth::{InSession, Shopper, signed_out};
use crate::callers::Callers;
use crate::extract::{Path, read_json};
use crate::notifications::Notifications;
use crate::problems::{ApiError, Kind, NotificationProblems, ShopperProblems};
use crate::reads::Reads;

/// By what a shopper can be told of a sale, and by what they want to be.
#[derive(Serialize, ToSchema)]
pub(crate) struct NotificationView {
    /// Mail is sent here: to shoppers who have signed in by e-mail.
    mail_offered: bool,
    /// They are told by mail.
    mail: bool,
    /// The key that browsers subscribe with (`applicationServerKey`); absent where nothing is pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    push_key: Option<String>,
    /// Browsers in which they are told: SHA-256 of the endpoint of each, in hexadecimal.
    pushes: Vec<String>,
}

/// An address to be told at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailWish {
    /// The one that the shopper has signed in with.
    #[schema(max_length = 254)]
    email: String,
    /// What the mail is written in; English, if left out.
    #[serde(default)]
    #[schema(value_type = Option<LanguageSchema>)]
    language: Option<Language>,
}

/// A browser to be told in: what its `PushSubscription` says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PushWish {
    /// Where its push service takes messages for it.
    #[schema(max_length = 2000)]
    endpoint: String,
    /// Its public key.
    #[schema(max_length = 128)]
    p256dh: String,
    /// The secret that it shares with who sends.
    #[schema(max_length = 64)]
    auth: String,
    /// What it is told in; English, if left out.
    #[serde(default)]
    #[schema(value_type = Option<LanguageSchema>)]
    language: Option<Language>,
}

/// By what you are told of a sale
#[utoipa::path(get, path = "/api/v1/sales/{event}/notifications", tag = "me",
    params(("event" = Uuid, Path, description = "The sale event")),
    responses((status = 200, body = NotificationView), ShopperProblems))]
pub(crate) async fn show(
    State(callers): State<Arc<Callers>>,
    State(here): State<Arc<Notifications>>,
    State(reads): State<Arc<Reads>>,
    Shopper(shopper): Shopper,
    Path(event): Path<EventId>,
) -> Result<Json<NotificationView>, ApiError> {
    reads.visible(event, clock::now())?;
    let wishes = notifications::wishes(&reads.postgres, event, shopper).await?;
    Ok(Json(NotificationView {
        mail_offered: callers.emails.is_some(),
        mail: wishes.mail,
        push_key: here.push_key.clone(),
        pushes: wishes.pushes.iter().map(hex::encode).collect(),
    }))
}

/// Be told of a sale by mail
///
/// Of its opening, of the lobby, when it is your turn, when your time to pay runs out, of your order and its refund. Only at
/// the address that you have signed in with; also where a link in a mail ended mail about the sale to it.
#[utoipa::path(put, path = "/api/v1/sales/{event}/notifications/mail", tag = "me",
    params(("event" = Uuid, Path, description = "The sale event")),
    request_body = MailWish, responses((status = 204), NotificationProblems))]
pub(crate) async fn put_mail(
    State(callers): State<Arc<Callers>>,
    State(reads): State<Arc<Reads>>,
    InSession(session): InSession,
    Path(event): Path<EventId>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let (parts, body) = request.into_parts();
    let (wish, _) = read_json::<MailWish, _>(&parts.headers, body, BYTES_MAX).await?;
    let sale = reads.visible(event, clock::now())?;
    let keys = callers.emails.as_ref();
    let keys = keys.ok_or_else(|| Kind::NoEmail.because("FLASHLINE_EMAIL_KEY is not set here"))?;
    let address: Address = wish.email.parse().map_err(|problem| Kind::Invalid.because(format!("email: {problem}")))?;
    if keys.shopper(&address) != session.shopper {
        return Err(Kind::AddressUnconfirmed.because(
            "mail goes to the address that you have signed in with; POST /api/v1/sessions/email confirms one",
        ));
    }
    let sealed = keys.seal_address(&address).map_err(ApiError::internal)?;
    put(&reads.postgres, &sale.rules, session, &Target::Mail(&sealed, keys.address_digest(&address)), wish.language)
        .await
}

/// Be told of a sale by mail no more
#[utoipa::path(delete, path = "/api/v1/sales/{event}/notifications/mail", tag = "me",
    params(("event" = Uuid, Path, description = "The sale event")),
    responses((status = 204), ShopperProblems))]
pub(crate) async fn remove_mail(
    State(pool): State<PgPool>,
    Shopper(shopper): Shopper,
    Path(event): Path<EventId>,
) -> Result<StatusCode, ApiError> {
    notifications::remove(&pool, event, shopper, &Target::Mail(&[], [0; 32])).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Be told of a sale in this browser
///
/// The same as by mail, by Web Push. In five browsers at most: with another, the oldest is told no more.
#[utoipa::path(put, path = "/api/v1/sales/{event}/notifications/push", tag = "me",
    params(("event" = Uuid, Path, description = "The sale event")),
    request_body = PushWish, responses((status = 204), NotificationProblems))]
pub(crate) async fn put_push(
    State(here): State<Arc<Notifications>>,
    State(reads): State<Arc<Reads>>,
    InSession(session): InSession,
    Path(event): Path<EventId>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let (parts, body) = request.into_parts();
    let (wish, _) = read_json::<PushWish, _>(&parts.headers, body, BYTES_MAX).await?;
    let sale = reads.visible(event, clock::now())?;
    if here.push_key.is_none() {
        return Err(Kind::NoPush.because("FLASHLINE_PUSH_KEY_FILE is not set here"));
    }
    let PushWish { endpoint, p256dh, auth, language } = wish;
    if let Some(problem) = here.push_endpoints.problem(&endpoint) {
        return Err(Kind::Invalid.because(format!("endpoint: {problem}")));
    }
    let subscription = Subscription { endpoint, p256dh, auth };
    if let Some(problem) = subscription.problem() {
        return Err(Kind::Invalid.because(problem.to_string()));
    }
    let target = serde_json::to_vec(&subscription).map_err(ApiError::internal)?;
    let digest = Sha256::digest(&subscription.endpoint).into();
    put(&reads.postgres, &sale.rules, session, &Target::Push(&target, digest), language).await
}

/// Be told of a sale in a browser no more
#[utoipa::path(delete, path = "/api/v1/sales/{event}/notifications/push/{digest}", tag = "me",
    params(("event" = Uuid, Path, description = "The sale event"),
           ("digest" = String, Path, description = "Which browser: SHA-256 of its endpoint, in hexadecimal")),
    responses((status = 204), ShopperProblems))]
pub(crate) async fn remove_push(
    State(pool): State<PgPool>,
    Shopper(shopper): Shopper,
    Path((event, digest)): Path<(EventId, String)>,
) -> Result<StatusCode, ApiError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(&digest, &mut bytes).map_err(|_| Kind::NotFound.because("no such browser"))?;
    notifications::remove(&pool, event, shopper, &Target::Push(&[], bytes)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn put(
    pool: &PgPool,
    rules: &SaleRules,
    session: Session,
    target: &Target<'_>,
    language: Option<Language>,
) -> Result<StatusCode, ApiError> {
    let Session { shopper, family, .. } = session;
    let asking = Asking { shopper, session: family.id, began: family.began };
    let language = language.unwrap_or_default();
    if !notifications::put(pool, rules, &asking, target, language.word(), clock::now()).await? {
        return Err(signed_out());
    }
    Ok(StatusCode::NO_CONTENT)
}
