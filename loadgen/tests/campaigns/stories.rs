//! A few stories, always the same: what people do when nothing fails.

use loadgen::story::Story;
use loadgen::story::stage::Stage;

/// The first of the campaign.
const SEEDS: [u64; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

#[tokio::test]
async fn every_promise_is_kept_in_a_fixed_set_of_stories() {
    // Servers of its own: their clock jumps.
    let mut stage = Stage::start("stories-1").await.expect("the system starts");
    for seed in SEEDS {
        let judged = stage.judge(&Story::of(seed)).await;
        println!("{judged}");
        assert!(judged.is_good(), "{judged}");
    }
    stage.end().await.expect("stops in good order");
}
