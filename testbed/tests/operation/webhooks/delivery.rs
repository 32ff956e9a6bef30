//! Endpoints that fail, hang, are gone, paused, or somewhere they may not be.

use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::ByHand;
use testbed::{Kind, NewSale, Testbed, wait};

use super::shop::{Does, Endpoint, Shop, call};
use super::{SOON, described, end, start};

const TYPES: [&str; 2] = ["reservation.granted", "reservation.given_back"];

/// Some who reserve, and give back: two notices each.
async fn come_and_go(testbed: &Testbed, count: usize) -> Vec<String> {
    let sale = NewSale { hold_seconds: 300, ..NewSale::of_one(100) };
    let event = testbed.admin.create(&sale).await.expect("created");
    come_to(testbed, event, &sale, count).await
}

async fn come_to(testbed: &Testbed, event: EventId, sale: &NewSale, count: usize) -> Vec<String> {
    let (door, wish) = (&testbed.base_urls[0], json!({ "sku": sale.items[0].sku, "quantity": 1 }));
    let mut attempts = Vec::new();
    for _ in 0..count {
        let (shopper, attempt) = ByHand::holding(door, event, &wish).await;
        assert_eq!(shopper.give_back(door, &attempt).await.0, StatusCode::ACCEPTED);
        attempts.push(attempt);
    }
    attempts
}

async fn all_told(shop: &Shop, attempts: &[String]) {
    for attempt in attempts {
        shop.is_told(attempt, &TYPES).await;
    }
}

#[tokio::test]
async fn nothing_is_lost_and_all_is_in_order_when_the_receiver_fails_and_the_teller_dies() {
    let mut testbed = start(described()).await;
    let shop = Shop::open(Does::Answer(500)).await;
    let endpoint = Endpoint::make(&testbed, &shop.url, &TYPES).await;
    let attempts = come_and_go(&testbed, 6).await;
    shop.is_called(6).await;
    endpoint.has(&testbed, "refused", |delivery| delivery["last_status"] == 500).await;
    endpoint.becomes(&testbed, "failing", |view| !view["failing_since"].is_null()).await;
    assert!(shop.calls().iter().all(|call| call.notice["type"] == TYPES[0]), "the second waits for the first");
    // It dies while somebody does not answer.
    shop.now(Does::Hang);
    let before = shop.calls().len();
    shop.is_called(before + 1).await;
    testbed.process(Kind::OrderWorker, 0).kill();
    shop.now(Does::Accept);
    testbed.process(Kind::OrderWorker, 0).start().expect("started again");
    testbed.ready().await.expect("ready");
    all_told(&shop, &attempts).await;
    let (unanswered, calls) = (shop.calls()[before].id.clone(), shop.calls());
    assert!(calls.iter().any(|call| call.id == unanswered && call.accepted), "the same notice, under the same id");
    endpoint.becomes(&testbed, "well", |view| view["waiting"] == 0 && view["failing_since"].is_null()).await;
    end(testbed).await;
}

#[tokio::test]
async fn an_endpoint_that_never_answers_holds_up_nobody_else() {
    let testbed = start(described()).await;
    let (slow, fast) = (Shop::open(Does::Hang).await, Shop::open(Does::Accept).await);
    let of_slow = Endpoint::make(&testbed, &slow.url, &TYPES).await;
    let of_fast = Endpoint::make(&testbed, &fast.url, &TYPES).await;
    let attempts = come_and_go(&testbed, 12).await;
    slow.is_called(8).await;
    of_fast.post(&testbed, "test", json!({})).await;
    all_told(&fast, &attempts).await;
    fast.is_told(&of_fast.id, &["endpoint.test"]).await;
    let timed_out = "flashline_order_worker_delivery_tries_total{end=\"timed_out\"}";
    assert_eq!(testbed.metrics(Kind::OrderWorker, timed_out).await, [0.0], "not once the slow one's places fell free");
    let waiting = of_slow.view(&testbed).await["waiting"].clone();
    assert_eq!(waiting, 24, "of the slow one's nothing is accepted");
    assert!(slow.calls().len() >= 8, "it was called in as many places as it has: {}", slow.calls().len());
    end(testbed).await;
}

#[tokio::test]
async fn who_is_gone_is_paused_at_once_and_goes_on_where_it_stopped() {
    let testbed = start(described()).await;
    let shop = Shop::open(Does::Answer(410)).await;
    let endpoint = Endpoint::make(&testbed, &shop.url, &TYPES).await;
    let mut attempts = come_and_go(&testbed, 1).await;
    let gone = endpoint.becomes(&testbed, "paused", |view| view["paused"] == true).await;
    assert_eq!(gone["paused_why"], "gone");
    let shown =
        async || testbed.metrics(Kind::OrderWorker, "flashline_order_worker_endpoints{state=\"paused_gone\"}").await;
    wait::until("operators see it", SOON, shown, |count| *count == [1.0]).await;
    attempts.extend(come_and_go(&testbed, 2).await);
    endpoint.becomes(&testbed, "owed all", |view| view["waiting"] == 6).await;
    assert_eq!(shop.calls().len(), 1, "it is told nothing");
    shop.now(Does::Accept);
    endpoint.set_paused(&testbed, false).await;
    all_told(&shop, &attempts).await;
    endpoint.set_paused(&testbed, true).await;
    let by_hand = endpoint.view(&testbed).await;
    assert_eq!((&by_hand["paused"], &by_hand["paused_why"]), (&json!(true), &json!("organiser")));
    end(testbed).await;
}

#[tokio::test]
async fn what_is_given_up_can_be_sent_again_and_who_fails_for_long_is_paused() {
    let patience = described().setting("FLASHLINE_DELIVERY_SECONDS", "2");
    let testbed = start(patience.setting("FLASHLINE_ENDPOINT_FAILING_SECONDS", "15")).await;
    let shop = Shop::open(Does::Answer(503)).await;
    let endpoint = Endpoint::make(&testbed, &shop.url, &["reservation.granted"]).await;
    let attempts = come_and_go(&testbed, 2).await;
    let is_given_up = |delivery: &Value| delivery["state"] == "given_up";
    let given_up = endpoint.has(&testbed, "given up", is_given_up).await;
    let tries = given_up["tries_made"].as_array().expect("a list").clone();
    assert!(
        tries.len() >= 2 && tries.iter().all(|one| one["status"] == 503 && one["answer"] == "not today"),
        "{tries:?}"
    );
    assert_eq!(
        given_up["body"].as_str().map(serde_json::from_str::<Value>).expect("text").expect("JSON")["type"],
        "reservation.granted"
    );
    let all = async || endpoint.deliveries(&testbed).await.iter().filter(|one| is_given_up(one)).count();
    wait::until("both are given up", SOON, all, |count| *count == 2).await;
    shop.now(Does::Accept);
    let sent = endpoint.post(&testbed, "resend", json!({ "given_up_only": true })).await;
    assert_eq!(sent["resent"], 2);
    for attempt in &attempts {
        shop.is_told(attempt, &["reservation.granted"]).await;
    }
    let accepted = endpoint.has(&testbed, "accepted", |delivery| delivery["state"] == "accepted").await;
    let (before, id) = (shop.calls().len(), accepted["id"].as_str().expect("an id"));
    call(&testbed, Method::POST, &format!("/deliveries/{id}/resend"), None).await;
    shop.is_called(before + 1).await;
    assert_eq!(shop.calls()[before].id, accepted["notice_id"], "the same notice");

    shop.now(Does::Answer(503));
    endpoint.post(&testbed, "test", json!({})).await;
    let tried_until_paused = async || {
        let view = endpoint.view(&testbed).await;
        if view["waiting"] == 0 {
            // Refused, once it is paused: that may be at any moment.
            let test = format!("/webhooks/endpoints/{}/test", endpoint.id);
            let _ = testbed.admin.call(Method::POST, &test, Some(json!({}))).await;
        }
        view
    };
    let paused = wait::until("it is paused", SOON, tried_until_paused, |view| view["paused"] == true).await;
    assert_eq!(paused["paused_why"], "failing");
    end(testbed).await;
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let testbed = start(described()).await;
    let elsewhere = Shop::open(Does::Accept).await;
    let shop = Shop::open(Does::LeadTo(elsewhere.url.clone())).await;
    let endpoint = Endpoint::make(&testbed, &shop.url, &TYPES).await;
    endpoint.post(&testbed, "test", json!({})).await;
    let refused = endpoint.has(&testbed, "refused", |delivery| delivery["last_status"] == 307).await;
    assert_eq!((&refused["state"], &refused["last_error"]), (&json!("waiting"), &json!("a redirect is not followed")));
    assert_eq!(elsewhere.calls().len(), 0);
    end(testbed).await;
}

#[tokio::test]
async fn nobody_is_led_to_private_addresses() {
    let testbed = start(Testbed::builder()).await;
    let shop = Shop::open(Does::Accept).await;
    let port = shop.url.split(':').nth(2).expect("a port").trim_end_matches("/hooks").to_owned();
    for url in [
        shop.url.clone(),
        format!("https://127.0.0.1:{port}/hooks"),
        format!("https://[::1]:{port}/hooks"),
        format!("https://2130706433:{port}/hooks"),
        format!("https://me:secret@localhost:{port}/hooks"),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
    ] {
        let spec = json!({ "url": url, "types": TYPES });
        let refused = testbed.admin.call(Method::POST, "/webhooks/endpoints", Some(spec)).await.expect_err("refused");
        assert!(refused.to_string().contains("422"), "{url}: {refused}");
    }
    // A name is looked up when it is called, and the address is checked then.
    let endpoint = Endpoint::make(&testbed, &format!("https://localhost:{port}/hooks"), &TYPES).await;
    endpoint.post(&testbed, "test", json!({})).await;
    let refused =
        endpoint.has(&testbed, "refused", |delivery| delivery["tries"] != 0 && !delivery["last_error"].is_null()).await;
    assert!(
        refused["last_error"].as_str().is_some_and(|why| why.contains("no address that may be called")),
        "{refused}"
    );
    let forbidden = "flashline_order_worker_delivery_tries_total{end=\"forbidden\"}";
    assert!(testbed.metrics(Kind::OrderWorker, forbidden).await[0] >= 1.0);
    assert_eq!(shop.calls().len(), 0);
    end(testbed).await;
}
