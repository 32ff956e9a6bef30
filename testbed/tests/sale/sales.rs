//! A sale from the first click to the paid orders, with nothing going wrong.

use std::time::Duration;

use serde_json::json;
use testbed::{Crowd, NewSale, Testbed, Then, wait};

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_crowd_buys_a_small_stock_in_both_checkout_models() {
    let testbed =
        Testbed::builder().notifiers(2).ingresses(2).order_workers(2).start().await.expect("the system starts");
    for checkout in ["reservation", "direct_order"] {
        let sale = NewSale { checkout, ..NewSale::of_one(40) };
        let event = testbed.admin.create(&sale).await.expect("created");
        let outcome = Crowd::buying(&sale, 300, 2.0, Then::mixed).run(&testbed.base_urls, event).await.expect("ran");
        let verdict = testbed.judge(event, &outcome).await.expect("the verifier can look");
        verdict.assert_good();
        assert!(verdict.granted >= 40, "{checkout}: everything is granted at least once: {}", verdict.granted);
        assert_eq!(outcome.paid(), outcome.count("confirmed"), "{checkout}");
        assert!(outcome.paid() > 20, "{checkout}: most of the stock is paid for: {}", outcome.paid());

        let pool = testbed.postgres().await.expect("postgres");
        let cancelled = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM orders WHERE event_id = $1 AND state = 'cancelled'"#,
            event.0
        );
        let cancelled = cancelled.fetch_one(&pool).await.expect("counted");
        // Only the direct-order model has orders for what was never paid.
        assert_eq!(cancelled > 0, checkout == "direct_order", "{cancelled} cancelled orders with {checkout}");
    }
    testbed.end().await;
}

#[tokio::test]
async fn what_expires_goes_to_standby_in_order() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale { hold_seconds: 6, standby_max: 20, ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    // The first ten let theirs expire; whoever waits gets them, and pays.
    let then = |index| if index < 10 { Then::Abandon } else { Then::pays() };
    let mut first = Crowd::buying(&sale, 10, 0.2, then);
    first.patience = Duration::from_secs(3);
    let second = Crowd::buying(&sale, 40, 0.3, |_| Then::pays());
    let doors = testbed.base_urls.clone();
    let (first, second) = tokio::join!(first.run(&doors, event), async {
        // A line that was claimed and has seen no round yet has no items either.
        let held = async || Some(testbed.head(event).await?.items.first()?.held);
        wait::until("the first ten hold everything", SOON, held, |held| *held == Some(10)).await;
        second.run(&doors, event).await
    });
    let (first, second) = (first.expect("ran"), second.expect("ran"));
    assert_eq!(first.count("reserved"), 10, "the first ten held everything");
    let waited = second.diaries.iter().filter(|diary| diary.seen.answers.contains("standby")).count();
    assert_eq!(waited, 20, "who came after them waited");
    let both = first.and(second);
    let verdict = testbed.judge(event, &both).await.expect("the verifier can look");
    verdict.assert_good();
    assert_eq!(both.paid(), 10, "all ten came back and were paid for by those who waited");
    assert_eq!(verdict.granted, 20);
    testbed.end().await;
}

#[tokio::test]
async fn a_paused_sale_holds_the_line_and_a_stopped_one_answers_everybody() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale::of_one(30);
    let event = testbed.admin.create(&sale).await.expect("created");
    let crowd = Crowd::buying(&sale, 200, 14.0, |_| Then::pays());
    let run = crowd.run(&testbed.base_urls, event);
    let organiser = async {
        some_more_click(&testbed).await;
        testbed.pause(event).await;
        some_more_click(&testbed).await;
        testbed.admin.run(event, "resume", json!({})).await.expect("resumed");
        some_more_click(&testbed).await;
        testbed.admin.run(event, "stop", json!({ "reason": "sold enough" })).await.expect("stopped");
    };
    let (outcome, ()) = tokio::join!(run, organiser);
    let outcome = outcome.expect("ran");
    testbed.judge(event, &outcome).await.expect("the verifier can look").assert_good();
    let stopped = outcome.diaries.iter().filter(|diary| diary.seen.turned_away.as_deref() == Some("sale_stopped"));
    assert!(stopped.count() > 0, "who came after the stop was told so");
    testbed.end().await;
}

/// Waits until the doors have answered some more clicks.
async fn some_more_click(testbed: &Testbed) {
    let before = testbed.clicks().await;
    wait::until("some more click", SOON, async || testbed.clicks().await, |now| *now > before + 10.0).await;
}
