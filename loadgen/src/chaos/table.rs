//! Faults × promises, as a page for the documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use sale::gateway::GatewayKind;

use super::arena::Judged;
use super::fault::{Family, Fault};
use super::network::Way;

/// What the campaign does not reach, and why.
const NOT_COVERED: &str = "## Not covered

- **The line's queue deleted while attempts are in it**: the broker confirmed them, and the broker forgot them. Nothing that
  trusts a broker's confirm survives an operator who deletes its queue; the shopper's page still shows the attempt as
  waiting, and a click with the same key enters the line anew. Deleted while empty, the queue is made again, and selling goes on.
- **Loss of a disk**: data that RabbitMQ, Redis (below what PostgreSQL has) or PostgreSQL had synced stays, as it does after
  kill -9. A lost PostgreSQL is a matter of its backups.
- **The clock of the database**: every process follows it, so it is the one that may not be wrong.
- **RabbitMQ's disk full**: it blocks publishers at its own limit before that, as with the memory alarm.
- **Several machines**: one broker node, one Redis, one PostgreSQL. Elections and partitions within a cluster are not played.
- **PostgreSQL away when the first attempt of a sale comes**: its line is claimed there, so those who click then are
  answered when it is back, in their order. A line that has a writer goes on without it, and that is what is tested.
- **Power loss**: a process dies, the machine does not; what the kernel holds is not lost.
- **Clients that do not read for long**: the kernel's buffers take what a sale of a few seconds tells, so the notifier's
  own limits are tested by its unit tests.
";

/// How one promise fared under one fault: `(runs, broken)`.
type Fared = BTreeMap<&'static str, (u32, u32)>;

pub(super) fn write(all: &[Judged], path: &Path) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(path, render(all)?)?)
}

/// The row of a fault: the weathers of one way share one.
fn row(fault: Fault) -> String {
    match fault {
        Fault::Way(way @ Way::Within(..), _) => way.name(),
        _ => fault.name(),
    }
}

fn render(all: &[Judged]) -> anyhow::Result<String> {
    let mut promises = Vec::new();
    let mut rows: BTreeMap<(Family, String), (u32, Fared)> = BTreeMap::new();
    let mut weathers: BTreeMap<&str, u32> = BTreeMap::new();
    for judged in all {
        // A run with the same fault in two processes counts once.
        let faults = || judged.schedule.happenings.iter().map(|met| met.fault);
        let met: BTreeSet<_> = faults().map(|fault| (fault.family(), row(fault))).collect();
        for name in met {
            let (runs, fared) = rows.entry(name).or_default();
            *runs += 1;
            for promise in judged.verdict.iter().flatten() {
                if !promises.contains(&promise.promise) {
                    promises.push(promise.promise);
                }
                let (judged, broken) = fared.entry(promise.promise).or_default();
                *judged += 1;
                *broken += u32::from(!promise.kept);
            }
        }
        for fault in faults() {
            if let Fault::Way(Way::Within(..), weather) = fault {
                *weathers.entry(weather.name()).or_default() += 1;
            }
        }
    }
    let on_stripe = all.iter().filter(|judged| judged.schedule.gateway == GatewayKind::Stripe).count();
    let good = all.iter().filter(|judged| judged.is_good()).count();
    let mut page = format!(
        "# Faults and promises\n\nMade by `make chaos`: {} sales under load, each with one to three faults at random times from \
         its seed, two of every\nservice; {on_stripe} of them are paid through Stripe (localstripe), of whose answers one in eight is lost, \
         the others through the\nsandbox. {good} kept every promise. `loadgen chaos --seed N --runs 1` replays the \
         schedule of one, `--list` prints schedules.\n\n",
        all.len()
    );
    for (number, promise) in promises.iter().enumerate() {
        writeln!(page, "{}. {promise}", number + 1)?;
    }
    let numbers: Vec<String> = (1..=promises.len()).map(|number| number.to_string()).collect();
    let mut family = None;
    for ((of, name), (runs, fared)) in &rows {
        if family.replace(*of) != Some(*of) {
            writeln!(page, "\n## {}\n", of.name())?;
            if *of == Family::Ways {
                let counts: Vec<String> = weathers.iter().map(|(name, count)| format!("{name} ({count})")).collect();
                writeln!(page, "Each in every weather: {}.\n", counts.join("; "))?;
            }
            writeln!(page, "| fault | runs | {} |", numbers.join(" | "))?;
            writeln!(page, "| --- | --- |{}", " --- |".repeat(promises.len()))?;
        }
        let cells = promises.iter().map(|promise| match fared.get(promise) {
            Some((judged, 0)) if judged == runs => "kept".to_owned(),
            Some((judged, 0)) => format!("kept in {judged}"),
            Some((_, broken)) => format!("**broken in {broken}**"),
            None => "–".to_owned(),
        });
        writeln!(page, "| {name} | {runs} | {} |", cells.collect::<Vec<_>>().join(" | "))?;
    }
    for judged in all.iter().filter(|judged| !judged.is_good()) {
        write!(page, "\n```text\n{judged}\n```\n")?;
    }
    write!(page, "\n{NOT_COVERED}")?;
    Ok(page)
}
