//! Waiting for what the line decides, as the record has it.

use std::time::Duration;

use sale::ids::AttemptId;
use tokio::time::Instant;

use super::reservation::HandedOver;
use crate::problems::{ApiError, Kind};
use crate::reads::Reads;

/// How long a call waits for the decision; less than any call may take.
pub(super) const DECIDED_WITHIN: Duration = Duration::from_secs(8);
/// Between looks: first, and at most.
const LOOK_FIRST: Duration = Duration::from_millis(25);
const LOOK_LONGEST: Duration = Duration::from_millis(400);

/// Reads a reservation until it says what it is waited for, and returns that.
///
/// # Errors
/// With what it says if that is a problem; or when the line has not decided in time.
pub(super) async fn decided<T>(
    reads: &Reads,
    id: AttemptId,
    within: Duration,
    says: impl Fn(HandedOver) -> Result<Option<T>, ApiError>,
) -> Result<T, ApiError> {
    let (give_up, mut pause) = (Instant::now() + within, LOOK_FIRST);
    loop {
        let standing = HandedOver::read(reads, id).await?;
        let stands_still = standing.sale.rules.stands_still();
        if let Some(said) = says(standing)? {
            return Ok(said);
        }
        if stands_still {
            return Err(undecided("the sale is paused and its time stands still"));
        }
        if Instant::now() + pause > give_up {
            return Err(undecided("the line is long, or slow at the moment"));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LOOK_LONGEST);
    }
}

/// The line has not decided yet.
pub(super) fn undecided(why: &str) -> ApiError {
    let detail = format!("not decided yet: {why}; make the same call again, and rely on nothing before it is answered");
    Kind::Undecided.because(detail).retry_after_s(2)
}
