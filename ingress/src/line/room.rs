//! Whether there is room in a line, and whether an attempt is there already.

use std::sync::PoisonError;

use sale::ids::{AttemptId, EventId, ShopperId};

use super::Lines;
use crate::problems::{ApiError, Kind};

/// When to come again to a line that is full, in seconds.
const LINE_FULL_RETRY_S: u32 = 10;
/// When to come again with another attempt, in seconds: an answer usually takes less.
const UNDECIDED_RETRY_S: u32 = 2;

/// Whether an attempt has to enter the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// There is room for it.
    Free,
    /// It is there already, for good, and not answered yet.
    Taken,
}

impl Lines {
    /// Checks that there is room in a line for an attempt of a shopper, who may have so many units.
    ///
    /// # Errors
    /// When too many of theirs, or of everybody's, are still waiting there.
    pub(crate) fn check_room(
        &self,
        event: EventId,
        shopper: ShopperId,
        attempt: AttemptId,
        units_max: u32,
    ) -> Result<Room, ApiError> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let Some(counts) = table.lines.get(&event).map(|line| &line.counts) else { return Ok(Room::Free) };
        let (others, this) = counts.undecided().of(shopper, attempt);
        if this.is_some_and(|waiting| waiting.in_line) {
            return Ok(Room::Taken);
        }
        if counts.waiting() >= self.settings.line_max {
            let detail = "as many attempts wait in this line as it takes; none of theirs is lost, come again later";
            return Err(Kind::LineFull.because(detail).retry_after_s(LINE_FULL_RETRY_S));
        }
        // Whoever may have many units may want them one by one.
        let most = match self.settings.undecided_max {
            0 => return Ok(Room::Free),
            most => most.max(units_max),
        };
        let detail = match this {
            Some(waiting) if waiting.sent >= most => {
                format!("this attempt was sent {} times; ask for its answer at …/attempts/{attempt}", waiting.sent)
            }
            None if others >= most as usize => {
                format!("{others} of your attempts wait in this line already; their answers come first")
            }
            Some(_) | None => return Ok(Room::Free),
        };
        Err(Kind::TooManyUndecided.because(detail).retry_after_s(UNDECIDED_RETRY_S))
    }

    /// One time that an attempt was sent is over: it is answered, or not known to be in the line.
    pub(crate) fn forget(&self, event: EventId, shopper: ShopperId, attempt: AttemptId) {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = table.lines.get(&event) {
            line.counts.undecided().forget(shopper, attempt);
        }
    }
}
