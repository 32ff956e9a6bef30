//! Signing in: address, password and code in one call. What of it was wrong is told to nobody.

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use email::Address;
use record::organisers::Organiser;
use record::people::{self, Heard, Known};
use record::{PgConnection, PgPool};
use sale::scope::Scope;
use serde::Deserialize;
use utoipa::ToSchema;

use super::entrance::{Asked, Entered, asked, now_s};
use crate::admin::sessions;
use crate::admin::tokens::Me;
use crate::auth::{Admin, PersonOfCall};
use crate::callers::Callers;
use crate::people::{PASSWORD_MAX, People};
use crate::problems::{ApiError, EntranceProblems, Kind};

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    #[schema(max_length = 254)]
    email: String,
    #[schema(max_length = 128)]
    password: String,
    /// What the app shows, six digits; or a recovery code.
    #[schema(max_length = 64)]
    code: String,
}

/// Sign in to the console as a person
///
/// Begins a session, as a cookie, as an API token does. A code is taken once. After five failures in a row with one address, whether
/// anybody has it or not, it is not looked at for 30 seconds, and twice as long with each further one, up to 15 minutes.
#[utoipa::path(post, path = "/api/v1/admin/sign-in", tag = "admin: access", security(()),
    request_body = Credentials, responses((status = 201, body = Me), EntranceProblems))]
pub(crate) async fn sign_in(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    State(known): State<Arc<People>>,
    request: Request,
) -> Result<Entered<Me>, ApiError> {
    let Asked { asked: Credentials { email, password, code }, from, replaced } = asked(&callers, request).await?;
    // It does not repeat what was typed: that may be anything.
    let email: Address = email.parse().map_err(|problem| Kind::Invalid.because(format!("email: {problem}")))?;
    let email = email.as_str();
    let counted = known.address_digest(email);
    let turn = known.passwords.turn(from).await?;
    let found = people::by_email(&pool, email).await?;
    let aimed_at = found.as_ref().map(|found| found.name.clone());
    if let Heard::InSeconds(seconds) = people::hear(&pool, &counted).await? {
        callers.refusals.not_heard(from, aimed_at.as_deref());
        return Err(Kind::TooManyGuesses.because("too many sign-ins with this address failed").retry_after_s(seconds));
    }
    let refused = || {
        callers.guesses.not_entered(from);
        callers.refusals.wrong_credentials(from, aimed_at.as_deref());
        Kind::CredentialsWrong.because(
            "address, password or code are wrong; a code that the app shows is taken once, so wait for the next one if you have used it",
        )
    };
    let hash = found.as_ref().map(|found| found.password.clone());
    let is_right = password.chars().count() <= PASSWORD_MAX && turn.is_right(password, hash).await?;
    drop(turn);
    let Some(person) = found.filter(|_| is_right) else { return Err(refused()) };
    let mut transaction = pool.begin().await?;
    if !take_code(&mut transaction, &known, &person, &code).await? {
        transaction.rollback().await?;
        return Err(refused());
    }
    people::forgive(&mut transaction, &counted).await?;
    let scope = Scope::of(person.role.map_err(ApiError::internal)?);
    let (id, name) = (person.id, person.name);
    let of = Organiser::Person(id);
    let person = Some(PersonOfCall { id, email: email.to_owned() });
    let admin = Admin { of, person, session: None, name, scope, expires_at: None, address: from };
    let cookie = sessions::begin_for(&callers, transaction, &admin, replaced).await?;
    Ok((StatusCode::CREATED, [cookie], Reply(admin.into())))
}

/// Uses a code up, of the app or in its place.
pub(super) async fn take_code(
    transaction: &mut PgConnection,
    known: &People,
    person: &Known,
    code: &str,
) -> Result<bool, ApiError> {
    let typed: String = code.chars().filter(|sign| !sign.is_whitespace()).take(64).collect();
    if let Some(step) = known.factor(person.id, &person.factor_salt).step_of(&typed, now_s()) {
        return Ok(people::use_step(transaction, person, step).await?);
    }
    let Some(digest) = known.code_digest(person.id, &typed) else { return Ok(false) };
    Ok(people::use_recovery_code(transaction, person, &digest).await?)
}
