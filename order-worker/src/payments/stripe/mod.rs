//! Stripe, by its API of PaymentIntents with manual capture: <https://docs.stripe.com/api>.
//!
//! ```text
//! open        an intent, which holds nothing: requires_payment_method or requires_confirmation
//! authorise   confirms it: requires_capture, processing, or requires_action (the page asks, with the client secret)
//! capture     succeeded
//! void        canceled
//! ```
//! An intent that a bank has refused can be confirmed anew by whoever has its client secret. So it is cancelled before
//! anybody hears that the payment was declined.
//!
//! Stripe does nothing twice under one `Idempotency-Key`. The keys are made of our ids and the step, so that whichever
//! process tries again uses the same; which of the answers that Stripe has saved are believed, [`Key`] says.

mod changes;
mod client;
pub(crate) mod event;
mod intent;
mod refund;

use sale::gateway::stripe::to_units;
use secrecy::SecretString;
use tls::Trust;

use super::counted::counted;
use super::gateway::{
    Authorisation, AuthorisationState, Changes, Gateway, GatewayError, GatewayFuture, Refund, RefundRequest, Wish,
};
use crate::meters::Call;
use client::{Client, Key, Refused};
use intent::{Intent, WITH_CHARGE};

/// Stripe, at a URL, for the account that a key belongs to.
pub struct StripeGateway {
    client: Client,
}

/// What a shopper pays with.
enum Token<'a> {
    /// A payment method that is known to Stripe (`pm_…`, `card_…`).
    Method(&'a str),
    /// What the Payment Element made of what the shopper entered (`ctoken_…`).
    Confirmation(&'a str),
}

impl<'a> Token<'a> {
    fn read(token: &'a str) -> Option<Self> {
        match token.split_once('_')?.0 {
            "pm" | "card" => Some(Self::Method(token)),
            "ctoken" => Some(Self::Confirmation(token)),
            _ => None,
        }
    }
}

impl StripeGateway {
    /// With an account's secret key, for the API at `base`.
    ///
    /// # Errors
    /// When that is no HTTP URL, or the key cannot be sent.
    pub fn new(base: &str, secret_key: &SecretString, trust: &Trust) -> anyhow::Result<Self> {
        Ok(Self { client: Client::new(base, secret_key, trust)? })
    }

    async fn open(&self, wish: &Wish) -> Result<String, GatewayError> {
        let refused = |why: &str| GatewayError::Permanent(why.to_owned());
        let currency = wish.currency.parse().map_err(|_| refused("Stripe does not take this currency"))?;
        let units = to_units(currency, wish.amount_minor).ok_or_else(|| refused("Stripe has no such amount"))?;
        let token = Token::read(&wish.card_token).ok_or_else(|| refused("this is no token of Stripe's"))?;
        let (units, lower, ours) = (units.to_string(), wish.currency.to_ascii_lowercase(), wish.reference.to_string());
        let mut form = vec![
            ("amount", units.as_str()),
            ("currency", lower.as_str()),
            ("capture_method", "manual"),
            ("automatic_payment_methods[enabled]", "true"),
            (intent::OURS, ours.as_str()),
        ];
        if let Token::Method(method) = token {
            form.push(("payment_method", method));
        }
        let key = Key::for_good(format!("{ours}:open"));
        let opened: Intent = self.client.post("payment_intents", &form, key).await.map_err(Refused::of_card)?;
        Ok(opened.id)
    }

    async fn authorise(&self, id: &str, wish: &Wish) -> Result<Authorisation, GatewayError> {
        // The page's script handles what the bank asks for (`handleNextAction`).
        let mut form = vec![WITH_CHARGE, ("return_url", wish.return_url.as_str()), ("use_stripe_sdk", "true")];
        if let Some(Token::Confirmation(token)) = Token::read(&wish.card_token) {
            form.push(("confirmation_token", token));
        }
        let key = Key::for_good(format!("{}:authorise", wish.reference));
        let why = match self.client.post::<Intent>(&format!("payment_intents/{id}/confirm"), &form, key).await {
            Ok(intent) => return self.settle(intent).await,
            Err(Refused::No(why)) => why,
            Err(unknown) => return Err(unknown.of_card()),
        };
        // By the bank; or because it was confirmed long ago.
        let stands = self.retrieve(id).await?;
        let stands = if stands.is_unpaid() { self.end(stands).await? } else { stands.authorisation()? };
        match stands.state {
            AuthorisationState::Voided | AuthorisationState::Declined if why.is_of_bank() => {
                Ok(Authorisation { state: AuthorisationState::Declined, reason: why.of_decline(), ..stands })
            }
            AuthorisationState::Voided | AuthorisationState::Declined => Err(Refused::No(why).of_card()),
            _ => Ok(stands),
        }
    }

    async fn retrieve(&self, id: &str) -> Result<Intent, GatewayError> {
        Ok(self.client.get(&format!("payment_intents/{id}"), &[WITH_CHARGE]).await?)
    }

    /// An intent as it stands; cancelled first, if the bank has refused it.
    async fn settle(&self, intent: Intent) -> Result<Authorisation, GatewayError> {
        if !intent.is_refused() {
            return intent.authorisation();
        }
        let reason = intent.reason();
        let stands = self.end(intent).await?;
        Ok(match stands.state {
            AuthorisationState::Voided => Authorisation { state: AuthorisationState::Declined, reason, ..stands },
            _ => stands,
        })
    }

    /// Cancels an intent that nobody has paid; as it stands then, which is another way if somebody just has.
    async fn end(&self, intent: Intent) -> Result<Authorisation, GatewayError> {
        match self.act(&intent.id, "cancel").await {
            Err(GatewayError::Permanent(why)) => {
                let stands = self.retrieve(&intent.id).await?;
                // The bank has refused it only now: it could be confirmed anew.
                if stands.is_unpaid() { Err(GatewayError::Transient(why)) } else { stands.authorisation() }
            }
            answer => answer,
        }
    }

    async fn act(&self, id: &str, action: &str) -> Result<Authorisation, GatewayError> {
        let path = format!("payment_intents/{id}/{action}");
        let key = Key::by_state(format!("{id}:{action}"));
        self.client.post::<Intent>(&path, &[WITH_CHARGE], key).await?.authorisation()
    }
}

impl Gateway for StripeGateway {
    fn open<'a>(&'a self, wish: &'a Wish) -> GatewayFuture<'a, String> {
        Box::pin(counted(Call::Open, self.open(wish)))
    }

    fn authorise<'a>(&'a self, id: &'a str, wish: &'a Wish) -> GatewayFuture<'a, Authorisation> {
        Box::pin(counted(Call::Authorise, self.authorise(id, wish)))
    }

    fn look<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Authorisation> {
        Box::pin(counted(Call::Look, async { self.settle(self.retrieve(id).await?).await }))
    }

    fn capture<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Authorisation> {
        Box::pin(counted(Call::Capture, self.act(id, "capture")))
    }

    fn void<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Authorisation> {
        Box::pin(counted(Call::Void, self.act(id, "cancel")))
    }

    fn refund<'a>(&'a self, wish: &'a RefundRequest) -> GatewayFuture<'a, Refund> {
        Box::pin(counted(Call::Refund, refund::make(&self.client, wish)))
    }

    fn look_at_refund<'a>(&'a self, id: &'a str) -> GatewayFuture<'a, Refund> {
        Box::pin(counted(Call::Look, refund::look(&self.client, id)))
    }

    fn changes<'a>(&'a self, since: Option<&'a str>) -> GatewayFuture<'a, Changes> {
        Box::pin(counted(Call::Changes, changes::read(&self.client, since)))
    }
}
