//! The report as a page: tables, and plots as inline SVG. It needs no network.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::figures::{Figures, median_per_s, spread_per_s};
use super::plots;
use super::report::{Report, Target};

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
.met { color: #15803d; } .missed { color: #c2410c; }
@media (prefers-color-scheme: dark) { .met { color: #4ade80; } .missed { color: #fdba74; } }
@media (max-width: 30rem) { body { font-size: 13px; } th, td { padding: .3rem .2rem; } }
figure { margin: 2rem 0; overflow-x: auto; } figure svg { background: #fff; border-radius: .5rem; max-width: 100%; height: auto; }
";

/// Writes `report.json` and `report.html` into a folder.
pub(super) fn write_report(report: &Report, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("report.json"), serde_json::to_vec_pretty(report)?)?;
    fs::write(folder.join("report.html"), page(report)?)?;
    Ok(())
}

fn page(report: &Report) -> anyhow::Result<String> {
    let machine = &report.machine;
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Flashline: measured</title>\
         <style>{STYLE}</style></head><body>\n<h1>Flashline: measured</h1>\n\
         <p>One run of <code>make bench</code> on {}: {} cores of {}, {} GiB, every server and the load generator \
         on the same machine. Machines vary two- to threefold: compare ratios, not figures.</p>\n",
        machine.measured_on, machine.cores, machine.cpu, machine.memory_gib
    );
    write!(page, "<h2>Targets</h2>\n{}", targets(report)?)?;
    write!(page, "<h2>Beside the alternatives</h2>\n{}", contenders(report)?)?;
    writeln!(page, "<figure>{}</figure>", plots::throughput(report)?)?;
    write!(page, "<h2>Latency, from the scheduled click to the answer</h2>\n{}", runs(report)?)?;
    writeln!(page, "<figure>{}</figure>", plots::percentiles(report)?)?;
    if let Some(spike) = report.runs.get("spike, response") {
        writeln!(page, "<figure>{}</figure>", plots::by_second(spike)?)?;
    }
    write!(page, "<h2>CPU of one attempt, in microseconds</h2>\n{}", costs(report)?)?;
    page.push_str("</body></html>\n");
    Ok(page)
}

fn targets(report: &Report) -> Result<String, std::fmt::Error> {
    let mut table = String::from("<table><tr><th>Target</th><th>Measured</th><th>Asked for</th><th></th></tr>\n");
    for (name, Target { value, target, met, at_most, unit }) in &report.targets {
        let (class, sign) = (if *met { "met" } else { "missed" }, if *at_most { "≤" } else { "≥" });
        writeln!(
            table,
            "<tr><td>{name}</td><td>{}</td><td>{sign} {} {unit}</td><td class=\"{class}\">{class}</td></tr>",
            short(*value),
            short(*target)
        )?;
    }
    table.push_str("</table>\n");
    Ok(table)
}

fn contenders(report: &Report) -> Result<String, std::fmt::Error> {
    let columns: Vec<(String, &BTreeMap<&str, Vec<Figures>>)> =
        [("rush", &report.rush), ("all granted", &report.granted)]
            .into_iter()
            .flat_map(|(goods, all)| {
                all.iter().map(move |(connections, runs)| (format!("{goods}, {connections}"), runs))
            })
            .collect();
    let mut table = String::from("<table><tr><th>Attempts a second: median (least to most), of echo</th>");
    columns.iter().try_for_each(|(head, _)| write!(table, "<th>{head} connections</th>"))?;
    table.push_str("</tr>\n");
    let names: BTreeSet<&str> = columns.iter().flat_map(|(_, runs)| runs.keys().copied()).collect();
    let echo =
        report.rush.values().next().and_then(|rush| rush.get("echo")).map_or(f64::NAN, |runs| median_per_s(runs));
    for name in names {
        write!(table, "<tr><td>{name}</td>")?;
        for (_, runs) in &columns {
            match runs.get(name) {
                Some(runs) => {
                    let (median, (least, most)) = (median_per_s(runs), spread_per_s(runs));
                    let (least, most) = (short(least), short(most));
                    write!(table, "<td>{} ({least} to {most}), {:.3}</td>", short(median), median / echo)?;
                }
                None => table.push_str("<td>–</td>"),
            }
        }
        table.push_str("</tr>\n");
    }
    table.push_str("</table>\n");
    Ok(table)
}

fn runs(report: &Report) -> Result<String, std::fmt::Error> {
    let mut table = String::from(
        "<table><tr><th>Run</th><th>answered</th><th>a second</th><th>unanswered</th><th>2xx p95 ms</th>\
         <th>p50 ms</th><th>p95 ms</th><th>p99 ms</th><th>max ms</th></tr>\n",
    );
    for (name, run) in &report.runs {
        let answer = run.answer.percentiles;
        writeln!(
            table,
            "<tr><td>{name}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.1}</td><td>{:.1}</td><td>{:.1}</td>\
             <td>{:.1}</td><td>{:.1}</td></tr>",
            run.answered,
            short(run.per_s),
            run.unanswered,
            run.accept.percentiles.p95,
            answer.p50,
            answer.p95,
            answer.p99,
            answer.max
        )?;
    }
    table.push_str("</table>\n");
    Ok(table)
}

/// Of Flashline at its fastest, by how it answers.
fn costs(report: &Report) -> Result<String, std::fmt::Error> {
    let mut table = String::from("<table><tr><th>Process</th><th>in the response</th><th>pushed</th></tr>\n");
    let last = |name: &str| {
        let runs = report.rush.values().next().and_then(|rush| rush.get(name));
        runs.and_then(|runs| runs.last()).map(|run| run.cpu_us.clone()).unwrap_or_default()
    };
    let (response, push) = (last("flashline response"), last("flashline push"));
    for name in response.keys().filter(|name| push.contains_key(*name)) {
        writeln!(table, "<tr><td>{name}</td><td>{:.1}</td><td>{:.1}</td></tr>", response[name], push[name])?;
    }
    table.push_str("</table>\n");
    Ok(table)
}

/// With as many digits as say something.
fn short(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
