//! Joining: who has a link chooses a password, and confirms a second factor with its first code.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use record::organisers::Organiser;
use record::people::{self, Invited, Joining};
use record::{PgConnection, PgPool};
use sale::role::Role;
use sale::scope::Scope;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::entrance::{Asked, Entered, asked, digest, now_s};
use crate::admin::{audit, sessions};
use crate::auth::{Admin, PersonOfCall, RoleSchema};
use crate::callers::Callers;
use crate::people::{People, check_password, recovery_codes};
use crate::problems::{ApiError, EntranceProblems, Kind};

/// A link that somebody has opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opened {
    /// As in the link.
    #[schema(max_length = 200)]
    token: String,
}

/// Whom a link is for, and the second factor that they set up.
#[derive(Serialize, ToSchema)]
pub(crate) struct JoinView {
    name: String,
    /// What they will sign in with.
    email: String,
    #[schema(value_type = RoleSchema)]
    role: Role,
    /// For an app, in Base32. The same however often the link is opened.
    secret: String,
    /// The same as a URL (`otpauth:`), for a QR code.
    otpauth_url: String,
}

/// What somebody joins with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JoinSpec {
    /// As in the link.
    #[schema(max_length = 200)]
    token: String,
    #[schema(min_length = 12, max_length = 128)]
    password: String,
    /// What the app shows: six digits.
    #[schema(max_length = 64)]
    code: String,
}

/// Somebody who has joined, and is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Joined {
    /// Each is good once in place of a code. Shown this once.
    recovery_codes: Vec<String>,
}

/// Open a link of an invitation
///
/// Uses nothing up.
#[utoipa::path(post, path = "/api/v1/admin/join/look", tag = "admin: access", security(()),
    request_body = Opened, responses((status = 200, body = JoinView), EntranceProblems))]
pub(crate) async fn look(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    State(known): State<Arc<People>>,
    request: Request,
) -> Result<Reply<JoinView>, ApiError> {
    let Asked { asked: Opened { token }, from, .. } = asked(&callers, request).await?;
    let link = digest(&token);
    let Invited { id, name, email, role } = invited(&pool, &callers, &link, from).await?;
    let factor = known.factor(id, &link);
    let role = role.map_err(ApiError::internal)?;
    let otpauth_url = factor.url(&email).ok_or_else(|| ApiError::internal("an address with a colon"))?;
    Ok(Reply(JoinView { name, email, role, secret: factor.secret(), otpauth_url }))
}

/// Join by a link
///
/// Uses it up, and begins a session, as a cookie. What its person signed in with before is good no more.
#[utoipa::path(post, path = "/api/v1/admin/join", tag = "admin: access", security(()),
    request_body = JoinSpec, responses((status = 201, body = Joined), EntranceProblems))]
pub(crate) async fn join(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    State(known): State<Arc<People>>,
    request: Request,
) -> Result<Entered<Joined>, ApiError> {
    let Asked { asked: JoinSpec { token, password, code }, from, replaced } = asked(&callers, request).await?;
    check_password("password", &password)?;
    let link = digest(&token);
    let Invited { id, name, email, role } = invited(&pool, &callers, &link, from).await?;
    let role = role.map_err(ApiError::internal)?;
    // What the link's digest gives is as good as anything: the key makes it a secret.
    let Some(factor_step) = known.factor(id, &link).step_of(&code, now_s()) else {
        callers.guesses.not_entered(from);
        return Err(Kind::Invalid.because("code: not what the app shows for this secret now; is its clock right?"));
    };
    let password = known.passwords.turn(from).await?.hash(password).await?;
    let shown = recovery_codes();
    let digests: Vec<[u8; 32]> = shown.iter().filter_map(|code| known.code_digest(id, code)).collect();
    let joining =
        Joining { link: &link, password: &password, factor_salt: &link, factor_step, recovery_codes: &digests };
    let mut transaction = pool.begin().await?;
    if people::join(&mut transaction, &joining).await?.is_none() {
        return Err(no_such_link());
    }
    people::forgive(&mut transaction, &known.address_digest(&email)).await?;
    let of = Organiser::Person(id);
    let person = Some(PersonOfCall { id, email });
    let admin = Admin { of, person, session: None, name, scope: Scope::of(role), expires_at: None, address: from };
    joined(&mut transaction, &admin).await?;
    let cookie = sessions::begin_for(&callers, transaction, &admin, replaced).await?;
    Ok((StatusCode::CREATED, [cookie], Reply(Joined { recovery_codes: shown })))
}

async fn joined(transaction: &mut PgConnection, admin: &Admin) -> Result<(), ApiError> {
    let id = admin.of.person().map(|id| id.to_string()).unwrap_or_default();
    Ok(audit::record(transaction, admin, "person.join", id, json!({ "name": admin.name })).await?)
}

async fn invited(pool: &PgPool, callers: &Callers, link: &[u8; 32], from: IpAddr) -> Result<Invited, ApiError> {
    let invited = people::invited(pool, link).await?;
    invited.ok_or_else(|| {
        callers.guesses.not_entered(from);
        callers.refusals.unknown_link(from);
        no_such_link()
    })
}

fn no_such_link() -> ApiError {
    Kind::NotFound
        .because("no such link: it was used, withdrawn or replaced, or is older than seven days; ask for another")
}
