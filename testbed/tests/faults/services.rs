//! One of our processes dies, or stands still and wakes up late.

use std::time::Duration;

use sale::ids::EventId;
use testbed::{Kind, Testbed, wait};

use crate::{SOON, a_sale_during, clicked_more_than, epoch, goes_on, taken_over_from};

/// How many more clicks are answered while something is away.
const SOME: f64 = 40.0;
/// How long the broker may take to find that a consumer is silent: some heartbeats of ten seconds.
const TAKEN_FOR_DEAD_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_active_dispenser_is_killed() {
    a_sale_during(async |testbed, event| {
        // The second to die is whoever writes after the first.
        for _ in 0..2 {
            let (epoch, writer) = writer(testbed, event).await;
            testbed.process(Kind::Dispenser, writer).kill();
            taken_over_from(testbed, event, epoch, SOON).await;
            testbed.process(Kind::Dispenser, writer).start().expect("starts");
            testbed.ready().await.expect("ready");
        }
    })
    .await;
}

#[tokio::test]
async fn the_active_dispenser_stalls_and_wakes_up_late() {
    a_sale_during(async |testbed, event| {
        // For a moment: nobody takes its place, and the line stands still.
        let (epoch, stalled) = writer(testbed, event).await;
        let clicks = testbed.clicks().await;
        testbed.process(Kind::Dispenser, stalled).pause();
        let before = testbed.head(event).await.expect("Redis answers");
        clicked_more_than(testbed, clicks + SOME).await;
        let after = testbed.head(event).await.expect("Redis answers");
        // One commit may have been on its way.
        assert!(after.epoch > epoch || after.seq <= before.seq + 1, "the line stands still: {before:?}, {after:?}");
        testbed.process(Kind::Dispenser, stalled).resume();
        // Whether it has kept its place or not, somebody writes again.
        goes_on(testbed, event).await;

        // For so long that another writes when it wakes up: it finds that it has lost its place.
        let (epoch, stalled) = writer(testbed, event).await;
        let restarts = restarts_of(testbed, stalled).await;
        testbed.process(Kind::Dispenser, stalled).pause();
        taken_over_from(testbed, event, epoch, TAKEN_FOR_DEAD_WITHIN).await;
        testbed.process(Kind::Dispenser, stalled).resume();
        let look = async || restarts_of(testbed, stalled).await;
        wait::until("who woke up late starts its lines over", SOON, look, |now| *now > restarts).await;
    })
    .await;
}

#[tokio::test]
async fn the_order_worker_is_killed() {
    a_sale_during(async |testbed, event| {
        testbed.process(Kind::OrderWorker, 0).kill();
        let recorded = testbed.recorded(event).await.expect("PostgreSQL answers");
        goes_on(testbed, event).await;
        assert_eq!(testbed.recorded(event).await.expect("PostgreSQL answers"), recorded, "nobody records");
        testbed.process(Kind::OrderWorker, 0).start().expect("starts");
    })
    .await;
}

#[tokio::test]
async fn the_notifier_is_killed() {
    let (testbed, outcome) = a_sale_during(async |testbed, _| {
        let clicks = testbed.clicks().await;
        testbed.process(Kind::Notifier, 0).kill();
        // They are answered, and nobody can tell them.
        clicked_more_than(testbed, clicks + SOME).await;
        testbed.process(Kind::Notifier, 0).start().expect("starts");
    })
    .await;
    let came_back = outcome.diaries.iter().filter(|diary| diary.seen.away_longest_ms > 0.0).count();
    assert!(came_back > 50, "sockets were lost, and opened again: {came_back}");
    let told = testbed.metrics(Kind::Notifier, "flashline_notifier_catch_ups_total").await;
    assert!(told[0] > 0.0, "who came back was told where they stand: {told:?}");
}

/// The epoch and the number of the dispenser that writes the line.
async fn writer(testbed: &Testbed, event: EventId) -> (u64, usize) {
    let epoch = epoch(testbed, event).await;
    let writer = wait::until("somebody writes", SOON, async || testbed.writer(event).await, Option::is_some).await;
    (epoch, writer.expect("somebody"))
}

/// How often a dispenser has started a line over, for whatever reason.
async fn restarts_of(testbed: &Testbed, dispenser: usize) -> f64 {
    testbed.metrics(Kind::Dispenser, "flashline_dispenser_line_restarts_total").await[dispenser]
}
