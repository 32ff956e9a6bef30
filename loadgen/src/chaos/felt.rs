//! What was felt of a run's faults: what the services count when something is in their way, and what their shoppers
//! noticed. A run that kept every promise because its faults met nobody says little, and should say so.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use sale::ids::EventId;
use testbed::{Kind, Outcome, Stripe, Testbed, total};

use super::network::Network;

/// What only moves when something goes wrong, or somebody comes or goes: metrics of a kind of service, and what they
/// count.
const COUNTED: [(Kind, &str, &str); 15] = [
    (Kind::Ingress, "flashline_process_retries_total", "tries of doors made again"),
    (Kind::Dispenser, "flashline_process_retries_total", "tries of dispensers made again"),
    (Kind::OrderWorker, "flashline_process_retries_total", "tries of order-workers made again"),
    (Kind::Notifier, "flashline_process_retries_total", "tries of notifiers made again"),
    (Kind::Ingress, "flashline_process_roster_changes_total", "comings and goings of doors"),
    (Kind::Dispenser, "flashline_process_roster_changes_total", "comings and goings of dispensers"),
    (Kind::OrderWorker, "flashline_process_roster_changes_total", "comings and goings of order-workers"),
    (Kind::Notifier, "flashline_process_roster_changes_total", "comings and goings of notifiers"),
    (Kind::Ingress, "flashline_ingress_publish_failures_total", "messages of doors not confirmed"),
    (Kind::Dispenser, "flashline_dispenser_line_restarts_total", "lines started over"),
    (Kind::Dispenser, "flashline_dispenser_rebuilds_total", "rebuilds"),
    (Kind::Dispenser, "flashline_dispenser_announced_again_total", "rounds announced again"),
    (Kind::Dispenser, "flashline_dispenser_parked_total", "messages parked"),
    (Kind::Notifier, "flashline_notifier_interruptions_total", "interruptions of notifiers"),
    (Kind::OrderWorker, "flashline_order_worker_late_rounds_total", "late rounds refused"),
];
const KINDS: [Kind; 4] = [Kind::Ingress, Kind::Dispenser, Kind::OrderWorker, Kind::Notifier];
/// Shoppers come some 20 ms apart: so long nobody hears an answer only if something keeps it.
const SILENCE: Duration = Duration::from_secs(1);

/// The counts of every process before a run.
pub(super) struct Before {
    counts: HashMap<(&'static str, &'static str), Vec<f64>>,
    disturbed: u64,
    lost: u64,
}

impl Before {
    pub(super) async fn read(testbed: &Testbed, network: &Network) -> anyhow::Result<Self> {
        Ok(Self { counts: counts(testbed).await?, disturbed: network.disturbed(), lost: lost(testbed) })
    }
}

/// What was felt, in words; empty when nothing was.
#[derive(Clone, Debug, Default)]
pub(super) struct Felt(Vec<String>);

impl Felt {
    /// Since `before`, during the sale of `event`; `repeated` messages were said again.
    pub(super) async fn since(
        before: Before,
        testbed: &Testbed,
        network: &Network,
        event: EventId,
        outcome: &Outcome,
        repeated: u64,
    ) -> anyhow::Result<Self> {
        let mut felt = Vec::new();
        let mut note = |count: f64, what: &str| {
            if count > 0.0 {
                felt.push(format!("{count:.0} {what}"));
            }
        };
        note((network.disturbed() - before.disturbed) as f64, "pieces held up, lost or cut off under way");
        note(repeated as f64, "messages said again");
        note((lost(testbed) - before.lost) as f64, "answers of Stripe lost");
        let after = counts(testbed).await?;
        for (kind, metric, what) in COUNTED {
            let key = (kind.name(), metric);
            let pairs = after[&key].iter().zip(&before.counts[&key]);
            // A process that was started anew counts from zero.
            note(pairs.map(|(now, then)| if now < then { *now } else { now - then }).sum(), what);
        }
        // The first writer's is 1.
        let epoch = testbed.head(event).await.map_or(0, |head| head.epoch);
        note(epoch.saturating_sub(1) as f64, "takeovers of the line");
        let away = outcome.diaries.iter().filter(|diary| diary.seen.away_longest_ms > 0.0).count();
        note(away as f64, "sockets opened again");
        let silence = longest_silence(outcome);
        if silence > SILENCE {
            felt.push(format!("no answer for {:.1} s", silence.as_secs_f64()));
        }
        Ok(Self(felt))
    }
}

impl fmt::Display for Felt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { out.write_str("nothing was felt") } else { write!(out, "felt: {}", self.0.join(", ")) }
    }
}

fn lost(testbed: &Testbed) -> u64 {
    testbed.stripe.as_ref().map_or(0, Stripe::troubles)
}

async fn counts(testbed: &Testbed) -> anyhow::Result<HashMap<(&'static str, &'static str), Vec<f64>>> {
    let mut counts = HashMap::new();
    for kind in KINDS {
        let shown = testbed.scrape(kind).await?;
        for (_, metric, _) in COUNTED.iter().filter(|(of, ..)| *of == kind) {
            counts.insert((kind.name(), *metric), shown.iter().map(|text| total(text, metric)).collect());
        }
    }
    Ok(counts)
}

/// The longest time between one shopper's first answer and the next.
fn longest_silence(outcome: &Outcome) -> Duration {
    let mut times: Vec<f64> = outcome.diaries.iter().filter_map(|diary| diary.seen.answered_ms).collect();
    times.sort_unstable_by(f64::total_cmp);
    let longest_ms = times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    Duration::from_secs_f64(longest_ms / 1_000.0)
}
