//! An event of Stripe's, as it is listed and as webhooks carry it.

use record::webhooks::About;
use serde::Deserialize;

use super::intent::Metadata;

/// One, as far as it matters.
#[derive(Deserialize)]
pub(crate) struct Event {
    /// Stripe's id of it, the same when it is sent again.
    pub(crate) id: String,
    /// When it happened, in seconds since 1970.
    pub(super) created: u64,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    object: String,
    #[serde(default)]
    id: String,
    /// Of a charge, or of a refund.
    #[serde(default)]
    payment_intent: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

impl Event {
    /// The intent that it is about, if it is about one.
    pub(super) fn intent(self) -> Option<String> {
        let object = self.data.object;
        if object.object == "payment_intent" { Some(object.id) } else { object.payment_intent }
    }

    /// The payment that it is about, which may be none of ours.
    pub(crate) fn about(self) -> About {
        match self.data.object.metadata.ours() {
            Some(payment) => About::Payment(payment),
            None => About::Held(self.intent().unwrap_or_default()),
        }
    }
}
