//! What operators see: every metric is documented, every documented one is there, and they tell what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use testbed::{Crowd, Kind, NewSale, Testbed, Then, wait};

const DOCUMENT: &str = include_str!("../../../docs/metrics.md");
const SERVICES: [Kind; 4] = [Kind::Ingress, Kind::Dispenser, Kind::Notifier, Kind::OrderWorker];
/// The heading of what every process shows, and of what those show that keep the rules of all sales.
const EVERY_PROCESS: &str = "Every process";
const WITH_A_CATALOGUE: &str = "Every process with a catalogue";
const KNOWS_SESSIONS: &str = "Every process that knows sessions";
const SHOWN_WITHIN: Duration = Duration::from_secs(20);
/// In the catalogue, an event's window is looked at once a second.
const VANISHES_WITHIN: Duration = Duration::from_secs(10);

/// A metric as it is shown, or documented.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Metric {
    kind: String,
    labels: BTreeSet<String>,
    meaning: String,
}

type Metrics = BTreeMap<String, Metric>;

#[tokio::test]
async fn every_metric_is_documented_and_shown_and_the_hops_agree() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale::of_one(20);
    let event = testbed.admin.create(&sale).await.expect("created");
    let outcome = Crowd::buying(&sale, 60, 1.0, Then::mixed).run(&testbed.base_urls, event).await.expect("ran");
    let verdict = testbed.judge(event, &outcome).await.expect("the verifier can look");
    verdict.assert_good();

    let documented = documented();
    let differences = async || {
        let mut wrong = Vec::new();
        for kind in SERVICES {
            let mut sections = vec![EVERY_PROCESS, kind.name()];
            sections.extend((kind != Kind::OrderWorker).then_some(WITH_A_CATALOGUE));
            sections.extend(matches!(kind, Kind::Ingress | Kind::Notifier).then_some(KNOWS_SESSIONS));
            let expected: Metrics = sections.into_iter().flat_map(|section| documented[section].clone()).collect();
            for text in testbed.scrape(kind).await.expect("scraped") {
                wrong.extend(compare(kind.name(), &expected, &shown(&text)));
            }
        }
        wrong
    };
    // Some are looked up every few seconds only.
    wait::until("docs/metrics.md and /metrics are the same", SHOWN_WITHIN, differences, Vec::is_empty).await;

    let sum = async |kind: Kind, series: &str| {
        let texts = testbed.scrape(kind).await.expect("scraped");
        texts.iter().map(|text| value(text, series)).sum::<f64>()
    };
    let of_answer = async |answer: &str| {
        sum(Kind::Ingress, &format!("flashline_ingress_attempts_total{{answer=\"{answer}\"}}")).await
    };
    let (accepted, answered) = (of_answer("accepted").await, of_answer("answered").await);
    let let_in = accepted + answered;
    assert!(let_in >= 60.0, "double clicks included: {let_in}");
    assert!(accepted > 0.0 && answered > 0.0, "some wait for their answer and some do not: {accepted}, {answered}");
    let waits = sum(Kind::Ingress, "flashline_ingress_waits_total{ended=\"answered\"}").await;
    assert!(waits <= answered, "{waits} of {answered} waited");
    // A double click that is answered again is no decision.
    let decided = sum(Kind::Dispenser, "flashline_dispenser_wait_seconds_count").await;
    assert!((60.0..=let_in).contains(&decided), "{decided} of {let_in} decided");
    let captured = sum(Kind::OrderWorker, "flashline_order_worker_payments_ended_total{as=\"captured\"}").await;
    assert_eq!(captured as usize, outcome.paid());
    let pushed = sum(Kind::Notifier, "flashline_notifier_news_total").await;
    assert!(answered + pushed >= 60.0, "everybody got an answer: {answered} in the response, {pushed} pushed");
    let responses = async |status: u16| {
        let route = "route=\"/api/v1/sales/{event}/attempts\",method=\"POST\"";
        sum(Kind::Ingress, &format!("flashline_ingress_requests_total{{{route},status=\"{status}\"}}")).await
    };
    assert_eq!((responses(202).await, responses(200).await), (accepted, answered));

    let of_event = async || {
        let texts = testbed.scrape(Kind::Ingress).await.expect("scraped");
        texts.iter().flat_map(|text| text.lines()).filter(|line| line.contains(&event.to_string())).count()
    };
    assert!(of_event().await > 0, "an open sale has series of its own");
    testbed.admin.run(event, "stop", json!({ "reason": "over" })).await.expect("stopped");
    // All but the backlog of a sender, which ends with it a minute later.
    wait::until("the series of a sale vanish after its end", VANISHES_WITHIN, of_event, |series| *series <= 1).await;
    testbed.end().await;
}

/// The rows of the tables, by heading: `| name | type | labels | meaning |`.
fn documented() -> BTreeMap<String, Metrics> {
    let (mut sections, mut section) = (BTreeMap::<String, Metrics>::new(), String::new());
    for line in DOCUMENT.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading.to_owned();
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let ["", name, kind, labels, meaning, ""] = cells[..]
            && let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`'))
        {
            let labels = labels.split([',', ' ', '`']).filter(|label| !label.is_empty()).map(str::to_owned).collect();
            let metric = Metric { kind: kind.to_owned(), labels, meaning: meaning.to_owned() };
            let before = sections.entry(section.clone()).or_default().insert(name.to_owned(), metric);
            assert_eq!(before, None, "{name} is documented twice");
        }
    }
    sections
}

/// The families of a scrape.
fn shown(text: &str) -> Metrics {
    let mut metrics = Metrics::new();
    let metric =
        |name: &str| (name.to_owned(), Metric { kind: String::new(), labels: BTreeSet::new(), meaning: String::new() });
    for line in text.lines() {
        if let Some((name, meaning)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            let (name, empty) = metric(name);
            metrics.entry(name).or_insert(empty).meaning = meaning.to_owned();
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            let (name, empty) = metric(name);
            metrics.entry(name).or_insert(empty).kind = kind.to_owned();
        } else if let Some((series, labels)) = line.split_once('{') {
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .filter_map(|suffix| series.strip_suffix(suffix))
                .find(|family| metrics.contains_key(*family))
                .unwrap_or(series);
            if let Some(known) = metrics.get_mut(family) {
                let names = labels
                    .split('"')
                    .step_by(2)
                    .filter_map(|part| part.trim_start_matches([',', ' ']).strip_suffix('='));
                known.labels.extend(names.filter(|name| *name != "le").map(str::to_owned));
            }
        }
    }
    metrics
}

/// What differs. A metric by event has no series while there is no event to show.
fn compare(service: &str, documented: &Metrics, shown: &Metrics) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in documented.keys().filter(|name| !shown.contains_key(*name)) {
        wrong.push(format!("{service}: {name} is documented, but not shown"));
    }
    for (name, seen) in shown {
        let Some(said) = documented.get(name) else {
            wrong.push(format!("{service}: {name} is shown, but not documented"));
            continue;
        };
        let labels_match = seen.labels.is_empty() || seen.labels == said.labels;
        if seen.meaning != said.meaning || seen.kind != said.kind || !labels_match {
            wrong.push(format!("{service}: {name} is {seen:?}, but documented as {said:?}"));
        }
    }
    wrong
}

fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok()).unwrap_or(0.0)
}
