//! Sessions of organisers at the console: begun with an API token or by a person, kept by the browser as a cookie that no script reads.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use chrono::TimeDelta;
use record::{PgConnection, PgPool, admin_sessions, organisers};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::audit;
use super::tokens::{Me, revoked_meanwhile};
use crate::auth::{Admin, MayRead};
use crate::callers::Callers;
use crate::problems::{AdminProblems, ApiError, Kind};

/// How long a session lasts, however often it is used.
const LASTS_MAX: TimeDelta = TimeDelta::days(30);
/// Other sessions of the same token or person that go on when one more begins: every ingress has all of them in memory.
const OTHERS_MAX: i64 = 19;

/// Sign in to the console
///
/// Gives a session in exchange for the API token of the call, as a cookie that only calls of the admin API bring, and
/// that no script can read. It has the token's name and role. It is over 12 hours after its last call, after 30 days, with
/// its token, or once 20 others of that token have begun since; and the session that the browser had before is over with it.
/// Changes that come by it must say `Sec-Fetch-Site: same-origin`, or the `Origin` of the pages.
#[utoipa::path(post, path = "/api/v1/admin/session", tag = "admin: access", security(("api_token" = [])),
    responses((status = 201, body = Me), AdminProblems))]
pub(crate) async fn begin(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    MayRead(admin): MayRead,
    headers: HeaderMap,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Me>), ApiError> {
    if admin.session.is_some() {
        return Err(Kind::Unauthorized.because("a session begins with Authorization: Bearer <API token>"));
    }
    let replaced = callers.console.replaced(&headers);
    let cookie = begin_for(&callers, pool.begin().await?, &admin, replaced).await?;
    Ok((StatusCode::CREATED, [cookie], Json(admin.into())))
}

/// Begins a session, in place of the one that the browser had, and ends the transaction with it. The cookie that it is kept by.
pub(super) async fn begin_for(
    callers: &Callers,
    mut transaction: Transaction<'static, Postgres>,
    admin: &Admin,
    replaced: Option<[u8; 32]>,
) -> Result<(HeaderName, String), ApiError> {
    let id = Uuid::now_v7();
    let (secret, digest) = fresh();
    let now = clock::to_utc(clock::now());
    let longest = now + LASTS_MAX;
    let ends_at = admin.expires_at.map_or(longest, |at| at.utc().min(longest));
    if !organisers::hold(&mut transaction, admin.of, admin.scope.role).await? {
        return Err(revoked_meanwhile(callers));
    }
    keep_pace(callers, &mut transaction, admin).await?;
    let ended = match replaced {
        Some(replaced) => admin_sessions::end_kept(&mut transaction, &replaced).await?,
        None => None,
    };
    let detail = ended.map_or(json!({}), |ended| json!({ "replaces": ended }));
    admin_sessions::begin(&mut transaction, id, admin.of, &digest, ends_at, OTHERS_MAX).await?;
    audit::record(&mut transaction, admin, "session.begin", id, detail).await?;
    transaction.commit().await?;
    callers.admins.forget();
    Ok(callers.console.set(&secret, (ends_at - now).num_seconds()))
}

/// Goes on with a session alone, by another secret: what a person signs in with is another, and whoever had a session of theirs is out. Ends
/// the transaction with it.
pub(super) async fn go_on_alone(
    callers: &Callers,
    mut transaction: Transaction<'static, Postgres>,
    (person, session): (Uuid, Uuid),
) -> Result<(HeaderName, String), ApiError> {
    let (secret, digest) = fresh();
    let Some(ends_at) = admin_sessions::go_on_alone(&mut transaction, person, session, &digest).await? else {
        return Err(revoked_meanwhile(callers));
    };
    transaction.commit().await?;
    callers.admins.forget();
    Ok(callers.console.set(&secret, (ends_at - clock::to_utc(clock::now())).num_seconds()))
}

/// Fails when an organiser signs in, or changes what they sign in with, too often: each time is a line in the audit log, which they could
/// fill otherwise.
pub(super) async fn keep_pace(
    callers: &Callers,
    transaction: &mut PgConnection,
    admin: &Admin,
) -> Result<(), ApiError> {
    let per_hour = callers.sign_ins_max;
    if per_hour == 0 {
        return Ok(());
    }
    let Some(wait_s) = organisers::pace(transaction, admin.of, per_hour).await? else { return Ok(()) };
    let why = format!(
        "sign-ins, and changes of what one signs in with: {per_hour} an hour at most for one person or API token; wait"
    );
    Err(Kind::RateLimited.because(why).retry_after_s(wait_s))
}

/// A new secret of a session, and what the record knows it by.
fn fresh() -> (String, [u8; 32]) {
    let secret = hex::encode(rand::random::<[u8; 32]>());
    let digest = Sha256::digest(&secret).into();
    (secret, digest)
}

/// Sign out of the console
///
/// Ends the session whose cookie the call brings: here at once, at other ingress processes within ten seconds.
#[utoipa::path(delete, path = "/api/v1/admin/session", tag = "admin: access",
    security(("admin_session" = []), ("api_token" = [])), responses((status = 204), AdminProblems))]
pub(crate) async fn end(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    MayRead(admin): MayRead,
) -> Result<(StatusCode, [(HeaderName, String); 1]), ApiError> {
    let Some(id) = admin.session else {
        return Err(Kind::Conflict.because("this call came by an API token: there is no session to end"));
    };
    let mut transaction = pool.begin().await?;
    if admin_sessions::end(&mut transaction, id).await? {
        audit::record(&mut transaction, &admin, "session.end", id, json!({})).await?;
    }
    transaction.commit().await?;
    callers.admins.forget();
    Ok((StatusCode::NO_CONTENT, [callers.console.set("", 0)]))
}
