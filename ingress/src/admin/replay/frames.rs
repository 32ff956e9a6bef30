//! How a sale stood: from its journal, or from its history where the journal is forgotten.

use chrono::{DateTime, TimeDelta, Utc};
use record::history::{self, Point};
use record::{PgConnection, PgPool, replay};
use sale::ids::EventId;
use sale::record::{Head, ItemCounts};
use sale::report::RoundReport;
use sale::rules::SaleRules;

use super::decisions;
use super::view::{Decision, Frame};
use crate::admin::figures;
use crate::admin::figures::view::AttemptFigures;

/// Steps of a history that stands for a journal.
const HISTORY_STEPS: i32 = 299;

/// A frame for each of these rounds.
pub(super) async fn of_journal(
    db: &mut PgConnection,
    event: EventId,
    rules: &SaleRules,
    seqs: &[u64],
) -> record::Result<Vec<Frame>> {
    let told = replay::rounds(db, event, seqs, |round| {
        let beginning = (round.head.seq == 1).then(|| beginning(&round, rules));
        beginning.into_iter().chain([after(&round, rules)])
    });
    let mut frames: Vec<Frame> = told.await?.into_iter().flatten().collect();
    let mut all: Vec<&mut Decision> = frames.iter_mut().flat_map(|frame| &mut frame.decisions).collect();
    decisions::complete(db, &mut all, rules).await?;
    Ok(frames)
}

/// How it stood after a round.
fn after(round: &RoundReport, rules: &SaleRules) -> Frame {
    let (decided, decisions) = decisions::told_of(&round.outcomes, rules);
    Frame { decided, decisions, ..standing(&round.head, rules, clock::to_utc(round.decided_at)) }
}

/// How it stood before the first round: as it opened, or as the first of all decisions found it.
fn beginning(first: &RoundReport, rules: &SaleRules) -> Frame {
    let untouched = |counts: &ItemCounts| ItemCounts { allocated: counts.allocated, ..ItemCounts::default() };
    let head = Head { items: first.head.items.iter().map(untouched).collect(), ..Head::default() };
    standing(&head, rules, clock::to_utc(rules.opens_at.min(first.decided_at)))
}

fn standing(head: &Head, rules: &SaleRules, at: DateTime<Utc>) -> Frame {
    let units = |of: fn(&ItemCounts) -> u32| head.items.iter().map(|item| i64::from(of(item))).sum::<i64>();
    let behind: i64 = head.behind.iter().map(|behind| i64::from(behind.waiting)).sum();
    Frame {
        seq: head.seq,
        at_ms: at.timestamp_millis(),
        attempts: figures::attempts(&head.tally),
        items: figures::items(rules, Some(head)),
        allocated_units: units(|item| item.allocated),
        left_units: units(ItemCounts::left),
        held_units: units(|item| item.held),
        sold_units: units(|item| item.sold),
        waiting: units(|item| item.standby_len) + behind,
        entered: i64::from(head.lobby.entered),
        sold_minor: head.items.iter().map(|item| item.revenue_minor).sum(),
        decided: 0,
        decisions: Vec::new(),
    }
}

/// Frames of what the history has after a round, until another.
pub(super) async fn of_history(pool: &PgPool, event: EventId, after: u64, until: u64) -> record::Result<Vec<Frame>> {
    let Some(extent) = history::extent(pool, event).await? else { return Ok(Vec::new()) };
    let step_ms = ((extent.until - extent.from) / HISTORY_STEPS).max(TimeDelta::seconds(1)).num_milliseconds();
    let mut points = history::between(pool, event, extent.from, extent.until, step_ms).await?;
    points.extend(history::newest(pool, event).await?);
    // A point stands until the next one: of those alike, the first says when it came to that.
    points.dedup_by_key(|point| point.seq);
    let is_asked = |point: &Point| {
        let seq = record::to_u64(point.seq);
        (after == 0 || seq > after) && seq <= until
    };
    Ok(points.iter().filter(|point| is_asked(point)).map(of_point).collect())
}

fn of_point(point: &Point) -> Frame {
    Frame {
        seq: record::to_u64(point.seq),
        at_ms: point.at.timestamp_millis(),
        attempts: AttemptFigures::of_point(point),
        items: Vec::new(),
        allocated_units: point.allocated_units,
        left_units: point.left_units(),
        held_units: point.held_units,
        sold_units: point.sold_units,
        waiting: point.waiting,
        entered: point.entered,
        sold_minor: point.sold_minor,
        decided: 0,
        decisions: Vec::new(),
    }
}
