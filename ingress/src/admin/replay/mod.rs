//! The replay of a sale: its journal, moment by moment, in parts that are small however long the sale was.

mod decisions;
mod frames;
mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use record::replay;
use sale::ids::EventId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::MayRead;
use crate::extract::{Path, Query};
use crate::problems::{AdminReadProblems, ApiError};
use crate::reads::Reads;
use view::{Replay, ReplaySource};

/// Frames of one replay, at most; but for the first and the last round, which always have one.
const FRAMES_MAX: u64 = 600;
/// Frames in one answer, at most: each is read from a round, which may tell of thousands of attempts.
const PART: usize = 50;

/// Which part.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReplayParams {
    /// Only what came after this round: with `until`, a stretch of the sale, of which more rounds have a frame. Without it, from the
    /// beginning on.
    #[serde(default)]
    from: u64,
    /// The last round to tell of: `rounds` of the first part, so that a sale that runs stays the same for all parts. Without it,
    /// all that is recorded.
    until: Option<u64>,
    /// Frames after this round: `next_after` of the part before. Without it, from the beginning on.
    #[serde(default)]
    after: u64,
}

/// The replay of a sale
///
/// How the sale stood, round by round of its journal, and what each of these rounds decided, without a word of who the shoppers
/// are. At most 50 frames in an answer and some 600 in all: of a longer journal, every `step`-th round has one; of a stretch of it
/// (`from`, `until`), more do. Parts of one replay have the same `source` and `step`: where they have not, the journal was forgotten in
/// between, and the replay is to be read anew. The journal is
/// forgotten after a sale is cleared away; then frames are those of its history, at most 301, without items and decisions.
#[utoipa::path(get, path = "/api/v1/admin/events/{event}/replay", tag = "admin: operation",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event"), ReplayParams),
    responses((status = 200, body = Replay), AdminReadProblems))]
pub(crate) async fn show(
    State(reads): State<Arc<Reads>>,
    _: MayRead,
    Path(event): Path<EventId>,
    Query(ReplayParams { from, until, after }): Query<ReplayParams>,
) -> Result<Json<Replay>, ApiError> {
    let sale = reads.sale(event).await?;
    let mut look = replay::look(&reads.postgres).await?;
    let kept = replay::kept(&mut look, event).await?;
    let rounds = until.map_or(kept.rounds, |until| until.min(kept.rounds));
    let from = from.min(rounds);
    let mut told = Replay {
        event_id: event.0,
        currency: sale.rules.currency.to_string(),
        source: if kept.cleared_at.is_some() { ReplaySource::History } else { ReplaySource::Journal },
        cleared_at: kept.cleared_at.map(Into::into),
        from,
        rounds,
        step: step(rounds - from),
        next_after: None,
        frames: Vec::new(),
    };
    if kept.cleared_at.is_some() {
        drop(look);
        told.frames = frames::of_history(&reads.postgres, event, after.max(from), rounds).await?;
    } else {
        let seqs: Vec<u64> =
            part(rounds - from, after.saturating_sub(from)).into_iter().map(|seq| from + seq).collect();
        told.frames = frames::of_journal(&mut look, event, &sale.rules, &seqs).await?;
        told.next_after = seqs.last().copied().filter(|last| *last < rounds);
    }
    Ok(Json(told))
}

/// Of so many rounds one has a frame.
fn step(rounds: u64) -> u64 {
    rounds.div_ceil(FRAMES_MAX).max(1)
}

/// The rounds that one answer tells of: the first, every `step`-th, and the last.
fn part(rounds: u64, after: u64) -> Vec<u64> {
    if after >= rounds {
        return Vec::new();
    }
    let step = step(rounds);
    // Rounds are numbered from one on, so what comes after none begins there.
    let first = (after == 0 && rounds > 0).then_some(1);
    let on_step = (after / step + 1..=rounds / step).map(|number| number * step).filter(|seq| Some(*seq) != first);
    let last = (!rounds.is_multiple_of(step) && rounds > after && first != Some(rounds)).then_some(rounds);
    first.into_iter().chain(on_step).chain(last).take(PART).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(rounds: u64) -> Vec<u64> {
        let mut all = Vec::new();
        loop {
            let next = part(rounds, all.last().copied().unwrap_or(0));
            assert!(next.len() <= PART);
            all.extend(&next);
            if all.last().copied().unwrap_or(0) >= rounds || next.is_empty() {
                return all;
            }
        }
    }

    #[test]
    fn nothing_comes_after_the_last_round_whatever_is_asked_for() {
        for after in [5, 6, u64::MAX] {
            assert_eq!(part(5, after), Vec::<u64>::new(), "{after}");
        }
    }

    #[test]
    fn a_short_journal_is_told_whole_and_a_long_one_from_its_first_round_to_its_last() {
        assert_eq!(all(0), Vec::<u64>::new());
        assert_eq!(all(1), [1]);
        for rounds in [2, 50, 51, 599, 600] {
            assert_eq!(all(rounds), (1..=rounds).collect::<Vec<_>>(), "{rounds}");
        }
        for rounds in [601, 1_000, 1_201, 123_457, 1_000_000, u64::from(u32::MAX)] {
            let seqs = all(rounds);
            assert!(seqs.len() as u64 <= FRAMES_MAX + 2, "{rounds}: {}", seqs.len());
            assert_eq!((seqs.first(), seqs.last()), (Some(&1), Some(&rounds)));
            assert!(seqs.windows(2).all(|two| two[0] < two[1] && two[1] - two[0] <= step(rounds)), "{rounds}");
        }
    }
}
