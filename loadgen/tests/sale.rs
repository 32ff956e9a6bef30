//! A sale from the first click to the paid orders, with nothing going wrong.

mod support;

use std::time::Duration;

use loadgen::api::NewSale;
use loadgen::shopper::Then;
use loadgen::stack::Replicas;
use serde_json::json;
use support::{Scene, count, crowd, mixed, paid, pays};

#[tokio::test]
async fn a_crowd_buys_a_small_stock_in_both_checkout_models() {
    let scene = Scene::start(Replicas { notifiers: 2, ingress: 2, order_workers: 2, ..Replicas::default() }).await;
    for checkout in ["reservation", "direct_order"] {
        let sale = NewSale { checkout, ..NewSale::of_one(40) };
        let event = scene.admin.create(&sale).await.expect("created");
        let outcome = crowd(&sale, 300, 2.0, mixed).run(&scene.stack.base_urls, event, None).await.expect("ran");
        let verdict = scene.judge(event, &outcome).await;
        verdict.assert_good();
        assert!(verdict.granted >= 40, "{checkout}: everything is granted at least once: {}", verdict.granted);
        assert_eq!(paid(&outcome), count(&outcome, "confirmed"), "{checkout}");
        assert!(paid(&outcome) > 20, "{checkout}: most of the stock is paid for: {}", paid(&outcome));

        let pool = scene.stack.postgres().await.expect("postgres");
        let cancelled = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM orders WHERE event_id = $1 AND state = 'cancelled'"#,
            event.0
        );
        let cancelled = cancelled.fetch_one(&pool).await.expect("counted");
        // Only the direct-order model has orders for what was never paid.
        assert_eq!(cancelled > 0, checkout == "direct_order", "{cancelled} cancelled orders with {checkout}");
    }
    scene.end().await;
}

#[tokio::test]
async fn what_expires_goes_to_standby_in_order() {
    let scene = Scene::start(Replicas::default()).await;
    let sale = NewSale { hold_seconds: 2, standby_max: 20, ..NewSale::of_one(10) };
    let event = scene.admin.create(&sale).await.expect("created");
    // The first ten let theirs expire; whoever waits gets them, and pays.
    let then = |index| if index < 10 { Then::Abandon } else { pays() };
    let mut first = crowd(&sale, 10, 0.2, then);
    first.patience = Duration::from_secs(1);
    let second = crowd(&sale, 40, 0.3, |_| pays());
    let doors = scene.stack.base_urls.clone();
    let (first, second) = tokio::join!(first.run(&doors, event, None), async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        second.run(&doors, event, None).await
    });
    let (first, mut second) = (first.expect("ran"), second.expect("ran"));
    assert_eq!(count(&first, "reserved"), 10, "the first ten held everything");
    second.diaries.extend(first.diaries);
    // The two crowds have clocks of their own: what each saw is compared within each alone.
    for diary in &mut second.diaries {
        (diary.seen.sent_ms, diary.seen.accepted) = (0.0, diary.seen.accepted.map(|(_, id)| (f64::MAX, id)));
    }
    let verdict = scene.judge(event, &second).await;
    verdict.assert_good();
    assert_eq!(paid(&second), 10, "all ten came back and were paid for by those who waited");
    assert_eq!(verdict.granted, 20);
    scene.end().await;
}

#[tokio::test]
async fn a_paused_sale_holds_the_line_and_a_stopped_one_answers_everybody() {
    let scene = Scene::start(Replicas::default()).await;
    let sale = NewSale::of_one(30);
    let event = scene.admin.create(&sale).await.expect("created");
    let crowd = crowd(&sale, 200, 14.0, |_| pays());
    let run = crowd.run(&scene.stack.base_urls, event, None);
    let organiser = async {
        tokio::time::sleep(Duration::from_millis(2_200)).await;
        scene.admin.run(event, "pause", json!({ "reason": "the stage is on fire" })).await.expect("paused");
        tokio::time::sleep(Duration::from_secs(3)).await;
        scene.admin.run(event, "resume", json!({})).await.expect("resumed");
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        scene.admin.run(event, "stop", json!({ "reason": "sold enough" })).await.expect("stopped");
    };
    let (outcome, ()) = tokio::join!(run, organiser);
    let outcome = outcome.expect("ran");
    scene.judge(event, &outcome).await.assert_good();
    let stopped = outcome.diaries.iter().filter(|diary| diary.seen.turned_away.as_deref() == Some("sale_stopped"));
    assert!(stopped.count() > 0, "who came after the stop was told so");
    scene.end().await;
}
