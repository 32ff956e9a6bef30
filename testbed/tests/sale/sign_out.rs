//! Signing out ends a session at every door and every notifier, and nothing revives it.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, Method, StatusCode};
use sale::ids::ShopperId;
use sale::time::UnixMs;
use serde_json::{Value, json};
use session::{Audience, SessionKeys};
use testbed::by_hand::Shopper;
use testbed::{Kind, NewSale, Server, Shop, Testbed, unique, wait};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use uuid::Uuid;

/// Within so long every door and every notifier knows, on a busy machine.
const HEARD_WITHIN: Duration = Duration::from_secs(5);
const SOON: Duration = Duration::from_secs(20);
const ENDED: &str = "/problems/session_ended";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a socket with a ticket; the first that is said.
async fn hello(ticket: &(String, String)) -> (Socket, Value) {
    let (mut socket, _) = tokio_tungstenite::connect_async(&ticket.1).await.expect("connected");
    socket.send(Message::text(json!({ "type": "hello", "token": ticket.0 }).to_string())).await.expect("sent");
    let said = says(&mut socket).await;
    (socket, said)
}

/// The next that is said, or why the socket is closed.
async fn says(socket: &mut Socket) -> Value {
    let said = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("JSON"),
                Some(Ok(Message::Close(frame))) => return json!({ "closed": frame.map(|why| why.reason.to_string()) }),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Value::Null,
            }
        }
    };
    tokio::time::timeout(SOON, said).await.expect("something is said")
}

async fn signs_out(shopper: &Shopper, path: &str) -> (StatusCode, Value) {
    shopper.ask(Method::DELETE, path, "-", Value::Null).await
}

/// What a door says to a session's token: 201, or the type of the problem.
async fn at(door: &str, shopper: &Shopper, path: &str) -> String {
    let (status, said) = shopper.ask_at(door, Method::POST, path, "-", Value::Null).await;
    said["type"].as_str().map_or(status.as_u16().to_string(), str::to_owned)
}

/// Waits until a door refuses a session.
async fn refuses(door: &str, shopper: &Shopper) {
    let ask = async || at(door, shopper, "/socket-tickets").await;
    wait::until(&format!("{door} has heard"), HEARD_WITHIN, ask, |said| said == ENDED).await;
}

async fn renewed(door: &str, shopper: &Shopper) -> Shopper {
    let (status, session) = shopper.ask_at(door, Method::POST, "/sessions/renew", "-", Value::Null).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    Shopper::known(door, &session)
}

#[tokio::test]
async fn a_session_ends_with_its_renewals_its_tickets_and_its_sockets_at_every_door() {
    let shop = Shop::open();
    let builder = Testbed::builder().ingresses(2).notifiers(2).setting("FLASHLINE_LIMIT_SHOPPER", "off");
    let testbed = shop.believed_by(builder).start().await.expect("the system starts");
    let [one, two] = testbed.base_urls.as_slice() else { panic!("two doors") };
    let sale = NewSale { hold_seconds: 120, ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let anna = unique("anna");
    let (laptop, _) = Shopper::signs_in(one, &shop.token(&anna)).await;
    let (phone, _) = Shopper::signs_in(two, &shop.token(&anna)).await;
    let other_tab = renewed(two, &laptop).await;
    let attempt = laptop.click(event, &sale, "k").await;
    laptop.sees(event, &attempt, "reserved").await;
    let tickets = [laptop.ticket().await, laptop.ticket().await];
    let (mut socket, said) = hello(&laptop.ticket().await).await;
    let (mut on_phone, welcome) = hello(&phone.ticket().await).await;
    assert_eq!((&said["type"], &welcome["type"]), (&json!("welcome"), &json!("welcome")));

    assert_eq!(signs_out(&laptop, "/sessions/current").await.0, StatusCode::NO_CONTENT);
    assert_eq!(at(one, &laptop, "/socket-tickets").await, ENDED, "at once where it was asked");
    refuses(two, &laptop).await;
    assert_eq!(
        says(&mut socket).await,
        json!({ "type": "problem", "kind": "session_ended", "detail": "somebody has signed out" })
    );
    assert_eq!(says(&mut socket).await, json!({ "closed": "session_ended" }));
    for door in [one, two] {
        for token in [&laptop, &other_tab] {
            assert_eq!(at(door, token, "/sessions/renew").await, ENDED);
            assert_eq!(at(door, token, "/socket-tickets").await, ENDED);
        }
        assert_eq!(token_at(door, &laptop, "/me/orders").await, ENDED);
    }
    assert_eq!(token_at(one, &laptop, &format!("/sales/{event}/attempts/{attempt}")).await, ENDED);
    for ticket in &tickets {
        let said = hello(ticket).await.1;
        assert_eq!(said["kind"], "session_ended", "{said}");
    }
    // Asked again, it is so; and nothing of the shopper's was lost.
    assert_eq!(signs_out(&other_tab, "/sessions/current").await.0, StatusCode::NO_CONTENT);
    phone.sees(event, &attempt, "reserved").await;
    assert_eq!(phone.pay(event, &attempt, json!({ "card_token": "tok_ok" })).await.0, StatusCode::ACCEPTED);
    phone.waits_for(event, &attempt, "paid", |seen| seen["order"]["state"] == "paid").await;
    let told = async { while says(&mut on_phone).await["state"] != "confirmed" {} };
    tokio::time::timeout(SOON, told).await.expect("the phone goes on to be told");
    assert_eq!(
        testbed.metrics(Kind::Ingress, "flashline_ingress_sign_outs_total{of=\"session\"}").await.iter().sum::<f64>(),
        1.0
    );
    testbed.end().await;
}

async fn token_at(door: &str, shopper: &Shopper, path: &str) -> String {
    let (status, said) = shopper.ask_at(door, Method::GET, path, "-", Value::Null).await;
    said["type"].as_str().map_or(status.as_u16().to_string(), str::to_owned)
}

#[tokio::test]
async fn all_sessions_of_a_shopper_end_and_whoever_signs_in_again_has_another() {
    let shop = Shop::open();
    let builder = Testbed::builder().ingresses(2).setting("FLASHLINE_LIMIT_SHOPPER", "off");
    let testbed = shop.believed_by(builder).start().await.expect("the system starts");
    let [one, two] = testbed.base_urls.as_slice() else { panic!("two doors") };
    let (anna, ben) = (unique("anna"), unique("ben"));
    let (laptop, session) = Shopper::signs_in(one, &shop.token(&anna)).await;
    let (phone, _) = Shopper::signs_in(two, &shop.token(&anna)).await;
    let (other, _) = Shopper::signs_in(two, &shop.token(&ben)).await;
    let (mut on_phone, _) = hello(&phone.ticket().await).await;
    // Begun long ago, on another device.
    let keys = SessionKeys::parse(&testbed.session_key.clone().into()).expect("keys");
    let shopper: ShopperId = session["shopper_id"].as_str().expect("an id").parse().expect("an id");
    let began = UnixMs(clock::now().0 - 3_600_000);
    let old = Shopper {
        token: keys.issue(shopper, Audience::Shop, began, 86_400).expect("issued"),
        ..Shopper::arrive(two).await
    };
    assert_eq!(at(two, &old, "/socket-tickets").await, "201");

    assert_eq!(signs_out(&laptop, "/sessions").await.0, StatusCode::NO_CONTENT);
    for ended in [&laptop, &phone, &old] {
        refuses(one, ended).await;
        refuses(two, ended).await;
        assert_eq!(at(two, ended, "/sessions/renew").await, ENDED);
    }
    assert_eq!(says(&mut on_phone).await["kind"], "session_ended");
    assert_eq!(at(two, &other, "/socket-tickets").await, "201", "somebody else goes on");
    let (again, _) = Shopper::signs_in(two, &shop.token(&anna)).await;
    assert_eq!(at(one, &again, "/socket-tickets").await, "201");
    // Who has an ended session has no say over the new one.
    assert_eq!(signs_out(&laptop, "/sessions").await.1["type"], ENDED);
    assert_eq!(at(two, &again, "/socket-tickets").await, "201");
    testbed.end().await;
}

#[tokio::test]
async fn what_expired_is_ended_too_and_neither_a_lost_redis_nor_a_new_door_revives_it() {
    let mut testbed = Testbed::builder()
        .on_new_servers()
        .ingresses(2)
        .setting("FLASHLINE_LIMIT_SHOPPER", "off")
        .start()
        .await
        .expect("the system starts");
    let [one, two] = testbed.base_urls.clone().try_into().expect("two doors");
    let keys = SessionKeys::parse(&testbed.session_key.clone().into()).expect("keys");
    let began = UnixMs(clock::now().0 - 3_600_000);
    let token = keys.issue(ShopperId(Uuid::now_v7()), Audience::Shop, began, 60).expect("issued");
    let expired = Shopper { token, ..Shopper::arrive(&one).await };
    let guest = Shopper::arrive(&one).await;
    let ends_with =
        |token: &str| Client::new().delete(format!("{one}/api/v1/sessions/current")).bearer_auth(token).send();
    for nobody in ["none", &keys.issue(ShopperId(Uuid::now_v7()), Audience::Socket, clock::now(), 60).expect("issued")]
    {
        assert_eq!(ends_with(nobody).await.expect("answered").status(), StatusCode::UNAUTHORIZED);
    }
    for ended in [&expired, &guest] {
        assert_eq!(signs_out(ended, "/sessions/current").await.0, StatusCode::NO_CONTENT);
    }
    refuses(&two, &guest).await;
    testbed.servers.wipe_redis().await.expect("wiped");
    testbed.process(Kind::Ingress, 1).kill();
    testbed.process(Kind::Ingress, 1).start().expect("started");
    testbed.ready().await.expect("ready");
    for door in [&one, &two] {
        for path in ["/sessions/renew", "/socket-tickets"] {
            assert_eq!(at(door, &expired, path).await, ENDED, "{path}");
        }
        assert_eq!(at(door, &guest, "/socket-tickets").await, ENDED);
    }
    testbed.end().await;
}

#[tokio::test]
async fn without_the_record_nobody_signs_out_everybody_else_goes_on_and_what_was_ended_stays_so() {
    let testbed = Testbed::builder()
        .on_new_servers()
        .setting("FLASHLINE_LIMIT_SHOPPER", "off")
        .start()
        .await
        .expect("the system starts");
    let door = &testbed.base_urls[0];
    let [left, leaving, staying] =
        [Shopper::arrive(door).await, Shopper::arrive(door).await, Shopper::arrive(door).await];
    assert_eq!(signs_out(&left, "/sessions/current").await.0, StatusCode::NO_CONTENT);
    testbed.servers.kill(Server::Postgres).await.expect("killed");
    let (status, said) = signs_out(&leaving, "/sessions/current").await;
    assert_eq!((status, &said["type"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("/problems/unavailable")));
    assert_eq!(at(door, &leaving, "/socket-tickets").await, "201", "it was not ended, and nobody says so");
    assert_eq!(at(door, &staying, "/sessions/renew").await, "201");
    assert_eq!(at(door, &left, "/sessions/renew").await, ENDED);
    testbed.servers.start(Server::Postgres).await.expect("started");
    let again = async || signs_out(&leaving, "/sessions/current").await.0;
    wait::until("the record is back", SOON, again, |status| *status == StatusCode::NO_CONTENT).await;
    assert_eq!(at(door, &leaving, "/socket-tickets").await, ENDED);
    testbed.end().await;
}

#[tokio::test]
async fn nothing_is_pushed_to_a_browser_whose_session_was_ended() {
    let shop = Shop::open();
    let builder = Testbed::builder().ingresses(2).with_push().setting("FLASHLINE_LIMIT_SHOPPER", "off");
    let testbed = shop.believed_by(builder).start().await.expect("the system starts");
    let (door, anna) = (&testbed.base_urls[0], unique("anna"));
    let event = testbed.admin.create(&NewSale::of_one(1)).await.expect("created");
    let path = format!("/sales/{event}/notifications");
    let (laptop, _) = Shopper::signs_in(door, &shop.token(&anna)).await;
    let (phone, _) = Shopper::signs_in(door, &shop.token(&anna)).await;
    let (tablet, _) = Shopper::signs_in(door, &shop.token(&anna)).await;
    let key = laptop.read(&path).await.1["push_key"].as_str().expect("a key").to_owned();
    let service = testbed.push.as_ref().expect("a push service");
    for shopper in [&laptop, &phone] {
        let wish = service.subscribe(&key).await.subscription;
        let (status, said) = shopper.ask(Method::PUT, &format!("{path}/push"), "-", wish).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{said}");
    }
    let pushes = async || tablet.read(&path).await.1["pushes"].as_array().map(Vec::len);
    assert_eq!(pushes().await, Some(2));
    // Of a renewal, too.
    let laptop = renewed(door, &laptop).await;
    assert_eq!(signs_out(&laptop, "/sessions/current").await.0, StatusCode::NO_CONTENT);
    assert_eq!(pushes().await, Some(1), "the other device is told still");
    assert_eq!(signs_out(&phone, "/sessions").await.0, StatusCode::NO_CONTENT);
    let (again, _) = Shopper::signs_in(door, &shop.token(&anna)).await;
    assert_eq!(again.read(&path).await.1["pushes"], json!([]));
    // Also at a door that has not heard of it yet, by a call that comes in the same moment.
    let wish = service.subscribe(&key).await.subscription;
    let subscribe = format!("{}/api/v1{path}/push", testbed.base_urls[1]);
    for _ in 0..5 {
        let (leaving, _) = Shopper::signs_in(door, &shop.token(&anna)).await;
        let put = reqwest::Client::new().put(&subscribe).bearer_auth(&leaving.token).json(&wish);
        let (ended, late) =
            tokio::join!(signs_out(&leaving, "/sessions/current"), put.try_clone().expect("a copy").send());
        assert_eq!(ended.0, StatusCode::NO_CONTENT);
        assert!(matches!(late.expect("an answer").status().as_u16(), 204 | 401));
        assert_eq!(put.send().await.expect("an answer").status(), StatusCode::UNAUTHORIZED);
        assert_eq!(again.read(&path).await.1["pushes"], json!([]), "nothing is left of it");
    }
    testbed.end().await;
}
