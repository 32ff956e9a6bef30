//! Sales that start by draw.

use std::process::Command;
use std::time::Duration;

use reqwest::StatusCode;
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::ByHand;
use testbed::{Crowd, Kind, NewSale, Testbed, Then, wait};
use uuid::Uuid;

/// A lobby is recorded and sealed within seconds of its end.
const SOON: Duration = Duration::from_secs(30);

/// A sale whose lobby is open now, for a time in milliseconds; the sale opens five seconds after it closes.
fn by_draw(units: u32, open_for_ms: i64) -> NewSale {
    let opens_in_ms = open_for_ms + 5_500;
    NewSale { lobby_ms: Some((-1_000, open_for_ms)), opens_in_ms, hold_seconds: 30, ..NewSale::of_one(units) }
}

fn wish(sale: &NewSale, quantity: u32) -> Value {
    json!({ "sku": sale.items[0].sku, "quantity": quantity })
}

/// A system that lets a shopper ask as often as these tests do while they wait.
async fn patient() -> Testbed {
    Testbed::builder().setting("FLASHLINE_LIMIT_SHOPPER", "off").start().await.expect("the system starts")
}

async fn get(door: &str, event: EventId, path: &str) -> reqwest::Response {
    reqwest::get(format!("{door}/api/v1/sales/{event}{path}")).await.expect("answered")
}

async fn lobby_closes(testbed: &Testbed, event: EventId) {
    let look = async || testbed.head(event).await.is_some_and(|head| head.lobby.closed);
    wait::until("the lobby is closed in the line", SOON, look, |closed| *closed).await;
}

#[tokio::test]
async fn a_crowd_in_the_lobby_is_decided_in_the_drawn_order_and_anybody_can_check_it() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = testbed.base_urls[0].clone();
    let sale = NewSale { hold_seconds: 4, ..by_draw(40, 6_000) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let before: Value = get(&door, event, "/draw").await.json().await.expect("JSON");
    assert!(before["secret"].is_null() && before["seed"].is_null(), "{before}");
    assert_eq!(get(&door, event, "/draw/entries").await.status(), StatusCode::NOT_FOUND);

    let outcome = Crowd::buying(&sale, 150, 3.0, Then::mixed).run(&testbed.base_urls, event).await.expect("ran");
    let verdict = testbed.judge(event, &outcome).await.expect("the verifier can look");
    verdict.assert_good();
    assert!(verdict.granted >= 40, "everything was granted: {}", verdict.granted);

    let folder = std::env::temp_dir().join(format!("draw-{event}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    for (path, file) in [("", "draw.json"), ("/entries", "entries.txt"), ("/decided", "decided.txt")] {
        let published = get(&door, event, &format!("/draw{path}")).await.bytes().await.expect("whole");
        std::fs::write(folder.join(file), published).expect("written");
    }
    let draw: Value = serde_json::from_slice(&std::fs::read(folder.join("draw.json")).expect("read")).expect("JSON");
    assert_eq!(draw["commitment"], before["commitment"]);
    assert_eq!(draw["entries"], 150);
    let own = outcome.diaries[0].seen.accepted.expect("is in").1.to_string();
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/draw/verify.py");
    let kept = before["commitment"].as_str().expect("digits");
    let check = |commitment: &str| {
        let check = ["--commitment", commitment, &own];
        Command::new("python3").arg(program).arg(&folder).args(check).output().expect("Python")
    };
    let checked = check(kept);
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(!check(&"0".repeat(64)).status.success(), "another secret was committed to");
    assert!(checked.status.success() && said.contains(&format!("{own} was drawn as number")), "{said}");
    std::fs::remove_dir_all(&folder).expect("removed");
    testbed.end().await;
}

#[tokio::test]
async fn nobody_is_put_aside_while_entries_are_on_their_way_to_the_line() {
    let mut testbed = patient().await;
    let door = testbed.base_urls[0].clone();
    let sale = by_draw(2, 5_000);
    let event = testbed.admin.create(&sale).await.expect("created");
    let withdraws = ByHand::at(&door, event).await;
    let given_back = withdraws.enter(&door, "k", &wish(&sale, 1)).await;
    withdraws.becomes(&door, &given_back, "entered").await;
    withdraws.give_back(&door, &given_back).await;
    withdraws.becomes(&door, &given_back, "cancelled").await;
    let dispensers = [0, 1];
    dispensers.iter().for_each(|index| testbed.process(Kind::Dispenser, *index).pause());
    let waits = ByHand::at(&door, event).await;
    let entry = waits.enter(&door, "k", &wish(&sale, 1)).await;
    let opens_at_ms = get(&door, event, "").await.json::<Value>().await.expect("JSON")["opens_at_ms"].as_u64();
    let opens_at_ms = opens_at_ms.expect("an opening");
    wait::until("it should have opened", SOON, async || clock::now().0, |now| *now > opens_at_ms).await;
    let aside = json!({ "shopper_id": Uuid::now_v7(), "reason": "is first" });
    let refused =
        testbed.admin.run(event, "put-aside", aside.clone()).await.expect_err("nothing is drawn yet").to_string();
    assert!(refused.contains("the order is known"), "{refused}");
    dispensers.iter().for_each(|index| testbed.process(Kind::Dispenser, *index).resume());
    waits.becomes(&door, &entry, "reserved").await;
    testbed.admin.run(event, "put-aside", aside).await.expect("all are drawn");
    testbed.end().await;
}

#[tokio::test]
async fn an_entry_may_be_changed_and_withdrawn_until_the_lobby_closes() {
    let testbed = patient().await;
    let door = &testbed.base_urls[0];
    let sale = NewSale { per_shopper_max: 2, ..by_draw(5, 4_000) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let changes = ByHand::at(door, event).await;
    let first = changes.enter(door, "first", &wish(&sale, 1)).await;
    assert_eq!(changes.becomes(door, &first, "entered").await["quantity"], 1);
    assert_eq!(changes.pay(door, &first, "tok_ok").await.1["type"], "/problems/not_payable");
    let second = changes.enter(door, "second", &wish(&sale, 2)).await;
    changes.becomes(door, &second, "entered").await;
    assert_eq!(changes.becomes(door, &first, "cancelled").await["reason"], "replaced");
    let elsewhere = changes.read("/me/reservations").await.1;
    let found = &elsewhere["reservations"];
    assert_eq!((&found[0]["attempt_id"], &found[0]["state"]), (&json!(second), &json!("entered")), "{elsewhere}");
    assert_eq!(found.as_array().map(Vec::len), Some(1), "what was replaced is over: {elsewhere}");

    let withdraws = ByHand::at(door, event).await;
    let given_back = withdraws.enter(door, "k", &wish(&sale, 1)).await;
    withdraws.becomes(door, &given_back, "entered").await;
    withdraws.give_back(door, &given_back).await;
    withdraws.becomes(door, &given_back, "cancelled").await;
    assert_eq!(withdraws.read("/me/reservations").await.1["reservations"], json!([]));
    assert_eq!(testbed.head(event).await.expect("Redis answers").lobby.entered, 1);

    lobby_closes(&testbed, event).await;
    let aside = json!({ "shopper_id": Uuid::now_v7(), "reason": "is first" });
    for path in ["put-aside", "put-aside/end"] {
        let refused = testbed.admin.run(event, path, aside.clone()).await;
        let why = refused.expect_err("whoever knows the order could choose").to_string();
        assert!(why.contains("the order is known"), "{why}");
    }
    let late = ByHand::at(door, event).await;
    let (status, problem) = late.click(door, "k", &wish(&sale, 1)).await;
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/lobby_closed")));
    assert_eq!(changes.give_back(door, &second).await.1["type"], "/problems/lobby_closed");
    let (status, again) = changes.click(door, "second", &wish(&sale, 2)).await;
    assert_eq!((status, &again["attempt_id"]), (StatusCode::ACCEPTED, &json!(second)), "who is in may ask again");

    let reserved = changes.becomes(door, &second, "reserved").await;
    assert_eq!((&reserved["answer"], &reserved["quantity"]), (&json!("reserved"), &json!(2)));
    let (status, asked) = changes.pay(door, &second, "tok_ok").await;
    assert_eq!(status, StatusCode::ACCEPTED, "{asked}");
    changes.becomes(door, &second, "confirmed").await;
    assert_eq!(testbed.head(event).await.expect("Redis answers").items[0].out(), 2);
    let nobody = Crowd::buying(&sale, 0, 0.0, Then::mixed).run(&testbed.base_urls, event).await.expect("ran");
    testbed.judge(event, &nobody).await.expect("the verifier can look").assert_good();
    testbed.end().await;
}

#[tokio::test]
async fn who_comes_after_the_opening_stands_behind_all_who_were_in() {
    let testbed = patient().await;
    let door = &testbed.base_urls[0];
    let sale = by_draw(1, 2_500);
    let event = testbed.admin.create(&sale).await.expect("created");
    let mut entered = Vec::new();
    for _ in 0..3 {
        let shopper = ByHand::at(door, event).await;
        let attempt = shopper.enter(door, "k", &wish(&sale, 1)).await;
        entered.push((shopper, attempt));
    }
    lobby_closes(&testbed, event).await;
    let late = ByHand::at(door, event).await;
    let click = async || late.click(door, "k", &wish(&sale, 1)).await;
    let (_, accepted) = wait::until("the sale opens", SOON, click, |said| said.0 == StatusCode::ACCEPTED).await;
    let attempt = accepted["attempt_id"].as_str().expect("an id");
    assert_eq!(late.becomes(door, attempt, "standby").await["standby"]["place"], 3);
    let mut states = Vec::new();
    for (shopper, attempt) in &entered {
        states.push(shopper.ask(door, attempt).await.1["state"].as_str().expect("a state").to_owned());
    }
    states.sort_unstable();
    assert_eq!(states, ["reserved", "standby", "standby"]);
    testbed.end().await;
}

#[tokio::test]
async fn a_pause_delays_the_draw_and_a_stop_tells_everybody() {
    let testbed = patient().await;
    let door = &testbed.base_urls[0];
    let sale = by_draw(1, 2_000);
    let event = testbed.admin.create(&sale).await.expect("created");
    let shopper = ByHand::at(door, event).await;
    let attempt = shopper.enter(door, "k", &wish(&sale, 1)).await;
    shopper.becomes(door, &attempt, "entered").await;
    testbed.pause(event).await;
    // Past lobby and opening, and nothing comes of it.
    tokio::time::sleep(Duration::from_millis(8_500)).await;
    assert_eq!(shopper.ask(door, &attempt).await.1["state"], "entered");
    let other = ByHand::at(door, event).await;
    let late = other.enter(door, "k", &wish(&sale, 1)).await;
    testbed.admin.run(event, "resume", json!({})).await.expect("resumed");
    shopper.becomes(door, &attempt, "reserved").await;
    other.becomes(door, &late, "standby").await;

    let sale = by_draw(1, 60_000);
    let event = testbed.admin.create(&sale).await.expect("created");
    let shopper = ByHand::at(door, event).await;
    let attempt = shopper.enter(door, "k", &wish(&sale, 1)).await;
    shopper.becomes(door, &attempt, "entered").await;
    testbed.admin.run(event, "stop", json!({ "reason": "called off" })).await.expect("stopped");
    assert_eq!(shopper.becomes(door, &attempt, "refused").await["reason"], "sale_stopped");
    testbed.end().await;
}
