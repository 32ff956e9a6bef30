//! A PaymentIntent, and where an authorisation stands by it.

use sale::gateway::Action;
use sale::gateway::stripe::from_units;
use serde::Deserialize;
use uuid::Uuid;

use super::client::Problem;
use crate::payments::gateway::{Authorisation, AuthorisationState, GatewayError};

/// What every answer about one comes with.
pub(super) const WITH_CHARGE: (&str, &str) = ("expand[]", "latest_charge");
/// Under which our payment's id stands with the intent.
pub(super) const OURS: &str = "metadata[payment]";

/// What Stripe answers of one, as far as it matters.
#[derive(Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    amount: i64,
    currency: String,
    status: String,
    #[serde(default)]
    amount_received: i64,
    #[serde(default)]
    client_secret: Option<String>,
    #[serde(default)]
    last_payment_error: Option<Problem>,
    /// Whole, for it is asked for so.
    #[serde(default)]
    latest_charge: Option<Charge>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Charge {
    amount: i64,
    amount_captured: i64,
    amount_refunded: i64,
}

/// What we have written at it. Whoever has a look into the account may have written something else.
#[derive(Default, Deserialize)]
pub(super) struct Metadata {
    #[serde(default)]
    payment: Option<String>,
}

impl Metadata {
    /// Our payment.
    pub(super) fn ours(&self) -> Option<Uuid> {
        self.payment.as_ref()?.parse().ok()
    }
}

impl Intent {
    /// Whether it was made here.
    pub(super) fn is_ours(&self) -> bool {
        self.metadata.ours().is_some()
    }

    /// Whether the bank has refused it. Who has the client secret could try another card.
    pub(super) fn is_refused(&self) -> bool {
        self.status == "requires_payment_method" && self.last_payment_error.is_some()
    }

    /// Whether nothing is held, and no bank is asked.
    pub(super) fn is_unpaid(&self) -> bool {
        matches!(self.status.as_str(), "requires_payment_method" | "requires_confirmation")
    }

    /// Why it was refused, as far as the shopper may hear it.
    pub(super) fn reason(&self) -> Option<String> {
        self.last_payment_error.as_ref()?.of_decline()
    }

    /// Where the authorisation stands.
    ///
    /// # Errors
    /// When the answer cannot be understood.
    pub(super) fn authorisation(self) -> Result<Authorisation, GatewayError> {
        let unreadable = |what: &str| GatewayError::Transient(format!("Stripe's {} {what}", self.id));
        let code = self.currency.to_ascii_uppercase();
        let currency = code.parse().map_err(|_| unreadable("is in no currency"))?;
        let minor = |units| from_units(currency, units).ok_or_else(|| unreadable("is over no whole amount"));
        let state = match self.status.as_str() {
            "requires_payment_method" if self.is_refused() => AuthorisationState::Declined,
            "requires_payment_method" | "requires_confirmation" => AuthorisationState::Opened,
            "requires_action" => AuthorisationState::ActionNeeded,
            "processing" => AuthorisationState::Pending,
            "requires_capture" => AuthorisationState::Authorised,
            "succeeded" => AuthorisationState::Captured,
            // Cancelled because the bank had refused it; a hold that is let go has no error.
            "canceled" if self.last_payment_error.is_some() => AuthorisationState::Declined,
            "canceled" => AuthorisationState::Voided,
            other => return Err(unreadable(&format!("stands at {}", other.escape_debug()))),
        };
        let action = self.client_secret.as_ref().filter(|_| state == AuthorisationState::ActionNeeded);
        Ok(Authorisation {
            reference: self.metadata.ours().unwrap_or_default(),
            state,
            action: action.map(|secret| Action::ClientSecret { client_secret: secret.clone() }),
            reason: self.reason().filter(|_| state == AuthorisationState::Declined),
            amount_minor: minor(self.amount)?,
            captured_minor: minor(self.amount_received)?,
            refunded_minor: minor(self.given_back())?,
            // Stripe captures an intent once.
            captures: u32::from(self.amount_received > 0),
            currency: code.clone(),
            id: self.id,
        })
    }

    /// What was given back of what was taken. Stripe also counts what was held and not taken as refunded.
    fn given_back(&self) -> i64 {
        let of = |charge: &Charge| charge.amount_refunded - (charge.amount - charge.amount_captured);
        self.latest_charge.as_ref().map_or(0, of).max(0)
    }
}
