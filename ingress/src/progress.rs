//! How far each line has come, as the dispensers last said.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sale::ids::{DoorId, EventId};
use sale::report::{AnswerTimes, Progress};

/// Older news say nothing about now.
pub(crate) const FRESH_FOR: Duration = Duration::from_secs(3);
/// Times of answers are of a minute.
const TIMES_FOR: Duration = Duration::from_secs(60);

/// The last progress of an event.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// What was said.
    pub(crate) progress: Progress,
    /// When it was heard.
    pub(crate) heard_at: Instant,
    /// A new writer knows nothing of those whom its predecessor answered, so what that one said is kept.
    answer_times: Option<(AnswerTimes, Instant)>,
}

impl Seen {
    /// Whether it was heard just now.
    pub(crate) fn is_fresh(&self) -> bool {
        self.heard_at.elapsed() < FRESH_FOR
    }

    /// How long those waited who were answered over the last minute, whoever answered them.
    pub(crate) fn answer_times(&self) -> Option<AnswerTimes> {
        self.answer_times.filter(|(_, heard_at)| heard_at.elapsed() < TIMES_FOR).map(|(times, _)| times)
    }
}

/// The last progress of every event.
#[derive(Default)]
pub(crate) struct Board(RwLock<HashMap<EventId, Arc<Seen>>>);

impl Board {
    /// The last progress of an event, however old.
    pub(crate) fn last(&self, event: EventId) -> Option<Arc<Seen>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&event).cloned()
    }

    /// Notes news of a line, unless they are older than what is known. Returns how many attempts of
    /// this door that line has served, if it says so.
    pub(crate) fn put(&self, progress: Progress, door: DoorId) -> Option<(EventId, u64)> {
        let mut board = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let (event, before) = (progress.event, board.get(&progress.event));
        if before.is_some_and(|seen| seen.progress.position() > progress.position()) {
            return None;
        }
        let heard_at = Instant::now();
        let told = progress.answer_times.map(|times| (times, heard_at));
        let answer_times = told.or_else(|| before.and_then(|seen| seen.answer_times));
        let served = progress.doors.iter().find(|(id, _)| *id == door).map(|(_, served)| (event, *served));
        board.insert(event, Arc::new(Seen { progress, heard_at, answer_times }));
        served
    }

    /// Keeps what is known of these events, and of no others.
    pub(crate) fn retain(&self, keep: impl Fn(EventId) -> bool) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).retain(|event, _| keep(*event));
    }
}

/// Attempts in line before the next one of a door of which so many wait there. The other doors are taken to be as busy as this one.
pub(crate) fn estimate_ahead(waiting: u64, doors: usize) -> u64 {
    waiting.saturating_mul(doors.max(1) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sale::time::{LineMs, UnixMs};
    use uuid::Uuid;

    #[test]
    fn the_place_in_line_is_estimated_from_this_doors_own_share() {
        assert_eq!(estimate_ahead(0, 0), 0);
        assert_eq!(estimate_ahead(6, 1), 6);
        assert_eq!(estimate_ahead(6, 3), 18);
        assert_eq!(estimate_ahead(10, 0), 10, "nobody has said anything yet");
    }

    const EVENT: EventId = EventId(Uuid::nil());
    const DOOR: DoorId = DoorId(Uuid::nil());

    fn progress(epoch: u64, seq: u64, served: u64) -> Progress {
        Progress {
            event: EVENT,
            incarnation: 1,
            epoch,
            seq,
            at: UnixMs(0),
            line: LineMs(0),
            served,
            items: Vec::new(),
            doors: Vec::new(),
            answer_times: None,
        }
    }

    #[test]
    fn an_earlier_writer_is_not_listened_to() {
        let board = Board::default();
        for (epoch, seq, served) in [(2, 7, 70), (1, 9, 90), (2, 8, 80), (2, 7, 71)] {
            board.put(progress(epoch, seq, served), DOOR);
        }
        assert_eq!(board.last(EVENT).map(|seen| seen.progress.served), Some(80));
    }

    #[test]
    fn times_of_answers_outlive_the_writer_that_told_them() {
        let board = Board::default();
        let times = AnswerTimes { p50: 1, p95: 2, p99: 3 };
        board.put(Progress { answer_times: Some(times), ..progress(1, 1, 1) }, DOOR);
        board.put(progress(2, 1, 1), DOOR);
        board.put(progress(2, 2, 1), DOOR);
        assert_eq!(board.last(EVENT).and_then(|seen| seen.answer_times()), Some(times));
    }
}
