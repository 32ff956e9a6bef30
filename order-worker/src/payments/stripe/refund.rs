//! Refunds of an intent.

use sale::gateway::stripe::{from_units, to_units};
use serde::Deserialize;
use uuid::Uuid;

use super::client::{Client, Key};
use crate::payments::gateway::{self, GatewayError, GatewayRefundState, RefundRequest};

/// Under which our refund's id stands with Stripe's.
const OURS: &str = "metadata[refund]";
/// Refunds of one intent that are looked through: Stripe's largest page.
const LISTED: &str = "100";

/// What Stripe answers of one, as far as it matters.
#[derive(Deserialize)]
struct Refund {
    id: String,
    amount: i64,
    currency: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    failure_reason: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    refund: Option<String>,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Refund>,
}

/// Gives money back; answers with the refund as it stands, if it was made before. Stripe forgets its keys after a day, and
/// a refund may be tried again after more.
pub(super) async fn make(client: &Client, wish: &RefundRequest) -> Result<gateway::Refund, GatewayError> {
    let refused = || GatewayError::Permanent("Stripe cannot give back such an amount".to_owned());
    let units = wish.currency.parse().ok().and_then(|currency| to_units(currency, wish.amount_minor));
    let units = units.ok_or_else(refused)?.to_string();
    let of_intent = ("payment_intent", wish.authorisation.as_str());
    let made: List = client.get("refunds", &[of_intent, ("limit", LISTED)]).await?;
    if let Some(made) = made.data.into_iter().find(|refund| refund.ours() == Some(wish.reference)) {
        return made.stands();
    }
    let ours = wish.reference.to_string();
    let form = [of_intent, ("amount", units.as_str()), (OURS, ours.as_str())];
    client.post::<Refund>("refunds", &form, Key::alone(format!("{ours}:refund"))).await?.stands()
}

/// A refund as it stands.
pub(super) async fn look(client: &Client, id: &str) -> Result<gateway::Refund, GatewayError> {
    client.get::<Refund>(&format!("refunds/{id}"), &[]).await?.stands()
}

impl Refund {
    fn ours(&self) -> Option<Uuid> {
        self.metadata.refund.as_ref()?.parse().ok()
    }

    fn stands(self) -> Result<gateway::Refund, GatewayError> {
        let currency = self.currency.to_ascii_uppercase();
        let minor = currency.parse().ok().and_then(|currency| from_units(currency, self.amount));
        let unreadable = || GatewayError::Transient(format!("Stripe's {} is over no amount", self.id));
        let amount_minor = minor.ok_or_else(unreadable)?;
        let reason = self.failure_reason.clone();
        let (state, reason) = match self.status.as_deref() {
            Some("succeeded") => (GatewayRefundState::Refunded, None),
            Some("failed") => (GatewayRefundState::Failed, reason),
            Some("canceled") => (GatewayRefundState::Failed, Some(reason.unwrap_or_else(|| "canceled".to_owned()))),
            // It is under way, or the shopper is asked where to (`requires_action`).
            _ => (GatewayRefundState::Pending, None),
        };
        let reference = self.ours().unwrap_or_default();
        Ok(gateway::Refund { id: self.id, reference, state, reason, amount_minor, currency })
    }
}
