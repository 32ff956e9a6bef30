//! What shoppers are told whose page is closed: what matters, once, while it is true, and only while they want it.

mod buyer;
mod calendar;
mod mail;
mod outbox;
mod push;

use std::time::Duration;

use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{Kind, MailServer, NewSale, Testbed, unique, wait};

/// An order-worker that was killed has leased what it tried for 40 seconds.
const SOON: Duration = Duration::from_secs(60);
/// In which nothing more comes.
const QUIET: Duration = Duration::from_secs(4);

/// A sale of so many units, which opens now.
fn of_units(units: u32) -> NewSale {
    NewSale { name: unique("Night"), hold_seconds: 120, ..NewSale::of_one(units) }
}

fn post(testbed: &Testbed) -> &MailServer {
    testbed.mail.as_ref().expect("a mail server")
}

/// Somebody who has signed in with an address of their own.
async fn signed_in(testbed: &Testbed) -> (Shopper, String) {
    let (door, address) = (&testbed.base_urls[0], format!("{}@example.org", unique("anna")));
    assert_eq!(Shopper::asks_for_code(door, &address).await.0, StatusCode::ACCEPTED);
    let code = post(testbed).nth_code_to(&address, 1).await;
    let (status, session) = Shopper::confirms(door, &address, &code).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    (Shopper::confirmed(door, &session), address)
}

async fn wants_mail(shopper: &Shopper, event: EventId, address: &str, language: &str) -> (StatusCode, Value) {
    let wish = json!({ "email": address, "language": language });
    shopper.ask(Method::PUT, &format!("/sales/{event}/notifications/mail"), "-", wish).await
}

/// Gives back what somebody holds.
async fn gives_back(shopper: &Shopper, event: EventId, attempt: &str) {
    let path = format!("/sales/{event}/reservations/{attempt}/cancel");
    let (status, said) = shopper.ask(Method::POST, &path, "back", Value::Null).await;
    assert!(status.is_success(), "{status} {said}");
}

/// Somebody else holds all of a sale of one; the attempt.
async fn held_by_other(testbed: &Testbed, event: EventId, sale: &NewSale) -> (Shopper, String) {
    let other = Shopper::arrive(&testbed.base_urls[0]).await;
    let attempt = other.click(event, sale, "k").await;
    other.sees(event, &attempt, "reserved").await;
    (other, attempt)
}

/// The subjects of the mails to an address, but for the code that it was confirmed with.
fn subjects(testbed: &Testbed, address: &str) -> Vec<String> {
    let mails = post(testbed).to(address).into_iter().skip(1);
    mails.map(|mail| mail["subject"].as_str().expect("a subject").to_owned()).collect()
}

/// How many notifications all order-workers together ended so.
async fn ended(testbed: &Testbed, end: &str) -> f64 {
    let series = format!("flashline_order_worker_notifications_total{{end=\"{end}\"}}");
    testbed.metrics(Kind::OrderWorker, &series).await.iter().sum()
}

async fn waits_until_ended(testbed: &Testbed, end: &str, count: f64) {
    wait::until(&format!("{count} ended {end}"), SOON, async || ended(testbed, end).await, |ended| *ended >= count)
        .await;
}
