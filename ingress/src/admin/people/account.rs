//! One's own account: another password, another second factor, other recovery codes. A session alone is not enough for any of it: who
//! changes what somebody signs in with knows what they sign in with.

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use record::PgPool;
use record::people::{self, Heard, Known};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{Postgres, Transaction};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entrance::now_s;
use super::sign_in::take_code;
use crate::admin::{audit, sessions};
use crate::auth::{Admin, MayAsk, PersonOfCall};
use crate::callers::Callers;
use crate::extract::Json;
use crate::people::{PASSWORD_MAX, People, check_password, recovery_codes};
use crate::problems::{ApiError, Kind, OwnAccountProblems};

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    #[schema(max_length = 128)]
    current_password: String,
    #[schema(min_length = 12, max_length = 128)]
    new_password: String,
}

/// A second factor that nobody has yet.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactorView {
    /// What it is confirmed by: to be sent back with its first code.
    setup: String,
    /// For an app, in Base32.
    secret: String,
    /// The same as a URL (`otpauth:`), for a QR code.
    otpauth_url: String,
}

/// Another second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactorChange {
    /// As it was shown with the secret.
    #[schema(min_length = 64, max_length = 64)]
    setup: String,
    /// What the app shows for the new secret: six digits.
    #[schema(max_length = 64)]
    new_code: String,
    #[schema(max_length = 128)]
    current_password: String,
    /// What the app shows for the secret from before; or a recovery code.
    #[schema(max_length = 64)]
    current_code: String,
}

/// What somebody signs in with, apart from their address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proof {
    #[schema(max_length = 128)]
    current_password: String,
    /// What the app shows; or a recovery code.
    #[schema(max_length = 64)]
    current_code: String,
}

/// New recovery codes.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    /// Each is good once in place of a code. Shown this once; none from before is good any more.
    recovery_codes: Vec<String>,
}

type PgTransaction = Transaction<'static, Postgres>;
type Kept = [(HeaderName, String); 1];

/// Change one's own password
///
/// All other sessions of the person end; this one goes on by another cookie. Throttled as signing in is.
#[utoipa::path(post, path = "/api/v1/admin/account/password", tag = "admin: access", security(("admin_session" = [])),
    request_body = PasswordChange, responses((status = 204), OwnAccountProblems))]
pub(crate) async fn password(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    State(known): State<Arc<People>>,
    MayAsk(admin): MayAsk,
    body: Json<PasswordChange>,
) -> Result<(StatusCode, Kept), ApiError> {
    let own = Own::of(&pool, &callers, &known, &admin)?;
    let PasswordChange { current_password, new_password } = body.value;
    check_password("new_password", &new_password)?;
    let person = own.known_by(current_password).await?;
    let hash = known.passwords.turn(admin.address).await?.hash(new_password).await?;
    let mut transaction = own.begin().await?;
    if !people::set_password(&mut transaction, &person, &hash).await? {
        return Err(changed_meanwhile());
    }
    let cookie = own.end(transaction, "person.password").await?;
    Ok((StatusCode::NO_CONTENT, [cookie]))
}

/// Look at a new second factor of one's own
///
/// Changes nothing: it is another one each time.
#[utoipa::path(post, path = "/api/v1/admin/account/factor/look", tag = "admin: access",
    security(("admin_session" = [])), responses((status = 200, body = FactorView), OwnAccountProblems))]
pub(crate) async fn look_at_factor(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    State(known): State<Arc<People>>,
    MayAsk(admin): MayAsk,
) -> Result<Reply<FactorView>, ApiError> {
    let own = Own::of(&pool, &callers, &known, &admin)?;
    let salt: [u8; 32] = rand::random();
    let factor = known.factor(own.person.id, &salt);
    let otpauth_url = factor.url(&own.person.email).ok_or_else(|| ApiError::internal("an address with a colon"))?;
    Ok(Reply(FactorView { setup: hex::encode(salt), secret: factor.secret(), otpauth_url }))
}

/// Change one's own second factor
///
/// With new recovery codes. All other sessions of the person end; this one goes on by another cookie. Throttled as signing in is.
#[utoipa::path(post, path = "/api/v1/admin/account/factor", tag = "admin: access", security(("admin_session" = [])),
    request_body = FactorChange, responses((status = 201, body = RecoveryCodes), OwnAccountProblems))]
pub(crate) async fn factor(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    State(known): State<Arc<People>>,
    MayAsk(admin): MayAsk,
    body: Json<FactorChange>,
) -> Result<(StatusCode, Kept, Reply<RecoveryCodes>), ApiError> {
    let own = Own::of(&pool, &callers, &known, &admin)?;
    let FactorChange { setup, new_code, current_password, current_code } = body.value;
    let mut salt = [0; 32];
    hex::decode_to_slice(&setup, &mut salt)
        .map_err(|_| Kind::Invalid.because("setup: as it was shown with the secret"))?;
    // First: it says nothing of what the person signs in with.
    let Some(step) = known.factor(own.person.id, &salt).step_of(new_code.trim(), now_s()) else {
        return Err(Kind::Invalid.because("new_code: not what the app shows for this secret now; is its clock right?"));
    };
    let person = own.known_by(current_password).await?;
    if person.factor_salt == salt {
        return Err(Kind::Invalid.because("setup: it is the second factor already; begin anew"));
    }
    let mut transaction = own.begin().await?;
    own.take_code(&mut transaction, &person, &current_code).await?;
    if !people::set_factor(&mut transaction, &person, &salt, step).await? {
        return Err(changed_meanwhile());
    }
    let codes = own.new_codes(&mut transaction).await?;
    let cookie = own.end(transaction, "person.factor").await?;
    Ok((StatusCode::CREATED, [cookie], Reply(codes)))
}

/// Make one's own recovery codes anew
///
/// All other sessions of the person end; this one goes on by another cookie. Throttled as signing in is.
#[utoipa::path(post, path = "/api/v1/admin/account/recovery-codes", tag = "admin: access",
    security(("admin_session" = [])), request_body = Proof,
    responses((status = 201, body = RecoveryCodes), OwnAccountProblems))]
pub(crate) async fn new_recovery_codes(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    State(known): State<Arc<People>>,
    MayAsk(admin): MayAsk,
    body: Json<Proof>,
) -> Result<(StatusCode, Kept, Reply<RecoveryCodes>), ApiError> {
    let own = Own::of(&pool, &callers, &known, &admin)?;
    let Proof { current_password, current_code } = body.value;
    let person = own.known_by(current_password).await?;
    let mut transaction = own.begin().await?;
    own.take_code(&mut transaction, &person, &current_code).await?;
    let codes = own.new_codes(&mut transaction).await?;
    let cookie = own.end(transaction, "person.recovery_codes").await?;
    Ok((StatusCode::CREATED, [cookie], Reply(codes)))
}

/// Somebody who changes what they sign in with.
struct Own<'c> {
    pool: &'c PgPool,
    callers: &'c Callers,
    known: &'c People,
    admin: &'c Admin,
    person: &'c PersonOfCall,
    session: Uuid,
}

impl<'c> Own<'c> {
    fn of(pool: &'c PgPool, callers: &'c Callers, known: &'c People, admin: &'c Admin) -> Result<Self, ApiError> {
        let (Some(person), Some(session)) = (&admin.person, admin.session) else {
            return Err(Kind::Conflict.because("an API token has no password and no second factor: a person has"));
        };
        Ok(Self { pool, callers, known, admin, person, session })
    }

    /// What they sign in with, if they know the password.
    async fn known_by(&self, password: String) -> Result<Known, ApiError> {
        self.callers.guesses.may_enter(self.admin.address)?;
        let turn = self.known.passwords.turn(self.admin.address).await?;
        if let Heard::InSeconds(seconds) = people::hear(self.pool, &self.counted()).await? {
            let why = "too many sign-ins and changes with this address failed";
            return Err(Kind::TooManyGuesses.because(why).retry_after_s(seconds));
        }
        let found = people::by_id(self.pool, self.person.id).await?;
        let hash = found.as_ref().map(|found| found.password.clone());
        let is_right = password.chars().count() <= PASSWORD_MAX && turn.is_right(password, hash).await?;
        found.filter(|_| is_right).ok_or_else(|| self.wrong())
    }

    /// Uses a code up, of the app or in its place.
    async fn take_code(&self, transaction: &mut PgTransaction, person: &Known, code: &str) -> Result<(), ApiError> {
        if take_code(transaction, self.known, person, code).await? { Ok(()) } else { Err(self.wrong()) }
    }

    async fn new_codes(&self, transaction: &mut PgTransaction) -> Result<RecoveryCodes, ApiError> {
        let codes = recovery_codes();
        let digests: Vec<_> = codes.iter().filter_map(|code| self.known.code_digest(self.person.id, code)).collect();
        people::put_recovery_codes(transaction, self.person.id, &digests).await?;
        Ok(RecoveryCodes { recovery_codes: codes })
    }

    async fn begin(&self) -> Result<PgTransaction, ApiError> {
        let mut transaction = self.pool.begin().await?;
        sessions::keep_pace(self.callers, &mut transaction, self.admin).await?;
        Ok(transaction)
    }

    /// The cookie that this session goes on by.
    async fn end(&self, mut transaction: PgTransaction, action: &str) -> Result<(HeaderName, String), ApiError> {
        people::forgive(&mut transaction, &self.counted()).await?;
        audit::record(&mut transaction, self.admin, action, self.person.id, json!({ "name": self.admin.name })).await?;
        sessions::go_on_alone(self.callers, transaction, (self.person.id, self.session)).await
    }

    fn counted(&self) -> [u8; 32] {
        self.known.address_digest(&self.person.email)
    }

    fn wrong(&self) -> ApiError {
        self.callers.guesses.not_entered(self.admin.address);
        self.callers.refusals.wrong_own_credentials(self.admin);
        Kind::CredentialsWrong.because(
            "the present password or code is wrong; a code that the app shows is taken once, so wait for the next one if you have used it",
        )
    }
}

fn changed_meanwhile() -> ApiError {
    Kind::Conflict.because("what you sign in with was changed at this moment, in another tab perhaps: look again")
}
