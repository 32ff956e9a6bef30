//! A Stripe to test with: localstripe, a program that others wrote after Stripe's API, behind a proxy that adds what it
//! lacks of Stripe's documentation, and what goes wrong between two companies.
//!
//! | module | what it adds |
//! | --- | --- |
//! | `door` | the account's key, the version, refused parameters; answers that are slow, lost or failures |
//! | `keys` | `Idempotency-Key` |
//! | `account` | what each call does, and where it may not: the states of intents, sums of refunds |
//! | `adapt` | localstripe's objects as Stripe shows them |
//! | `page` | the script of pages, and what it calls |
//! | `history` | events, and the webhooks that tell of them |
//!
//! So an adapter that works here is written to the documentation and not to localstripe.

mod account;
mod adapt;
mod door;
mod history;
mod keys;
mod page;

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::ports::free_ports;
use crate::servers::checkout;
use account::Account;
use door::Door;
pub use door::Trouble;

const READY_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The account's secret key.
pub const SECRET_KEY: &str = "sk_test_of_the_testbed";
/// Its publishable one.
pub const PUBLISHABLE_KEY: &str = "pk_test_of_the_testbed";
/// What its webhooks are signed with.
pub const WEBHOOK_KEY: &str = "whsec_of_the_testbed_of_32_characters";

/// Cards that localstripe knows, by Stripe's names for what each does.
pub const CARD: &str = "pm_card_visa";
/// Declined when it is charged.
pub const DECLINED: &str = "pm_card_chargeCustomerFail";
/// Its bank asks the shopper first.
pub const ASKS_FIRST: &str = "pm_card_authenticationRequired";

/// One that runs. It ends with its handle.
pub struct Stripe {
    /// Where its API is.
    pub url: String,
    door: Arc<Door>,
    served: JoinHandle<()>,
    localstripe: Child,
}

impl Stripe {
    /// Starts one, which tells of its events at a URL, if there is one.
    ///
    /// # Errors
    /// When localstripe does not start.
    pub async fn start(webhook_url: Option<String>) -> anyhow::Result<Self> {
        let port = free_ports(1)?[0];
        let localstripe = Command::new(checkout().join(".flashline/tools/python/bin/python"))
            .arg(checkout().join("testbed/src/stripe/serve.py"))
            .arg(port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("localstripe is missing: setup/install stripe")?;
        let account = Account::new(format!("http://127.0.0.1:{port}"), webhook_url);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let door = Arc::new(Door::new(account));
        let router = door::router(Arc::clone(&door));
        let served = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        let mut stripe = Self { url, door, served, localstripe };
        let give_up = Instant::now() + READY_WITHIN;
        while stripe.door.account.get("balance").await.is_err() {
            let running = stripe.localstripe.try_wait()?.is_none() && Instant::now() < give_up;
            ensure!(running, "localstripe does not answer: setup/install stripe");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(stripe)
    }

    /// The script that pages load.
    pub fn script_url(&self) -> String {
        format!("{}/{}", self.url, page::SCRIPT)
    }

    /// The next call whose path ends so (`payment_intents`, `confirm`, `capture`, `cancel`, `refunds`) meets with this.
    pub fn next(&self, call: &'static str, trouble: Trouble) {
        self.door.plan(call, trouble);
    }

    /// The same of the call after the next.
    pub fn passes_then(&self, call: &'static str, trouble: Trouble) {
        self.door.pass(call);
        self.door.plan(call, trouble);
    }

    /// From now on the answer to one call in so many is lost; with 0 none.
    pub fn loses_one_in(&self, calls: u32) {
        self.door.loses_one_in(calls);
    }

    /// Forgets every `Idempotency-Key`, as Stripe does after a day.
    pub fn forgets_keys(&self) {
        self.door.forget_keys();
    }

    /// How many answers were lost, late or failures so far.
    pub fn troubles(&self) -> u64 {
        self.door.troubles()
    }

    /// What the Payment Element makes of a card: a token to confirm with, once.
    pub fn confirmation_token(card: &str) -> String {
        format!("ctoken_{card}")
    }

    /// The shopper answers what their bank asks.
    ///
    /// # Errors
    /// When the bank asks nothing.
    pub async fn shopper_answers(&self, intent: &str, agrees: bool) -> anyhow::Result<()> {
        self.door.account.authenticate(intent, agrees).await
    }

    /// The refunds of an intent.
    pub async fn refunds_of(&self, intent: &str) -> Vec<Value> {
        let (_, list) = self.door.account.read("refunds", &[("payment_intent".to_owned(), intent.to_owned())]).await;
        list["data"].as_array().cloned().unwrap_or_default()
    }

    /// The next refund is pending, until [`Self::refund_ends`].
    pub fn refunds_later(&self) {
        self.door.account.refund_is_pending();
    }

    /// A refund comes to its end: `succeeded`, or `failed` with a reason.
    pub fn refund_ends(&self, refund: &str, status: &'static str, reason: Option<&'static str>) {
        self.door.account.end_refund(refund, status, reason);
    }

    /// An intent as it stands.
    ///
    /// # Errors
    /// When there is none.
    pub async fn intent(&self, id: &str) -> anyhow::Result<Value> {
        self.door.account.get(&format!("payment_intents/{id}")).await
    }

    /// The intents of one of our payments: more than one would be a mistake.
    ///
    /// # Errors
    /// When localstripe does not answer.
    pub async fn intents_of(&self, payment: &str) -> anyhow::Result<Vec<Value>> {
        let all = self.door.account.intents().await?;
        Ok(all.into_iter().filter(|intent| intent["metadata"]["payment"] == json!(payment)).collect())
    }

    /// Something that the account's owner does by hand: a call of the API with the account's key.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn by_hand(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Value> {
        let form = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>();
        let (status, answer) = self.door.account.post(path, &form).await;
        ensure!(status.is_success(), "{path}: {answer}");
        Ok(answer)
    }
}

impl Drop for Stripe {
    fn drop(&mut self) {
        self.served.abort();
        let _ = self.localstripe.kill();
        let _ = self.localstripe.wait();
    }
}
