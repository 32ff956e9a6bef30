//! The time to confirm in: it ends, it can be extended, and the line decides what came before its end.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use testbed::{NewSale, Testbed};

use super::{Shop, handed_over, hands_over, judge, kind, reserves};

/// A deadline in an answer, in Unix ms.
fn deadline_ms(said: &Value) -> u64 {
    let text = said["deadline"].as_str().unwrap_or_else(|| panic!("a deadline: {said}"));
    let at = chrono::DateTime::parse_from_rfc3339(text).expect("a time");
    u64::try_from(at.timestamp_millis()).expect("positive")
}

#[tokio::test]
async fn what_is_confirmed_too_late_is_gone_whatever_is_asked() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let shop = Shop::open(&testbed).await;
    let sale = NewSale { hold_seconds: 2, grace_seconds: 0, ..handed_over(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (shopper, id) = reserves(&testbed, event, &sale).await;
    hands_over(&shopper, event, &id).await;
    shopper.sees(event, &id, "expired").await;
    for _ in 0..2 {
        let (status, told) = shop.confirm(&id, "order", 2_000).await;
        assert_eq!((status, kind(&told)), (StatusCode::GONE, "gone"));
        assert!(told["detail"].as_str().is_some_and(|detail| detail.contains("do not charge")), "{told}");
        assert_eq!(kind(&shop.extend(&id, clock::now().0 + 60_000).await.1), "gone");
        assert_eq!(kind(&shop.give_back(&id).await.1), "gone");
        let (status, gone) = shop.release(&id).await;
        assert_eq!((status, &gone["state"], &gone["reason"]), (StatusCode::OK, &json!("gone"), &json!("expired")));
    }
    judge(&testbed, event).await;
    testbed.end().await;
}

#[tokio::test]
async fn confirmations_that_race_the_deadline_are_converted_or_gone_as_the_line_has_it() {
    const BUYERS: u32 = 12;
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let shop = Shop::open(&testbed).await;
    let sale = NewSale { hold_seconds: 3, grace_seconds: 0, standby_max: 0, ..handed_over(BUYERS) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyers = join_all((0..BUYERS).map(async |_| {
        let (shopper, id) = reserves(&testbed, event, &sale).await;
        let until_ms = hands_over(&shopper, event, &id).await["expires_at_ms"].as_u64().expect("a time");
        (shopper, id, until_ms)
    }))
    .await;
    let said = join_all(buyers.iter().zip(0u64..).map(async |((_, id, until_ms), nth)| {
        // From a little before the deadline to a little after.
        let at_ms = until_ms + 20 * nth - 200;
        tokio::time::sleep(Duration::from_millis(at_ms.saturating_sub(clock::now().0))).await;
        let first = shop.confirm(id, "order", 2_000).await;
        let again = shop.confirm(id, "order", 2_000).await;
        assert_eq!(first.0, again.0, "the same again: {first:?} {again:?}");
        first
    }))
    .await;
    for ((shopper, id, _), (status, said)) in buyers.iter().zip(&said) {
        match *status {
            StatusCode::OK => {
                let seen = shopper.sees(event, id, "confirmed").await;
                assert_eq!(seen["order"]["number"], said["order_number"]);
            }
            StatusCode::GONE => assert_eq!(shopper.sees(event, id, "expired").await["order"], Value::Null),
            status => panic!("{status} {said}"),
        }
    }
    judge(&testbed, event).await;
    testbed.end().await;
}

#[tokio::test]
async fn a_shop_may_have_more_time_as_long_as_the_grace_and_no_longer() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let shop = Shop::open(&testbed).await;
    let sale = NewSale { hold_seconds: 6, grace_seconds: 4, ..handed_over(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (shopper, id) = reserves(&testbed, event, &sale).await;
    hands_over(&shopper, event, &id).await;
    let own_ms = deadline_ms(&shop.read(&id).await.1);
    for (asked_ms, has_ms) in [
        (own_ms - 1_000, own_ms),
        (own_ms, own_ms),
        (own_ms + 2_000, own_ms + 2_000),
        (own_ms + 2_000, own_ms + 2_000),
        (own_ms + 1_000, own_ms + 2_000),
        (own_ms + 3_600_000, own_ms + 4_000),
        (own_ms + 3_600_000, own_ms + 4_000),
    ] {
        let (status, held) = shop.extend(&id, asked_ms).await;
        assert_eq!((status, deadline_ms(&held)), (StatusCode::OK, has_ms), "{asked_ms}: {held}");
    }
    let handed = hands_over(&shopper, event, &id).await;
    assert_eq!(handed["expires_at_ms"], own_ms + 4_000, "a grant is good as long");
    tokio::time::sleep(Duration::from_millis((own_ms + 1_000).saturating_sub(clock::now().0))).await;
    assert_eq!(shop.read(&id).await.1["state"], "reserved", "past its own deadline");
    shopper.sees(event, &id, "expired").await;
    assert!(clock::now().0 >= own_ms + 4_000);
    assert_eq!(shop.confirm(&id, "order", 2_000).await.0, StatusCode::GONE);
    judge(&testbed, event).await;
    testbed.end().await;
}
