//! Progress: the same for everyone who watches an event, a few times a second at most. A crowd gets it in
//! slices, one a tick, so that 20,000 writes never stand between an answer and its shopper; and whoever gets an answer
//! before their slice is due gets it along with that, in one write.

use std::collections::HashMap;
use std::time::Duration;

use catalogue::{Catalogue, Sale};
use sale::ids::EventId;
use sale::record::ItemCounts;
use sale::rules::Status;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::mailbox::{Mailboxes, ProgressText};
use crate::meters;
use crate::protocol::{ItemView, ProgressView, ServerMessage};

/// Between two slices of a broadcast.
pub(crate) const TICK: Duration = Duration::from_millis(25);
/// Slices of a broadcast at most: it reaches everybody within a second, with 0.4 s for the writes under way.
const SLICES_MAX: usize = 24;
/// Watchers told in one tick at least, of all events.
const SLICE_MIN: usize = 64;
/// Between the beginnings of two broadcasts of an event while its line moves; longer in a crowd.
const BROADCAST_EVERY: Duration = Duration::from_millis(250);
/// Between the beginnings of two broadcasts at least, for each slice: a quarter of the time none goes out.
const EVERY_PER_SLICE: Duration = Duration::from_micros(33_300);
/// Between two while it does not.
const IDLE_EVERY: Duration = Duration::from_secs(1);
/// Nothing heard from an active event's dispenser for this long: the page says so.
const STALLED_AFTER: Duration = Duration::from_secs(4);
/// Weight of the newest second in the pace.
const PACE_SMOOTHING: f64 = 0.4;

/// How far one event's line has come, as last heard.
struct LineProgress {
    at: Instant,
    served: u64,
    line_ms: u64,
    items: Vec<ItemCounts>,
    pace_per_s: f64,
    pace_from: (Instant, u64),
    sent_at: Option<Instant>,
    /// How many watchers the broadcast under way has reached.
    reached: Option<usize>,
    moved: bool,
    /// Broadcasts begun.
    broadcasts: u64,
    /// What the latest slice said.
    said: Option<ProgressText>,
}

/// What is broadcast about each event.
#[derive(Default)]
pub(crate) struct Broadcasts(HashMap<EventId, LineProgress>);

impl Broadcasts {
    /// Takes note of news from an event's dispenser.
    pub(crate) fn hear(&mut self, event: EventId, served: u64, line_ms: u64, items: &[ItemCounts]) {
        let now = Instant::now();
        let heard = self.0.entry(event).or_insert_with(|| LineProgress {
            at: now,
            served,
            line_ms,
            items: Vec::new(),
            pace_per_s: 0.0,
            pace_from: (now, served),
            sent_at: None,
            reached: None,
            moved: true,
            broadcasts: 0,
            said: None,
        });
        heard.moved |= heard.served != served || heard.items != items;
        (heard.at, heard.served, heard.line_ms) = (now, served, line_ms);
        heard.items.clear();
        heard.items.extend_from_slice(items);
        let (since, from) = heard.pace_from;
        let seconds = now.duration_since(since).as_secs_f64();
        if seconds >= 0.5 {
            let pace = served.saturating_sub(from) as f64 / seconds;
            let weight = (PACE_SMOOTHING * seconds).min(1.0);
            heard.pace_per_s += weight * (pace - heard.pace_per_s);
            heard.pace_from = (now, served);
        }
    }

    /// What the broadcast under way, or the last one, tells about an event.
    pub(crate) fn said(&self, event: EventId) -> Option<&ProgressText> {
        self.0.get(&event)?.said.as_ref()
    }

    /// Sends the slices that are due. Call it every [`TICK`].
    pub(crate) fn send(&mut self, catalogue: &Catalogue, mailboxes: &Mailboxes) {
        let now = Instant::now();
        let watched = mailboxes.watched();
        let everybody: usize = watched.iter().map(|(_, watchers)| watchers).sum();
        for (event, watchers) in watched {
            let Some(sale) = catalogue.get(event) else { continue };
            // An event nobody has heard of yet has an honest progress too: nothing served.
            if !self.0.contains_key(&event) {
                self.hear(event, 0, 0, &untouched(&sale));
            }
            let Some(heard) = self.0.get_mut(&event) else { continue };
            let slice_len = slice_len(watchers, everybody);
            if heard.reached.is_none() {
                let in_crowd = EVERY_PER_SLICE.saturating_mul(u32::try_from(watchers.div_ceil(slice_len)).unwrap_or(0));
                let pause = if heard.moved { BROADCAST_EVERY.max(in_crowd) } else { IDLE_EVERY };
                if heard.sent_at.is_some_and(|sent| now.duration_since(sent) < pause) {
                    continue;
                }
                heard.moved = false;
                heard.sent_at = Some(now);
                heard.broadcasts += 1;
                meters::BROADCASTS.one();
            }
            let from = heard.reached.unwrap_or(0).min(watchers);
            let slice = from..(from + slice_len).min(watchers);
            heard.reached = (slice.end < watchers).then_some(slice.end);
            // Later slices get what is known by then.
            let progress = ProgressText { event, broadcast: heard.broadcasts, text: render(&sale, heard, now) };
            mailboxes.tell_watchers(slice, &progress);
            heard.said = Some(progress);
        }
        let known = catalogue.all();
        self.0.retain(|event, _| known.contains_key(event));
    }
}

/// How many of an event's watchers are told in one tick: a part of all that are.
fn slice_len(watchers: usize, everybody: usize) -> usize {
    watchers.div_ceil(SLICES_MAX).max(SLICE_MIN * watchers / everybody.max(1))
}

fn untouched(sale: &Sale) -> Vec<ItemCounts> {
    sale.rules.items.iter().map(|item| ItemCounts { allocated: item.allocation, ..ItemCounts::default() }).collect()
}

fn render(sale: &Sale, heard: &LineProgress, now: Instant) -> Utf8Bytes {
    let at = clock::now();
    let status = sale.rules.status(at);
    let items = sale.rules.items.iter().zip(&heard.items).map(|(item, counts)| {
        let (unit_minor, tier) = item.discount.next_unit(item.list_minor, &counts.tiers_out);
        ItemView {
            sku: &item.sku,
            left: counts.left(),
            held: counts.held,
            sold: counts.sold,
            standby_len: counts.standby_len,
            standby_head: counts.standby_head,
            unit_minor,
            tier: tier.map(|index| index + 1),
        }
    });
    ServerMessage::Progress(ProgressView {
        event_id: sale.rules.event.0,
        at_ms: at.0,
        status: status.word(),
        status_reason: match status {
            Status::Paused => sale.pause_reason.as_deref(),
            Status::Stopped => sale.stop_reason.as_deref(),
            _ => None,
        },
        served: heard.served,
        pace_per_s: heard.pace_per_s.round() as u64,
        line_ms: heard.line_ms,
        items: items.collect(),
        stalled: status == Status::Active && now.duration_since(heard.at) > STALLED_AFTER,
    })
    .text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broadcast_takes_its_slices_whoever_else_watches_what() {
        assert_eq!(slice_len(10, 10), 64, "few are told at once");
        assert_eq!(slice_len(10_000, 10_000), 417);
        assert_eq!(slice_len(200, 10_000), 9, "fifty events are not told at once");
        for (watchers, everybody) in [(1_usize, 20_000), (63, 64), (20_000, 20_000)] {
            assert!(watchers.div_ceil(slice_len(watchers, everybody)) <= SLICES_MAX);
        }
    }
}
