//! In browsers, by Web Push: a push service that checks who sends and decrypts what comes.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testbed::by_hand::Shopper;
use testbed::{Kind, NewSale, PushService, Testbed, wait};

use super::{QUIET, SOON, gives_back, held_by_other, of_units, waits_until_ended};

fn service(testbed: &Testbed) -> &PushService {
    testbed.push.as_ref().expect("a push service")
}

async fn wants_push(shopper: &Shopper, path: &str, subscription: &Value, language: &str) -> (StatusCode, Value) {
    let mut wish = subscription.clone();
    wish["language"] = json!(language);
    shopper.ask(Method::PUT, &format!("{path}/push"), "-", wish).await
}

fn digest(subscription: &Value) -> String {
    hex::encode(Sha256::digest(subscription["endpoint"].as_str().expect("an endpoint")))
}

#[tokio::test]
async fn a_guest_hears_in_their_browser_once_and_no_more_when_they_withdraw_it() {
    let mut testbed = Testbed::builder()
        .order_workers(2)
        .with_push()
        .setting("FLASHLINE_LIMIT_SHOPPER", "off")
        .start()
        .await
        .expect("the system starts");
    let sale = NewSale { standby_max: 5, ..of_units(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let path = format!("/sales/{event}/notifications");
    let (guest, other) = (Shopper::arrive(&testbed.base_urls[0]).await, Shopper::arrive(&testbed.base_urls[0]).await);
    let (_, offered) = guest.read(&path).await;
    assert_eq!((&offered["mail_offered"], &offered["pushes"]), (&json!(false), &json!([])), "{offered}");
    let key = offered["push_key"].as_str().expect("a key").to_owned();
    let (browser, others) = (service(&testbed).subscribe(&key).await, service(&testbed).subscribe(&key).await);
    assert_eq!(wants_push(&guest, &path, &browser.subscription, "zh").await.0, StatusCode::NO_CONTENT);
    assert_eq!(wants_push(&other, &path, &others.subscription, "en").await.0, StatusCode::NO_CONTENT);
    assert_eq!(guest.read(&path).await.1["pushes"], json!([digest(&browser.subscription)]));

    let (ben, held) = held_by_other(&testbed, event, &sale).await;
    let attempt = guest.click(event, &sale, "k").await;
    guest.sees(event, &attempt, "standby").await;
    gives_back(&ben, event, &held).await;
    testbed.process(Kind::OrderWorker, 1).kill();
    testbed.process(Kind::OrderWorker, 1).start().expect("started");
    let turn = service(&testbed).nth_to(&browser, 1).await;
    assert_eq!((&turn["title"], &turn["lang"], &turn["dir"]), (&json!("轮到您了"), &json!("zh"), &json!("ltr")));
    assert_eq!(turn["url"], format!("{}/sales/{event}", testbed.base_urls[0]));
    let fields: Vec<&String> = turn.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["dir", "lang", "tag", "text", "title", "url"], "nothing that is not shown");

    // The owner of the browser withdraws the permission; its service says so, and it is forgotten.
    service(&testbed).expire(&browser).await;
    assert_eq!(guest.pay(event, &attempt, json!({ "card_token": "tok_ok" })).await.0, StatusCode::ACCEPTED);
    let look = async || guest.read(&path).await.1["pushes"].clone();
    wait::until("it is forgotten", SOON, look, |pushes| *pushes == json!([])).await;
    waits_until_ended(&testbed, "unsubscribed", 1.0).await;
    tokio::time::sleep(QUIET).await;
    assert_eq!(service(&testbed).to(&browser).await.len(), 1);
    assert_eq!(service(&testbed).to(&others).await.len(), 0, "who has nothing hears nothing");
    testbed.end().await;
}

#[tokio::test]
async fn only_what_may_be_called_is_taken_and_only_a_few_browsers_are_kept() {
    // What organisers may have called, shoppers may not.
    let organisers = Testbed::builder().setting("FLASHLINE_ENDPOINT_NETWORKS", "10.0.0.0/8,169.254.0.0/16");
    let testbed = organisers.with_push().start().await.expect("the system starts");
    let event = testbed.admin.create(&of_units(1)).await.expect("created");
    let path = format!("/sales/{event}/notifications");
    let guest = Shopper::arrive(&testbed.base_urls[0]).await;
    let key = guest.read(&path).await.1["push_key"].as_str().expect("a key").to_owned();
    let good = service(&testbed).subscribe(&key).await.subscription;
    for (field, wrong) in [
        ("endpoint", "http://10.0.0.1/notify"),
        ("endpoint", "https://169.254.169.254/latest"),
        ("endpoint", "ftp://push.example/1"),
        ("p256dh", "AAAA"),
        ("auth", "AAAA"),
    ] {
        let mut bad = good.clone();
        bad[field] = json!(wrong);
        let (status, said) = wants_push(&guest, &path, &bad, "en").await;
        assert_eq!((status, &said["type"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/problems/invalid")), "{wrong}");
    }
    let mut all = Vec::new();
    for _ in 0..6 {
        let subscription = service(&testbed).subscribe(&key).await.subscription;
        assert_eq!(wants_push(&guest, &path, &subscription, "en").await.0, StatusCode::NO_CONTENT);
        all.push(digest(&subscription));
    }
    let kept = guest.read(&path).await.1["pushes"].as_array().cloned().expect("a list");
    assert!(kept.len() == 5 && !kept.contains(&json!(all[0])), "the oldest goes: {kept:?}");
    let (status, _) = guest.ask(Method::DELETE, &format!("{path}/push/{}", all[5]), "-", Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(guest.read(&path).await.1["pushes"].as_array().map(Vec::len), Some(4));
    // Somebody else's are somebody else's.
    let other = Shopper::arrive(&testbed.base_urls[0]).await;
    other.ask(Method::DELETE, &format!("{path}/push/{}", all[4]), "-", Value::Null).await;
    assert_eq!(guest.read(&path).await.1["pushes"].as_array().map(Vec::len), Some(4));
    testbed.end().await;
}

#[tokio::test]
async fn who_asks_while_they_hold_units_hears_once_that_their_time_runs_out() {
    let testbed = Testbed::builder()
        .with_push()
        .setting("FLASHLINE_LIMIT_SHOPPER", "off")
        .start()
        .await
        .expect("the system starts");
    let sale = NewSale { hold_seconds: 9, ..of_units(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let path = format!("/sales/{event}/notifications");
    let guest = Shopper::arrive(&testbed.base_urls[0]).await;
    let attempt = guest.click(event, &sale, "k").await;
    guest.sees(event, &attempt, "reserved").await;
    let key = guest.read(&path).await.1["push_key"].as_str().expect("a key").to_owned();
    let browser = service(&testbed).subscribe(&key).await;
    for _ in 0..2 {
        assert_eq!(wants_push(&guest, &path, &browser.subscription, "en").await.0, StatusCode::NO_CONTENT);
    }
    let told = service(&testbed).nth_to(&browser, 1).await;
    assert_eq!(told["title"], "Your time is running out");
    // Off and on again, when it is due already: they are at the page.
    let off = format!("{path}/push/{}", digest(&browser.subscription));
    assert_eq!(guest.ask(Method::DELETE, &off, "-", Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(wants_push(&guest, &path, &browser.subscription, "en").await.0, StatusCode::NO_CONTENT);
    guest.sees(event, &attempt, "expired").await;
    assert_eq!(service(&testbed).to(&browser).await.len(), 1);
    testbed.end().await;
}

#[tokio::test]
async fn where_nothing_is_pushed_no_browser_is_taken() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let event = testbed.admin.create(&of_units(1)).await.expect("created");
    let path = format!("/sales/{event}/notifications");
    let guest = Shopper::arrive(&testbed.base_urls[0]).await;
    let (_, offered) = guest.read(&path).await;
    assert_eq!(offered, json!({ "mail_offered": false, "mail": false, "pushes": [] }));
    let wish = json!({ "endpoint": "https://push.example/1", "p256dh": "AAAA", "auth": "AAAA" });
    let (status, said) = wants_push(&guest, &path, &wish, "en").await;
    assert_eq!((status, &said["type"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/problems/no_push")), "{said}");
    testbed.end().await;
}
