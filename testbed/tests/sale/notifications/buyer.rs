//! The receipt, to the address that a buyer gave for the order; and how long all of it is kept.

use record::notifications::MAILS_TO_BUYER_MAX;
use reqwest::{Client, Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{Kind, NewSale, Testbed, unique, wait};

use super::{SOON, of_units, post, signed_in, waits_until_ended, wants_mail};

/// A sale whose buyers are asked for an address.
fn with_address(units: u32) -> NewSale {
    NewSale { buyer_fields: json!({ "email": "required" }), per_shopper_max: units, ..of_units(units) }
}

/// Reserves a unit, gives an address for it, and pays with a card; the attempt.
async fn buys(shopper: &Shopper, event: EventId, sale: &NewSale, address: &str, payment: Value) -> Value {
    let attempt = shopper.click(event, sale, &unique("k")).await;
    shopper.sees(event, &attempt, "reserved").await;
    let path = format!("{}/api/v1/sales/{event}/reservations/{attempt}/buyer", shopper.base);
    let given = shopper.client.put(path).bearer_auth(&shopper.token);
    let given = given.header("accept-language", "fr, ar-EG;q=0.9, en;q=0.8").json(&json!({ "email": address }));
    assert_eq!(given.send().await.expect("answered").status(), StatusCode::OK);
    let path = format!("/sales/{event}/reservations/{attempt}/payments");
    assert_eq!(shopper.ask(Method::POST, &path, &unique("pay"), payment).await.0, StatusCode::ACCEPTED);
    shopper.waits_for(event, &attempt, "paid", |seen| seen["order"]["state"] == "paid").await
}

async fn refunds(testbed: &Testbed, bought: &Value) {
    let order = bought["order"]["order_id"].as_str().expect("an order");
    let why = Some(json!({ "reason": "it wobbles" }));
    testbed.admin.call(Method::POST, &format!("/orders/{order}/refund"), why).await.expect("refunded");
}

/// As a mail program does by the link of a mail.
async fn ends_by_link(mail: &Value) {
    let link = mail["unsubscribe"][0].as_str().expect("a header").trim_matches(['<', '>']);
    assert_eq!(Client::new().post(link).send().await.expect("answered").status(), StatusCode::OK);
}

fn card() -> Value {
    json!({ "card_token": "tok_ok" })
}

#[tokio::test]
async fn a_guest_who_gave_an_address_gets_the_receipt_there_and_by_its_link_nothing_more_of_the_sale() {
    let testbed = Testbed::builder().with_mail().start().await.expect("the system starts");
    let sale = with_address(4);
    let event = testbed.admin.create(&sale).await.expect("created");
    let guest = Shopper::arrive(&testbed.base_urls[0]).await;
    let address = format!("{}@example.org", unique("guest"));
    let paid = buys(&guest, event, &sale, &address, card()).await;
    let receipt = post(&testbed).nth_to(&address, 1).await;
    let number = paid["order"]["number"].as_str().expect("a number");
    assert!(receipt["subject"].as_str().is_some_and(|subject| subject.contains("تأكد")), "{receipt}");
    let html = receipt["html"].as_str().expect("a page");
    assert!(html.contains("dir=\"rtl\"") && html.contains(number), "{html}");
    // Without a contact of its own, whoever sends it is asked.
    assert!(receipt["plain"].as_str().is_some_and(|text| text.contains("Lamps <tickets@shop.example>")), "{receipt}");

    // Neither of what is bought already, nor of what they, or somebody else, buy with the same address.
    ends_by_link(&receipt).await;
    refunds(&testbed, &paid).await;
    buys(&guest, event, &sale, &address.to_uppercase(), card()).await;
    let other = Shopper::arrive(&testbed.base_urls[0]).await;
    buys(&other, event, &sale, &address, card()).await;
    waits_until_ended(&testbed, "unsubscribed", 3.0).await;
    assert_eq!(post(&testbed).to(&address).len(), 1, "they wanted no more");
    // Of another sale nobody has said anything.
    let next = with_address(1);
    let another = testbed.admin.create(&next).await.expect("created");
    buys(&other, another, &next, &address, card()).await;
    post(&testbed).nth_to(&address, 2).await;
    testbed.end().await;
}

#[tokio::test]
async fn who_is_told_by_mail_gets_the_receipt_once_at_each_address_and_ends_all_of_one_by_its_link() {
    let testbed = Testbed::builder().with_mail().start().await.expect("the system starts");
    let sale = with_address(4);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (anna, address) = signed_in(&testbed).await;
    assert_eq!(wants_mail(&anna, event, &address, "en").await.0, StatusCode::NO_CONTENT);
    let elsewhere = format!("{}@example.org", unique("office"));
    buys(&anna, event, &sale, &elsewhere, card()).await;
    post(&testbed).nth_to(&elsewhere, 1).await;
    post(&testbed).nth_to(&address, 2).await;
    let bought = buys(&anna, event, &sale, &address.to_uppercase(), card()).await;
    let receipt = post(&testbed).nth_to(&address, 3).await;
    waits_until_ended(&testbed, "redundant", 1.0).await;

    // The address for the order does not take over from what she asked for.
    ends_by_link(&receipt).await;
    assert_eq!(anna.read(&format!("/sales/{event}/notifications")).await.1["mail"], false);
    refunds(&testbed, &bought).await;
    waits_until_ended(&testbed, "unsubscribed", 1.0).await;
    assert_eq!(post(&testbed).to(&address).len(), 3, "the code and two receipts");
    // She asks again, with that address: it is told again.
    assert_eq!(wants_mail(&anna, event, &address, "en").await.0, StatusCode::NO_CONTENT);
    buys(&anna, event, &sale, &address, card()).await;
    post(&testbed).nth_to(&address, 4).await;
    assert_eq!(post(&testbed).to(&elsewhere).len(), 1);
    testbed.end().await;
}

#[tokio::test]
async fn an_order_over_nothing_says_so_and_so_many_mails_go_to_an_address_that_nobody_confirmed() {
    let testbed = Testbed::builder().with_mail().start().await.expect("the system starts");
    let mut sale = with_address(3);
    sale.items[0].list_minor = 0;
    let event = testbed.admin.create(&sale).await.expect("created");
    let (guest, other) = (Shopper::arrive(&testbed.base_urls[0]).await, Shopper::arrive(&testbed.base_urls[0]).await);
    let address = format!("{}@example.org", unique("guest"));
    buys(&guest, event, &sale, &address, json!({})).await;
    let receipt = post(&testbed).nth_to(&address, 1).await;
    assert!(receipt["plain"].as_str().is_some_and(|text| text.contains("لم يكن هناك شيء للدفع")), "{receipt}");

    let pool = testbed.postgres().await.expect("postgres");
    sqlx::query(
        "INSERT INTO notifications (id, event_id, channel, recipient, kind, subject, occurrence, expires_at, ended_at,
                                    ended_as, address_digest)
         SELECT gen_random_uuid(), event_id, channel, recipient, kind, subject, number::text, expires_at, now(), 'sent',
                address_digest
         FROM notifications, generate_series(3, $2) AS number WHERE event_id = $1 AND address_digest IS NOT NULL",
    )
    .bind(event.0)
    .bind(MAILS_TO_BUYER_MAX)
    .execute(&pool)
    .await
    .expect("written");
    buys(&other, event, &sale, &address, json!({})).await;
    post(&testbed).nth_to(&address, 2).await;
    buys(&guest, event, &sale, &address, json!({})).await;
    waits_until_ended(&testbed, "limited", 1.0).await;
    assert_eq!(post(&testbed).to(&address).len(), 2);
    testbed.end().await;
}

#[tokio::test]
async fn a_refund_that_came_back_is_told_there_too() {
    let testbed = Testbed::builder().with_mail().start().await.expect("the system starts");
    let sale = with_address(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let guest = Shopper::arrive(&testbed.base_urls[0]).await;
    let address = format!("{}@example.org", unique("guest"));
    let bought = buys(&guest, event, &sale, &address, json!({ "card_token": "tok_refund_comes_back" })).await;
    // A receipt that comes after the refund would not be true, and is not sent.
    post(&testbed).nth_to(&address, 1).await;
    refunds(&testbed, &bought).await;
    post(&testbed).nth_to(&address, 2).await;
    let pool = testbed.postgres().await.expect("postgres");
    // Old enough to be compared with the gateway, whenever that has it back.
    let looked_at = async || {
        for aged in [
            "UPDATE payments SET updated_at = now() - interval '2 minutes'",
            "UPDATE refunds SET updated_at = now() - interval '2 minutes' WHERE state = 'refunded'",
        ] {
            sqlx::query(aged).execute(&pool).await.expect("aged");
        }
        post(&testbed).to(&address)
    };
    let told = wait::until("it is told", SOON, looked_at, |mails| mails.len() == 3).await[2].clone();
    assert!(told["subject"].as_str().is_some_and(|subject| subject.contains("لم يصل")), "{told}");
    testbed.end().await;
}

#[tokio::test]
async fn a_week_after_it_ended_nothing_of_it_is_left() {
    let mut testbed = Testbed::builder().with_mail().start().await.expect("the system starts");
    let sale = of_units(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (anna, address) = signed_in(&testbed).await;
    assert_eq!(wants_mail(&anna, event, &address, "en").await.0, StatusCode::NO_CONTENT);
    let attempt = anna.click(event, &sale, "k").await;
    anna.sees(event, &attempt, "reserved").await;
    assert_eq!(anna.pay(event, &attempt, json!({ "card_token": "tok_ok" })).await.0, StatusCode::ACCEPTED);
    post(&testbed).nth_to(&address, 2).await;
    let pool = testbed.postgres().await.expect("postgres");
    let rows = "SELECT (SELECT count(*) FROM notifications WHERE event_id = $1) +
                       (SELECT count(*) FROM notification_subscriptions WHERE event_id = $1) +
                       (SELECT count(*) FROM mail_refusals WHERE event_id = $1)";
    let refuses = "INSERT INTO mail_refusals (event_id, address_digest) VALUES ($1, sha256('x'))";
    sqlx::query(refuses).bind(event.0).execute(&pool).await.expect("written");
    let left = async || sqlx::query_scalar::<_, i64>(rows).bind(event.0).fetch_one(&pool).await.expect("counted");
    assert_eq!(left().await, 4, "the receipt, that time runs out, where to, and where not");
    for aged in [
        "UPDATE notifications SET ended_at = now() - interval '8 days', ended_as = coalesce(ended_as, 'sent') WHERE event_id = $1",
        "UPDATE sale_events SET settled_at = now() - interval '8 days' WHERE id = $1",
    ] {
        sqlx::query(aged).bind(event.0).execute(&pool).await.expect("aged");
    }
    testbed.process(Kind::OrderWorker, 0).start_again_with(&[]).expect("started");
    wait::until("nothing is left", SOON, left, |left| *left == 0).await;
    testbed.end().await;
}
