//! Customers whom a shop vouches for: the same customer is the same shopper, on every device.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{NewSale, Server, Shop, Testbed, unique, wait};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

const SOON: Duration = Duration::from_secs(20);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a shopper's socket, which is told about a sale.
async fn socket(shopper: &Shopper, event: EventId) -> Socket {
    let (token, url) = shopper.ticket().await;
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.expect("connected");
    let hello = json!({ "type": "hello", "token": token, "events": [event] });
    socket.send(Message::text(hello.to_string())).await.expect("sent");
    socket
}

/// Reads a socket until it is told of an attempt in a state.
async fn hears(socket: &mut Socket, attempt: &str, state: &str) {
    let hear = async {
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            let said: Value = serde_json::from_str(&text).expect("JSON");
            if said["type"] == "attempt" && said["attempt_id"] == attempt && said["state"] == state {
                return;
            }
        }
        panic!("the socket ended");
    };
    tokio::time::timeout(SOON, hear).await.expect("told in time");
}

async fn orders(testbed: &Testbed, query: &str) -> Vec<Value> {
    let listed = testbed.admin.call(Method::GET, &format!("/orders?{query}"), None).await.expect("listed");
    listed["orders"].as_array().expect("orders").clone()
}

#[tokio::test]
async fn one_customer_in_three_sessions_is_one_shopper() {
    let shop = Shop::open();
    let testbed =
        shop.believed_by(Testbed::builder().ingresses(2).notifiers(2)).start().await.expect("the system starts");
    let [one, two] = testbed.base_urls.as_slice() else { panic!("two doors") };
    let sale = NewSale { hold_seconds: 120, per_shopper_max: 1, ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (anna, ben) = (unique("kundin ä"), unique("kunde"));

    let (phone, on_phone) = Shopper::signs_in(one, &shop.token(&anna)).await;
    let (tablet, on_tablet) = Shopper::signs_in(two, &shop.token(&anna)).await;
    let (laptop, on_laptop) = Shopper::signs_in(one, &shop.token(&anna)).await;
    let (other, of_other) = Shopper::signs_in(one, &shop.token(&ben)).await;
    let guest = Shopper::arrive(one).await;
    for session in [&on_tablet, &on_laptop] {
        assert_eq!(session["shopper_id"], on_phone["shopper_id"]);
    }
    assert_eq!(on_phone["customer"], anna.as_str());
    assert_ne!(of_other["shopper_id"], on_phone["shopper_id"], "another customer is another shopper");

    // One place: whichever device clicks, all of them hear the answer.
    let mut sockets = [socket(&phone, event).await, socket(&tablet, event).await, socket(&laptop, event).await];
    let attempt = phone.click(event, &sale, "on-the-phone").await;
    for socket in &mut sockets {
        hears(socket, &attempt, "reserved").await;
    }
    // One limit.
    let more = tablet.click(event, &sale, "on-the-tablet").await;
    let refused = laptop.sees(event, &more, "refused").await;
    assert_eq!(refused["reason"], "limit_reached");
    for stranger in [&other, &guest] {
        let own = stranger.click(event, &sale, "mine").await;
        stranger.sees(event, &own, "reserved").await;
        assert_eq!(stranger.read(&format!("/sales/{event}/attempts/{attempt}")).await.0, StatusCode::NOT_FOUND);
        let (status, payment) = stranger.pay(event, &own, json!({ "card_token": "tok_ok" })).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{payment}");
        stranger.waits_for(event, &own, "paid", |seen| seen["order"]["state"] == "paid").await;
    }
    let (status, payment) = laptop.pay(event, &attempt, json!({ "card_token": "tok_ok" })).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{payment}");
    for socket in &mut sockets {
        hears(socket, &attempt, "confirmed").await;
    }

    // One list of orders, with what the shop calls them; in a renewed session, too.
    let (status, renewed) = tablet.ask(Method::POST, "/sessions/renew", "-", Value::Null).await;
    assert_eq!(status, StatusCode::CREATED, "{renewed}");
    assert_eq!((&renewed["shopper_id"], &renewed["customer"]), (&on_phone["shopper_id"], &on_phone["customer"]));
    let renewed = Shopper { token: renewed["token"].as_str().expect("a token").to_owned(), ..tablet };
    for session in [&phone, &renewed, &laptop] {
        let look = async || session.read("/me/orders").await.1["orders"].clone();
        let listed = wait::until("the order is listed", SOON, look, |orders| orders[0]["state"] == "paid").await;
        assert_eq!((listed.as_array().map(Vec::len), &listed[0]["customer"]), (Some(1), &json!(anna)));
        let (_, seen) = session.read(&format!("/sales/{event}/attempts/{attempt}")).await;
        assert_eq!(seen["order"]["customer"], anna.as_str());
    }
    let of_guest = guest.read("/me/orders").await.1;
    assert!(of_guest["orders"][0].is_object() && of_guest["orders"][0]["customer"].is_null(), "{of_guest}");

    // Organisers see it, look for it and export it.
    let query = anna.replace(' ', "%20");
    let found = orders(&testbed, &format!("q={query}")).await;
    let reservations: Vec<&Value> = found.iter().map(|order| &order["reservation_id"]).collect();
    assert_eq!(reservations, [&json!(attempt)], "hers and no other");
    let all = orders(&testbed, &format!("event={event}")).await;
    let mut customers: Vec<Option<&str>> = all.iter().map(|order| order["customer"].as_str()).collect();
    customers.sort_unstable();
    assert_eq!(customers, [None, Some(ben.as_str()), Some(anna.as_str())]);
    let export = phone.client.get(format!("{one}/api/v1/admin/orders.csv?event={event}"));
    let export = export.bearer_auth(&testbed.admin_token).send().await.expect("answered").text().await.expect("text");
    let heads = export.lines().next().expect("a header").split(',');
    let at = heads.into_iter().position(|head| head == "customer").expect("a column");
    let customers: Vec<&str> = export.lines().skip(1).filter_map(|line| line.split(',').nth(at)).collect();
    for customer in [&*anna, &*ben, ""] {
        assert!(customers.contains(&customer), "{export}");
    }

    // Nobody but the record knows their names.
    let (journal, outcomes) = (
        "SELECT count(*) FROM rounds WHERE position($1::bytea IN report) > 0",
        "SELECT count(*) FROM reservations WHERE answer::text LIKE '%' || convert_from($1, 'UTF8') || '%'",
    );
    let pool = testbed.postgres().await.expect("postgres");
    for place in [journal, outcomes] {
        let found: i64 = sqlx::query_scalar(place).bind(anna.as_bytes()).fetch_one(&pool).await.expect("counted");
        assert_eq!(found, 0, "{place}");
    }
    testbed.end().await;
}

#[tokio::test]
async fn what_the_shop_did_not_sign_for_us_and_for_now_is_a_problem_that_says_so() {
    let shop = Shop::open();
    let limited = Testbed::builder().setting("FLASHLINE_LIMIT_WRONG_CODES", "8");
    let testbed = shop.believed_by(limited).start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let asks = async |body: Value| Shopper::asks_to_sign_in(door, body).await;
    let with = async |token: &str| {
        let (status, said) = asks(json!({ "customer_token": token })).await;
        (status.as_u16(), said["type"].as_str().unwrap_or_default().trim_start_matches("/problems/").to_owned())
    };
    let is = |status: u16, kind: &str| (status, kind.to_owned());
    let good = shop.token("anna");
    // Whoever comes late, early or to the wrong place is no forger: however often.
    for _ in 0..5 {
        assert_eq!(
            with(&shop.token_with("anna", "2026", &json!({ "exp": 1 }))).await,
            is(401, "customer_token_expired")
        );
        for foreign in [json!({ "iss": "https://other.example" }), json!({ "aud": "other" })] {
            let token = shop.token_with("anna", "2026", &foreign);
            assert_eq!(with(&token).await, is(401, "customer_token_foreign"));
        }
    }
    assert_eq!(with(&good).await, is(201, ""));
    assert_eq!(with(&shop.token_with("anna", "2031", &json!({}))).await, is(401, "customer_key_unknown"));
    let forger = Shop::open();
    for bad in [forger.token("anna"), shop.token(""), shop.token("a\u{7}"), "none".to_owned(), String::new()] {
        assert_eq!(with(&bad).await, is(401, "customer_token_invalid"), "{bad}");
    }
    // Six of eight so far.
    assert_eq!(with(&good).await, is(201, ""));
    for _ in 0..2 {
        assert_eq!(with(&forger.token("anna")).await, is(401, "customer_token_invalid"));
    }
    assert_eq!(with(&good).await, is(429, "too_many_guesses"), "also the right one, for a while");

    // Guests come as before: without a body, or with one that names nobody.
    for body in [json!({}), json!({ "customer_token": null }), Value::Null] {
        let (status, session) = asks(body).await;
        assert_eq!(status, StatusCode::CREATED);
        assert!(session["customer"].is_null(), "{session}");
    }
    assert_eq!(asks(json!({ "customer": "anna" })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let unnamed = reqwest::Client::new().post(format!("{door}/api/v1/sessions")).body("customer_token=x");
    assert_eq!(unnamed.send().await.expect("answered").status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    testbed.end().await;
}

#[tokio::test]
async fn where_no_shop_is_configured_nobody_signs_in() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let body = json!({ "customer_token": Shop::open().token("anna") });
    let (status, said) = Shopper::asks_to_sign_in(&testbed.base_urls[0], body).await;
    assert_eq!((status, &said["type"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/problems/no_customers")));
    testbed.end().await;
}

#[tokio::test]
async fn without_the_database_nobody_new_signs_in_and_customers_go_on() {
    let shop = Shop::open();
    let testbed = shop.believed_by(Testbed::builder()).start().await.expect("the system starts");
    let door = testbed.base_urls[0].clone();
    let sale = NewSale { hold_seconds: 120, ..NewSale::of_one(5) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (anna, _) = Shopper::signs_in(&door, &shop.token("anna")).await;
    testbed.servers.kill(Server::Postgres).await.expect("killed");
    let (status, said) = Shopper::asks_to_sign_in(&door, json!({ "customer_token": shop.token("ben") })).await;
    assert_eq!((status, &said["type"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("/problems/unavailable")), "{said}");
    let (status, renewed) = anna.ask(Method::POST, "/sessions/renew", "-", Value::Null).await;
    assert_eq!((status, &renewed["customer"]), (StatusCode::CREATED, &json!("anna")));
    let attempt = anna.click(event, &sale, "k").await;
    testbed.servers.start(Server::Postgres).await.expect("back");
    anna.sees(event, &attempt, "reserved").await;
    Shopper::signs_in(&door, &shop.token("ben")).await;
    testbed.end().await;
}
