//! The admin's side of the HTTP API, for setting a sale up and running it.

use std::time::Duration;

use anyhow::{Context, ensure};
use reqwest::{Client, Method, StatusCode};
use sale::ids::{EventId, SeriesId};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

/// The doors look every second, and are told at once.
const KNOWN_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often a call is made that the API cannot answer at the moment, always with the same key.
const TRIES: u32 = 3;
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// An admin with a token.
#[derive(Clone)]
pub struct Admin {
    client: Client,
    doors: Vec<String>,
    token: String,
}

/// One item of a sale to be.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// Its SKU; made unique by the caller.
    pub sku: String,
    /// What it is called.
    pub name: String,
    /// Its picture.
    pub image_url: Option<String>,
    /// Its list price, in minor units.
    pub list_minor: i64,
    /// Units to sell.
    pub allocation: u32,
    /// `sale::pricing::Discount`, as JSON.
    pub discount: Value,
}

/// A sale to be. What is not named here has sensible values.
#[derive(Clone, Debug)]
pub struct NewSale {
    /// What it is called.
    pub name: String,
    /// Its items.
    pub items: Vec<NewItem>,
    /// `reservation`, `direct_order` or `handed_over`.
    pub checkout: &'static str,
    /// Where the shop's own checkout is, with `handed_over`.
    pub checkout_url: Option<String>,
    /// Time to pay, in seconds.
    pub hold_seconds: u64,
    /// Time past that for what was begun before, in seconds.
    pub grace_seconds: u64,
    /// Units per shopper.
    pub per_shopper_max: u32,
    /// Shoppers on standby for each item.
    pub standby_max: u32,
    /// Tries to pay for a reservation.
    pub payment_tries: u32,
    /// Until its lobby opens and closes, in milliseconds, if it starts by draw.
    pub lobby_ms: Option<(i64, i64)>,
    /// Whether a randomness beacon takes part in the draw.
    pub beacon: bool,
    /// Until it opens, in milliseconds.
    pub opens_in_ms: i64,
    /// How long it stays open, in milliseconds.
    pub open_for_ms: i64,
    /// Coupons, as the API takes them.
    pub coupons: Value,
    /// Access codes, as the API takes them.
    pub access_codes: Vec<Value>,
    /// What it is paid through; what is offered first, if `None`.
    pub gateway: Option<&'static str>,
    /// What its buyers are asked for, as the API takes it.
    pub buyer_fields: Value,
    /// `anyone` or `email`.
    pub participation: &'static str,
    /// Its limits on hoarding, as the API takes them.
    pub hoarding: Value,
    /// Whether guests have to show a proof of work.
    pub machine_check: &'static str,
    /// The series that it belongs to.
    pub series: Option<SeriesId>,
}

impl NewSale {
    /// A sale of one item that is open now.
    pub fn of_one(allocation: u32) -> Self {
        let item = NewItem {
            sku: unique("item"),
            name: "A small thing".to_owned(),
            image_url: None,
            list_minor: 2_000,
            allocation,
            discount: json!("none"),
        };
        Self {
            name: "A small sale".to_owned(),
            items: vec![item],
            checkout: "reservation",
            checkout_url: None,
            hold_seconds: 4,
            grace_seconds: 5,
            per_shopper_max: 1,
            standby_max: 50,
            payment_tries: 2,
            lobby_ms: None,
            beacon: false,
            opens_in_ms: -1_000,
            open_for_ms: 600_000,
            coupons: json!([]),
            access_codes: Vec::new(),
            gateway: None,
            buyer_fields: json!({}),
            participation: "anyone",
            hoarding: Value::Null,
            machine_check: "off",
            series: None,
        }
    }
}

impl NewSale {
    /// What the API takes, of a sale whose times count from now.
    pub fn definition(&self) -> Value {
        let at = |in_ms: i64| chrono::Utc::now() + chrono::Duration::milliseconds(in_ms);
        let opens_at = at(self.opens_in_ms);
        let beacon = self.beacon;
        let lobby = self
            .lobby_ms
            .map(|(opens, closes)| json!({ "opens_at": at(opens), "closes_at": at(closes), "beacon": beacon }));
        let item =
            |item: &NewItem| json!({ "sku": item.sku, "allocation": item.allocation, "discount": item.discount });
        json!({
            "name": self.name, "description": "First come, first served.", "currency": "EUR",
            "opens_at": opens_at, "closes_at": opens_at + chrono::Duration::milliseconds(self.open_for_ms),
            "lobby": lobby, "checkout": self.checkout, "checkout_url": self.checkout_url, "hold_seconds": self.hold_seconds,
            "grace_seconds": self.grace_seconds, "per_shopper_max": self.per_shopper_max,
            "quantity_max": self.per_shopper_max, "standby_max": self.standby_max,
            "payment_tries": self.payment_tries, "scheduled": true,
            "items": self.items.iter().map(item).collect::<Vec<_>>(),
            "coupons": self.coupons, "access_codes": self.access_codes, "gateway": self.gateway,
            "buyer_fields": self.buyer_fields,
            "participation": self.participation, "hoarding": self.hoarding,
            "machine_check": self.machine_check, "series_id": self.series,
        })
    }
}

/// A name that no other run uses.
pub fn unique(word: &str) -> String {
    let id = Uuid::now_v7().simple().to_string();
    format!("{word}-{}", &id[id.len() - 10..])
}

impl Admin {
    /// With a token; calls go to the first door.
    pub fn new(doors: &[String], token: &str) -> Self {
        Self { client: Client::new(), doors: doors.to_vec(), token: token.to_owned() }
    }

    /// Creates the products and the scheduled sale, and waits until every door knows it.
    ///
    /// # Errors
    /// When the API refuses; the problem is in the message.
    pub async fn create(&self, sale: &NewSale) -> anyhow::Result<EventId> {
        for item in &sale.items {
            let product = json!({ "sku": item.sku, "name": item.name, "image_url": item.image_url,
                "description": "Made for a demonstration.", "list_minor": item.list_minor, "currency": "EUR" });
            self.call(Method::POST, "/products", Some(product)).await?;
        }
        let created = self.call(Method::POST, "/events", Some(sale.definition())).await?;
        let id = created["event_id"].as_str().or(created["id"].as_str()).context("no event id")?;
        for door in &self.doors {
            let give_up = Instant::now() + KNOWN_WITHIN;
            while !self.client.get(format!("{door}/api/v1/sales/{id}")).send().await?.status().is_success() {
                ensure!(Instant::now() < give_up, "{door} does not know the new sale");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        Ok(id.parse()?)
    }

    /// Makes a series of which one shopper may have so many units.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn create_series(&self, per_shopper_max: u32) -> anyhow::Result<SeriesId> {
        let series = json!({ "name": unique("Autumn drops"), "per_shopper_max": per_shopper_max });
        let created = self.call(Method::POST, "/series", Some(series)).await?;
        Ok(created["id"].as_str().context("no series id")?.parse()?)
    }

    /// Pauses, resumes, stops or restocks.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn run(&self, event: EventId, verb: &str, body: Value) -> anyhow::Result<Value> {
        self.call(Method::POST, &format!("/events/{event}/{verb}"), Some(body)).await
    }

    /// Any call of the admin API. One that cannot be answered at the moment is made again.
    ///
    /// # Errors
    /// When the API refuses; the problem is in the message.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let mut request = self
            .client
            .request(method, format!("{}/api/v1/admin{path}", self.doors[0]))
            .bearer_auth(&self.token)
            .header("idempotency-key", Uuid::now_v7().to_string())
            .header("if-match", "*");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let mut tries = 1;
        let answer = loop {
            let answer = request.try_clone().context("cannot be sent twice")?.send().await?;
            if answer.status() != StatusCode::SERVICE_UNAVAILABLE || tries == TRIES {
                break answer;
            }
            tries += 1;
            tokio::time::sleep(TRY_AGAIN_AFTER).await;
        };
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}
