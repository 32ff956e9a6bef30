//! Faults × promises, as a page for the documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use super::arena::Judged;

/// How one promise fared under one fault: `(runs, broken)`.
type Fared = BTreeMap<&'static str, (u32, u32)>;

pub(super) fn write(all: &[Judged], path: &Path) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(path, render(all)?)?)
}

fn render(all: &[Judged]) -> anyhow::Result<String> {
    let mut promises = Vec::new();
    let mut faults: BTreeMap<String, (u32, Fared)> = BTreeMap::new();
    for judged in all {
        // A run with the same fault in two processes counts once.
        let names: BTreeSet<String> = judged.schedule.happenings.iter().map(|met| met.fault.name()).collect();
        for name in names {
            let (runs, fared) = faults.entry(name).or_default();
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
    }
    let good = all.iter().filter(|judged| judged.is_good()).count();
    let mut page = format!(
        "# Faults and promises\n\nMade by `make chaos`: {} sales under load, each with one to three faults at random times from \
         its seed, two of every\nservice; {good} of them kept every promise. `loadgen chaos --seed N --runs 1` replays the \
         schedule of one.\n\n",
        all.len()
    );
    for (number, promise) in promises.iter().enumerate() {
        writeln!(page, "{}. {promise}", number + 1)?;
    }
    let numbers: Vec<String> = (1..=promises.len()).map(|number| number.to_string()).collect();
    write!(page, "\n| fault | runs | {} |\n| --- | --- |{}\n", numbers.join(" | "), " --- |".repeat(promises.len()))?;
    for (name, (runs, fared)) in &faults {
        let cells = promises.iter().map(|promise| match fared.get(promise) {
            Some((judged, 0)) if judged == runs => "kept".to_owned(),
            Some((judged, 0)) => format!("kept in {judged}"),
            Some((_, broken)) => format!("**broken in {broken}**"),
            None => "–".to_owned(),
        });
        writeln!(page, "| {name} | {runs} | {} |", cells.collect::<Vec<_>>().join(" | "))?;
    }
    Ok(page)
}
