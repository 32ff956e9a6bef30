//! What a payment gateway must be able to do. Modelled on manual capture: money is held first, taken later.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use sale::gateway::Action;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The answer of a gateway, when it comes.
pub type GatewayFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, GatewayError>> + Send + 'a>>;

/// A payment gateway. Every call that changes something carries a key under which the gateway repeats its
/// first answer; so a call whose answer was lost is simply made again.
pub trait Gateway: Send + Sync {
    /// Makes the place where money is going to be held, and says its id. Nothing is held before its id is known here, so
    /// nothing is held that nobody can let go.
    fn open<'a>(&'a self, wish: &'a Wish) -> GatewayFuture<'a, String>;
    /// Holds the money there. A bank may ask the shopper first, or answer later.
    fn authorise<'a>(&'a self, id: &'a str, wish: &'a Wish) -> GatewayFuture<'a, Authorisation>;
    /// An authorisation as it stands.
    fn look<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Authorisation>;
    /// Takes held money.
    fn capture<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Authorisation>;
    /// Lets held money go.
    fn void<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Authorisation>;
    /// Gives taken money back.
    fn refund<'a>(&'a self, wish: &'a RefundRequest) -> GatewayFuture<'a, Refund>;
    /// A refund as it stands: one that is pending is followed until it ends.
    fn look_at_refund<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Refund>;
    /// What changed since a place in the gateway's history, for comparing; without one, of late.
    fn changes<'a>(&'a self, since: Option<&'a str>) -> GatewayFuture<'a, Changes>;
}

/// What to authorise. Without `Debug`: there is a card's token in it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// How much, in minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// What the gateway knows the card by.
    pub card_token: String,
    /// Our payment.
    pub reference: Uuid,
    /// Where a bank that has asked the shopper sends them back to.
    pub return_url: String,
}

/// A part of a gateway's history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Changes {
    /// As they stand now; each once.
    pub authorisations: Vec<Authorisation>,
    /// The place in the history to go on from.
    pub cursor: String,
    /// Whether there is more right now.
    pub more: bool,
}

/// Money held, taken, let go or given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorisation {
    /// The gateway's id.
    pub id: String,
    /// Our payment.
    pub reference: Uuid,
    /// Where it stands.
    pub state: AuthorisationState,
    /// What the bank asks of the shopper, while it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// Why, when declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How much was authorised, in minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// How much was taken.
    pub captured_minor: i64,
    /// How much of it was given back.
    pub refunded_minor: i64,
    /// How many captures took effect. More than one would be a double charge.
    pub captures: u32,
}

/// Where an authorisation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorisationState {
    /// Nobody has asked for money yet.
    Opened,
    /// The bank has yet to answer.
    Pending,
    /// The bank asks the shopper first.
    ActionNeeded,
    /// Money is held.
    Authorised,
    /// The gateway said no.
    Declined,
    /// Money was taken.
    Captured,
    /// Money was let go: by us, or because it was held for too long.
    Voided,
}

/// What to give back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// Of which authorisation.
    pub authorisation: String,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Our refund: each try has its own, and with the same one it is the same refund.
    pub reference: Uuid,
}

/// Money on its way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The gateway's id.
    pub id: String,
    /// Our refund.
    pub reference: Uuid,
    /// Where it stands.
    pub state: GatewayRefundState,
    /// Why, when it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

impl Refund {
    /// Why it failed, which a gateway need not say.
    pub(crate) fn why_failed(self) -> String {
        self.reason.unwrap_or_else(|| "the gateway says no".to_owned())
    }
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayRefundState {
    /// The gateway has taken it, and says later how it ended.
    Pending,
    /// The money has gone back.
    Refunded,
    /// It has not, and will not.
    Failed,
}

/// Why a gateway gave no usable answer.
#[derive(Debug)]
pub enum GatewayError {
    /// No answer, or one that says to try later. What happened is unknown: ask again with the same key.
    Transient(String),
    /// It will never work.
    Permanent(String),
}

impl fmt::Display for GatewayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GatewayError::Transient(why) => write!(f, "{why} (will be tried again)"),
            GatewayError::Permanent(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for GatewayError {}
