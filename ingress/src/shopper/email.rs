//! A shopper signs in by e-mail: asks for a code, and confirms the address with it. Nobody learns of an address more than they
//! knew: what is answered to asking is the same for all, and what is wrong with a code is not told.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use email::{Address, CODE_LASTS, Code, Keys, Language, Letter};
use record::PgPool;
use record::email_codes::{self, CODES_A_DAY, CODES_AN_HOUR, NewCode};
use serde::{Deserialize, Serialize};
use session::{Holder, Proof};
use utoipa::ToSchema;
use uuid::Uuid;

use super::BYTES_MAX;
use super::sessions::{Session, session};
use crate::callers::Callers;
use crate::extract::read_json;
use crate::meters::{CODES_ASKED, CodeAsked, SIGN_INS, SignIn};
use crate::problems::{ApiError, ConfirmProblems, EmailProblems, Kind};

/// Before it is sensible to ask for another: mail takes its time.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Whose address is to be confirmed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeRequest {
    /// Where the code goes.
    #[schema(max_length = 254)]
    email: String,
    /// What the mail is written in; English, if left out.
    #[serde(default)]
    #[schema(value_type = Option<LanguageSchema>)]
    language: Option<Language>,
}

/// What a mail can be written in.
#[derive(ToSchema)]
#[schema(as = Language, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of a crate that knows no OpenAPI")]
pub(crate) enum LanguageSchema {
    En,
    De,
    Zh,
    Ar,
}

/// What becomes of any address: a code goes to it, unless five were asked for it within an hour, or ten within a day. Then the
/// latest stays the one that counts.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeAnswer {
    /// How long a code is good for, in seconds from when it was asked for.
    lasts_s: u64,
    /// Seconds before it is sensible to ask for another.
    again_after_s: u64,
    /// Codes that are sent to one address within an hour at most.
    an_hour_max: u64,
    /// And within a day.
    a_day_max: u64,
}

/// An address and its code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    /// As it was asked for; how it is written in small does not matter.
    #[schema(max_length = 254)]
    email: String,
    /// Six digits.
    #[schema(max_length = 64)]
    code: String,
}

/// Ask for a code by e-mail
///
/// The answer is the same for every address. A code is good once, for ten minutes and until a newer one is sent.
#[utoipa::path(post, path = "/api/v1/sessions/email", tag = "sessions", security(()),
    request_body = CodeRequest, responses((status = 202, body = CodeAnswer), EmailProblems))]
pub(crate) async fn ask(
    State(callers): State<Arc<Callers>>,
    State(pool): State<PgPool>,
    request: Request,
) -> Result<(StatusCode, Json<CodeAnswer>), ApiError> {
    let (parts, body) = request.into_parts();
    let (asked, _) = read_json::<CodeRequest, _>(&parts.headers, body, BYTES_MAX).await?;
    let keys = keys(&callers)?;
    let to = address(&asked.email)?;
    callers.codes.ask(callers.address(&parts.extensions, &parts.headers))?;
    let letter = Letter { to, code: Code::new(), language: asked.language.unwrap_or_default() };
    let sealed = keys.seal(&letter).map_err(ApiError::internal)?;
    let code = NewCode {
        address_digest: &keys.address_digest(&letter.to),
        code_digest: &keys.code_digest(&letter.to, &letter.code),
        lasts: CODE_LASTS,
        mail: (Uuid::now_v7(), &sealed),
    };
    let is_sent = email_codes::put(&pool, &code).await?;
    CODES_ASKED.one(if is_sent { CodeAsked::Sent } else { CodeAsked::TooMany });
    let answer = CodeAnswer {
        lasts_s: CODE_LASTS.as_secs(),
        again_after_s: AGAIN_AFTER.as_secs(),
        an_hour_max: CODES_AN_HOUR.unsigned_abs(),
        a_day_max: CODES_A_DAY.unsigned_abs(),
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Confirm an e-mail address
///
/// With the latest code that was sent to it. The session is that of the shopper whom the address stands for: the same in every
/// session of theirs, on every device. Five wrong codes void the right one.
#[utoipa::path(post, path = "/api/v1/sessions/email/confirm", tag = "sessions", security(()),
    request_body = Confirmation, responses((status = 201, body = Session), ConfirmProblems))]
pub(crate) async fn confirm(
    State(callers): State<Arc<Callers>>,
    State(pool): State<PgPool>,
    request: Request,
) -> Result<(StatusCode, Json<Session>), ApiError> {
    let (parts, body) = request.into_parts();
    let (asked, _) = read_json::<Confirmation, _>(&parts.headers, body, BYTES_MAX).await?;
    let keys = keys(&callers)?;
    let (address, from) = (address(&asked.email)?, callers.address(&parts.extensions, &parts.headers));
    let code: Code = asked.code.parse().map_err(|problem| Kind::Invalid.because(format!("code: {problem}")))?;
    callers.guesses.may_confirm(from)?;
    if !email_codes::take(&pool, &keys.address_digest(&address), &keys.code_digest(&address, &code)).await? {
        callers.guesses.unconfirmed(from);
        return Err(Kind::EmailCodeWrong.because(
            "it is not the latest that was sent there, or was used, is older than ten minutes or was guessed at five times; \
             POST /api/v1/sessions/email sends another",
        ));
    }
    SIGN_INS.one(SignIn::ByEmail);
    session(&callers, Holder { shopper: keys.shopper(&address), proof: Proof::Email })
}

fn keys(callers: &Callers) -> Result<&Keys, ApiError> {
    callers.emails.as_ref().ok_or_else(|| Kind::NoEmail.because("FLASHLINE_EMAIL_KEY is not set here"))
}

/// The problem does not repeat what was typed.
fn address(text: &str) -> Result<Address, ApiError> {
    text.parse().map_err(|problem| Kind::Invalid.because(format!("email: {problem}")))
}
