//! Every call, twice and in every order; and by whom.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{NewSale, Testbed, unique, wait};

use super::{Shop, handed_over, hands_over, judge, kind, reserves, waits};

#[tokio::test]
async fn a_shop_confirms_and_returns_and_each_call_may_be_made_again() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let shop = Shop::open(&testbed).await;
    let sale = handed_over(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (shopper, id) = reserves(&testbed, event, &sale).await;

    let (status, told) = shopper.pay(event, &id, json!({ "card_token": "tok_ok" })).await;
    assert_eq!((status, kind(&told)), (StatusCode::CONFLICT, "not_payable"));
    let handed = hands_over(&shopper, event, &id).await;
    let url = handed["url"].as_str().expect("a URL");
    assert!(url.starts_with("http://127.0.0.1:9/checkout?lang=en&grant=ey"), "{url}");
    let (_, reserved) = shop.read(&id).await;
    assert_eq!((&reserved["state"], &reserved["price"]["total_minor"]), (&json!("reserved"), &json!(2_000)));

    // Nothing but the price is the price, and nothing happens before it is.
    for paid in [1_999, 2_001, 0, -2_000] {
        let (status, told) = shop.confirm(&id, "order-1", paid).await;
        assert_eq!((status, kind(&told)), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
        let detail = told["detail"].as_str().expect("a detail");
        assert!(detail.contains(&paid.to_string()) && detail.contains("2000 EUR"), "{detail}");
    }
    let dollars = json!({ "reference": "order-1", "paid_minor": 2_000, "currency": "USD" });
    assert_eq!(shop.call(Method::POST, &format!("{id}/confirm"), Some(dollars)).await.0, 422);
    for reference in [&"x".repeat(101), "two\nlines", "\u{202e}turned"] {
        assert_eq!(shop.confirm(&id, reference, 2_000).await.0, 422, "{reference:?}");
    }
    let (status, told) = shop.give_back(&id).await;
    assert_eq!((status, kind(&told)), (StatusCode::CONFLICT, "conflict"), "what is not converted is released");
    assert_eq!(shop.read(&id).await.1, reserved, "as it was");

    let mut orders = Vec::new();
    for _ in 0..2 {
        let (status, converted) = shop.confirm(&id, "order-1", 2_000).await;
        assert_eq!((status, &converted["state"]), (StatusCode::OK, &json!("converted")), "{converted}");
        assert_eq!(converted["reference"], "order-1");
        orders.push(converted["order_number"].as_str().expect("a number").to_owned());
    }
    assert_eq!(orders[0], orders[1], "one order");
    let (status, told) = shop.confirm(&id, "order-2", 2_000).await;
    assert_eq!((status, kind(&told)), (StatusCode::CONFLICT, "conflict"));
    assert!(told["detail"].as_str().is_some_and(|detail| detail.contains("order-1")), "{told}");
    assert_eq!(shop.confirm(&id, "order-1", 1).await.0, 422, "the sum is no other by now");
    assert_eq!(kind(&shop.release(&id).await.1), "not_cancellable");
    assert_eq!(kind(&shop.extend(&id, clock::now().0 + 30_000).await.1), "conflict");

    let seen = shopper.sees(event, &id, "confirmed").await;
    assert_eq!((&seen["order"]["number"], &seen["order"]["reference"]), (&json!(orders[0]), &json!("order-1")));
    let listed = testbed.admin.call(Method::GET, "/orders?q=order-1", None).await.expect("listed");
    let order = &listed["orders"][0];
    assert_eq!((&order["number"], &order["state"]), (&json!(orders[0]), &json!("paid")), "{listed}");
    exported_under_its_name(&testbed, &event.to_string(), "order-1").await;

    // The money is the shop's business, the units are everybody's.
    let path = format!("/orders/{}", order["order_id"].as_str().expect("an id"));
    let refused = testbed.admin.call(Method::POST, &format!("{path}/refund"), Some(json!({ "reason": "?" }))).await;
    assert!(refused.expect_err("refused").to_string().contains("the shop's own checkout took this money"));
    for _ in 0..2 {
        let (status, returned) = shop.give_back(&id).await;
        assert_eq!((status, &returned["state"]), (StatusCode::OK, &json!("returned")), "{returned}");
    }
    let seen = shopper.sees(event, &id, "cancelled").await;
    assert_eq!((&seen["reason"], &seen["order"]["state"]), (&json!("refunded"), &json!("refunded")));
    let (status, told) = shop.confirm(&id, "order-1", 2_000).await;
    assert_eq!((status, kind(&told)), (StatusCode::GONE, "gone"), "what is returned is not charged");
    // As soon as the door knows that there is a unit again.
    let another = Shopper::arrive(&testbed.base_urls[0]).await;
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let click = async || another.ask(Method::POST, &format!("/sales/{event}/attempts"), "click", wish.clone()).await;
    let is_let_in = |said: &(StatusCode, Value)| said.0 == StatusCode::ACCEPTED;
    let (_, accepted) = wait::until("it is for sale again", Duration::from_secs(10), click, is_let_in).await;
    let id = accepted["attempt_id"].as_str().expect("an id");
    another.sees(event, id, "reserved").await;
    hands_over(&another, event, id).await;
    assert_eq!(shop.release(id).await.0, StatusCode::OK);
    judge(&testbed, event).await;
    testbed.end().await;
}

async fn exported_under_its_name(testbed: &Testbed, event: &str, reference: &str) {
    let csv = reqwest::Client::new().get(format!("{}/api/v1/admin/orders.csv?event={event}", testbed.base_urls[0]));
    let csv = csv.bearer_auth(&testbed.admin_token).send().await.expect("answered").text().await.expect("text");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let of = |name: &str| rows[1][rows[0].iter().position(|one| *one == name).expect(name)];
    assert_eq!((of("reference"), of("refunded"), of("refunded_at")), (reference, "0.00", ""), "{csv}");
}

#[tokio::test]
async fn what_the_shop_releases_is_the_next_ones_and_an_owner_puts_back_what_it_sold() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let shop = Shop::open(&testbed).await;
    let sale = handed_over(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (first, id) = reserves(&testbed, event, &sale).await;
    let (next, waiting) = waits(&testbed, event, &sale).await;
    assert_eq!(shop.read(&waiting).await.0, StatusCode::NOT_FOUND, "it was handed nothing of that");
    hands_over(&first, event, &id).await;
    for _ in 0..2 {
        let (status, gone) = shop.release(&id).await;
        assert_eq!((status, &gone["state"], &gone["reason"]), (StatusCode::OK, &json!("gone"), &json!("shop")));
    }
    assert_eq!(first.sees(event, &id, "cancelled").await["reason"], "shop");
    let (status, told) = shop.confirm(&id, "late", 2_000).await;
    assert_eq!((status, kind(&told)), (StatusCode::GONE, "gone"));

    next.sees(event, &waiting, "reserved").await;
    hands_over(&next, event, &waiting).await;
    assert_eq!(shop.confirm(&waiting, "order-7", 2_000).await.0, StatusCode::OK);
    let order = next.sees(event, &waiting, "confirmed").await["order"]["order_id"].as_str().expect("an id").to_owned();
    for _ in 0..2 {
        let put_back = format!("/orders/{order}/put-back");
        let body = json!({ "reason": "the shop's server is away" });
        let asked = testbed.admin.call(Method::POST, &put_back, Some(body)).await.expect("asked");
        assert_eq!(asked["put_back"], true);
    }
    next.sees(event, &waiting, "cancelled").await;
    assert_eq!(shop.give_back(&waiting).await.1["state"], "returned", "once, whoever asks");
    judge(&testbed, event).await;
    testbed.end().await;
}

#[tokio::test]
async fn while_the_shop_charges_standby_waits_for_what_it_may_return() {
    let testbed = Testbed::builder().setting("FLASHLINE_SHOP_CHARGE_SECONDS", "8").start().await.expect("it starts");
    let shop = Shop::open(&testbed).await;
    let sale = handed_over(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (_first, id) = reserves(&testbed, event, &sale).await;
    let (next, place) = &waits(&testbed, event, &sale).await;
    let (last, last_place) = &waits(&testbed, event, &sale).await;
    assert_eq!(shop.confirm(&id, "declined-after-all", 2_000).await.0, StatusCode::OK);
    tokio::time::sleep(Duration::from_secs(3)).await;
    next.sees(event, place, "standby").await;
    assert_eq!(shop.give_back(&id).await.1["state"], "returned");
    next.sees(event, place, "reserved").await;
    // Once the shop must have its money, nothing comes back.
    assert_eq!(shop.confirm(place, "charged", 2_000).await.0, StatusCode::OK);
    last.sees(event, last_place, "standby").await;
    let ended = last.sees(event, last_place, "standby_ended").await;
    assert_eq!(ended["reason"], "sold_out");
    judge(&testbed, event).await;
    testbed.end().await;
}

#[tokio::test]
async fn the_shop_may_call_what_is_the_shops_and_nobody_else_may() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let shop = Shop::open(&testbed).await;
    let sale = handed_over(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (shopper, id) = reserves(&testbed, event, &sale).await;
    hands_over(&shopper, event, &id).await;
    let other = |token: &str| Shop { client: shop.client.clone(), base: shop.base.clone(), token: token.to_owned() };
    let mut strangers = vec![(StatusCode::FORBIDDEN, other(&testbed.admin_token))];
    for role in ["viewer", "manager"] {
        let token = json!({ "name": unique(role), "role": role });
        let made = testbed.admin.call(Method::POST, "/tokens", Some(token)).await.expect("made");
        strangers.push((StatusCode::FORBIDDEN, other(made["token"].as_str().expect("a token"))));
    }
    for token in ["", "fl_0000", &shopper.token] {
        strangers.push((StatusCode::UNAUTHORIZED, other(token)));
    }
    for (expected, stranger) in strangers {
        assert_eq!(stranger.read(&id).await.0, expected);
        assert_eq!(stranger.confirm(&id, "order", 2_000).await.0, expected);
        assert_eq!(stranger.release(&id).await.0, expected);
        assert_eq!(stranger.extend(&id, clock::now().0).await.0, expected);
        assert_eq!(stranger.give_back(&id).await.0, expected);
    }
    for path in ["/me", "/events", "/orders", "/tokens"] {
        let asked = shop.client.get(format!("{}/api/v1/admin{path}", shop.base)).bearer_auth(&shop.token);
        assert_eq!(asked.send().await.expect("answered").status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(shop.read(&id).await.1["state"], "reserved", "nothing has come of any of it");
    testbed.end().await;
}

#[tokio::test]
async fn only_sales_that_are_handed_over_are() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let shop = Shop::open(&testbed).await;
    let sale = NewSale { hold_seconds: 120, ..NewSale::of_one(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (shopper, id) = reserves(&testbed, event, &sale).await;
    let path = format!("/sales/{event}/reservations/{id}/handover");
    let (status, told) = shopper.ask(Method::POST, &path, "-", Value::Null).await;
    assert_eq!((status, kind(&told)), (StatusCode::CONFLICT, "not_payable"));
    assert_eq!(shop.confirm(&id, "order", 2_000).await.0, StatusCode::NOT_FOUND);
    assert_eq!(shop.release(&id).await.0, StatusCode::NOT_FOUND);
    assert_eq!(shop.read("00000000-0000-0000-0000-000000000000").await.0, StatusCode::NOT_FOUND);

    let good = handed_over(1);
    let event = testbed.admin.create(&good).await.expect("created");
    let (_, id) = reserves(&testbed, event, &good).await;
    let foreign = format!("/sales/{event}/reservations/{id}/handover");
    assert_eq!(shopper.ask(Method::POST, &foreign, "-", Value::Null).await.0, StatusCode::NOT_FOUND, "not theirs");

    let refused = async |change: &dyn Fn(&mut Value)| {
        let mut definition = good.definition();
        change(&mut definition);
        let made = testbed.admin.call(Method::POST, "/events", Some(definition)).await;
        made.expect_err("refused").to_string()
    };
    assert!(refused(&|sale| sale["checkout_url"] = Value::Null).await.contains("checkout_url: where"));
    assert!(refused(&|sale| sale["checkout"] = json!("reservation")).await.contains("checkout_url: only"));
    assert!(refused(&|sale| sale["checkout_url"] = json!("http://shop.example/")).await.contains("https://"));
    testbed.end().await;
}

#[tokio::test]
async fn without_keys_nothing_is_handed_over_and_it_is_said_why() {
    let testbed = Testbed::builder().setting("FLASHLINE_GRANT_KEYS", "").start().await.expect("the system starts");
    let refused = testbed.admin.create(&handed_over(1)).await.expect_err("refused").to_string();
    assert!(refused.contains("FLASHLINE_GRANT_KEYS"), "{refused}");
    let keys = reqwest::get(format!("{}/.well-known/jwks.json", testbed.base_urls[0])).await.expect("answered");
    assert_eq!(keys.json::<Value>().await.expect("JSON"), json!({ "keys": [] }));
    testbed.end().await;
}

#[tokio::test]
async fn a_customer_is_the_shops_own_and_a_guest_is_nobody() {
    let vouches = testbed::Shop::open();
    let testbed = vouches.believed_by(Testbed::builder()).start().await.expect("the system starts");
    let shop = Shop::open(&testbed).await;
    let sale = handed_over(2);
    let event = testbed.admin.create(&sale).await.expect("created");
    let anna = unique("kundin ä");
    let (customer, _) = Shopper::signs_in(&testbed.base_urls[0], &vouches.token(&anna)).await;
    let (guest, of_guest) = reserves(&testbed, event, &sale).await;
    let of_customer = customer.click(event, &sale, "click").await;
    customer.sees(event, &of_customer, "reserved").await;
    for (shopper, id, known_as) in [(&customer, of_customer, json!(anna)), (&guest, of_guest, Value::Null)] {
        let handed = hands_over(shopper, event, &id).await;
        let claims = handed["url"].as_str().and_then(|url| url.split("grant=").nth(1)?.split('.').nth(1));
        let claims = URL_SAFE_NO_PAD.decode(claims.expect("a grant")).expect("base64url");
        let claims: Value = serde_json::from_slice(&claims).expect("JSON");
        assert_eq!((&claims["customer"], &shop.read(&id).await.1["customer"]), (&known_as, &known_as));
        assert_eq!(shop.release(&id).await.0, StatusCode::OK);
    }
    testbed.end().await;
}
