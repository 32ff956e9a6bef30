//! Workers come and go while a sale runs: more of each, then every process replaced by a new one, then fewer again.
//! No promise breaks, and nobody who waits notices more than a reconnect.

use testbed::{Kind, NewSale, Outcome, Testbed, wait};

use crate::coming::{Came, Coming, with_plenty};
use crate::{SOON, clicked_more_than, epoch, taken_over_from};

/// Those of which there may be any number. (The sandbox gateway keeps its accounts in memory, and is not ours.)
const WORKERS: [Kind; 4] = [Kind::OrderWorker, Kind::Dispenser, Kind::Notifier, Kind::Ingress];
/// A reconnect: what a socket may be away for, on a machine that is busy with all of this and more.
const RECONNECT_MAX_MS: f64 = 10_000.0;
/// From the 202 to the answer: a line changes hands meanwhile. (0.8 s, when nothing else runs here.) Were it not handed over in good
/// order, nobody would be answered before the broker has missed its heartbeats.
const ANSWER_MAX_MS: f64 = 30_000.0;

#[tokio::test]
async fn workers_come_and_go_during_a_sale() {
    let mut testbed = Testbed::builder().of_each(2).behind_edge().start().await.expect("the system starts");
    let sale = with_plenty(NewSale { hold_seconds: 8, ..NewSale::of_one(120) });
    let event = testbed.admin.create(&sale).await.expect("created");
    let coming = Coming::to(&sale, event, vec![testbed.edge_url()], 500, 60.0);
    clicked_more_than(&testbed, 0.0).await;
    let first_writer = epoch(&testbed, event).await;
    for kind in WORKERS {
        testbed.add(kind).await.expect("one more");
    }
    for kind in WORKERS {
        for _ in 0..3 {
            shares_have_moved(&testbed, kind).await;
            testbed.add(kind).await.expect("its replacement");
            testbed.remove(kind).await.expect("ends in good order");
        }
    }
    for kind in WORKERS {
        testbed.remove(kind).await.expect("one less");
    }
    taken_over_from(&testbed, event, first_writer, SOON).await;
    let Came { outcome, late, .. } = coming.ends().await;
    testbed.judge(event, &outcome).await.expect("the verifier can look").assert_good();

    let [away_ms, accepted_ms, answered_ms] = longest(&outcome);
    println!("away {away_ms:.0} ms, click to 202 {accepted_ms:.0} ms, 202 to answer {answered_ms:.0} ms at most");
    assert!(away_ms > 0.0, "sockets were moved");
    assert!(away_ms < RECONNECT_MAX_MS, "a waiter's socket was away for {away_ms:.0} ms");
    assert!(answered_ms < ANSWER_MAX_MS, "an answer took {answered_ms:.0} ms");
    let turned_away = outcome.diaries.iter().filter_map(|diary| diary.seen.turned_away.as_deref());
    let wrongly: Vec<&str> = turned_away.filter(|kind| *kind != "sold_out").collect();
    assert!(wrongly.is_empty(), "{wrongly:?}");
    assert_eq!(outcome.diaries.len(), 500 + late, "everybody got in");
    testbed.end().await;
}

/// Waits until every process of a service knows every other, and so which share of the work is its own.
async fn shares_have_moved(testbed: &Testbed, kind: Kind) {
    let look = async || testbed.metrics(kind, "flashline_process_living").await;
    let all_know_all = |living: &Vec<f64>| living.iter().all(|known| *known == living.len() as f64);
    wait::until(&format!("every {} knows every other", kind.name()), SOON, look, all_know_all).await;
}

/// What the unluckiest shopper saw: the socket away, click to 202, 202 to the answer, in milliseconds.
fn longest(outcome: &Outcome) -> [f64; 3] {
    let mut longest = [0.0f64; 3];
    for seen in outcome.diaries.iter().map(|diary| &diary.seen) {
        let accepted_ms = seen.accepted.map(|(at_ms, _)| at_ms);
        let waits = [
            Some(seen.away_longest_ms),
            accepted_ms.map(|at_ms| at_ms - seen.scheduled_ms),
            accepted_ms.zip(seen.answered_ms).map(|(accepted, answered)| answered - accepted),
        ];
        for (longest, wait) in longest.iter_mut().zip(waits) {
            *longest = longest.max(wait.unwrap_or(0.0));
        }
    }
    longest
}
