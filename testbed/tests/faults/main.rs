//! Sales during which something breaks, or is replaced. Whatever happens, the promises hold; and each story proves that
//! what happened was felt: somebody took over, had to start over, stood still or came back. A fault that nobody notices
//! tests nothing.
//!
//! | module | what happens |
//! | --- | --- |
//! | [`services`] | one of our processes dies or stalls |
//! | [`servers`] | RabbitMQ, Redis or PostgreSQL dies, restarts, or loses what it knew |
//! | [`console`] | PostgreSQL dies while an organiser is signed in |
//! | [`rolling`] | every process is replaced, in good order |
//! | [`rules`] | the writer does not hear of what an organiser changes |
//! | [`draw`] | the middle of a draw is hit |
//! | [`series`] | sales of one series, whose lines share what shoppers may have |
//! | [`cluster`] | a node of RabbitMQ's or Redis' cluster is lost |
//!
//! To most of them people go on [`coming`], for as long as it takes.

mod cluster;
mod coming;
mod console;
mod draw;
mod rolling;
mod rules;
mod series;
mod servers;
mod services;

use std::time::Duration;

use sale::ids::EventId;
use testbed::{NewSale, Outcome, Testbed, wait};

use crate::coming::{Coming, with_plenty};

/// How many clicks have been answered when something happens: the rush is over, and most of the crowd is still to come.
const WELL_INTO_IT: f64 = 150.0;
/// How long that may take, and whatever the system does by itself in a moment.
const SOON: Duration = Duration::from_secs(30);

/// Runs a sale while something happens to it, and judges it: a crowd of six seconds, and whoever comes after it.
async fn a_sale_during(happening: impl AsyncFnOnce(&mut Testbed, EventId)) -> (Testbed, Outcome) {
    let mut testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = with_plenty(NewSale { hold_seconds: 5, ..NewSale::of_one(60) });
    let event = testbed.admin.create(&sale).await.expect("created");
    let coming = Coming::to(&sale, event, testbed.base_urls.clone(), 400, 6.0);
    clicked_more_than(&testbed, WELL_INTO_IT).await;
    // Its line has a writer, who needs neither PostgreSQL nor an order-worker to go on.
    committed(&testbed, event, 1).await;
    happening(&mut testbed, event).await;
    let came = coming.ends().await;
    let verdict = testbed.judge(event, &came.outcome).await.expect("the verifier can look");
    verdict.assert_good();
    let granted = verdict.granted - came.late_reserved;
    assert!(granted >= 60, "everything was granted: {granted}");
    (testbed, came.outcome)
}

/// Waits until the doors have answered more than this many clicks, and returns how many they have. Not how many they
/// have let in: once the stock is gone, they let in nobody.
async fn clicked_more_than(testbed: &Testbed, count: f64) -> f64 {
    let wanted = format!("more than {count} clicks are answered");
    wait::until(&wanted, SOON, async || testbed.clicks().await, |clicks| *clicks > count).await
}

/// Waits until the line is at this round in Redis, or later.
async fn committed(testbed: &Testbed, event: EventId, seq: u64) {
    let look = async || testbed.head(event).await.map(|head| head.seq);
    wait::until(&format!("round {seq} is committed"), SOON, look, |at| at.is_some_and(|at| at >= seq)).await;
}

/// Waits for two more rounds: one may have been under way.
async fn goes_on(testbed: &Testbed, event: EventId) {
    let before = testbed.head(event).await.expect("Redis answers");
    committed(testbed, event, before.seq + 2).await;
}

/// The epoch of the line's last round: each writer has one of its own, greater than those before.
async fn epoch(testbed: &Testbed, event: EventId) -> u64 {
    let look = async || testbed.head(event).await.map(|head| head.epoch);
    wait::until("Redis knows the line's writer", SOON, look, Option::is_some).await.expect("known")
}

/// Waits until somebody else has taken the line over from the writer of an epoch, and committed a round.
async fn taken_over_from(testbed: &Testbed, event: EventId, epoch: u64, within: Duration) {
    let look = async || testbed.head(event).await.map(|head| head.epoch);
    let wanted = format!("the line is taken over from the writer of epoch {epoch}");
    wait::until(&wanted, within, look, |now| now.is_some_and(|now| now > epoch)).await;
}
