//! The organiser: creates a sale, edits it, runs it, gives money back.

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use clock::from_utc;
use sale::ids::EventId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::calendar::Calendar;
use super::caller::{Answered, Call, Caller};
use super::clock::Clock;
use super::outline::Outline;
use super::step::Order;
use super::transcript::{About, To};

/// What a form sends back of the sale that it was filled with.
const FORM: [&str; 14] = [
    "name",
    "description",
    "currency",
    "opens_at",
    "closes_at",
    "checkout",
    "hold_seconds",
    "per_shopper_max",
    "quantity_max",
    "standby_max",
    "payment_tries",
    "scheduled",
    "items",
    "coupons",
];

/// A sale as it was read into a form.
struct Copy {
    sale: Value,
    etag: Option<String>,
}

pub(super) struct Organiser {
    caller: Caller,
    token: String,
    clock: Clock,
    pub(super) event: EventId,
    /// What the sale should read.
    pub(super) calendar: Calendar,
    copy: Option<Copy>,
    /// Names for calls: each is made once.
    calls: u32,
}

impl Organiser {
    /// Creates the products and the sale.
    pub(super) async fn create(
        caller: Caller,
        token: &str,
        clock: Clock,
        outline: &Outline,
        name: &str,
    ) -> anyhow::Result<Self> {
        let began = DateTime::<Utc>::from_timestamp_millis(i64::try_from(clock.now().0)?).context("a time")?;
        for product in outline.products(name) {
            let call = Call { bearer: Some(token), body: Some(&product), ..Call::post(0, "/admin/products") };
            let made = caller.call(call).await;
            ensure!(made.is_good(), "no product: {} {}", made.status, made.body);
        }
        let spec = outline.spec(name, began);
        let call = Call { bearer: Some(token), body: Some(&spec), ..Call::post(0, "/admin/events") };
        let made = caller.ask(call, To::Organiser, About::Run("create")).await;
        ensure!(made.is_good(), "no sale: {} {}", made.status, made.body);
        let event = made.body["id"].as_str().context("no id")?.parse()?;
        let at = |field: &str| -> anyhow::Result<_> {
            Ok(from_utc(made.body[field].as_str().context("no time")?.parse::<DateTime<Utc>>()?))
        };
        let calendar = Calendar::new(at("opens_at")?, at("closes_at")?, !outline.draft);
        Ok(Self { caller, token: token.to_owned(), clock, event, calendar, copy: None, calls: 0 })
    }

    /// Does it, if it can be done.
    pub(super) async fn does(
        &mut self,
        order: Order,
        sku: impl Fn(usize) -> String,
        paid: impl Fn(usize) -> Option<Paid>,
    ) {
        match order {
            Order::TakeCopy => {
                let path = format!("/admin/events/{}", self.event);
                let read = self.call("GET", &path, None, None, About::Copy).await;
                self.copy = read.is_good().then_some(Copy { sale: read.body, etag: read.etag });
            }
            Order::SaveCopy => self.save().await,
            Order::Schedule => {
                let done = self.run("schedule", json!({})).await;
                self.calendar.scheduled |= done;
            }
            Order::Pause => {
                if self.run("pause", json!({ "reason": "A moment, please." })).await {
                    self.calendar.pause(self.clock.now());
                }
            }
            Order::Resume => {
                if self.run("resume", json!({})).await {
                    self.calendar.resume(self.clock.now());
                }
            }
            Order::Stop => {
                if self.run("stop", json!({ "reason": "That was all." })).await {
                    self.calendar.stop(self.clock.now());
                }
            }
            Order::Restock { item, units } => {
                let path = format!("/admin/events/{}/restock", self.event);
                let body = json!({ "sku": sku(item), "units": units });
                self.call("POST", &path, Some(&body), None, About::Restock { item, units }).await;
            }
            Order::Refund { shopper, put_back } => {
                let Some(paid) = paid(shopper) else { return };
                let path = format!("/admin/orders/{}/refund", paid.order);
                let body = if put_back {
                    json!({ "reason": "as agreed", "put_back": true })
                } else {
                    json!({ "reason": "as agreed" })
                };
                let about = About::Refund { attempt: paid.attempt, put_back };
                self.call("POST", &path, Some(&body), None, about).await;
            }
            Order::Look => {}
        }
    }

    async fn run(&mut self, verb: &'static str, body: Value) -> bool {
        let path = format!("/admin/events/{}/{verb}", self.event);
        self.call("POST", &path, Some(&body), None, About::Run(verb)).await.is_good()
    }

    /// Saves the form, with whatever was in it when it was opened.
    async fn save(&mut self) {
        let Some(copy) = self.copy.take() else { return };
        let mut form = serde_json::Map::new();
        for field in FORM {
            form.insert(field.to_owned(), copy.sale[field].clone());
        }
        form.insert("description".to_owned(), json!("With a description."));
        let path = format!("/admin/events/{}", self.event);
        let saved = self.call("PUT", &path, Some(&Value::Object(form)), copy.etag, About::Save).await;
        if saved.is_good() {
            self.calendar.scheduled = saved.body["scheduled"] == true;
        }
    }

    async fn call(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        etag: Option<String>,
        about: About,
    ) -> Answered {
        self.calls += 1;
        let headers: Vec<(&str, String)> = [("idempotency-key", format!("{}-{}", self.event, self.calls))]
            .into_iter()
            .chain(etag.map(|etag| ("if-match", etag)))
            .collect();
        let door = usize::try_from(self.calls).unwrap_or(0) % super::script::DOORS;
        let call = Call { method, headers: &headers, body, bearer: Some(&self.token), ..Call::get(door, path) };
        self.caller.ask(call, To::Organiser, about).await
    }

    /// The status that the admin API gives.
    pub(super) async fn status(&self) -> Answered {
        let path = format!("/admin/events/{}", self.event);
        self.caller.call(Call { bearer: Some(&self.token), ..Call::get(0, &path) }).await
    }
}

/// An order that was paid.
pub(super) struct Paid {
    pub(super) order: Uuid,
    pub(super) attempt: Uuid,
}
