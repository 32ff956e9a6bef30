//! Nobody learns of, nor touches, what is somebody else's: over HTTP, over the socket, across sales.

use std::time::Duration;

use futures_util::SinkExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{NewSale, Testbed, wait};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::{heard, heard_until, open};

const SOON: Duration = Duration::from_secs(15);
const LISTEN_FOR: Duration = Duration::from_millis(1_500);

#[tokio::test]
async fn what_is_a_shoppers_is_only_theirs() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let base = &testbed.base_urls[0];
    let sale = NewSale { hold_seconds: 60, ..NewSale::of_one(5) };
    let (event, elsewhere) = (testbed.admin.create(&sale).await.expect("created"), NewSale::of_one(5));
    let elsewhere = testbed.admin.create(&elsewhere).await.expect("created");
    let (owner, other) = (Shopper::arrive(base).await, Shopper::arrive(base).await);

    // The other listens from before the click on, and names the attempt as soon as there is one.
    let (token, url) = other.ticket().await;
    let mut listening = open(&url, &json!({ "type": "hello", "token": token, "events": [event] })).await;
    let attempt = owner.click(event, &sale, "the-same-key").await;
    owner.sees(event, &attempt, "reserved").await;
    let named = json!([{ "event_id": event, "attempt_id": attempt }]);
    let watch = json!({ "type": "watch", "events": [event], "attempts": named });
    listening.send(Message::text(watch.to_string())).await.expect("sent");
    // There is no state to wait for: nothing may come.
    let told = tell(&heard(&mut listening, LISTEN_FOR).await);
    assert!(!told.contains(&attempt), "over the socket: {told}");
    assert!(told.contains("welcome"), "the socket was open: {told}");

    // To somebody else it looks like an id that nobody ever had.
    let unknown = Uuid::now_v7();
    let card = || json!({ "card_token": "tok_ok" });
    for (method, what, body) in [
        (Method::GET, "attempts/{}", Value::Null),
        (Method::POST, "reservations/{}/cancel", Value::Null),
        (Method::POST, "reservations/{}/payments", card()),
    ] {
        let path = |event: &dyn std::fmt::Display, id: &dyn std::fmt::Display| {
            format!("/sales/{event}/{}", what.replace("{}", &id.to_string()))
        };
        let stolen = other.ask(method.clone(), &path(&event, &attempt), "stolen", body.clone()).await;
        let guessed = other.ask(method.clone(), &path(&event, &unknown), "guessed", body.clone()).await;
        assert_eq!(stolen.0, StatusCode::NOT_FOUND, "{method} {what}");
        assert_eq!(stolen, guessed, "{method} {what}: nothing tells whether it exists");
        let misplaced = owner.ask(method.clone(), &path(&elsewhere, &attempt), "misplaced", body).await;
        assert_eq!(misplaced.0, StatusCode::NOT_FOUND, "{method} {what}: in another sale");
    }
    owner.sees(event, &attempt, "reserved").await;

    // Keys are each shopper's own: the same key is another attempt, another payment.
    assert_ne!(other.click(event, &sale, "the-same-key").await, attempt);
    let (status, paid) =
        owner.ask(Method::POST, &format!("/sales/{event}/reservations/{attempt}/payments"), "pay", card()).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{paid}");
    owner.sees(event, &attempt, "confirmed").await;
    for list in ["/me/orders", "/me/reservations"] {
        let (status, others) = other.read(list).await;
        assert!(status.is_success() && !others.to_string().contains(&attempt), "{list}: {others}");
    }
    a_receipt_is_its_owners(&owner, &other, &attempt).await;
    tokens_are_for_one_thing(&owner).await;

    // The owner, who comes back, is told.
    let (token, url) = owner.ticket().await;
    let mut back = open(&url, &json!({ "type": "hello", "token": token, "events": [], "attempts": named })).await;
    let told = heard_until(&mut back, SOON, |told| told.contains(&attempt)).await;
    assert!(told.contains(&attempt), "{told}");
    testbed.end().await;
}

/// What one order looks like, by its id.
async fn a_receipt_is_its_owners(owner: &Shopper, other: &Shopper, attempt: &str) {
    // The line has confirmed it; the order is made once the money is taken.
    let listing = async || owner.read("/me/orders").await.1;
    let orders =
        wait::until("it is ordered", SOON, listing, |orders| orders["orders"][0]["order_id"].is_string()).await;
    let listed = &orders["orders"][0];
    let path = format!("/me/orders/{}", listed["order_id"].as_str().expect("a text"));
    let (status, receipt) = owner.read(&path).await;
    assert_eq!(status, StatusCode::OK, "{receipt}");
    assert_eq!((&receipt["number"], &receipt["state"]), (&listed["number"], &json!("paid")), "{receipt}");
    assert_eq!((&receipt["attempt_id"], &receipt["refunds"]), (&json!(attempt), &json!([])), "{receipt}");
    assert_eq!(receipt["price"]["total_minor"], receipt["total_minor"], "{receipt}");
    for named in ["event_name", "product_name"] {
        assert!(receipt[named].as_str().is_some_and(|name| !name.is_empty()), "{named}: {receipt}");
    }
    let stolen = other.read(&path).await;
    assert_eq!(stolen.0, StatusCode::NOT_FOUND, "{}", stolen.1);
    assert_eq!(stolen.1["type"], "/problems/not_found", "{}", stolen.1);
    let guessed = other.read(&format!("/me/orders/{}", Uuid::now_v7())).await;
    assert_eq!(stolen, guessed, "nothing tells whether it exists");
}

/// The ticket of a socket opens no API, and the session no socket.
async fn tokens_are_for_one_thing(shopper: &Shopper) {
    let (ticket, url) = shopper.ticket().await;
    let with_ticket = shopper.client.get(format!("{}/api/v1/me/orders", shopper.base)).bearer_auth(&ticket);
    assert_eq!(with_ticket.send().await.expect("answered").status(), StatusCode::UNAUTHORIZED);
    for token in [shopper.token.as_str(), "", "nonsense"] {
        let mut refused = open(&url, &json!({ "type": "hello", "token": token })).await;
        // All that it is told until the door closes.
        let told = tell(&heard(&mut refused, SOON).await);
        assert!(told.contains("unauthorized") && !told.contains("welcome"), "{told}");
    }
    let mut twice = open(&url, &json!({ "type": "watch", "events": [] })).await;
    let told = heard_until(&mut twice, SOON, |told| told.contains("no_hello")).await;
    assert!(told.contains("no_hello"), "{told}");
}

fn tell(news: &[Value]) -> String {
    news.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}
