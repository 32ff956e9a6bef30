//! A few runs of the fault campaign, always the same.

use loadgen::chaos::Schedule;
use loadgen::chaos::arena::Arena;

/// Redis wiped while requests are lost on their way; messages in the line again after newer ones, and a half-open way to
/// PostgreSQL; the line's queue deleted; a clock minutes behind, and RabbitMQ's memory alarm; the order-worker's queue
/// deleted; PostgreSQL's disk full while all shoppers reconnect again and again; Redis put back from an older copy, and a
/// half-open way to RabbitMQ; Redis' disk full.
const SEEDS: [u64; 8] = [8, 9, 25, 32, 34, 50, 58, 194];

#[tokio::test]
async fn every_promise_is_kept_under_a_fixed_set_of_schedules() {
    // Servers of its own: their disks can be filled.
    let mut arena = Arena::start("chaos-1").await.expect("the system starts");
    for seed in SEEDS {
        let judged = arena.judge(Schedule::of(seed)).await;
        println!("{judged}");
        assert!(judged.is_good(), "{judged}");
    }
    arena.end().await.expect("stops in good order");
}
