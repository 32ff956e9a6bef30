//! A shopper signs in with an account at the OpenID provider: is led there, and comes back to the page with a code, which is
//! exchanged here. What must be remembered meanwhile, the browser keeps in a cookie that no script reads.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use customer::account::{Accounts, Begun, Failure, SIGN_IN_LASTS_S, TEXT_LENGTH_MAX};
use record::PgPool;
use sale::ids::EventId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::BYTES_MAX;
use super::sessions::{Session, session};
use super::sign_in::enter;
use crate::callers::Callers;
use crate::extract::{read_json, read_json_if_any};
use crate::meters::{SIGN_INS, SignIn};
use crate::problems::{AccountConfirmProblems, AccountProblems, ApiError, Kind};

/// What the cookie is called. Over TLS browsers take that name from this host alone, and only with `Secure`.
const COOKIE_OVER_TLS: &str = "__Host-flashline-sign-in";
const COOKIE_PLAIN: &str = "flashline-sign-in";
/// Before it is sensible to try again, in seconds.
const AGAIN_S: u32 = 5;
/// Before operators may have mended something, in seconds.
const MENDED_S: u32 = 60;

/// Where somebody comes from who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRequest {
    /// The sale, if they come from one: what comes back as `state` begins with it.
    #[serde(default)]
    event_id: Option<Uuid>,
}

/// A sign-in that was begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountAnswer {
    /// Where the shopper signs in. From there they come back to `/sign-in`, with `state` and `code`, or with an `error`.
    url: String,
    /// How long that may take, in seconds.
    lasts_s: u64,
}

/// What somebody came back with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountConfirmation {
    /// As it came back.
    #[schema(min_length = 1, max_length = 4096)]
    state: String,
    /// As it came back: good once, for a short time.
    #[schema(min_length = 1, max_length = 4096)]
    code: String,
}

impl AccountConfirmation {
    /// What cannot have come from a provider is brought to none.
    fn check(&self) -> Result<(), ApiError> {
        for (field, text) in [("state", &self.state), ("code", &self.code)] {
            if !(1..=TEXT_LENGTH_MAX).contains(&text.len()) {
                return Err(Kind::Invalid.because(format!("{field}: from 1 to {TEXT_LENGTH_MAX} bytes")));
            }
        }
        Ok(())
    }
}

/// Begin to sign in with an account
///
/// At the OpenID provider. The answer's cookie must come along when the sign-in is confirmed.
#[utoipa::path(post, path = "/api/v1/sessions/account", tag = "sessions", security(()),
    request_body = Option<AccountRequest>, responses((status = 201, body = AccountAnswer), AccountProblems))]
pub(crate) async fn begin(
    State(callers): State<Arc<Callers>>,
    request: Request,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<AccountAnswer>), ApiError> {
    let (parts, body) = request.into_parts();
    let asked = read_json_if_any::<AccountRequest, _>(&parts.headers, body, BYTES_MAX).await?;
    let accounts = accounts(&callers)?;
    let event = asked.and_then(|asked| asked.event_id).map(EventId);
    let Begun { at, secret } = accounts.begin(event).map_err(failed)?;
    let cookie = cookie(accounts, &secret, SIGN_IN_LASTS_S);
    Ok((StatusCode::CREATED, [cookie], Json(AccountAnswer { url: at.into(), lasts_s: SIGN_IN_LASTS_S })))
}

/// Confirm a sign-in with an account
///
/// With what the shopper came back with, in the browser that began it. The session is that of the account's shopper: the same in
/// every session of theirs, on every device.
#[utoipa::path(post, path = "/api/v1/sessions/account/confirm", tag = "sessions", security(()),
    request_body = AccountConfirmation, responses((status = 201, body = Session), AccountConfirmProblems))]
pub(crate) async fn confirm(
    State(callers): State<Arc<Callers>>,
    State(pool): State<PgPool>,
    request: Request,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Session>), ApiError> {
    let (parts, body) = request.into_parts();
    let (asked, _) = read_json::<AccountConfirmation, _>(&parts.headers, body, BYTES_MAX).await?;
    let accounts = accounts(&callers)?;
    asked.check()?;
    let from = callers.address(&parts.extensions, &parts.headers);
    callers.guesses.may_come_back(from)?;
    let secret = secret(accounts, &parts.headers).ok_or(Failure::Unknown).map_err(failed)?;
    let customer = accounts.end(secret, &asked.state, &asked.code).await.map_err(|failure| {
        // Each was a call of the provider, which answered.
        if matches!(failure, Failure::Code | Failure::Client | Failure::Token(_)) {
            callers.guesses.came_back_wrong(from);
        }
        failed(failure)
    })?;
    let holder = enter(&callers, &pool, accounts.issuer(), customer).await?;
    SIGN_INS.one(SignIn::ByAccount);
    let (status, session) = session(&callers, holder)?;
    Ok((status, [cookie(accounts, "", 0)], session))
}

fn accounts(callers: &Callers) -> Result<&Accounts, ApiError> {
    callers.accounts.as_deref().ok_or_else(|| Kind::NoAccounts.because("FLASHLINE_OIDC_ISSUER is not set here"))
}

fn name(accounts: &Accounts) -> &'static str {
    if accounts.is_over_tls() { COOKIE_OVER_TLS } else { COOKIE_PLAIN }
}

/// What the browser is told to keep for so many seconds; with 0, to forget. It comes along with calls of our own pages alone.
fn cookie(accounts: &Accounts, secret: &str, seconds: u64) -> (HeaderName, String) {
    let secure = if accounts.is_over_tls() { "; Secure" } else { "" };
    let text = format!("{}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", name(accounts));
    (SET_COOKIE, text)
}

/// What the browser has kept.
fn secret<'h>(accounts: &Accounts, headers: &'h HeaderMap) -> Option<&'h str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut each = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    each.find(|(known, _)| *known == name(accounts)).map(|(_, secret)| secret)
}

fn failed(failure: Failure) -> ApiError {
    let (counted, problem) = match failure {
        Failure::Unknown => (
            SignIn::AccountUnknown,
            Kind::SignInUnknown.because(
                "begin again, with POST /api/v1/sessions/account in the same browser, and confirm within ten minutes",
            ),
        ),
        Failure::Code => (
            SignIn::AccountRefused,
            Kind::SignInRefused.because(
                "code: the provider does not take it: it was used before, is too old, of another sign-in, or none; begin again",
            ),
        ),
        Failure::Client => (
            SignIn::AccountClient,
            Kind::AccountUnavailable
                .because("the provider does not take this installation as a client; its operators have to mend that")
                .retry_after_s(MENDED_S),
        ),
        Failure::Token(refusal) => {
            (SignIn::AccountInvalid, Kind::AccountInvalid.because(format!("the provider's ID token: {refusal}")))
        }
        Failure::Away => (
            SignIn::AccountAway,
            Kind::AccountUnavailable
                .because("it does not answer as it should; try again. A code is good once: if it is refused then, begin anew")
                .retry_after_s(AGAIN_S),
        ),
    };
    SIGN_INS.one(counted);
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_provider_can_have_given_is_brought_to_none() {
        let long = "x".repeat(TEXT_LENGTH_MAX);
        let of =
            |state: &str, code: &str| AccountConfirmation { state: state.to_owned(), code: code.to_owned() }.check();
        assert!(of("s", "c").is_ok() && of(&long, &long).is_ok());
        for (state, code) in [("s", ""), ("", "c"), ("s", &format!("{long}x")), (&format!("{long}x"), "c")] {
            assert_eq!(of(state, code).expect_err("neither").kind, Kind::Invalid);
        }
    }
}
