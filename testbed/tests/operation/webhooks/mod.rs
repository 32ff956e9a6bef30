//! That the shop hears what happens, whatever becomes of those who tell it and of those who are told.
//!
//! | module | what it tells |
//! | --- | --- |
//! | [`story`] | a sale as the shop hears it, verified by the specification's own libraries |
//! | [`delivery`] | endpoints that fail, hang, are gone, paused, or somewhere they may not be |
//! | [`shop`] | the receiver |

mod delivery;
mod shop;
mod story;

use std::time::Duration;

use testbed::{Builder, Testbed};

use shop::remove_all;

/// For what is told by itself: a try that failed is made again after seconds, and one whose order-worker died after
/// half a minute.
const SOON: Duration = Duration::from_secs(90);

/// A system whose endpoints may be on this machine.
fn described() -> Builder {
    Testbed::builder().setting("FLASHLINE_ENDPOINT_NETWORKS", "127.0.0.0/8")
}

async fn start(described: Builder) -> Testbed {
    let testbed = described.start().await.expect("the system starts");
    remove_all(&testbed).await;
    testbed
}

async fn end(testbed: Testbed) {
    remove_all(&testbed).await;
    testbed.end().await;
}
