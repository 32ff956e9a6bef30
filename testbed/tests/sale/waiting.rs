//! Those who would rather wait for their answer (`Prefer: wait=N`): the response is it, if the line is quick enough.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use reqwest::{Response, StatusCode};
use sale::ids::{EventId, ShopperId};
use serde_json::{Value, json};
use session::{Audience, SessionKeys};
use testbed::by_hand::{ByHand, Shopper};
use testbed::{Kind, NewSale, Testbed, wait};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(20);
/// Longer than any test: whoever is let go earlier was let go for a reason.
const LONG_S: u32 = 10;
/// How many wait when a door goes.
const CROWD: usize = 1_000;

/// A sale that every door knows.
async fn a_sale(testbed: &Testbed, sale: &NewSale) -> (EventId, Value) {
    let event = testbed.admin.create(sale).await.expect("created");
    for door in &testbed.base_urls {
        let ask = async || reqwest::get(format!("{door}/api/v1/sales/{event}")).await.expect("answered").status();
        wait::until("the door knows the sale", SOON, ask, |status| status.is_success()).await;
    }
    (event, json!({ "sku": sale.items[0].sku, "quantity": 1 }))
}

async fn said(response: Response) -> (StatusCode, Value) {
    (response.status(), response.json().await.expect("JSON"))
}

/// A socket of a shopper that watches a sale, once it has heard how that goes.
async fn another_tab(shopper: &Shopper, event: EventId) -> impl StreamExt<Item = Value> + Unpin + use<> {
    let (token, url) = shopper.ticket().await;
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.expect("connected");
    let hello = json!({ "type": "hello", "token": token, "events": [event.to_string()] });
    socket.send(Message::text(hello.to_string())).await.expect("sent");
    let mut heard = Box::pin(socket.filter_map(async |message| match message {
        Ok(Message::Text(text)) => serde_json::from_str::<Value>(&text).ok(),
        _ => None,
    }));
    while heard.next().await.expect("it goes on")["type"] != "progress" {}
    heard
}

#[tokio::test]
async fn the_response_is_the_answer_and_another_tab_hears_it_too() {
    let testbed = Testbed::builder().ingresses(2).start().await.expect("the system starts");
    let [one, two] = testbed.base_urls.as_slice() else { panic!("two doors") };
    let (event, wish) = a_sale(&testbed, &NewSale { standby_max: 1, ..NewSale::of_one(1) }).await;
    let shoppers = [(); 3].map(|()| ByHand::at(one, event));
    let [first, second, third] = join_all(shoppers).await.try_into().unwrap_or_else(|_| panic!("three"));
    let mut tab = another_tab(first.session(), event).await;

    let response = first.click_and_wait(one, "k", &wish, LONG_S).await;
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let (applied, location) = (header("preference-applied"), header("location"));
    let (status, answer) = said(response).await;
    assert_eq!((status, answer["state"].as_str(), applied.as_str()), (StatusCode::OK, Some("reserved"), "wait=10"));
    assert!(answer["price"]["total_minor"].is_i64() && answer["deadline_ms"].is_u64(), "{answer}");
    assert!(location.ends_with(answer["attempt_id"].as_str().expect("an id")), "{location}");
    let heard = async { while tab.next().await.expect("it goes on")["attempt_id"] != answer["attempt_id"] {} };
    tokio::time::timeout(Duration::from_secs(3), heard).await.expect("the other tab hears within a second or so");

    let (status, again) = said(first.click_and_wait(two, "k", &wish, LONG_S).await).await;
    assert_eq!((status, &again), (StatusCode::OK, &answer), "the same at every door");
    let (status, accepted) = first.click(one, "k", &wish).await;
    assert_eq!(
        (status, accepted["state"].as_str()),
        (StatusCode::ACCEPTED, Some("in_line")),
        "who does not ask to wait"
    );
    let (_, waits) = said(second.click_and_wait(one, "k", &wish, LONG_S).await).await;
    assert_eq!((waits["state"].as_str(), waits["standby"]["place"].as_u64()), (Some("standby"), Some(1)));
    let (_, refused) = said(second.click_and_wait(one, "other", &wish, LONG_S).await).await;
    assert_eq!((refused["state"].as_str(), refused["reason"].as_str()), (Some("refused"), Some("limit_reached")));
    let (_, too_late) = said(third.click_and_wait(one, "k", &wish, LONG_S).await).await;
    assert!(too_late["state"] == "sold_out" || too_late["type"] == "/problems/sold_out", "{too_late}");
    testbed.end().await;
}

#[tokio::test]
async fn who_comes_twice_at_once_is_answered_twice() {
    let testbed = Testbed::builder().ingresses(2).start().await.expect("the system starts");
    let (event, wish) = a_sale(&testbed, &NewSale::of_one(5)).await;
    let shopper = ByHand::at(&testbed.base_urls[0], event).await;
    let doors = testbed.base_urls.iter().chain(&testbed.base_urls);
    let clicks = join_all(doors.map(|door| shopper.click_and_wait(door, "k", &wish, LONG_S))).await;
    let answers = join_all(clicks.into_iter().map(said)).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!((answers[0].0, answers[0].1["state"].as_str()), (StatusCode::OK, Some("reserved")));
    testbed.end().await;
}

#[tokio::test]
async fn what_is_in_the_line_when_the_sale_ends_is_not_too_late_at_any_door() {
    let mut testbed = Testbed::builder().ingresses(2).start().await.expect("the system starts");
    let [one, two] = testbed.base_urls.clone().try_into().unwrap_or_else(|_| panic!("two doors"));
    let (event, wish) = a_sale(&testbed, &NewSale { open_for_ms: 6_000, ..NewSale::of_one(5) }).await;
    for index in 0..2 {
        testbed.process(Kind::Dispenser, index).pause();
    }
    let shopper = ByHand::at(&one, event).await;
    let attempt = shopper.enter(&one, "k", &wish).await;
    let status = async || said(reqwest::get(format!("{two}/api/v1/sales/{event}")).await.expect("answered")).await.1;
    wait::until("the sale has ended", SOON, status, |sale| sale["status"] == "ended").await;
    assert_eq!(shopper.enter(&two, "k", &wish).await, attempt, "sent again elsewhere, it is in the line as before");
    for index in 0..2 {
        testbed.process(Kind::Dispenser, index).resume();
    }
    shopper.becomes(&two, &attempt, "reserved").await;
    let late = ByHand::at(&two, event).await;
    let click = async || late.click(&two, &Uuid::now_v7().to_string(), &wish).await;
    let (_, told) = wait::until("the line has passed the end", SOON, click, |said| said.0 == StatusCode::GONE).await;
    assert_eq!(told["type"], "/problems/sale_ended");
    testbed.end().await;
}

#[tokio::test]
async fn nobody_waits_in_vain() {
    let mut testbed = Testbed::builder().start().await.expect("the system starts");
    let door = testbed.base_urls[0].clone();
    let (event, wish) = a_sale(&testbed, &NewSale::of_one(20)).await;
    let shopper = ByHand::at(&door, event).await;
    let click = async |shopper: &ByHand, key: &str, seconds: u32| {
        let (clicked, response) = (Instant::now(), shopper.click_and_wait(&door, key, &wish, seconds).await);
        (response.status(), clicked.elapsed())
    };
    for index in 0..2 {
        testbed.process(Kind::Dispenser, index).pause();
    }
    let (status, took) = click(&shopper, "a", 1).await;
    assert_eq!(status, StatusCode::ACCEPTED, "the line stands still, and keeps the place");
    assert!(took >= Duration::from_secs(1), "it was waited for: {took:?}");
    // Now the line is known to take longer than that.
    let other = ByHand::at(&door, event).await;
    let (status, took) = click(&other, "b", 1).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert!(took < Duration::from_secs(1), "nobody waits who would wait in vain: {took:?}");
    for index in 0..2 {
        testbed.process(Kind::Dispenser, index).resume();
    }
    for (shopper, key) in [(&shopper, "a"), (&other, "b")] {
        let again = async || said(shopper.click_and_wait(&door, key, &wish, 1).await).await.1;
        wait::until("it is reserved", SOON, again, |said| said["state"] == "reserved").await;
    }

    for index in 0..2 {
        testbed.process(Kind::Dispenser, index).pause();
    }
    let waits = ByHand::at(&door, event).await;
    let pause = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        testbed.admin.run(event, "pause", json!({ "reason": "a moment" })).await.expect("paused");
    };
    let ((status, took), ()) = tokio::join!(click(&waits, "d", LONG_S), pause);
    assert_eq!(status, StatusCode::ACCEPTED);
    assert!(took < Duration::from_secs(LONG_S.into()), "whoever waits is let go when the sale is paused: {took:?}");
    for index in 0..2 {
        testbed.process(Kind::Dispenser, index).resume();
    }
    let paused = ByHand::at(&door, event).await;
    let look = async || click(&paused, "c", LONG_S).await;
    let (status, took) =
        wait::until("the door knows of the pause", SOON, look, |said| said.0 == StatusCode::ACCEPTED).await;
    assert!(status == StatusCode::ACCEPTED && took < Duration::from_secs(LONG_S.into()), "at once: {took:?}");
    testbed.end().await;
}

/// A thousand wait at one of two doors, while nobody decides.
async fn a_thousand_wait(testbed: &mut Testbed) -> (EventId, Value, Vec<ByHand>, Vec<Click>) {
    let door = testbed.base_urls[0].clone();
    let (event, wish) = a_sale(testbed, &NewSale { standby_max: 2_000, ..NewSale::of_one(100) }).await;
    let keys = SessionKeys::parse(&testbed.session_key.clone().into()).expect("the keys of the system");
    let client = reqwest::Client::new();
    let shoppers: Vec<ByHand> = std::iter::repeat_with(|| {
        let token = keys.issue(ShopperId(Uuid::now_v7()), Audience::Shop, clock::now(), 3_600).expect("issued");
        ByHand::known(Shopper::of_a_crowd(&client, &door, token), event)
    })
    .take(CROWD)
    .collect();
    for index in 0..2 {
        testbed.process(Kind::Dispenser, index).kill();
    }
    let clicks = shoppers.iter().map(|shopper| shopper.try_to_wait(&door, "k", &wish, LONG_S)).collect();
    let waiting = format!("flashline_ingress_line_waiting_attempts{{event=\"{event}\"}}");
    let look = async || testbed.metrics(Kind::Ingress, &waiting).await[0];
    wait::until("all of them wait", SOON, look, |waiting| *waiting >= CROWD as f64).await;
    (event, wish, shoppers, clicks)
}

type Click = tokio::task::JoinHandle<reqwest::Result<Response>>;

/// Two doors that let a crowd from one address in.
async fn two_wide_doors() -> Testbed {
    let described = Testbed::builder().ingresses(2).setting("FLASHLINE_LIMIT_ADDRESS", "off");
    described.setting("FLASHLINE_ADDRESS_CONNECTIONS", "0").start().await.expect("the system starts")
}

async fn everybody_is_answered_once(testbed: &mut Testbed, event: EventId, wish: &Value, shoppers: &[ByHand]) {
    for index in 0..2 {
        testbed.process(Kind::Dispenser, index).start().expect("starts");
    }
    let other = &testbed.base_urls[1];
    let states = join_all(shoppers.iter().map(async |shopper| {
        let ask = async || said(shopper.click_and_wait(other, "k", wish, LONG_S).await).await;
        let (_, answer) = wait::until("it is answered", SOON, ask, |said| said.0 == StatusCode::OK).await;
        answer["state"].as_str().unwrap_or_default().to_owned()
    }))
    .await;
    let count = |state: &str| states.iter().filter(|known| *known == state).count();
    assert_eq!((count("reserved"), count("standby")), (100, CROWD - 100));
    let served = testbed.head(event).await.expect("Redis answers").tally.served;
    assert_eq!(served, CROWD as u64, "each of them once");
}

#[tokio::test]
async fn a_door_that_dies_with_a_thousand_waiting_loses_nobody() {
    let mut testbed = two_wide_doors().await;
    let (event, wish, shoppers, clicks) = a_thousand_wait(&mut testbed).await;
    testbed.process(Kind::Ingress, 0).kill();
    let broken = join_all(clicks).await.into_iter().filter(|click| matches!(click, Ok(Err(_)))).count();
    assert_eq!(broken, CROWD, "their connections broke");
    everybody_is_answered_once(&mut testbed, event, &wish, &shoppers).await;
    testbed.end().await;
}

#[tokio::test]
async fn a_door_that_leaves_lets_those_go_who_wait() {
    let mut testbed = two_wide_doors().await;
    let (event, wish, shoppers, clicks) = a_thousand_wait(&mut testbed).await;
    testbed.process(Kind::Ingress, 0).terminate();
    for click in join_all(clicks).await {
        let response = click.expect("no panic").expect("an answer, and no broken connection");
        assert_eq!(response.status(), StatusCode::ACCEPTED);
    }
    testbed.process(Kind::Ingress, 0).gone().await.expect("in good order");
    everybody_is_answered_once(&mut testbed, event, &wish, &shoppers).await;
    testbed.end().await;
}
