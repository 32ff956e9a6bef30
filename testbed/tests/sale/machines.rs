//! Proofs of work: what a sale may ask of guests.

use altcha::{Challenge, Payload, SolveChallengeOptions, solve_challenge};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{Builder, Kind, NewSale, Shop, Testbed};

/// Sessions at one address that are many.
const PRESSED: usize = 5;

fn system() -> Builder {
    Testbed::builder()
        .setting("FLASHLINE_PROOF_TRIES", "10")
        .setting("FLASHLINE_PRESSED_SESSIONS", &PRESSED.to_string())
}

fn asking(machine_check: &'static str) -> NewSale {
    NewSale { machine_check, ..NewSale::of_one(10) }
}

async fn challenge(door: &str, token: Option<&str>) -> Challenge {
    let request = reqwest::Client::new().get(format!("{door}/api/v1/sessions/challenge"));
    let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
    request.send().await.expect("answered").json().await.expect("a challenge")
}

async fn solved(challenge: Challenge) -> String {
    let work = move || {
        let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).expect("solvable").expect("in time");
        BASE64_STANDARD.encode(serde_json::to_vec(&Payload { challenge, solution }).expect("JSON"))
    };
    tokio::task::spawn_blocking(work).await.expect("solved")
}

async fn clicks(shopper: &Shopper, sale: &NewSale, event: sale::ids::EventId) -> (StatusCode, Value) {
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    shopper.ask(Method::POST, &format!("/sales/{event}/attempts"), "k", wish).await
}

#[tokio::test]
async fn a_guest_who_has_shown_work_takes_part_at_every_door_and_one_proof_is_one_shopper() {
    let testbed = system().ingresses(2).start().await.expect("the system starts");
    let [door, other] = [0, 1].map(|at| testbed.base_urls[at].clone());
    let sale = asking("always");
    let event = testbed.admin.create(&sale).await.expect("created");
    let begin = async |door: &str, body: Value| Shopper::asks_to_sign_in(door, body).await;

    // Who says what for is told at once; and who does not, when they click.
    let (status, refused) = begin(&door, json!({ "event_id": event })).await;
    assert_eq!((status, &refused["type"]), (StatusCode::FORBIDDEN, &json!("/problems/proof_needed")));
    let guest = Shopper::arrive(&door).await;
    let (status, refused) = clicks(&guest, &sale, event).await;
    assert_eq!((status, &refused["type"]), (StatusCode::FORBIDDEN, &json!("/problems/proof_needed")));

    let proof = solved(challenge(&door, None).await).await;
    let (status, session) = begin(&door, json!({ "event_id": event, "proof": proof })).await;
    assert_eq!((status, &session["is_proven"]), (StatusCode::CREATED, &json!(true)), "{session}");
    let (status, refused) = begin(&door, json!({ "proof": proof })).await;
    assert_eq!((status, &refused["type"]), (StatusCode::FORBIDDEN, &json!("/problems/proof_wrong")));
    let (_, again) = begin(&other, json!({ "proof": proof })).await;
    assert_eq!(again["shopper_id"], session["shopper_id"], "at another door it gains nothing");
    let proven =
        Shopper { token: session["token"].as_str().expect("a token").to_owned(), ..Shopper::arrive(&door).await };
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let path = format!("/sales/{event}/attempts");
    let (status, accepted) = proven.ask_at(&other, Method::POST, &path, "k", wish).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{accepted}");

    // Who has a session goes on as the same shopper; with the proof of somebody else, not.
    let strange = solved(challenge(&door, None).await).await;
    let renew = async |proof: &str| guest.ask(Method::POST, "/sessions/renew", "-", json!({ "proof": proof })).await;
    assert_eq!(renew(&strange).await.1["type"], "/problems/proof_wrong");
    let (status, renewed) = renew(&solved(challenge(&door, Some(&guest.token)).await).await).await;
    assert_eq!((status, &renewed["is_proven"]), (StatusCode::CREATED, &json!(true)));
    let renewed = Shopper { token: renewed["token"].as_str().expect("a token").to_owned(), ..guest };
    assert_eq!(clicks(&renewed, &sale, event).await.0, StatusCode::ACCEPTED);
    let (_, kept) = renewed.ask(Method::POST, "/sessions/renew", "-", Value::Null).await;
    assert_eq!(kept["is_proven"], true, "it is shown once");

    let count = async |series: &str| testbed.metrics(Kind::Ingress, series).await.iter().sum::<f64>();
    assert_eq!(count("flashline_ingress_challenges_total").await as u64, 3);
    assert_eq!(count(r#"flashline_ingress_proofs_total{end="solved"}"#).await as u64, 3);
    assert_eq!(count(r#"flashline_ingress_proofs_total{end="used"}"#).await as u64, 1);
    assert_eq!(count(r#"flashline_ingress_proofs_total{end="others"}"#).await as u64, 1);
    assert_eq!(count("flashline_ingress_sessions_refused_total").await as u64, 1);
    testbed.end().await;
}

#[tokio::test]
async fn where_many_sessions_begin_those_that_come_then_are_asked_and_more_each_time() {
    let testbed = system().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let (pressed, calm) = (asking("when_pressed"), asking("off"));
    let event = testbed.admin.create(&pressed).await.expect("created");
    let open = testbed.admin.create(&calm).await.expect("created");
    let mut shoppers = Vec::new();
    for _ in 0..PRESSED + 1 {
        shoppers.push(Shopper::arrive(door).await);
    }
    let (first, last) = (&shoppers[0], &shoppers[PRESSED]);
    assert_eq!(clicks(first, &pressed, event).await.0, StatusCode::ACCEPTED);
    assert_eq!(clicks(last, &pressed, event).await.1["type"], "/problems/proof_needed");
    assert_eq!(clicks(last, &calm, open).await.0, StatusCode::ACCEPTED, "a sale that asks nobody");
    let level = async || challenge(door, None).await.parameters.data.expect("data")["level"].clone();
    assert_eq!(level().await, 1);
    for _ in 0..PRESSED {
        Shopper::arrive(door).await;
    }
    assert_eq!(level().await, 2);
    testbed.end().await;
}

#[tokio::test]
async fn who_has_signed_in_is_never_asked() {
    let shop = Shop::open();
    let testbed = shop.believed_by(system()).start().await.expect("the system starts");
    let sale = asking("always");
    let event = testbed.admin.create(&sale).await.expect("created");
    let (customer, _) = Shopper::signs_in(&testbed.base_urls[0], &shop.token("anna")).await;
    assert_eq!(clicks(&customer, &sale, event).await.0, StatusCode::ACCEPTED);
    testbed.end().await;
}

#[tokio::test]
async fn sessions_that_begin_elsewhere_do_not_show_their_work_here_at_the_price_of_the_first() {
    let testbed = system().ingresses(2).start().await.expect("the system starts");
    let [elsewhere, here] = [0, 1].map(|at| testbed.base_urls[at].clone());
    let level = async || challenge(&here, None).await.parameters.data.expect("data")["level"].clone();
    for _ in 0..PRESSED {
        let guest = Shopper::arrive(&elsewhere).await;
        assert_eq!(level().await, 0);
        let proof = solved(challenge(&here, Some(&guest.token)).await).await;
        let (status, renewed) =
            guest.ask_at(&here, Method::POST, "/sessions/renew", "-", json!({ "proof": proof })).await;
        assert_eq!((status, &renewed["is_proven"]), (StatusCode::CREATED, &json!(true)), "{renewed}");
    }
    assert_eq!(level().await, 1);
    testbed.end().await;
}
