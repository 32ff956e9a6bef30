//! Every kind of problem this API answers with: one row each, for the handlers and for the API description.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use service::problem::Problem;
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, RefOr, ResponseBuilder};

/// A kind of problem: a status, a stable word and a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Malformed,
    Unauthorized,
    TokenExpired,
    CustomerTokenExpired,
    CustomerTokenForeign,
    CustomerTokenInvalid,
    CustomerKeyUnknown,
    Forbidden,
    AccessCodeWrong,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    NotStarted,
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
}

impl Kind {
    fn row(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Kind::Malformed => (S::BAD_REQUEST, "malformed", "The request cannot be read"),
            Kind::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "A valid token is needed"),
            Kind::TokenExpired => (S::UNAUTHORIZED, "token_expired", "The token has expired"),
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
            Kind::AccessCodeWrong => (S::FORBIDDEN, "access_code_wrong", "This sale needs a valid access code"),
            Kind::NotFound => (S::NOT_FOUND, "not_found", "There is no such thing"),
            Kind::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "Not with this method"),
            Kind::RequestTimeout => (S::REQUEST_TIMEOUT, "request_timeout", "The request took too long to arrive"),
            Kind::NotStarted => (S::CONFLICT, "not_started", "The sale has not started"),
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
            Kind::UnsupportedMediaType => {
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body must be application/json")
            }
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

/// The API description's entries for some kinds: one response per status, naming its kinds.
pub(crate) fn describe(kinds: &[Kind]) -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
    let mut by_status: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for kind in kinds {
        let (status, word, title) = kind.row();
        by_status.entry(status.as_str().to_owned()).or_default().push(format!("`{word}`: {title}"));
    }
    by_status
        .into_iter()
        .map(|(status, lines)| {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
            let mut response =
                ResponseBuilder::new().description(lines.join("; ")).content("application/problem+json", content);
            if status == "429" || status == "503" {
                let header = HeaderBuilder::new().description(Some("Seconds after which to try again")).build();
                response = response.header("Retry-After", header);
            }
            (status, RefOr::T(response.build()))
        })
        .collect()
}

/// Names a set of kinds as a type that `#[utoipa::path(responses(…))]` takes.
macro_rules! problem_set {
    ($(#[$doc:meta])* $name:ident = $($kind:ident)|+) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses()
            -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::response::Response>> {
                $crate::problems::describe(&[$($crate::problems::Kind::$kind),+])
            }
        }
    };
}

problem_set! {
    /// Of calls that anybody may make.
    PublicProblems = Malformed | NotFound | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of the beginning of a session.
    SignInProblems = Malformed | CustomerTokenExpired | CustomerTokenForeign | CustomerTokenInvalid | CustomerKeyUnknown
        | RequestTimeout | TooLarge | UnsupportedMediaType | Invalid | NoCustomers | RateLimited | TooManyGuesses
        | CustomerKeysUnavailable | Unavailable | Internal
}
problem_set! {
    /// Of calls of a shopper that read.
    ShopperProblems = Malformed | Unauthorized | TokenExpired | NotFound | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of an attempt.
    AttemptProblems = Malformed | Unauthorized | TokenExpired | AccessCodeWrong | NotFound | RequestTimeout
        | NotStarted | KeyReused | SaleEnded | SaleStopped | SoldOut | TooLarge | UnsupportedMediaType | Invalid
        | RateLimited | TooManyGuesses | TooManyUndecided | LineUnavailable | LineFull | Internal
}
problem_set! {
    /// Of a cancellation.
    CancelProblems = Malformed | Unauthorized | TokenExpired | NotFound | NotCancellable | RateLimited
        | LineUnavailable | Unavailable | Internal
}
problem_set! {
    /// Of a payment.
    PaymentProblems = Malformed | Unauthorized | TokenExpired | NotFound | RequestTimeout | KeyReused | AlreadyPaying
        | NotPayable | TooLarge | UnsupportedMediaType | Invalid | RateLimited | TooManyDeclines | Unavailable | Internal
}
problem_set! {
    /// Of going to the shop's checkout.
    HandoverProblems = Malformed | Unauthorized | TokenExpired | NotFound | NotPayable | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of calls of the shop that read.
    ShopReadProblems = Malformed | Unauthorized | TokenExpired | Forbidden | NotFound | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of calls of the shop that ask the line.
    ShopProblems = Malformed | Unauthorized | TokenExpired | Forbidden | NotFound | RequestTimeout | Conflict
        | NotCancellable | Gone | TooLarge | UnsupportedMediaType | Invalid | RateLimited | LineUnavailable | Undecided
        | Unavailable | Internal
}
problem_set! {
    /// Of admin calls that read.
    AdminReadProblems = Malformed | Unauthorized | TokenExpired | NotFound | Invalid | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of admin calls that read what not everybody with a token may.
    OwnerReadProblems = Malformed | Unauthorized | TokenExpired | Forbidden | NotFound | Invalid | RateLimited
        | Unavailable | Internal
}
problem_set! {
    /// Of admin calls that change something.
    AdminProblems = Malformed | Unauthorized | TokenExpired | Forbidden | NotFound | RequestTimeout | KeyReused
        | Conflict | TooLarge | UnsupportedMediaType | Invalid | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of admin calls that change what was read before, by its version.
    ReplaceProblems = Malformed | Unauthorized | TokenExpired | Forbidden | NotFound | RequestTimeout | Conflict | Stale
        | TooLarge | UnsupportedMediaType | Invalid | VersionNeeded | RateLimited | Unavailable | Internal
}
