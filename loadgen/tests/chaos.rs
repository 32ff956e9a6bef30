//! A few runs of the fault campaign, always the same.

use loadgen::chaos::Schedule;
use loadgen::chaos::arena::Arena;

/// A dispenser killed and sessions ended; Redis put back from an older copy, twice; RabbitMQ's memory alarm; Redis wiped.
const SEEDS: [u64; 5] = [1, 16, 27, 40, 44];

#[tokio::test]
async fn every_promise_is_kept_under_a_fixed_set_of_schedules() {
    let mut arena = Arena::start("test").await.expect("the system starts");
    for seed in SEEDS {
        let judged = arena.judge(Schedule::of(seed)).await;
        println!("{judged}");
        assert!(judged.is_good(), "{judged}");
    }
    arena.end().await.expect("stops in good order");
}
