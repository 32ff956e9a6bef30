//! A sale as the shop hears it.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use sale::notice::NoticeType;
use serde_json::{Value, json};
use testbed::by_hand::ByHand;
use testbed::{NewSale, Testbed, free_ports, wait};
use uuid::Uuid;

use super::shop::{Call, Does, Endpoint, Shop, call, type_of};
use super::{SOON, described, end, start};

const GUIDE: &str = include_str!("../../../../docs/webhooks.md");

fn every_type() -> Vec<&'static str> {
    NoticeType::ALL.iter().filter(|kind| kind.can_be_wanted()).map(|kind| kind.word()).collect()
}

/// A receiver of the guide, as it stands there.
struct OfTheGuide {
    child: Child,
    url: String,
    /// What it has verified: an id and a type each.
    said: Arc<Mutex<BTreeSet<String>>>,
}

impl OfTheGuide {
    /// Where it listens has to be known before its secret is.
    fn address() -> (u16, String) {
        let port = free_ports(1).expect("a port")[0];
        (port, format!("http://127.0.0.1:{port}/"))
    }

    fn start(language: &str, (port, url): (u16, String), secret: &str) -> Self {
        let code =
            GUIDE.split(&format!("```{language}\n")).nth(1).expect("in the guide").split("```").next().expect("it");
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut command = match language {
            "js" => {
                let mut node = Command::new("node");
                node.args(["--input-type=module", "--eval", code]).current_dir(root.join("web"));
                node
            }
            _ => {
                let mut python = Command::new(root.join(".flashline/tools/python/bin/python"));
                python.args(["-c", code]);
                python
            }
        };
        let settings = [("WEBHOOK_SECRET", secret), ("PORT", &port.to_string())];
        let mut child = command.envs(settings).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let (said, lines) = (Arc::<Mutex<BTreeSet<String>>>::default(), child.stdout.take().expect("piped"));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                heard.lock().expect("not poisoned").insert(line);
            }
        });
        Self { child, url, said }
    }

    /// Waits until it has verified every notice of a sale that a shop has accepted.
    async fn has_all_of(&self, event: EventId, shop: &Shop) {
        let missing = async || {
            let calls = shop.calls().into_iter().filter(|call| call.notice["data"]["sale"]["id"] == event.to_string());
            let of_sale: BTreeSet<String> =
                calls.map(|call| format!("{} {}", call.id, type_of(&call.notice))).collect();
            let said = self.said.lock().expect("not poisoned").clone();
            of_sale.difference(&said).cloned().collect::<Vec<_>>()
        };
        wait::until(&format!("{} has verified all", self.url), SOON, missing, Vec::is_empty).await;
    }
}

impl Drop for OfTheGuide {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn pays(testbed: &Testbed, shopper: &ByHand, attempt: &str) {
    let door = &testbed.base_urls[0];
    let (status, said) = shopper.pay(door, attempt, "tok_ok").await;
    assert_eq!(status, StatusCode::ACCEPTED, "{said}");
    shopper.becomes(door, attempt, "confirmed").await;
}

/// The notice of a type about a subject, and what its data says.
fn data(shop: &Shop, subject: &str, kind: &str) -> Value {
    let calls = shop.calls();
    let is_it = |notice: &Value| {
        notice["type"] == kind
            && (notice["data"]["reservation_id"] == subject || notice["data"]["sale"]["id"] == subject)
    };
    let found = calls.iter().find(|call| is_it(&call.notice)).unwrap_or_else(|| panic!("no {kind} of {subject}"));
    found.notice["data"].clone()
}

#[tokio::test]
async fn a_shop_hears_exactly_what_happened_and_can_verify_it_with_the_specification_s_libraries() {
    let testbed = start(described().order_workers(2)).await;
    let door = testbed.base_urls[0].clone();
    let shop = Shop::open(Does::Accept).await;
    let every_type = every_type();
    let (js_at, python_at) = (OfTheGuide::address(), OfTheGuide::address());
    Endpoint::make(&testbed, &shop.url, &every_type).await;
    let of_js = Endpoint::make(&testbed, &js_at.1, &every_type).await;
    let of_python = Endpoint::make(&testbed, &python_at.1, &every_type).await;
    let js = OfTheGuide::start("js", js_at, &of_js.secret);
    let python = OfTheGuide::start("python", python_at, &of_python.secret);

    let sale = NewSale { hold_seconds: 8, ..NewSale::of_one(2) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let (payer, paid) = ByHand::holding(&door, event, &wish).await;
    pays(&testbed, &payer, &paid).await;
    let (idler, expires) = ByHand::holding(&door, event, &wish).await;
    let next = ByHand::at(&door, event).await;
    let waited = next.enter(&door, "k", &wish).await;
    next.becomes(&door, &waited, "standby").await;
    let last = ByHand::at(&door, event).await;
    let gave_up = last.enter(&door, "k", &wish).await;
    last.becomes(&door, &gave_up, "standby").await;
    assert_eq!(last.give_back(&door, &gave_up).await.0, StatusCode::ACCEPTED);
    idler.becomes(&door, &expires, "expired").await;
    next.becomes(&door, &waited, "reserved").await;
    assert_eq!(next.give_back(&door, &waited).await.0, StatusCode::ACCEPTED);

    let order = payer.ask(&door, &paid).await.1["order"]["order_id"].as_str().expect("an order").to_owned();
    let why = json!({ "reason": "it wobbles", "put_back": true });
    testbed.admin.call(Method::POST, &format!("/orders/{order}/refund"), Some(why)).await.expect("asked for");
    payer.becomes(&door, &paid, "cancelled").await;
    testbed.admin.run(event, "pause", json!({ "reason": "the glue must dry" })).await.expect("paused");
    testbed.admin.run(event, "resume", json!({})).await.expect("resumed");
    testbed.admin.run(event, "stop", json!({ "reason": "they wobble" })).await.expect("stopped");

    shop.is_told(&expires, &["reservation.granted", "reservation.expired"]).await;
    shop.is_told(&waited, &["reservation.granted_from_standby", "reservation.given_back"]).await;
    let of_paid =
        ["reservation.granted", "reservation.converted", "order.paid", "order.refunded", "reservation.given_back"];
    shop.is_told(&paid, &of_paid).await;
    shop.is_told(&event.to_string(), &["sale.opened", "sale.paused", "sale.resumed", "sale.stopped"]).await;
    assert!(!shop.accepted().contains_key(&gave_up), "a place on standby that is given back is no reservation");

    let told = data(&shop, &paid, "order.paid");
    assert_eq!(
        (&told["sku"], &told["quantity"], &told["currency"]),
        (&json!(sale.items[0].sku), &json!(1), &json!("EUR"))
    );
    assert_eq!((&told["total_minor"], &told["lines"]), (&json!(2_000), &json!([{ "units": 1, "unit_minor": 2_000 }])));
    assert_eq!((&told["order"]["id"], &told["order"]["state"]), (&json!(order), &json!("paid")));
    assert_eq!((&told["payment"]["state"], &told["sale"]["name"]), (&json!("captured"), &json!(sale.name)));
    assert_eq!(data(&shop, &paid, "order.refunded")["refunded_minor"], 2_000);
    assert_eq!(data(&shop, &paid, "reservation.given_back")["reason"], "refunded");
    assert_eq!(data(&shop, &waited, "reservation.given_back")["reason"], "shopper");
    assert_eq!(data(&shop, &event.to_string(), "sale.paused")["reason"], "the glue must dry");

    js.has_all_of(event, &shop).await;
    python.has_all_of(event, &shop).await;
    every_delivery_of_a_sale_is_found_by_it(&testbed, event, &shop).await;
    // With a new secret, deliveries carry both for a while: who has the old one goes on. Also after another, for somebody
    // to whom the answer to the first was lost.
    for _ in 0..2 {
        of_js.post(&testbed, "rotate", json!({})).await;
    }
    of_js.post(&testbed, "test", json!({})).await;
    let is_test = |delivery: &Value| delivery["type"] == "endpoint.test";
    of_js.has(&testbed, "accepted", |delivery| is_test(delivery) && delivery["state"] == "accepted").await;
    // Until the overlap is over; here there is none.
    let new = of_python.post(&testbed, "rotate", json!({ "overlap_seconds": 0 })).await;
    of_python.post(&testbed, "test", json!({})).await;
    let refused = of_python.has(&testbed, "refused", |it| is_test(it) && it["last_status"] == 401).await;
    assert_eq!(refused["state"], "waiting");
    let at = (python.url[17..python.url.len() - 1].parse().expect("a port"), python.url.clone());
    drop(python);
    let _python = OfTheGuide::start("python", at, new["secret"].as_str().expect("a secret"));
    of_python.has(&testbed, "accepted", |it| is_test(it) && it["state"] == "accepted").await;
    end(testbed).await;
}

/// What was told of its reservations and orders, too; and of no other sale.
async fn every_delivery_of_a_sale_is_found_by_it(testbed: &Testbed, event: EventId, shop: &Shop) {
    let found = async |event: Uuid| {
        let page = call(testbed, Method::GET, &format!("/deliveries?limit=200&event={event}"), None).await;
        let ids = page["deliveries"].as_array().expect("a list").iter();
        ids.map(|one| one["notice_id"].as_str().expect("an id").to_owned()).collect::<BTreeSet<_>>()
    };
    let of_sale = |call: &Call| call.notice["data"]["sale"]["id"] == event.to_string();
    let told: BTreeSet<String> = shop.calls().into_iter().filter(of_sale).map(|call| call.id).collect();
    assert_eq!(found(event.0).await, told);
    assert_eq!(found(Uuid::nil()).await, BTreeSet::new());
}

#[tokio::test]
async fn a_sale_is_told_sold_out_each_time_it_is_and_ended_once_it_has() {
    let testbed = start(described().order_workers(2)).await;
    let shop = Shop::open(Does::Accept).await;
    let of_sales: Vec<&str> = every_type().into_iter().filter(|kind| kind.starts_with("sale.")).collect();
    Endpoint::make(&testbed, &shop.url, &of_sales).await;
    let sale =
        NewSale { opens_in_ms: 2_500, open_for_ms: 12_000, per_shopper_max: 2, hold_seconds: 60, ..NewSale::of_one(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let id = event.to_string();
    assert!(!shop.accepted().contains_key(&id), "not before it opens");
    shop.is_told(&id, &["sale.opened"]).await;
    let buy = async |key: &str| {
        let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
        let shopper = ByHand::at(&testbed.base_urls[0], event).await;
        let attempt = shopper.enter_when_there_is_room(&testbed.base_urls[0], key, &wish).await;
        shopper.becomes(&testbed.base_urls[0], &attempt, "reserved").await;
        pays(&testbed, &shopper, &attempt).await;
    };
    buy("first").await;
    shop.is_told(&id, &["sale.opened", "sale.sold_out"]).await;
    testbed.admin.run(event, "restock", json!({ "sku": sale.items[0].sku, "units": 1 })).await.expect("restocked");
    buy("second").await;
    let sold_out = ["sale.opened", "sale.sold_out", "sale.sold_out"];
    shop.is_told(&id, &sold_out).await;
    // A pause holds the end, beyond the time at which it would have been.
    let closes = closes_at(&testbed, event).await;
    testbed.admin.run(event, "pause", json!({ "reason": "tea" })).await.expect("paused");
    wait::until("its end would have been", SOON, async || chrono::Utc::now(), |now| *now > closes + SECOND * 3).await;
    testbed.admin.run(event, "resume", json!({})).await.expect("resumed");
    let held = closes_at(&testbed, event).await;
    assert!(held > closes + SECOND * 3, "the end has moved");
    let whole = ["sale.opened", "sale.sold_out", "sale.sold_out", "sale.paused", "sale.resumed", "sale.ended"];
    shop.is_told(&id, &whole).await;
    let calls = shop.calls();
    let moment = |kind: &str| {
        let is_it = |notice: &Value| notice["type"] == kind && notice["data"]["sale"]["id"] == id;
        let call = calls.iter().find(|call| is_it(&call.notice)).expect("told");
        call.notice["timestamp"].as_str().expect("a time").parse::<chrono::DateTime<chrono::Utc>>().expect("RFC 3339")
    };
    assert_eq!(moment("sale.ended"), held, "the true moment");
    assert_eq!(json!(moment("sale.opened")), json!(closes - SECOND * 12), "the true moment");
    end(testbed).await;
}

#[tokio::test]
async fn whatever_an_organiser_does_at_once_a_sale_is_told_opened_first() {
    let testbed = start(described().order_workers(2)).await;
    let shop = Shop::open(Does::Accept).await;
    Endpoint::make(&testbed, &shop.url, &["sale.opened", "sale.paused", "sale.stopped"]).await;
    let why = json!({ "reason": "a mistake" });
    for what in ["pause", "stop"] {
        let event = testbed.admin.create(&NewSale::of_one(1)).await.expect("created");
        testbed.admin.run(event, what, why.clone()).await.expect("done");
        let done = if what == "pause" { "sale.paused" } else { "sale.stopped" };
        shop.is_told(&event.to_string(), &["sale.opened", done]).await;
    }
    end(testbed).await;
}

const SECOND: chrono::TimeDelta = chrono::TimeDelta::seconds(1);

async fn closes_at(testbed: &Testbed, event: EventId) -> chrono::DateTime<chrono::Utc> {
    let view = testbed.admin.call(Method::GET, &format!("/events/{event}"), None).await.expect("shown");
    view["closes_at"].as_str().expect("a time").parse().expect("RFC 3339")
}
