//! What a sale can be paid through: a payment gateway, or the shop's own checkout.

pub mod stripe;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::words::words;

/// Which gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayKind {
    /// The one to try things with: it holds no money.
    Sandbox,
    /// Stripe.
    Stripe,
    /// None: the shop's own checkout takes the money, and nobody here is asked to hold, take or give back any.
    Shop,
}

words!(GatewayKind: "gateway" { Sandbox = "sandbox", Stripe = "stripe", Shop = "shop" });

/// What a bank asks of the shopper before it holds the money, and the page for that: it is nobody else's business.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// Go there; the bank sends the shopper back.
    Redirect {
        /// Where.
        url: String,
    },
    /// The gateway's script on the page asks, with this.
    ClientSecret {
        /// What the gateway knows the payment by, on the page.
        client_secret: String,
    },
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Action(…)")
    }
}
