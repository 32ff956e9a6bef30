//! A few runs of the fault campaign, always the same.

use loadgen::chaos::Schedule;
use loadgen::chaos::arena::Arena;

#[tokio::test]
async fn every_promise_is_kept_under_a_fixed_set_of_schedules() {
    let mut arena = Arena::start("test").await.expect("the system starts");
    for seed in 1..=5 {
        let judged = arena.judge(Schedule::of(seed)).await;
        println!("{judged}");
        assert!(judged.is_good(), "{judged}");
    }
    arena.end().await.expect("stops in good order");
}
