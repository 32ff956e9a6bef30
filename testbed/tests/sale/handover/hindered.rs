//! A line that does not answer: it stands still, or who carries the shop's word to it is gone.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use testbed::{Kind, Testbed, wait};

use super::{Shop, handed_over, hands_over, judge, kind, reserves, waits};

/// Makes a call of the shop's until the line has decided.
async fn once_decided(seconds: u64, call: impl AsyncFn() -> (StatusCode, Value)) -> (StatusCode, Value) {
    let is_decided = |(status, _): &(StatusCode, Value)| *status != StatusCode::SERVICE_UNAVAILABLE;
    wait::until("it is decided", Duration::from_secs(seconds), call, is_decided).await
}

#[tokio::test]
async fn a_paused_sale_answers_later_and_the_same_call_has_the_answer() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let shop = Shop::open(&testbed).await;
    let sale = handed_over(3);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (first, one) = reserves(&testbed, event, &sale).await;
    let (second, two) = reserves(&testbed, event, &sale).await;
    let (third, three) = reserves(&testbed, event, &sale).await;
    for (shopper, id) in [(&first, &one), (&second, &two), (&third, &three)] {
        hands_over(shopper, event, id).await;
    }
    testbed.admin.run(event, "pause", json!({ "reason": "a break" })).await.expect("paused");
    let later = clock::now().0 + 150_000;
    for (status, told) in
        [shop.confirm(&one, "order-1", 2_000).await, shop.release(&two).await, shop.extend(&three, later).await]
    {
        assert_eq!((status, kind(&told)), (StatusCode::SERVICE_UNAVAILABLE, "undecided"));
        assert!(told["detail"].as_str().is_some_and(|detail| detail.contains("paused")), "{told}");
    }
    assert_eq!(shop.read(&one).await.1["state"], "confirming");
    // Whether it is confirmed nobody knows: so nothing is refused for that, nor promised.
    let undecided = [
        shop.confirm(&one, "order-2", 2_000).await,
        shop.extend(&one, later).await,
        shop.release(&one).await,
        shop.give_back(&one).await,
    ];
    for (status, told) in undecided {
        assert_eq!((status, kind(&told)), (StatusCode::SERVICE_UNAVAILABLE, "undecided"), "{told}");
    }
    testbed.admin.run(event, "resume", json!({})).await.expect("resumed");
    // Until this door knows of it, it says so.
    let (_, confirmed) = once_decided(10, async || shop.confirm(&one, "order-1", 2_000).await).await;
    assert_eq!(confirmed["state"], "converted", "{confirmed}");
    let (status, told) = shop.confirm(&one, "order-2", 2_000).await;
    assert_eq!((status, kind(&told)), (StatusCode::CONFLICT, "conflict"), "it is confirmed as another");
    assert_eq!(shop.release(&two).await.1["state"], "gone");
    let (_, held) = shop.extend(&three, later).await;
    assert_eq!(held["state"], "reserved", "{held}");

    // A stopped sale serves who holds something.
    testbed.admin.run(event, "stop", json!({ "reason": "that is all" })).await.expect("stopped");
    assert_eq!(shop.confirm(&three, "order-3", 2_000).await.1["state"], "converted");
    judge(&testbed, event).await;
    testbed.end().await;
}

/// As docs/handover.md has it.
#[tokio::test]
async fn what_is_returned_in_a_pause_counts_as_refunded_and_is_converted_until_the_sale_goes_on() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let shop = Shop::open(&testbed).await;
    let sale = handed_over(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (shopper, id) = reserves(&testbed, event, &sale).await;
    hands_over(&shopper, event, &id).await;
    assert_eq!(shop.confirm(&id, "order-1", 2_000).await.0, StatusCode::OK);
    shopper.waits_for(event, &id, "paid", |seen| seen["order"]["state"] == "paid").await;
    testbed.admin.run(event, "pause", json!({ "reason": "a break" })).await.expect("paused");
    assert_eq!(shop.give_back(&id).await.0, StatusCode::SERVICE_UNAVAILABLE);
    shopper.waits_for(event, &id, "refunded", |seen| seen["order"]["state"] == "refunded").await;
    assert_eq!(shop.read(&id).await.1["state"], "converted");
    testbed.admin.run(event, "resume", json!({})).await.expect("resumed");
    let (status, returned) = once_decided(10, async || shop.give_back(&id).await).await;
    assert_eq!((status, &returned["state"]), (StatusCode::OK, &json!("returned")), "{returned}");
    judge(&testbed, event).await;
    testbed.end().await;
}

#[tokio::test]
async fn what_is_returned_in_time_is_the_next_ones_though_nobody_was_there_to_tell_the_line() {
    let mut testbed =
        Testbed::builder().setting("FLASHLINE_SHOP_CHARGE_SECONDS", "4").start().await.expect("it starts");
    let shop = Shop::open(&testbed).await;
    let sale = handed_over(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (_first, id) = reserves(&testbed, event, &sale).await;
    let (next, place) = waits(&testbed, event, &sale).await;
    assert_eq!(shop.confirm(&id, "order-1", 2_000).await.0, StatusCode::OK);
    testbed.process(Kind::OrderWorker, 0).kill();
    // The answer takes longer than the shop has to charge.
    assert_eq!(shop.give_back(&id).await.0, StatusCode::SERVICE_UNAVAILABLE);
    testbed.process(Kind::OrderWorker, 0).start().expect("starts");
    testbed.ready().await.expect("ready");
    let (_, returned) = once_decided(40, async || shop.give_back(&id).await).await;
    assert_eq!(returned["state"], "returned", "{returned}");
    next.sees(event, &place, "reserved").await;
    assert_eq!(shop.release(&place).await.0, StatusCode::OK);
    judge(&testbed, event).await;
    testbed.end().await;
}

#[tokio::test]
async fn an_order_worker_that_dies_before_the_decision_keeps_nobody_from_it() {
    let mut testbed = Testbed::builder().start().await.expect("the system starts");
    let shop = Shop::open(&testbed).await;
    let sale = handed_over(1);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (shopper, id) = reserves(&testbed, event, &sale).await;
    hands_over(&shopper, event, &id).await;
    testbed.process(Kind::OrderWorker, 0).kill();
    let (status, told) = shop.confirm(&id, "order-1", 2_000).await;
    assert_eq!((status, kind(&told)), (StatusCode::SERVICE_UNAVAILABLE, "undecided"), "never a guess: {told}");
    testbed.process(Kind::OrderWorker, 0).start().expect("starts");
    testbed.ready().await.expect("ready");
    let (status, converted) = shop.confirm(&id, "order-1", 2_000).await;
    assert_eq!((status, &converted["state"]), (StatusCode::OK, &json!("converted")), "{converted}");
    shopper.sees(event, &id, "confirmed").await;
    judge(&testbed, event).await;
    testbed.end().await;
}
