//! Sales that start by draw, with a randomness beacon.

use std::process::Command;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::ByHand;
use testbed::{Crowd, Drand, Kind, NewSale, Testbed, Then, wait};

/// A round comes ten seconds after the end of a lobby.
const SOON: Duration = Duration::from_secs(60);

/// A sale whose lobby is open now, for a time in milliseconds; it opens as soon after that as may be.
fn with_beacon(units: u32, open_for_ms: i64) -> NewSale {
    NewSale {
        lobby_ms: Some((-1_000, open_for_ms)),
        beacon: true,
        opens_in_ms: open_for_ms + 16_500,
        hold_seconds: 30,
        ..NewSale::of_one(units)
    }
}

/// A system that has heard the beacon.
async fn system(drand: &Drand) -> Testbed {
    let builder = drand.relayed_to(Testbed::builder().setting("FLASHLINE_LIMIT_SHOPPER", "off"));
    let testbed = builder.start().await.expect("the system starts");
    let pool = testbed.servers.postgres().await.expect("PostgreSQL is there");
    let heard = async || {
        let mut connection = pool.acquire().await.expect("a connection");
        record::beacons::usable(&mut connection).await.expect("read").map(|chain| chain.hash)
    };
    wait::until("the beacon is heard", SOON, heard, |heard| *heard == Some(drand.chain.hash)).await;
    testbed
}

async fn get(door: &str, event: EventId, path: &str) -> Value {
    let answer = reqwest::get(format!("{door}/api/v1/sales/{event}{path}")).await.expect("answered");
    answer.json().await.expect("JSON")
}

async fn published(door: &str, event: EventId, path: &str) -> String {
    let answer = reqwest::get(format!("{door}/api/v1/sales/{event}/draw{path}")).await.expect("answered");
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.text().await.expect("whole")
}

#[tokio::test]
async fn the_order_follows_from_a_round_that_was_named_before_and_came_after_the_entries_were_published() {
    let drand = Drand::start().await.expect("a relay");
    let testbed = system(&drand).await;
    let door = testbed.base_urls[0].clone();
    let sale = NewSale { hold_seconds: 4, ..with_beacon(10, 8_000) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let before = get(&door, event, "/draw").await;
    let named = before["beacon"]["round"].as_u64().expect("a round");
    assert!(before["root"].is_null() && before["beacon"]["signature"].is_null(), "{before}");
    assert_eq!(before["beacon"]["named_round"], named);

    let crowd = tokio::spawn({
        let (crowd, doors) = (Crowd::buying(&sale, 40, 2.0, Then::mixed), testbed.base_urls.clone());
        async move { crowd.run(&doors, event).await }
    });
    let look = async || get(&door, event, "/draw").await;
    let sealed = wait::until("the entries are published", SOON, look, |draw| draw["root"].is_string()).await;
    assert!(sealed["secret"].is_null() && sealed["seed"].is_null(), "{sealed}");
    assert!(sealed["sealed_at_ms"].as_u64() < sealed["beacon"]["round_at_ms"].as_u64(), "{sealed}");
    assert_eq!(published(&door, event, "/entries").await.lines().count(), 40);
    let outcome = crowd.await.expect("the crowd survives").expect("ran");
    testbed.judge(event, &outcome).await.expect("the verifier can look").assert_good();

    let draw = get(&door, event, "/draw").await;
    assert_eq!((&draw["beacon"]["round"], &draw["root"]), (&json!(named), &sealed["root"]));
    let folder = std::env::temp_dir().join(format!("draw-{event}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    for (path, file) in [("", "draw.json"), ("/entries", "entries.txt"), ("/decided", "decided.txt")] {
        std::fs::write(folder.join(file), published(&door, event, path).await).expect("written");
    }
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/draw/verify.py");
    let check = || Command::new("python3").arg(program).arg(&folder).output().expect("Python");
    let checked = check();
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success() && said.contains("NOT CHECKED"), "{said}");
    // A round that was out before the entries were published could have been chosen for, as could a later one than there need be.
    let mut forged = [draw.clone(), draw.clone()];
    forged[0]["sealed_at_ms"] = json!(draw["beacon"]["round_at_ms"].as_u64().expect("a time") + 1);
    forged[1]["beacon"]["round"] = json!(named + 1_000);
    for forged in forged {
        std::fs::write(folder.join("draw.json"), forged.to_string()).expect("written");
        assert!(!check().status.success(), "{forged}");
    }
    std::fs::remove_dir_all(&folder).expect("removed");
    testbed.end().await;
}

#[tokio::test]
async fn a_sale_waits_for_its_beacon_and_says_so_and_a_stop_is_the_way_out() {
    let drand = Drand::start().await.expect("a relay");
    let testbed = system(&drand).await;
    let door = &testbed.base_urls[0];
    let sale = with_beacon(1, 10_000);
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let event = testbed.admin.create(&sale).await.expect("created");
    let to_be_stopped = with_beacon(1, 10_000);
    let their_wish = json!({ "sku": to_be_stopped.items[0].sku, "quantity": 1 });
    let stopped = testbed.admin.create(&to_be_stopped).await.expect("created");
    let (shopper, other) = (ByHand::at(door, event).await, ByHand::at(door, stopped).await);
    let attempt = shopper.enter(door, "k", &wish).await;
    let their = other.enter(door, "k", &their_wish).await;
    drand.be_silent(true);

    let look = async || get(door, event, "").await;
    let waits = |sale: &Value| sale["lobby"]["waits_for"] == "beacon";
    let shown = wait::until("the sale has opened and waits", SOON, look, waits).await;
    assert_eq!(shown["status"], "active");
    // For longer than any round takes.
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(shopper.ask(door, &attempt).await.1["state"], "entered");
    let late = async || testbed.metrics(Kind::OrderWorker, "flashline_order_worker_draws_late_seconds").await;
    wait::until("operators are told", SOON, late, |late| late.iter().any(|seconds| *seconds > 5.0)).await;
    testbed.admin.run(stopped, "stop", json!({ "reason": "no beacon" })).await.expect("stopped");
    assert_eq!(other.becomes(door, &their, "refused").await["reason"], "sale_stopped");

    drand.be_silent(false);
    shopper.becomes(door, &attempt, "reserved").await;
    assert!(get(door, event, "").await["lobby"]["waits_for"].is_null());
    let draw = get(door, event, "/draw").await;
    assert_eq!(draw["beacon"]["round"], draw["beacon"]["named_round"], "no other round took its place");
    testbed.end().await;
}

#[tokio::test]
async fn entries_that_were_published_too_late_for_the_round_wait_for_a_later_one() {
    let drand = Drand::start().await.expect("a relay");
    let testbed = system(&drand).await;
    let door = &testbed.base_urls[0];
    let sale = with_beacon(1, 7_000);
    let event = testbed.admin.create(&sale).await.expect("created");
    let shopper = ByHand::at(door, event).await;
    let attempt = shopper.enter(door, "k", &json!({ "sku": sale.items[0].sku, "quantity": 1 })).await;
    shopper.becomes(door, &attempt, "entered").await;
    testbed.pause(event).await;
    let named_at_ms = get(door, event, "/draw").await["beacon"]["round_at_ms"].as_u64().expect("a time");
    let now = async || clock::now().0;
    wait::until("the round that was named is out", SOON, now, |now| *now > named_at_ms + 1_000).await;
    testbed.admin.run(event, "resume", json!({})).await.expect("resumed");
    shopper.becomes(door, &attempt, "reserved").await;
    let draw = get(door, event, "/draw").await;
    let time = |value: &Value| value.as_u64().expect("a time");
    assert!(time(&draw["beacon"]["round"]) > time(&draw["beacon"]["named_round"]), "{draw}");
    let after_ms = time(&draw["beacon"]["round_at_ms"]) - time(&draw["sealed_at_ms"]);
    assert!((3_000..4_000).contains(&after_ms), "the first of a round each second: {draw}");
    let nobody = Crowd::buying(&sale, 0, 0.0, Then::mixed).run(&testbed.base_urls, event).await.expect("ran");
    testbed.judge(event, &nobody).await.expect("the verifier can look").assert_good();
    testbed.end().await;
}

#[tokio::test]
async fn no_sale_is_promised_a_beacon_that_nobody_hears_or_whose_round_comes_too_late() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    // Other tests may have heard theirs.
    let pool = testbed.servers.postgres().await.expect("PostgreSQL is there");
    let long_ago = sqlx::query("UPDATE beacons SET heard_at = heard_at - interval '1 hour'");
    long_ago.execute(&pool).await.expect("written");
    let nobody_hears = testbed.admin.create(&with_beacon(1, 60_000)).await.expect_err("refused");
    assert!(format!("{nobody_hears:#}").contains("no randomness beacon was heard"), "{nobody_hears:#}");
    testbed.end().await;

    let drand = Drand::start().await.expect("a relay");
    let testbed = system(&drand).await;
    let event = testbed.admin.create(&with_beacon(1, 600_000)).await.expect("created");
    let shown = testbed.admin.call(Method::GET, &format!("/events/{event}"), None).await.expect("shown");
    assert_eq!(shown["lobby"]["beacon"], true);
    let too_early = NewSale { opens_in_ms: 612_000, ..with_beacon(1, 600_000) };
    let refused = testbed.admin.create(&too_early).await.expect_err("refused");
    assert!(format!("{refused:#}").contains("lobby.closes_at: with a beacon"), "{refused:#}");
    testbed.end().await;
}
