//! Sales that are paid through Stripe: localstripe, behind what can go wrong between two companies.

use std::time::Duration;

use reqwest::StatusCode;
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::stripe::{ASKS_FIRST, CARD, DECLINED, SECRET_KEY, WEBHOOK_KEY};
use testbed::{Crowd, Kind, NewSale, Stripe, Testbed, Then, unique};

use super::{Buyer, refund, refund_is, unhurried};

fn stripe(testbed: &Testbed) -> &Stripe {
    testbed.stripe.as_ref().expect("a Stripe")
}

/// The one intent of a buyer's payment.
async fn intent(testbed: &Testbed, buyer: &Buyer) -> Value {
    let mut intents = stripe(testbed).intents_of(&buyer.payment).await.expect("listed");
    assert_eq!(intents.len(), 1, "{intents:?}");
    intents.remove(0)
}

async fn answer_bank(testbed: &Testbed, buyer: &Buyer, agrees: bool) -> anyhow::Result<()> {
    let id = intent(testbed, buyer).await["id"].as_str().expect("an id").to_owned();
    stripe(testbed).shopper_answers(&id, agrees).await
}

#[tokio::test]
async fn a_crowd_pays_through_stripe_while_answers_get_lost() {
    let testbed = Testbed::builder().on_stripe().order_workers(2).start().await.expect("the system starts");
    stripe(&testbed).loses_one_in(6);
    let sale = NewSale { hold_seconds: 60, standby_max: 0, payment_tries: 2, ..NewSale::of_one(60) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let cards: [&[&'static str]; 4] = [&[CARD], &[CARD], &[DECLINED, CARD], &[DECLINED, DECLINED]];
    let then = |index: usize| Then::Pay(cards[index % cards.len()].to_vec());
    let outcome = Crowd::buying(&sale, 60, 2.0, then).run(&testbed.base_urls, event).await.expect("ran");
    testbed.judge(event, &outcome).await.expect("the verifier can look").assert_good();
    assert_eq!(outcome.paid(), 45, "three of four ways to pay lead to an order");
    assert!(stripe(&testbed).troubles() > 20, "answers were lost");
    let heard = testbed.metrics(Kind::OrderWorker, "flashline_order_worker_webhooks_total{seen=\"fresh\"}").await;
    assert!(heard.iter().sum::<f64>() > 45.0, "webhooks are taken");
    testbed.end().await;
}

#[tokio::test]
async fn a_bank_that_asks_is_answered_on_the_page_with_the_client_secret() {
    let testbed = Testbed::builder().on_stripe().start().await.expect("the system starts");
    let sale = unhurried(5);
    let event = testbed.admin.create(&sale).await.expect("created");
    let token = Stripe::confirmation_token(ASKS_FIRST);
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": token })).await;
    let asked = buyer.payment(event, "action_needed").await;
    let secret = &asked["payment"]["action"]["client_secret"];
    assert_eq!(
        (&asked["payment"]["action"]["type"], secret),
        (&json!("client_secret"), &intent(&testbed, &buyer).await["client_secret"])
    );
    answer_bank(&testbed, &buyer, true).await.expect("answered");
    let order = buyer.order(event, "paid").await;
    assert_eq!(intent(&testbed, &buyer).await["amount_received"], order["total_minor"]);

    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": ASKS_FIRST })).await;
    buyer.payment(event, "action_needed").await;
    answer_bank(&testbed, &buyer, false).await.expect("answered");
    let declined = buyer.payment(event, "declined").await;
    assert_eq!(declined["payment"]["failure"], "payment_intent_authentication_failure");
    assert_eq!(intent(&testbed, &buyer).await["status"], "canceled", "nobody can revive it");
    // And another card is another payment.
    let (status, told) = buyer.shopper.pay(event, &buyer.attempt, json!({ "card_token": CARD })).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    buyer.order(event, "paid").await;
    testbed.end().await;
}

#[tokio::test]
async fn whoever_never_answers_their_bank_gets_nothing_and_pays_nothing() {
    let testbed = Testbed::builder().on_stripe().start().await.expect("the system starts");
    let sale = NewSale { hold_seconds: 2, grace_seconds: 3, ..NewSale::of_one(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": ASKS_FIRST })).await;
    let next = Shopper::arrive(&testbed.base_urls[0]).await;
    let place = next.click(event, &sale, "click").await;
    buyer.payment(event, "action_needed").await;
    buyer.shopper.sees(event, &buyer.attempt, "expired").await;
    next.sees(event, &place, "reserved").await;
    buyer.payment(event, "voided").await;
    assert_eq!(intent(&testbed, &buyer).await["status"], "canceled");
    answer_bank(&testbed, &buyer, true).await.expect_err("too late");
    assert_eq!(intent(&testbed, &buyer).await["amount_received"], 0);
    testbed.end().await;
}

#[tokio::test]
async fn a_hold_that_somebody_cancelled_is_not_taken_and_the_sale_is_undone() {
    let testbed = Testbed::builder().on_stripe().start().await.expect("the system starts");
    let sale = unhurried(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let shopper = Shopper::arrive(&testbed.base_urls[0]).await;
    let attempt = shopper.click(event, &sale, "click").await;
    shopper.sees(event, &attempt, "reserved").await;
    // While the line is paused, nothing is converted, so nothing is taken yet.
    testbed.admin.run(event, "pause", json!({ "reason": "a look" })).await.expect("paused");
    let (_, payment) = shopper.pay(event, &attempt, json!({ "card_token": CARD })).await;
    let payment = payment["payment_id"].as_str().expect("an id").to_owned();
    let buyer = Buyer { shopper, attempt, payment };
    buyer.payment(event, "confirming").await;
    let held = intent(&testbed, &buyer).await;
    assert_eq!(held["status"], "requires_capture");
    let path = format!("payment_intents/{}/cancel", held["id"].as_str().expect("an id"));
    stripe(&testbed).by_hand(&path, &[]).await.expect("cancelled in the dashboard");
    testbed.admin.run(event, "resume", json!({})).await.expect("resumed");
    let failed = buyer.payment(event, "capture_failed").await;
    assert!(failed["payment"]["failure"].as_str().is_some_and(|why| why.contains("canceled")), "{failed}");
    buyer.shopper.sees(event, &buyer.attempt, "cancelled").await;
    assert_eq!(intent(&testbed, &buyer).await["amount_received"], 0);
    testbed.end().await;
}

#[tokio::test]
async fn money_goes_back_in_parts_and_what_is_pending_is_followed_to_its_end() {
    let testbed = Testbed::builder().on_stripe().start().await.expect("the system starts");
    let sale = unhurried(5);
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": CARD })).await;
    let order = buyer.order(event, "paid").await;
    let part = async |amount: i64| {
        let body = json!({ "reason": "a scratch", "amount_minor": amount });
        refund(&testbed, &order, &unique("refund"), body).await
    };
    let back = async || intent(&testbed, &buyer).await["latest_charge"]["amount_refunded"].clone();
    part(500).await;
    refund_is(&testbed, &order, "refunded").await;
    assert_eq!(back().await, 500);

    stripe(&testbed).refunds_later();
    part(700).await;
    refund_is(&testbed, &order, "pending").await;
    let id = intent(&testbed, &buyer).await["id"].as_str().expect("an id").to_owned();
    let made = stripe(&testbed).refunds_of(&id).await;
    let pending = made.iter().find(|refund| refund["status"] == "pending").expect("one");
    stripe(&testbed).refund_ends(pending["id"].as_str().expect("an id"), "failed", Some("expired_or_canceled_card"));
    let failed = refund_is(&testbed, &order, "failed").await;
    assert_eq!((&failed["state"], &failed["refund_failure"]), (&json!("paid"), &json!("expired_or_canceled_card")));
    assert_eq!(back().await, 500);

    let (status, told) = part(1_501).await;
    assert!(status.is_client_error(), "more than is left: {told}");
    part(1_500).await;
    buyer.order(event, "refunded").await;
    assert_eq!(back().await, order["total_minor"]);
    testbed.end().await;
}

#[tokio::test]
async fn a_sale_that_could_come_to_a_price_that_stripe_refuses_is_refused_itself() {
    let testbed = Testbed::builder().on_stripe().start().await.expect("the system starts");
    let create = async |sale: &NewSale| testbed.admin.create(sale).await.map_err(|error| error.to_string());
    let mut sale = unhurried(5);
    sale.items[0].list_minor = 49;
    let why = create(&sale).await.expect_err("too little, by the product's price");
    assert!(why.contains("items[0].list_minor: 49 minor units; Stripe takes 50 at least"), "{why}");
    let mut sale = unhurried(5);
    sale.items[0].discount = json!({ "flat": { "fixed_price": 30 } });
    assert!(create(&sale).await.expect_err("too little").contains("items[0].discount.flat"));
    create(&unhurried(5)).await.expect("others are made");
    testbed.end().await;
}

#[tokio::test]
async fn webhooks_of_stripe_are_taken_if_stripe_signed_them() {
    use hmac::{Hmac, KeyInit, Mac};
    let testbed = Testbed::builder().on_stripe().start().await.expect("the system starts");
    let url = testbed.webhook_url.replace("/sandbox", "/stripe");
    let client = reqwest::Client::new();
    let send = async |body: &Value, key: &str| {
        let (body, at_s) = (body.to_string(), clock::now().0 / 1_000);
        let mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).expect("any key fits");
        let mac = mac.chain_update(format!("{at_s}.{body}")).finalize().into_bytes();
        let signature = format!("t={at_s},v1={}", hex::encode(mac));
        client.post(&url).header("stripe-signature", signature).body(body).send().await.expect("answered").status()
    };
    let event =
        |object: Value| json!({ "id": unique("evt"), "object": "event", "created": 1, "data": { "object": object } });
    let large = event(json!({ "object": "payment_intent", "id": "pi_1", "metadata": { "note": "x".repeat(100_000) } }));
    for told in [
        event(json!({ "object": "payment_intent", "id": "pi_1", "metadata": { "payment": uuid::Uuid::now_v7() } })),
        event(json!({ "object": "charge", "id": "ch_1", "payment_intent": "pi_1" })),
        event(json!({ "object": "refund", "id": "re_1", "payment_intent": null })),
        event(json!({ "object": "balance" })),
        large,
    ] {
        assert_eq!(send(&told, WEBHOOK_KEY).await, StatusCode::NO_CONTENT, "{}", told["data"]["object"]["object"]);
        assert_eq!(send(&told, "whsec_of_somebody_else_who_guesses").await, StatusCode::UNAUTHORIZED);
        assert_eq!(
            send(&told, &testbed.webhook_key).await,
            StatusCode::UNAUTHORIZED,
            "the sandbox's key is no good here"
        );
    }
    assert_eq!(send(&json!({ "id": "evt_1" }), WEBHOOK_KEY).await, StatusCode::BAD_REQUEST);
    testbed.end().await;
}

#[tokio::test]
async fn no_secret_of_stripes_is_logged() {
    let builder = Testbed::builder().on_stripe().setting("FLASHLINE_LOG", "trace,h2=off");
    let testbed = builder.start().await.expect("the system starts");
    let sale = unhurried(5);
    let event: EventId = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": ASKS_FIRST })).await;
    let asked = buyer.payment(event, "action_needed").await;
    let client_secret = asked["payment"]["action"]["client_secret"].as_str().expect("one").to_owned();
    answer_bank(&testbed, &buyer, true).await.expect("answered");
    buyer.order(event, "paid").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    for file in std::fs::read_dir(testbed.servers.folder().join("logs")).expect("logs") {
        let path = file.expect("a file").path();
        let log = String::from_utf8_lossy(&std::fs::read(&path).expect("read")).into_owned();
        for secret in [SECRET_KEY, WEBHOOK_KEY, &client_secret] {
            assert!(!log.contains(secret), "{secret} is in {}", path.display());
        }
    }
    testbed.end().await;
}
