//! The way into the lines, and how each of them stands.

use std::sync::Arc;
use std::time::Duration;

use recent::Generations;
use sale::ids::{AttemptKey, EventId};
use sale::rules::SaleRules;
use sale::time::LineMs;

use crate::attempt_id::AttemptIds;
use crate::awaited::AwaitedAnswers;
use crate::invited::Invited;
use crate::line::Lines;
use crate::meters::{self, WaitEnd};
use crate::origins::Origins;
use crate::progress::{Board, Seen, estimate_ahead};

/// Clicks in a generation, to recognise a key that comes again with another body without asking the line.
const CLICKS_MAX: usize = 100_000;
/// How long a generation gathers clicks at most.
const CLICKS_KEPT_FOR: Duration = Duration::from_secs(15 * 60);

/// What an attempt needs to get into its line.
pub(crate) struct Entrance {
    pub(crate) ids: AttemptIds,
    pub(crate) origins: Arc<Origins>,
    /// Who is invited to sales that have a list.
    pub(crate) invited: Arc<Invited>,
    /// Which body each click came with of late.
    pub(crate) clicks: Generations<AttemptKey, [u8; 4]>,
    pub(crate) lines: Arc<Lines>,
    /// Answers that requests wait for here.
    pub(crate) answers: Arc<AwaitedAnswers>,
    /// How long they may at most.
    wait_max: Duration,
    board: Arc<Board>,
}

/// How a line stands, as far as this door knows.
pub(crate) struct LineStanding {
    /// What was last heard of it, however old.
    pub(crate) last: Option<Arc<Seen>>,
    /// Attempts of this door in it, or on their way there.
    pub(crate) waiting_here: u64,
}

impl LineStanding {
    /// Of a line, by what is known in this process.
    pub(crate) fn of(board: &Board, lines: &Lines, event: EventId) -> Self {
        Self { last: board.last(event), waiting_here: lines.waiting(event) }
    }

    /// Attempts in line, those of other doors included.
    pub(crate) fn length(&self) -> u64 {
        let doors = self.last.as_ref().map_or(1, |seen| seen.progress.doors.len());
        estimate_ahead(self.waiting_here, doors)
    }

    /// How long ago it was heard of; `None` if it never was.
    pub(crate) fn heard_ago(&self) -> Option<Duration> {
        self.last.as_ref().map(|seen| seen.heard_at.elapsed())
    }

    /// The same in milliseconds.
    pub(crate) fn heard_ms_ago(&self) -> Option<u64> {
        self.heard_ago().map(|ago| u64::try_from(ago.as_millis()).unwrap_or(u64::MAX))
    }

    /// Whether all that entered before this time is known to be decided.
    pub(crate) fn has_passed(&self, time: LineMs) -> bool {
        self.last.as_ref().is_some_and(|seen| seen.progress.line > time)
    }

    /// Whether it was heard of just now.
    pub(crate) fn is_fresh(&self) -> bool {
        self.last.as_ref().is_some_and(|seen| seen.is_fresh())
    }
}

impl Entrance {
    pub(crate) fn new(
        ids: AttemptIds,
        origins: Arc<Origins>,
        invited: Arc<Invited>,
        lines: Arc<Lines>,
        board: Arc<Board>,
        answers: Arc<AwaitedAnswers>,
        wait_max: Duration,
    ) -> Self {
        Self {
            ids,
            origins,
            invited,
            clicks: Generations::new(CLICKS_MAX, CLICKS_KEPT_FOR),
            lines,
            answers,
            wait_max,
            board,
        }
    }

    /// How long a request that would wait so long may wait for its answer: not at all when the line is known to take
    /// longer, or to stand still.
    pub(crate) fn wait(&self, rules: &SaleRules, asked: Duration) -> Option<Duration> {
        let wait = asked.min(self.wait_max);
        let in_vain = wait.is_zero() || rules.stands_still() || self.lines.oldest(rules.event) >= wait;
        if in_vain {
            meters::WAITS.one(WaitEnd::InVain);
        }
        (!in_vain).then_some(wait)
    }

    /// How the line of an event stands.
    pub(crate) fn standing(&self, event: EventId) -> LineStanding {
        LineStanding::of(&self.board, &self.lines, event)
    }
}
