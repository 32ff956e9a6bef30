//! One trace shows an attempt from the click to the push and to the record; and a collector that is down costs
//! traces, not sales.

mod collector;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reqwest::header::HeaderMap;
use reqwest::{Client, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::{Crowd, Kind, NewSale, Testbed, Then, wait};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

use collector::{Collector, Taken};

const CALLERS_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLERS_SPAN: &str = "b7ad6b7169203331";
const UNSAMPLED_TRACE: &str = "11111111111111111111111111111111";
const PUSHED_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn one_trace_shows_click_line_round_push_and_record() {
    let (collector, endpoint) = Collector::start().await;
    let testbed = traced(&endpoint).await;
    let sale = NewSale { per_shopper_max: 3, ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let sampled = format!("00-{CALLERS_TRACE}-{CALLERS_SPAN}-01");
    let unsampled = format!("00-{UNSAMPLED_TRACE}-{CALLERS_SPAN}-00");
    let parents = [Some(sampled.as_str()), None, Some(unsampled.as_str())];
    let answers = click_and_wait(&testbed, event, &sale.items[0].sku, parents).await;
    recorded(&testbed, event, 3).await;
    testbed.end().await; // and with it, every service sends what it still has

    let taken = collector.taken();
    let told: Vec<Option<String>> =
        answers.iter().map(|headers| Some(headers.get("traceresponse")?.to_str().expect("text").to_owned())).collect();
    for response in told.iter().take(2) {
        let response = response.as_deref().expect("the sampled are told their trace");
        let [_, trace, click_id, "01"] = response.split('-').collect::<Vec<_>>()[..] else { panic!("{response}") };
        let spans: Vec<&Taken> = taken.iter().filter(|taken| id(&taken.span.trace_id) == trace).collect();
        println!("{}", shown(&spans));
        assert_eq!(spans.len(), 5, "one trace holds: {}", shown(&spans));
        let click = one(&spans, "ingress", "POST /api/v1/sales/{event}/attempts", SpanKind::Server);
        let create = one(&spans, "ingress", "create flashline.line.{event}", SpanKind::Producer);
        let answer = one(&spans, "dispenser", "answer flashline.line.{event}", SpanKind::Consumer);
        let rounds = "flashline.outcomes:round.{partition}.{event}";
        let push = one(&spans, "notifier", &format!("push {rounds}"), SpanKind::Consumer);
        let record = one(&spans, "order-worker", "record flashline.ledger.{partition}", SpanKind::Consumer);
        assert_eq!(id(&click.span.span_id), click_id);
        assert_eq!(click.text("http.response.status_code").as_deref(), Some("202"));
        assert!(create.is_under(click) && answer.is_under(create) && push.is_under(answer) && record.is_under(answer));
        assert_eq!(answer.text("flashline.answer").as_deref(), Some("reserved"));
        let starts = [click, create, answer, push].map(|taken| taken.span.start_time_unix_nano);
        assert!(starts.is_sorted() && click.span.end_time_unix_nano > create.span.end_time_unix_nano);
        let line = format!("flashline.line.{event}");
        for (taken, kind, destination) in
            [(create, "create", Some(&line)), (answer, "process", Some(&line)), (push, "process", None)]
        {
            says_what_it_does(taken, kind, destination);
        }

        // What is done for many at once has a trace of its own, linked with this one.
        let all: Vec<&Taken> = taken.iter().collect();
        let message: Vec<&Taken> = all.iter().copied().filter(|taken| taken.links_to(create)).collect();
        let publish = one(&message, "ingress", "publish flashline.line.{event}", SpanKind::Client);
        let round = one(&message, "dispenser", "process flashline.line.{event}", SpanKind::Consumer);
        says_what_it_does(publish, "send", Some(&line));
        says_what_it_does(round, "process", Some(&line));
        assert!(answer.links_to(round), "the way from an attempt to its round");
        for batch in [publish, round] {
            let count = batch.text("messaging.batch.message_count").expect("counted");
            assert!(count.parse::<usize>().expect("a number") >= batch.span.links.len(), "{count}");
            assert!(batch.span.parent_span_id.is_empty() && id(&batch.span.trace_id) != trace);
        }
        let steps: Vec<&Taken> = all.iter().copied().filter(|taken| taken.is_under(round)).collect();
        let mut names: Vec<&str> = steps.iter().map(|taken| taken.span.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["commit", "decide", &format!("publish {rounds}"), "read"]);
    }
    let callers = told[0].as_deref().expect("told");
    let click = taken.iter().find(|taken| id(&taken.span.span_id) == callers[36..52]).expect("sent");
    assert_eq!(id(&click.span.parent_span_id), CALLERS_SPAN, "the caller's trace goes on");
    assert!(callers.contains(CALLERS_TRACE));
    assert_eq!(told[2], None, "who is not sampled is told nothing");
    assert!(taken.iter().all(|taken| id(&taken.span.trace_id) != UNSAMPLED_TRACE));
}

#[tokio::test]
async fn a_collector_that_never_answers_costs_traces_and_no_sale() {
    // It takes connections, and that is all.
    let hangs = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let testbed = traced(&format!("http://{}", hangs.local_addr().expect("bound"))).await;
    let logs = testbed.servers.folder().join("logs/ingress-1.log");
    let before = std::fs::read_to_string(&logs).expect("a log").len();
    let sale = NewSale::of_one(40);
    let event = testbed.admin.create(&sale).await.expect("created");
    let outcome = Crowd::buying(&sale, 120, 2.0, Then::mixed).run(&testbed.base_urls, event).await.expect("ran");
    testbed.judge(event, &outcome).await.expect("the verifier can look").assert_good();
    let lost = async || testbed.metrics(Kind::Ingress, "flashline_trace_spans_total").await[0];
    wait::until("what is lost is counted", PUSHED_WITHIN, lost, |lost| *lost > 0.0).await;
    testbed.end().await;
    let log = std::fs::read_to_string(&logs).expect("a log")[before..].to_owned();
    assert_eq!(log.matches("does not take traces").count(), 1, "said once: {log}");
    drop(hangs);
}

#[tokio::test]
async fn switched_off_nobody_is_traced_whoever_asks() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale { per_shopper_max: 3, ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let sampled = format!("00-{CALLERS_TRACE}-{CALLERS_SPAN}-01");
    let answers = click_and_wait(&testbed, event, &sale.items[0].sku, [Some(&sampled), Some(&sampled), None]).await;
    assert!(answers.iter().all(|headers| !headers.contains_key("traceresponse")));
    testbed.end().await;
}

async fn traced(endpoint: &str) -> Testbed {
    let described = Testbed::builder().setting("FLASHLINE_OTLP_ENDPOINT", endpoint);
    described.setting("FLASHLINE_TRACE_RATIO", "1").start().await.expect("the system starts")
}

/// A shopper with an open socket clicks, each time under another parent, and waits for every push. Returns the
/// headers of the 202s.
async fn click_and_wait(testbed: &Testbed, event: EventId, sku: &str, parents: [Option<&str>; 3]) -> Vec<HeaderMap> {
    let (client, base) = (Client::new(), &testbed.base_urls[0]);
    let session: Value = json_of(client.post(format!("{base}/api/v1/sessions"))).await;
    let token = session["token"].as_str().expect("a token");
    let ticket: Value = json_of(client.post(format!("{base}/api/v1/socket-tickets")).bearer_auth(token)).await;
    let (mut socket, _) =
        tokio_tungstenite::connect_async(ticket["url"].as_str().expect("a URL")).await.expect("a socket");
    let hello = json!({ "type": "hello", "token": ticket["token"], "events": [event.to_string()] });
    socket.send(Message::text(hello.to_string())).await.expect("said");
    assert!(matches!(socket.next().await, Some(Ok(Message::Text(_)))), "welcome");

    let (mut answers, mut waiting) = (Vec::new(), Vec::new());
    for (key, parent) in ["a", "b", "c"].iter().zip(parents) {
        let click = client.post(format!("{base}/api/v1/sales/{event}/attempts")).bearer_auth(token);
        let click = click.header("idempotency-key", *key).json(&json!({ "sku": sku, "quantity": 1 }));
        let click = parent.into_iter().fold(click, |click, parent| click.header("traceparent", parent));
        let answer = click.send().await.expect("answered");
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        answers.push(answer.headers().clone());
        let accepted: Value = answer.json().await.expect("JSON");
        waiting.push(accepted["attempt_id"].as_str().expect("an id").to_owned());
    }
    let pushed = async {
        while !waiting.is_empty() {
            let Some(Ok(Message::Text(text))) = socket.next().await else { continue };
            let said: Value = serde_json::from_str(&text).expect("JSON");
            waiting.retain(|attempt| said["attempt_id"] != **attempt);
        }
    };
    tokio::time::timeout(PUSHED_WITHIN, pushed).await.expect("every answer is pushed");
    answers
}

/// Waits until so many units are on record.
async fn recorded(testbed: &Testbed, event: EventId, units: i64) {
    let pool = testbed.postgres().await.expect("postgres");
    let look = async || {
        let held = sqlx::query_scalar!(
            r#"SELECT COALESCE(sum(quantity), 0)::bigint AS "units!" FROM reservations WHERE event_id = $1"#,
            event.0
        );
        held.fetch_one(&pool).await.expect("summed")
    };
    wait::until("they are on record", PUSHED_WITHIN, look, |held| *held == units).await;
}

async fn json_of(request: reqwest::RequestBuilder) -> Value {
    request.send().await.expect("answered").json().await.expect("JSON")
}

fn one<'a>(spans: &[&'a Taken], service: &str, name: &str, kind: SpanKind) -> &'a Taken {
    let mut found = spans.iter().filter(|taken| taken.service == service && taken.span.name == name);
    let (Some(first), None) = (found.next(), found.next()) else {
        panic!("not exactly one {service} {name} in: {}", shown(spans))
    };
    assert_eq!(first.span.kind, kind as i32, "{service} {name}");
    first
}

fn says_what_it_does(taken: &Taken, operation: &str, destination: Option<&String>) {
    assert_eq!(taken.text("messaging.system").as_deref(), Some("rabbitmq"));
    assert_eq!(taken.text("messaging.operation.type").as_deref(), Some(operation), "{}", taken.span.name);
    let name = taken.text("messaging.destination.name");
    assert!(name.is_some() && destination.is_none_or(|destination| name.as_ref() == Some(destination)), "{name:?}");
}

/// For people: when, how long, who, what; in the order of time.
fn shown(spans: &[&Taken]) -> String {
    let mut spans = spans.to_vec();
    spans.sort_by_key(|taken| taken.span.start_time_unix_nano);
    let began = spans.first().map_or(0, |first| first.span.start_time_unix_nano);
    let line = |taken: &&Taken| {
        let span = &taken.span;
        let at_ms = (span.start_time_unix_nano - began) as f64 / 1e6;
        let took_ms = (span.end_time_unix_nano - span.start_time_unix_nano) as f64 / 1e6;
        let (own, parent) = (id(&span.span_id), id(&span.parent_span_id));
        format!("{at_ms:8.2} {took_ms:7.2}  {:<13} {:<52} {own} under {parent}\n", taken.service, span.name)
    };
    spans.iter().map(line).collect()
}

fn id(bytes: &[u8]) -> String {
    hex::encode(bytes)
}
