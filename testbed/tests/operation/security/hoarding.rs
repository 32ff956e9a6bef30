//! A line that stands still, and those who would fill it; codes, and those who would guess them.

use reqwest::StatusCode;
use serde_json::{Value, json};
use testbed::by_hand::ByHand;
use testbed::{NewSale, Testbed};

fn kind(answer: &(StatusCode, Value)) -> &str {
    answer.1["type"].as_str().unwrap_or("none").trim_start_matches("/problems/")
}

#[tokio::test]
async fn nobody_fills_a_line_that_stands_still() {
    let testbed = Testbed::builder().setting("FLASHLINE_LINE_MAX", "12").start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let sale = NewSale { per_shopper_max: 2, standby_max: 0, ..NewSale::of_one(100) };
    let event = testbed.admin.create(&sale).await.expect("created");
    testbed.pause(event).await;
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let hoarder = ByHand::at(door, event).await;
    let first = hoarder.enter(door, "0", &wish).await;
    for click in 1..4 {
        hoarder.enter(door, &click.to_string(), &wish).await;
    }
    let refused = hoarder.click(door, "new", &wish).await;
    assert_eq!((refused.0, kind(&refused)), (StatusCode::TOO_MANY_REQUESTS, "too_many_undecided"));
    for again in 0..10 {
        assert_eq!(hoarder.enter(door, "0", &wish).await, first, "the same attempt, and in the line once: {again}");
    }
    let mut last = String::new();
    for _ in 4..12 {
        last = ByHand::at(door, event).await.enter(door, "k", &wish).await;
    }
    let late = ByHand::at(door, event).await;
    let refused = late.click(door, "k", &wish).await;
    assert_eq!((refused.0, kind(&refused)), (StatusCode::SERVICE_UNAVAILABLE, "line_full"));
    testbed.admin.run(event, "resume", json!({})).await.expect("resumed");
    hoarder.becomes(door, &hoarder.enter_when_there_is_room(door, "new", &wish).await, "refused").await;
    late.becomes(door, &late.enter_when_there_is_room(door, "k", &wish).await, "reserved").await;
    assert!(!last.is_empty());
    testbed.end().await;
}

#[tokio::test]
async fn codes_cannot_be_found_by_trying() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let coupons = json!([{ "code": "SPRING", "cut": { "percent_off": 1_000 } }]);
    let closed = NewSale { opens_in_ms: 600_000, coupons: coupons.clone(), ..NewSale::of_one(5) };
    let event = testbed.admin.create(&closed).await.expect("created");
    let wish = |sale: &NewSale, coupon: &str, code: Option<&str>| {
        let mut wish = json!({ "sku": sale.items[0].sku, "quantity": 1, "coupon": coupon });
        if let Some(code) = code {
            wish["access_code"] = json!(code);
        }
        wish
    };
    let early = ByHand::at(door, event).await;
    for coupon in ["SPRING", "WINTER"] {
        assert_eq!(kind(&early.click(door, coupon, &wish(&closed, coupon, None)).await), "not_started");
    }
    let sale = NewSale { coupons, access_codes: vec!["friends".into()], ..NewSale::of_one(5) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let stranger = ByHand::at(door, event).await;
    for coupon in ["SPRING", "WINTER"] {
        assert_eq!(kind(&stranger.click(door, coupon, &wish(&sale, coupon, None)).await), "access_code_wrong");
    }
    let guesser = ByHand::at(door, event).await;
    for guess in 0..10 {
        let guessed = wish(&sale, &format!("GUESS{guess}"), Some("friends"));
        assert_eq!(kind(&guesser.click(door, &guess.to_string(), &guessed).await), "invalid");
    }
    let right = wish(&sale, "SPRING", Some("friends"));
    let answer = guesser.click(door, "right", &right).await;
    assert_eq!((answer.0, kind(&answer)), (StatusCode::TOO_MANY_REQUESTS, "too_many_guesses"));
    ByHand::at(door, event).await.enter(door, "k", &right).await;
    testbed.end().await;
}

#[tokio::test]
async fn cards_cannot_be_tried_all_at_once() {
    let testbed = Testbed::builder()
        .ingresses(2)
        .setting("FLASHLINE_LIMIT_DECLINES", "3")
        .start()
        .await
        .expect("the system starts");
    let doors = &testbed.base_urls;
    let sale = NewSale { hold_seconds: 60, standby_max: 0, payment_tries: 1, ..NewSale::of_one(100) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let hoards = (0..30).map(|index| ByHand::holding(&doors[index % 2], event, &wish));
    let hoards = futures_util::future::join_all(hoards).await;
    let tries = hoards
        .iter()
        .enumerate()
        .map(async |(index, (shopper, attempt))| shopper.pay(&doors[index % 2], attempt, "tok_declined").await);
    let answers = futures_util::future::join_all(tries).await;
    let tried = answers.iter().filter(|answer| answer.0 == StatusCode::ACCEPTED).count();
    assert!((1..=3).contains(&tried), "{tried} of 30 were tried");
    for answer in answers.iter().filter(|answer| answer.0 != StatusCode::ACCEPTED) {
        assert_eq!(answer.0, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
        assert!(["rate_limited", "too_many_declines"].contains(&kind(answer)), "{answer:?}");
    }
    testbed.end().await;
}

#[tokio::test]
async fn cards_cannot_be_tried_one_after_the_other() {
    let testbed = Testbed::builder().setting("FLASHLINE_LIMIT_DECLINES", "3").start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let sale = NewSale { hold_seconds: 60, standby_max: 0, payment_tries: 2, ..NewSale::of_one(100) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let mut answers = Vec::new();
    for _ in 0..4 {
        let (shopper, attempt) = ByHand::holding(door, event, &wish).await;
        let answer = shopper.pay(door, &attempt, "tok_declined").await;
        if answer.0 == StatusCode::ACCEPTED {
            shopper.payment_becomes(door, &attempt, "declined").await;
        }
        answers.push((answer.0, kind(&answer).to_owned()));
    }
    assert!(answers[..3].iter().all(|(status, _)| *status == StatusCode::ACCEPTED), "{answers:?}");
    assert_eq!(answers[3], (StatusCode::TOO_MANY_REQUESTS, "too_many_declines".to_owned()));
    testbed.end().await;
}
