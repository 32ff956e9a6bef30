//! The opening as a calendar file.

use reqwest::StatusCode;
use sale::ids::EventId;
use serde_json::json;
use testbed::{NewSale, Testbed};

use super::of_units;

async fn calendar(testbed: &Testbed, event: EventId, language: &str) -> String {
    let url = format!("{}/api/v1/sales/{event}/calendar.ics?language={language}", testbed.base_urls[0]);
    let answer = reqwest::get(url).await.expect("answered");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/calendar; charset=utf-8");
    // Long lines are folded (RFC 5545, section 3.1).
    answer.text().await.expect("text").replace("\r\n ", "")
}

/// The value of a property, of the entry of a number.
fn value(calendar: &str, entry: usize, name: &str) -> String {
    let entry = calendar.split("BEGIN:VEVENT").nth(entry + 1).expect("an entry");
    let line = entry.split("\r\n").find(|line| line.starts_with(&format!("{name}:")));
    line.unwrap_or_else(|| panic!("no {name} in {entry}"))[name.len() + 1..].to_owned()
}

#[tokio::test]
async fn a_calendar_has_the_opening_and_an_edit_is_a_later_one_of_the_same_entry() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let name = "Lamps; lights, and more";
    let sale = NewSale { opens_in_ms: 3_600_000, name: name.to_owned(), ..of_units(3) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let first = calendar(&testbed, event, "en").await;
    assert!(first.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") && first.ends_with("END:VCALENDAR\r\n"), "{first}");
    assert_eq!(value(&first, 0, "SUMMARY"), r"Lamps\; lights\, and more");
    assert_eq!(value(&first, 0, "URL"), format!("{}/sales/{event}", testbed.base_urls[0]));
    let (starts, stamp) = (value(&first, 0, "DTSTART"), value(&first, 0, "DTSTAMP"));
    let moment = |text: &str| chrono::NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").expect("in UTC").and_utc();
    let until = moment(&starts) - chrono::Utc::now();
    assert!((3_500..=3_600).contains(&until.num_seconds()), "{starts}");
    assert!((chrono::Utc::now() - moment(&stamp)).num_seconds() < 60, "{stamp}");
    assert!(first.contains("BEGIN:VALARM") && first.contains("TRIGGER:-PT600S"), "{first}");

    let id = format!("/events/{event}");
    testbed
        .admin
        .call(reqwest::Method::POST, &format!("{id}/stop"), Some(json!({ "reason": "rain" })))
        .await
        .expect("stopped");
    let look = async || calendar(&testbed, event, "en").await;
    let stopped = testbed::wait::until("it is told", super::SOON, look, |text| text.contains("STATUS:CANCELLED")).await;
    assert_eq!(value(&stopped, 0, "UID"), value(&first, 0, "UID"));
    let sequence = |text: &str| value(text, 0, "SEQUENCE").parse::<u32>().expect("a number");
    assert!(sequence(&stopped) > sequence(&first));
    assert!(!stopped.contains("VALARM"));
    testbed.end().await;
}

#[tokio::test]
async fn a_sale_by_draw_has_its_lobby_there_too() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale { lobby_ms: Some((60_000, 120_000)), opens_in_ms: 180_000, ..of_units(3) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let both = calendar(&testbed, event, "ar").await;
    assert!(value(&both, 0, "SUMMARY").contains("قاعة الانتظار"), "{both}");
    assert_ne!(value(&both, 0, "UID"), value(&both, 1, "UID"));
    assert!(value(&both, 0, "DTSTART") < value(&both, 1, "DTSTART"));
    testbed.end().await;
}
