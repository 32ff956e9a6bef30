//! Something breaks in the middle of a draw. The entries that are left are decided in the order that was drawn before.

use std::time::Duration;

use sale::ids::EventId;
use testbed::{Crowd, Kind, NewSale, Testbed, Then, wait};

use crate::{SOON, taken_over_from};

const ENTRIES: usize = 800;
/// So few that the draw takes a while.
const ROUND_COMMANDS: &str = "1";
/// A lobby is open for so long, and the sale opens so much later.
const LOBBY_MS: i64 = 15_000;
const CLOSED_MS: i64 = 6_000;

/// How often to look how far a draw has come.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Runs a sale by draw while something happens in its middle, and judges it. What happens is told who writes: there is no time
/// to look for that then.
async fn a_draw_during(happening: impl AsyncFnOnce(&mut Testbed, EventId, usize)) {
    let system = Testbed::builder().setting_of(Kind::Dispenser, "FLASHLINE_ROUND_COMMANDS", ROUND_COMMANDS);
    let mut testbed = system.start().await.expect("the system starts");
    let times =
        NewSale { lobby_ms: Some((-1_000, LOBBY_MS)), opens_in_ms: LOBBY_MS + CLOSED_MS, ..NewSale::of_one(60) };
    let sale = NewSale { hold_seconds: 5, standby_max: 1_000, ..times };
    let event = testbed.admin.create(&sale).await.expect("created");
    let doors = testbed.base_urls.clone();
    let crowd = Crowd::buying(&sale, ENTRIES, 3.0, Then::mixed);
    let run = tokio::spawn(async move { crowd.run(&doors, event).await });
    let left = async |testbed: &Testbed| testbed.head(event).await.map_or(0, |head| head.lobby.entered);
    wait::until("all are in the lobby", SOON, async || left(&testbed).await, |left| *left as usize == ENTRIES).await;
    let writer = testbed.writer(event).await.expect("somebody writes");
    while left(&testbed).await as usize == ENTRIES {
        assert!(!run.is_finished(), "the crowd is still there");
        tokio::time::sleep(LOOK_EVERY).await;
    }
    happening(&mut testbed, event, writer).await;
    let outcome = run.await.expect("the crowd survives").expect("ran");
    let verdict = testbed.judge(event, &outcome).await.expect("the verifier can look");
    verdict.assert_good();
    assert!(verdict.granted >= 60, "everything was granted: {}", verdict.granted);
}

#[tokio::test]
async fn the_writer_is_killed_in_the_middle_of_a_draw() {
    a_draw_during(async |testbed, event, writer| {
        testbed.process(Kind::Dispenser, writer).kill();
        let head = testbed.head(event).await.expect("Redis answers");
        assert!(head.lobby.entered > 0, "it was in the middle: {head:?}");
        taken_over_from(testbed, event, head.epoch, SOON).await;
        testbed.process(Kind::Dispenser, writer).start().expect("starts");
    })
    .await;
}

#[tokio::test]
async fn redis_loses_everything_in_the_middle_of_a_draw() {
    a_draw_during(async |testbed, event, _| {
        let head = testbed.head(event).await.expect("Redis answers");
        testbed.servers.wipe_redis().await.expect("wiped");
        assert!(head.lobby.entered > 0, "it was in the middle: {head:?}");
        let look = async || testbed.head(event).await.map(|head| head.incarnation);
        wait::until("the inventory is rebuilt", SOON, look, |now| now.is_some_and(|now| now > head.incarnation)).await;
    })
    .await;
}

#[tokio::test]
async fn redis_is_put_back_in_the_middle_of_a_draw() {
    a_draw_during(async |testbed, event, _| {
        testbed.servers.keep_redis().await.expect("kept");
        let kept = testbed.head(event).await.expect("Redis answers");
        assert!(kept.lobby.entered > 0, "it was in the middle: {kept:?}");
        let look = async || testbed.head(event).await.map_or(0, |head| head.seq);
        wait::until("some more are decided", SOON, look, |seq| *seq > kept.seq).await;
        testbed.servers.put_redis_back().await.expect("put back");
        let look = async || testbed.head(event).await.map(|head| head.incarnation);
        wait::until("the inventory is rebuilt", SOON, look, |now| now.is_some_and(|now| now > kept.incarnation)).await;
    })
    .await;
}
