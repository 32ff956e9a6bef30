//! Every kind of problem this API answers with: one row each, for the handlers and for the API description.

mod of_calls;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use service::problem::{FieldProblem, Problem};

pub(crate) use of_calls::*;

/// A kind of problem: a status, a stable word and a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Malformed,
    Unauthorized,
    TokenExpired,
    SessionEnded,
    CustomerTokenExpired,
    CustomerTokenForeign,
    CustomerTokenInvalid,
    CustomerKeyUnknown,
    Forbidden,
    CrossSite,
    CredentialsWrong,
    AccessCodeWrong,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    NotStarted,
    LobbyClosed,
    KeyReused,
    AlreadyPaying,
    NotPayable,
    NotCancellable,
    Conflict,
    SaleEnded,
    SaleStopped,
    SoldOut,
    Gone,
    Stale,
    TooLarge,
    UnsupportedMediaType,
    Invalid,
    NoCustomers,
    VersionNeeded,
    RateLimited,
    TooManyGuesses,
    TooManyDeclines,
    TooManyUndecided,
    LineUnavailable,
    LineFull,
    CustomerKeysUnavailable,
    Undecided,
    Unavailable,
    Internal,
    BuyerMissing,
    SignInRequired,
    EmailCodeWrong,
    NoEmail,
    AddressUnconfirmed,
    NoPush,
    NoAccounts,
    NotInvited,
    SignInUnknown,
    SignInRefused,
    AccountInvalid,
    AccountUnavailable,
    ProofNeeded,
    ProofWrong,
    HostedCheckNeeded,
    HostedCheckWrong,
    HostedCheckUnavailable,
    NoHostedCheck,
}

impl Kind {
    fn row(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Kind::Malformed => (S::BAD_REQUEST, "malformed", "The request cannot be read"),
            Kind::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "A valid token is needed"),
            Kind::TokenExpired => (S::UNAUTHORIZED, "token_expired", "The token has expired"),
            Kind::SessionEnded => (S::UNAUTHORIZED, "session_ended", "The session was ended by signing out"),
            Kind::CustomerTokenExpired => (S::UNAUTHORIZED, "customer_token_expired", "The customer token has expired"),
            Kind::CustomerTokenForeign => (
                S::UNAUTHORIZED,
                "customer_token_foreign",
                "The customer token is of another issuer or for another audience",
            ),
            Kind::CustomerTokenInvalid => {
                (S::UNAUTHORIZED, "customer_token_invalid", "The customer token cannot be believed")
            }
            Kind::CustomerKeyUnknown => {
                (S::UNAUTHORIZED, "customer_key_unknown", "The shop has no such key as the customer token names")
            }
            Kind::Forbidden => (S::FORBIDDEN, "forbidden", "The token's role does not allow this"),
            Kind::CrossSite => (S::FORBIDDEN, "cross_site", "This change does not come from a page of ours"),
            Kind::CredentialsWrong => (S::FORBIDDEN, "credentials_wrong", "Nobody signs in with these"),
            Kind::AccessCodeWrong => (S::FORBIDDEN, "access_code_wrong", "This sale needs a valid access code"),
            Kind::NotFound => (S::NOT_FOUND, "not_found", "There is no such thing"),
            Kind::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "Not with this method"),
            Kind::RequestTimeout => (S::REQUEST_TIMEOUT, "request_timeout", "The request took too long to arrive"),
            Kind::NotStarted => (S::CONFLICT, "not_started", "The sale has not started"),
            Kind::LobbyClosed => (S::CONFLICT, "lobby_closed", "The lobby has closed"),
            Kind::KeyReused => (S::CONFLICT, "key_reused", "This Idempotency-Key came before with another request"),
            Kind::AlreadyPaying => (S::CONFLICT, "already_paying", "A payment for this reservation is under way"),
            Kind::NotPayable => (S::CONFLICT, "not_payable", "There is nothing to pay"),
            Kind::NotCancellable => (S::CONFLICT, "not_cancellable", "It can no longer be cancelled"),
            Kind::Conflict => (S::CONFLICT, "conflict", "Not in the present state"),
            Kind::SaleEnded => (S::GONE, "sale_ended", "The sale has ended"),
            Kind::SaleStopped => (S::GONE, "sale_stopped", "The sale was stopped"),
            Kind::SoldOut => (S::GONE, "sold_out", "Sold out"),
            Kind::Gone => (S::GONE, "gone", "The reservation is gone"),
            Kind::Stale => (S::PRECONDITION_FAILED, "stale", "It has been changed since it was read"),
            Kind::TooLarge => (S::PAYLOAD_TOO_LARGE, "too_large", "The body is too large"),
            Kind::UnsupportedMediaType => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body is not of the media type that is taken here",
            ),
            Kind::Invalid => (S::UNPROCESSABLE_ENTITY, "invalid", "A value is not acceptable"),
            Kind::NoCustomers => (S::UNPROCESSABLE_ENTITY, "no_customers", "No shop's customers can sign in here"),
            Kind::VersionNeeded => {
                (S::PRECONDITION_REQUIRED, "version_needed", "Which version this is meant for must be said")
            }
            Kind::RateLimited => (S::TOO_MANY_REQUESTS, "rate_limited", "Too many requests"),
            Kind::TooManyGuesses => {
                (S::TOO_MANY_REQUESTS, "too_many_guesses", "Too many codes or customer tokens that are not valid")
            }
            Kind::TooManyDeclines => (S::TOO_MANY_REQUESTS, "too_many_declines", "Too many payments were declined"),
            Kind::TooManyUndecided => {
                (S::TOO_MANY_REQUESTS, "too_many_undecided", "Too many attempts of this shopper wait in the line")
            }
            Kind::LineFull => (S::SERVICE_UNAVAILABLE, "line_full", "The line takes no more attempts at the moment"),
            Kind::Undecided => (S::SERVICE_UNAVAILABLE, "undecided", "The line has not decided yet"),
            Kind::LineUnavailable => (S::SERVICE_UNAVAILABLE, "line_unavailable", "The line cannot be reached"),
            Kind::CustomerKeysUnavailable => {
                (S::SERVICE_UNAVAILABLE, "customer_keys_unavailable", "The shop's keys cannot be read at the moment")
            }
            Kind::Unavailable => (S::SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment"),
            Kind::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side"),
            Kind::BuyerMissing => (S::CONFLICT, "buyer_missing", "The sale asks for something first to send the goods"),
            Kind::SignInRequired => (S::FORBIDDEN, "sign_in_required", "This sale is for shoppers who have signed in"),
            Kind::EmailCodeWrong => (S::FORBIDDEN, "email_code_wrong", "This code does not confirm this address"),
            Kind::AddressUnconfirmed => {
                (S::FORBIDDEN, "address_unconfirmed", "This address is not the one that the shopper has signed in with")
            }
            Kind::NoPush => (S::UNPROCESSABLE_ENTITY, "no_push", "Nothing is pushed to browsers here"),
            Kind::ProofNeeded => (S::FORBIDDEN, "proof_needed", "This sale asks guests for a proof of work first"),
            Kind::ProofWrong => (S::FORBIDDEN, "proof_wrong", "This is no proof of work that is good here and now"),
            Kind::HostedCheckNeeded => (S::FORBIDDEN, "hosted_check_needed", "A hosted check comes first, of guests"),
            Kind::HostedCheckWrong => (S::FORBIDDEN, "hosted_check_wrong", "Its provider does not confirm the check"),
            Kind::HostedCheckUnavailable => {
                (S::SERVICE_UNAVAILABLE, "hosted_check_unavailable", "Its provider cannot confirm the check now")
            }
            Kind::NoHostedCheck => (S::UNPROCESSABLE_ENTITY, "no_hosted_check", "There is no hosted check here"),
            Kind::NoEmail => (S::UNPROCESSABLE_ENTITY, "no_email", "Nobody can sign in by e-mail here"),
            Kind::NoAccounts => (S::UNPROCESSABLE_ENTITY, "no_accounts", "Nobody can sign in with an account here"),
            Kind::NotInvited => (S::FORBIDDEN, "not_invited", "This sale is for others, who are invited"),
            Kind::SignInUnknown => {
                (S::FORBIDDEN, "sign_in_unknown", "This sign-in was not begun in this browser, or too long ago")
            }
            Kind::SignInRefused => (S::FORBIDDEN, "sign_in_refused", "The provider does not confirm this sign-in"),
            Kind::AccountInvalid => {
                (S::FORBIDDEN, "account_invalid", "What the provider says of the account cannot be believed")
            }
            Kind::AccountUnavailable => (
                S::SERVICE_UNAVAILABLE,
                "account_unavailable",
                "Nobody can sign in at the provider of accounts at the moment",
            ),
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        self.row().0
    }

    /// The stable word, as in the `type` and in the metrics.
    pub(crate) fn word(self) -> &'static str {
        self.row().1
    }

    /// A problem of this kind: what is wrong in this case, and what would be right.
    pub(crate) fn because(self, detail: impl Into<String>) -> ApiError {
        let (status, word, title) = self.row();
        ApiError { kind: self, problem: Problem::new(status, word, title).detail(detail) }
    }
}

/// What a handler fails with.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    /// Which kind.
    pub(crate) kind: Kind,
    problem: Problem,
}

impl ApiError {
    /// Adds when to try again.
    #[must_use]
    pub(crate) fn retry_after_s(mut self, seconds: u32) -> Self {
        self.problem = self.problem.retry_after_s(seconds);
        self
    }

    /// Adds what is wrong with which field.
    #[must_use]
    pub(crate) fn at_fields(mut self, errors: Vec<FieldProblem>) -> Self {
        self.problem = self.problem.errors(errors);
        self
    }

    /// For failures that the client can do nothing about; the cause goes to the log only.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(error = format!("{cause:#}"), "internal error");
        Kind::Internal.because("the cause is in the log, under this response's x-request-id")
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => database_away(&error),
            // 57: operator intervention (shutting down, starting up, statement timeout); 53: out of resources
            // (connections); 08: connection.
            E::Database(refused)
                if refused
                    .code()
                    .is_some_and(|code| ["57", "53", "08"].iter().any(|class| code.starts_with(class))) =>
            {
                database_away(&error)
            }
            // Two that waited for each other: one was taken back, and can be made again.
            E::Database(refused) if refused.code().is_some_and(|code| code == "40P01" || code == "40001") => {
                tracing::warn!(%error, "taken back");
                Kind::Unavailable.because("somebody else changed the same at this moment; try again").retry_after_s(1)
            }
            _ => Self::internal(&error),
        }
    }
}

fn database_away(error: &sqlx::Error) -> ApiError {
    tracing::warn!(%error, "database not available");
    Kind::Unavailable.because("the database does not answer; sales go on, try again shortly").retry_after_s(2)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        response.extensions_mut().insert(self.kind);
        response
    }
}
