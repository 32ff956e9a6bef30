//! Refunds: refused, pending, asked for again; and what becomes of the units.

use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{NewSale, Testbed, unique, wait};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{Buyer, SOON, admin, aged, listed, refund, refund_is, unhurried};

#[tokio::test]
async fn a_refund_that_the_gateway_refused_can_be_asked_for_again() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(5);
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_refund_refused" })).await;
    let order = buyer.order(event, "paid").await;

    let (key, why) = (unique("refund"), json!({ "reason": "it wobbles" }));
    let (status, first) = refund(&testbed, &order, &key, why.clone()).await;
    assert_eq!(
        (status, &first["state"], &first["put_back"]),
        (StatusCode::ACCEPTED, &json!("requested"), &json!(false))
    );
    let shown = refund_is(&testbed, &order, "failed").await;
    assert_eq!(shown["state"], "paid", "nothing went back");
    assert!(shown["refund_failure"].as_str().is_some_and(|why| why.contains("the acquirer says no")), "{shown}");

    let (_, same) = refund(&testbed, &order, &key, why.clone()).await;
    assert_eq!((&same["refund_id"], &same["state"]), (&first["refund_id"], &json!("failed")), "the same request");
    let (status, reused) = refund(&testbed, &order, &key, json!({ "reason": "another" })).await;
    assert_eq!((status, &reused["type"]), (StatusCode::CONFLICT, &json!("/problems/key_reused")));

    let again_key = unique("refund");
    let (status, again) = refund(&testbed, &order, &again_key, why.clone()).await;
    assert_eq!((status, &again["state"]), (StatusCode::ACCEPTED, &json!("requested")));
    assert_ne!(again["refund_id"], first["refund_id"], "a new try");
    refund_is(&testbed, &order, "refunded").await;
    buyer.order(event, "refunded").await;
    let gateway = buyer.at_gateway(&testbed).await;
    assert_eq!(gateway["refunded_minor"], order["total_minor"]);

    // Done is done, by whatever key.
    for key in [again_key, unique("refund")] {
        let (status, done) = refund(&testbed, &order, &key, why.clone()).await;
        assert_eq!(
            (status, &done["refund_id"], &done["state"]),
            (StatusCode::ACCEPTED, &again["refund_id"], &json!("refunded"))
        );
    }
    testbed.end().await;
}

#[tokio::test]
async fn money_goes_back_in_parts_up_to_what_was_taken_and_units_when_the_owner_says_so() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(2);
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_ok" })).await;
    let order = buyer.order(event, "paid").await;
    let total = order["total_minor"].as_i64().expect("a sum");
    let part = async |amount: i64, key: &str, put_back: bool| {
        let body = json!({ "reason": "scratched", "amount_minor": amount, "put_back": put_back });
        refund(&testbed, &order, key, body).await
    };
    let is_back = async |minor: i64| {
        let is_so = |shown: &Value| shown["refunded_minor"] == minor && shown["refund_state"] == "refunded";
        listed(&testbed, &order, &format!("{minor} less"), is_so).await
    };
    let key = unique("refund");
    let (status, first) = part(100, &key, false).await;
    assert_eq!((status, &first["amount_minor"]), (StatusCode::ACCEPTED, &json!(100)), "{first}");
    let (_, same) = part(100, &key, false).await;
    assert_eq!(same["refund_id"], first["refund_id"], "the same key is the same refund");
    assert_eq!(is_back(100).await["state"], "paid");
    let mine =
        buyer.shopper.waits_for(event, &buyer.attempt, "told", |seen| seen["order"]["refunded_minor"] == 100).await;
    assert_eq!(mine["order"]["state"], "paid");

    for (amount, status) in [
        (total - 99, StatusCode::CONFLICT),
        (0, StatusCode::UNPROCESSABLE_ENTITY),
        (-1, StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (refused, told) = part(amount, &unique("refund"), false).await;
        assert_eq!(refused, status, "{amount} of {total}: {told}");
    }
    let (status, _) = part(50, &unique("refund"), true).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    is_back(150).await;
    listed(&testbed, &order, "put back", |shown| shown["put_back"] == "done").await;
    let mine = buyer.shopper.sees(event, &buyer.attempt, "cancelled").await;
    assert_eq!(mine["reason"], "refunded");
    let free = buyer.shopper.click(event, &sale, "again").await;
    buyer.shopper.sees(event, &free, "reserved").await;

    let (_, rest) = refund(&testbed, &order, &unique("refund"), json!({ "reason": "all of it" })).await;
    assert_eq!(rest["amount_minor"], total - 150, "all that is left");
    assert_eq!(is_back(total).await["state"], "refunded");
    assert_eq!(buyer.at_gateway(&testbed).await["refunded_minor"], total);
    let path = format!("/orders/{}/refunds", order["order_id"].as_str().expect("an order"));
    let all = testbed.admin.call(Method::GET, &path, None).await.expect("listed");
    let amounts: Vec<i64> =
        all["refunds"].as_array().expect("a list").iter().filter_map(|one| one["amount_minor"].as_i64()).collect();
    assert_eq!(amounts, [total - 150, 50, 100], "{all}");
    testbed.end().await;
}

#[tokio::test]
async fn a_pending_refund_is_followed_until_it_ends() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(5);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (good, bad) = (json!({ "card_token": "tok_refund_pending" }), json!({ "card_token": "tok_refund_fails" }));
    let (good, bad) = (Buyer::pays(&testbed, event, &sale, good).await, Buyer::pays(&testbed, event, &sale, bad).await);
    let orders = (good.order(event, "paid").await, bad.order(event, "paid").await);
    let why = json!({ "reason": "it wobbles" });
    for order in [&orders.0, &orders.1] {
        let (status, _) = refund(&testbed, order, &unique("refund"), why.clone()).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        let shown = refund_is(&testbed, order, "pending").await;
        assert_eq!((&shown["state"], &shown["refund_failure"]), (&json!("paid"), &Value::Null));
    }
    refund_is(&testbed, &orders.0, "refunded").await;
    assert_eq!(good.at_gateway(&testbed).await["refunded_minor"], orders.0["total_minor"]);
    let failed = refund_is(&testbed, &orders.1, "failed").await;
    assert_eq!((&failed["state"], &failed["refund_failure"]), (&json!("paid"), &json!("the account is closed")));
    // A smaller one that is made hides nothing of it.
    refund(&testbed, &orders.1, &unique("refund"), json!({ "reason": "a part", "amount_minor": 1 })).await;
    let made = |shown: &Value| shown["refunded_minor"] == 1;
    assert_eq!(listed(&testbed, &orders.1, "refunded in part", made).await["refund_state"], "failed");
    refund(&testbed, &orders.1, &unique("refund"), why).await;
    listed(&testbed, &orders.1, "refunded", |shown| shown["state"] == "refunded").await;
    assert_eq!(bad.at_gateway(&testbed).await["refunded_minor"], orders.1["total_minor"]);
    testbed.end().await;
}

/// What was asked for before it failed is not in its place, however much that was.
#[tokio::test]
async fn a_refund_that_came_back_is_shown_and_told_until_as_much_is_made_that_was_asked_for_since() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(5);
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_refund_comes_back" })).await;
    let order = buyer.order(event, "paid").await;
    let part = async |amount: i64| {
        let body = json!({ "reason": "scratched", "amount_minor": amount, "put_back": amount == 100 });
        let (status, told) = refund(&testbed, &order, &unique("refund"), body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    };
    let is_back = async |minor: i64| {
        listed(&testbed, &order, &format!("{minor} less"), |shown| shown["refunded_minor"] == minor).await
    };
    let mut socket = socket_of(&buyer.shopper).await;
    part(100).await;
    is_back(100).await;
    part(200).await;
    let both = is_back(300).await;
    assert_eq!((&both["refund_state"], &both["put_back"]), (&json!("refunded"), &json!("done")), "{both}");
    assert_eq!(order["refund_failed"], false);
    let gateway = async || buyer.at_gateway(&testbed).await;
    wait::until("the first comes back", SOON, gateway, |held| held["refunded_minor"] == 200).await;
    aged(&testbed).await;

    let shown = is_back(200).await;
    let came_back = (&json!("failed"), &json!("the account is closed"));
    assert_eq!((&shown["refund_state"], &shown["refund_failure"]), came_back, "{shown}");
    let csv = reqwest::Client::new().get(format!("{}/api/v1/admin/orders.csv", testbed.base_urls[0]));
    let csv = csv.bearer_auth(&testbed.admin_token).send().await.expect("answered").text().await.expect("text");
    let number = order["number"].as_str().expect("a number");
    assert!(csv.lines().any(|row| row.contains(number) && row.contains("the account is closed")), "{csv}");
    let told = socket.hears("refund_failed").await;
    assert_eq!((&told["attempt_id"], &told["total_minor"]), (&json!(buyer.attempt), &json!(100)), "{told}");
    let mine = buyer.shopper.sees(event, &buyer.attempt, "cancelled").await;
    assert_eq!((&mine["reason"], &mine["order"]["refund_failed"]), (&json!("refunded"), &json!(true)), "{mine}");
    let (_, orders) = buyer.shopper.read("/me/orders").await;
    assert_eq!(orders["orders"][0]["refund_failed"], true, "{orders}");

    part(100).await;
    let shown = is_back(300).await;
    assert_eq!((&shown["refund_state"], &shown["refund_failure"]), (&json!("refunded"), &Value::Null), "{shown}");
    let mine = buyer.order(event, "paid").await;
    assert_eq!(mine["refund_failed"], false, "as much has gone back since");
    testbed.end().await;
}

/// A shopper's open page, as far as it hears.
struct Page(WebSocketStream<MaybeTlsStream<TcpStream>>);

async fn socket_of(shopper: &Shopper) -> Page {
    let (token, url) = shopper.ticket().await;
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.expect("connected");
    let hello = json!({ "type": "hello", "token": token, "events": [], "attempts": [] });
    socket.send(Message::text(hello.to_string())).await.expect("sent");
    Page(socket)
}

impl Page {
    /// Waits for news of an order.
    async fn hears(&mut self, state: &str) -> Value {
        let heard = async {
            loop {
                let said = self.0.next().await.expect("it is open").expect("a message");
                let said: Value = serde_json::from_str(said.to_text().unwrap_or_default()).unwrap_or_default();
                if said["type"] == "order" && said["state"] == state {
                    return said;
                }
            }
        };
        tokio::time::timeout(SOON, heard).await.unwrap_or_else(|_| panic!("nobody says {state}"))
    }
}

#[tokio::test]
async fn a_refund_says_what_becomes_of_the_units_and_putting_back_happens_once() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(2);
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_ok" })).await;
    let order = buyer.order(event, "paid").await;
    let shown = listed(&testbed, &order, "paid", |shown| shown["state"] == "paid").await;
    assert_eq!((&shown["refund_state"], &shown["put_back"]), (&Value::Null, &Value::Null), "nothing was asked for");
    let base = &testbed.base_urls[0];
    // One holds the other unit, so that those who wait go on waiting.
    let holds = Shopper::arrive(base).await;
    let held = holds.click(event, &sale, "click").await;
    holds.sees(event, &held, "reserved").await;
    let next = Shopper::arrive(base).await;
    let place = next.click(event, &sale, "click").await;
    next.sees(event, &place, "standby").await;

    let put_back = format!("/orders/{}/put-back", order["order_id"].as_str().expect("an order"));
    let why = json!({ "reason": "a mistake" });
    let (status, early) = admin(&testbed, Method::POST, &put_back, &unique("back"), why.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT, "not before its money goes back: {early}");

    let (_, told) = refund(&testbed, &order, &unique("refund"), why.clone()).await;
    assert_eq!(told["put_back"], false);
    let shown = refund_is(&testbed, &order, "refunded").await;
    assert_eq!(shown["put_back"], Value::Null, "the unit stays sold");
    next.sees(event, &place, "standby").await;
    let again = buyer.shopper.click(event, &sale, "again").await;
    let refused = buyer.shopper.sees(event, &again, "refused").await;
    assert_eq!(refused["reason"], "limit_reached", "and counts towards the limit");
    let figures = testbed.admin.call(Method::GET, &format!("/events/{event}/figures"), None).await.expect("figures");
    let total = order["total_minor"].as_i64().expect("a sum");
    assert_eq!(figures["orders"]["refunded"]["count"], 1, "{figures}");
    assert_eq!(figures["orders"]["paid"]["count"], 0, "{figures}");
    assert_eq!((&figures["sold_minor"], &figures["revenue_minor"]), (&json!(total), &json!(0)), "{figures}");
    let money = json!({ "captured_minor": total, "refunded_minor": total, "refunded_orders": 1, "refunded_still_sold_minor": total });
    assert_eq!(figures["money"], money);

    let (status, refused) =
        refund(&testbed, &order, &unique("refund"), json!({ "reason": "x", "put_back": true })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    for _ in 0..3 {
        let (status, told) = admin(&testbed, Method::POST, &put_back, &unique("back"), why.clone()).await;
        assert_eq!((status, &told["put_back"]), (StatusCode::ACCEPTED, &json!(true)), "{told}");
    }
    next.sees(event, &place, "reserved").await;
    listed(&testbed, &order, "put back", |shown| shown["put_back"] == "done").await;
    let mine = buyer.shopper.sees(event, &buyer.attempt, "cancelled").await;
    assert_eq!(mine["reason"], "refunded");
    let free = buyer.shopper.click(event, &sale, "once-more").await;
    buyer.shopper.sees(event, &free, "standby").await;
    let path = format!("/events/{event}/figures");
    let look = async || testbed.admin.call(Method::GET, &path, None).await.expect("figures");
    let figures =
        wait::until("it is counted", SOON, look, |told| told["money"]["refunded_still_sold_minor"] == 0).await;
    let item = &figures["items"][0];
    assert_eq!((&item["held"], &item["sold"], &item["left"]), (&json!(2), &json!(0), &json!(0)), "once: {figures}");

    // With the refund at once: its unit goes to the shopper who came back.
    let (status, _) = next.pay(event, &place, json!({ "card_token": "tok_refund_pending" })).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let paid = next.waits_for(event, &place, "paid", |seen| seen["order"]["state"] == "paid").await;
    let (_, told) =
        refund(&testbed, &paid["order"], &unique("refund"), json!({ "reason": "a mistake", "put_back": true })).await;
    assert_eq!(told["put_back"], true);
    let shown = refund_is(&testbed, &paid["order"], "pending").await;
    assert_eq!(shown["put_back"], "asked", "not before the money has gone back");
    buyer.shopper.sees(event, &free, "reserved").await;
    listed(&testbed, &paid["order"], "put back", |shown| shown["put_back"] == "done").await;

    let audit = testbed.admin.call(Method::GET, "/audit?limit=200", None).await.expect("the log").to_string();
    assert!(audit.contains(r#""put_back":true"#) && audit.contains("order.put_back"), "the log says which");
    testbed.end().await;
}

#[tokio::test]
async fn what_costs_nothing_needs_neither_card_nor_gateway_and_can_be_cancelled() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let mut sale = NewSale { coupons: json!([]), ..unhurried(5) };
    sale.items[0].discount = json!({ "flat": { "fixed_price": 0 } });
    let event = testbed.admin.create(&sale).await.expect("created");
    for body in [json!({}), json!({ "card_token": "tok_declined" }), json!({ "card_token": null })] {
        let buyer = Buyer::pays(&testbed, event, &sale, body.clone()).await;
        let order = buyer.order(event, "paid").await;
        assert_eq!(order["total_minor"], 0);
        assert_eq!(buyer.at_gateway(&testbed).await, Value::Null, "the gateway is not asked");
        let other_card = json!({ "card_token": "tok_ok" });
        let path = format!("/sales/{event}/reservations/{}/payments", buyer.attempt);
        let key = format!("pay-{}", body["card_token"].as_str().unwrap_or("nothing"));
        let (status, same) = buyer.shopper.ask(Method::POST, &path, &key, other_card).await;
        assert_eq!((status, &same["state"]), (StatusCode::ACCEPTED, &json!("captured")), "no card matters: {same}");

        let why = json!({ "reason": "a mistake", "put_back": true });
        let (status, told) = refund(&testbed, &order, &unique("refund"), why).await;
        assert_eq!((status, &told["amount_minor"]), (StatusCode::ACCEPTED, &json!(0)), "{told}");
        buyer.order(event, "refunded").await;
        buyer.shopper.sees(event, &buyer.attempt, "cancelled").await;
    }
    testbed.end().await;
}
