//! The adapter for Stripe against a program that others wrote after Stripe's API, behind what can go wrong between two
//! companies ([`testbed::stripe`]).

mod changes;
mod lost;
mod refunds;
mod signatures;
mod steps;

use order_worker::payments::gateway::{Authorisation, AuthorisationState, Gateway, GatewayError, Wish};
use order_worker::payments::stripe::StripeGateway;
use secrecy::SecretString;
use testbed::Stripe;
use testbed::stripe::{CARD, SECRET_KEY};
use tls::Trust;
use uuid::Uuid;

/// A Stripe, and the adapter that speaks to it.
struct Stand {
    stripe: Stripe,
    gateway: StripeGateway,
}

impl Stand {
    async fn start() -> Self {
        trust(); // before anything connects
        let stripe = Stripe::start(None).await.expect("a Stripe");
        let gateway = adapter(&stripe, SECRET_KEY);
        Self { stripe, gateway }
    }

    /// Money that is held with a card that is good: the wish and the intent.
    async fn held(&self, amount_minor: i64) -> (Wish, String) {
        let wish = wish(CARD, amount_minor);
        let id = self.gateway.open(&wish).await.expect("opened");
        let held = self.gateway.authorise(&id, &wish).await.expect("authorised");
        assert_eq!(held.state, AuthorisationState::Authorised);
        (wish, id)
    }

    /// What has become of a payment at Stripe: how many intents hold money, and how much was taken in all.
    async fn at_stripe(&self, wish: &Wish) -> (usize, i64) {
        let intents = self.stripe.intents_of(&wish.reference.to_string()).await.expect("listed");
        let holding = intents.iter().filter(|intent| intent["status"] == "requires_capture").count();
        (holding, intents.iter().filter_map(|intent| intent["amount_received"].as_i64()).sum())
    }

    async fn status(&self, id: &str) -> String {
        self.stripe.intent(id).await.expect("known")["status"].as_str().expect("text").to_owned()
    }
}

fn trust() -> Trust {
    tls::Settings { ca_file: None, client_cert_file: None, client_key_file: None }.load().expect("trust")
}

fn adapter(stripe: &Stripe, secret_key: &str) -> StripeGateway {
    StripeGateway::new(&stripe.url, &SecretString::from(secret_key), &trust()).expect("an adapter")
}

fn wish(card_token: &str, amount_minor: i64) -> Wish {
    Wish {
        amount_minor,
        currency: "EUR".to_owned(),
        card_token: card_token.to_owned(),
        reference: Uuid::now_v7(),
        return_url: "http://127.0.0.1/sales/1".to_owned(),
    }
}

fn money(stands: &Authorisation) -> (AuthorisationState, i64, i64, u32) {
    (stands.state, stands.captured_minor, stands.refunded_minor, stands.captures)
}

fn is_transient<T>(answer: &Result<T, GatewayError>) -> bool {
    matches!(answer, Err(GatewayError::Transient(_)))
}

fn is_permanent<T>(answer: &Result<T, GatewayError>) -> bool {
    matches!(answer, Err(GatewayError::Permanent(_)))
}
