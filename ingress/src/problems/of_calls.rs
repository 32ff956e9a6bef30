//! The problems of each kind of call, as the API's description names them.

use std::collections::BTreeMap;

use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, RefOr, ResponseBuilder};

use super::Kind;

/// The API description's entries for some kinds: one response per status, naming its kinds.
fn describe(kinds: &[Kind]) -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
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
            -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
                describe(&[$(Kind::$kind),+])
            }
        }
    };
}

problem_set! {
    /// Of calls that anybody may make.
    PublicProblems = Malformed | NotFound | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of calls that anybody may make, and ask for something in particular.
    PublicQueryProblems = Malformed | NotFound | Invalid | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of asking for a challenge, which may be for a session.
    ChallengeProblems = Malformed | Unauthorized | TokenExpired | SessionEnded | NotFound | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of the beginning of a session.
    SignInProblems = Malformed | CustomerTokenExpired | CustomerTokenForeign | CustomerTokenInvalid | CustomerKeyUnknown
        | ProofNeeded | ProofWrong | NotFound | RequestTimeout | TooLarge | UnsupportedMediaType | Invalid | NoCustomers
        | RateLimited | TooManyGuesses | CustomerKeysUnavailable | Unavailable | Internal
        | HostedCheckNeeded | HostedCheckWrong | HostedCheckUnavailable | NoHostedCheck
}
problem_set! {
    /// Of its renewal.
    RenewalProblems = Malformed | Unauthorized | TokenExpired | SessionEnded | ProofWrong | RequestTimeout | TooLarge
        | UnsupportedMediaType | Invalid | RateLimited | TooManyGuesses | Unavailable | Internal
        | HostedCheckWrong | HostedCheckUnavailable | NoHostedCheck
}
problem_set! {
    /// Of the end of a session.
    SignOutProblems = Malformed | Unauthorized | TokenExpired | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of the end of all sessions.
    SignOutOfAllProblems = Malformed | Unauthorized | TokenExpired | SessionEnded | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of calls of a shopper that read.
    ShopperProblems = Malformed | Unauthorized | TokenExpired | SessionEnded | NotFound | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of an attempt.
    AttemptProblems = Malformed | Unauthorized | TokenExpired | SessionEnded | AccessCodeWrong | NotFound | RequestTimeout
        | NotStarted | LobbyClosed | KeyReused | SaleEnded | SaleStopped | SoldOut | TooLarge | UnsupportedMediaType | Invalid
        | RateLimited | TooManyGuesses | TooManyUndecided | LineUnavailable | LineFull | Unavailable | Internal
        | SignInRequired | NotInvited | ProofNeeded | HostedCheckNeeded
}
problem_set! {
    /// Of asking for a code by e-mail.
    EmailProblems = Malformed | RequestTimeout | TooLarge | UnsupportedMediaType | Invalid | RateLimited | Unavailable
        | Internal | NoEmail
}
problem_set! {
    /// Of confirming an e-mail address.
    ConfirmProblems = Malformed | RequestTimeout | TooLarge | UnsupportedMediaType | Invalid | RateLimited | TooManyGuesses
        | Unavailable | Internal | EmailCodeWrong | NoEmail
}
problem_set! {
    /// Of the beginning of a sign-in with an account.
    AccountProblems = Malformed | RequestTimeout | TooLarge | UnsupportedMediaType | Invalid | RateLimited
        | AccountUnavailable | Unavailable | Internal | NoAccounts
}
problem_set! {
    /// Of its end.
    AccountConfirmProblems = Malformed | RequestTimeout | TooLarge | UnsupportedMediaType | Invalid | RateLimited
        | TooManyGuesses | AccountUnavailable | Unavailable | Internal | SignInUnknown | SignInRefused | AccountInvalid
        | NoAccounts
}
problem_set! {
    /// Of a cancellation.
    CancelProblems = Malformed | Unauthorized | TokenExpired | SessionEnded | NotFound | LobbyClosed | NotCancellable | RateLimited
        | LineUnavailable | Unavailable | Internal
}
problem_set! {
    /// Of a payment.
    PaymentProblems = Malformed | Unauthorized | TokenExpired | SessionEnded | NotFound | RequestTimeout | KeyReused | AlreadyPaying
        | NotPayable | TooLarge | UnsupportedMediaType | Invalid | RateLimited | TooManyDeclines | Unavailable | Internal
        | BuyerMissing
}
problem_set! {
    /// Of what buyers give to be sent the goods.
    BuyerProblems = Malformed | Unauthorized | TokenExpired | SessionEnded | NotFound | RequestTimeout | Conflict | TooLarge
        | UnsupportedMediaType | Invalid | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of asking to be told of a sale.
    NotificationProblems = Malformed | Unauthorized | TokenExpired | SessionEnded | NotFound | RequestTimeout | TooLarge
        | UnsupportedMediaType | Invalid | RateLimited | Unavailable | Internal | NoEmail | AddressUnconfirmed | NoPush
}
problem_set! {
    /// Of going to the shop's checkout.
    HandoverProblems = Malformed | Unauthorized | TokenExpired | SessionEnded | NotFound | NotPayable | RateLimited | Unavailable | Internal
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
    AdminReadProblems = Malformed | Unauthorized | TokenExpired | Forbidden | NotFound | Invalid | RateLimited | Unavailable
        | Internal
}
problem_set! {
    /// Of admin calls that read what not everybody with a token may.
    OwnerReadProblems = Malformed | Unauthorized | TokenExpired | Forbidden | NotFound | Invalid | RateLimited
        | Unavailable | Internal
}
problem_set! {
    /// Of admin calls that read what there is only once a sale is over.
    ReportProblems = Malformed | Unauthorized | TokenExpired | Forbidden | NotFound | Conflict | Invalid | RateLimited
        | Unavailable | Internal
}
problem_set! {
    /// Of admin calls that change something.
    AdminProblems = Malformed | Unauthorized | TokenExpired | Forbidden | CrossSite | NotFound | RequestTimeout | KeyReused
        | Conflict | TooLarge | UnsupportedMediaType | Invalid | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of those that may name the version that was read.
    ScheduleProblems = Malformed | Unauthorized | TokenExpired | Forbidden | CrossSite | NotFound | RequestTimeout | KeyReused
        | Conflict | Stale | TooLarge | UnsupportedMediaType | Invalid | RateLimited | Unavailable | Internal
}
problem_set! {
    /// Of what an organiser calls who is nobody yet.
    EntranceProblems = Malformed | CrossSite | CredentialsWrong | NotFound | RequestTimeout | TooLarge | UnsupportedMediaType
        | Invalid | RateLimited | TooManyGuesses | Unavailable | Internal
}
problem_set! {
    /// Of calls by which a person changes what they sign in with.
    OwnAccountProblems = Malformed | Unauthorized | TokenExpired | Forbidden | CrossSite | CredentialsWrong | NotFound
        | RequestTimeout | Conflict | TooLarge | UnsupportedMediaType | Invalid | RateLimited | TooManyGuesses | Unavailable
        | Internal
}
problem_set! {
    /// Of admin calls that change what was read before, by its version.
    ReplaceProblems = Malformed | Unauthorized | TokenExpired | Forbidden | CrossSite | NotFound | RequestTimeout | Conflict | Stale
        | TooLarge | UnsupportedMediaType | Invalid | VersionNeeded | RateLimited | Unavailable | Internal
}
