//! The promises against people: nothing fails here but what they do, and when.

use std::time::Duration;

use record::catalogue::load;
use record::lines::{self, Claim};
use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use sqlx::PgPool;
use testbed::by_hand::ByHand;
use testbed::{Kind, NewSale, Testbed, wait};
use tokio::time::sleep;

/// How long a sale may take to be settled, or cleared away: services look every few seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// In this time every service has looked at a sale that it might drop.
const LOOKED_AT: Duration = Duration::from_secs(2);

fn wish(sale: &NewSale, quantity: u32) -> Value {
    json!({ "sku": sale.items[0].sku, "quantity": quantity })
}

async fn status(testbed: &Testbed, event: EventId) -> String {
    let sale = testbed.admin.call(Method::GET, &format!("/events/{event}"), None).await.expect("read");
    sale["status"].as_str().expect("a status").to_owned()
}

async fn has_line_in_health(testbed: &Testbed, event: EventId) -> bool {
    let health = testbed.admin.call(Method::GET, "/health", None).await.expect("read");
    let lines = health["lines"].as_array().expect("lines");
    lines.iter().any(|line| line["event_id"].as_str() == Some(&event.to_string()))
}

/// Moves the end of a sale, as time would.
async fn ends(testbed: &Testbed, event: EventId, at: &str) {
    let pool = testbed.postgres().await.expect("postgres");
    let update = format!(
        "UPDATE sale_events SET opens_at = opens_at - interval '9 days', closes_at = {at}, version = version + 1
         WHERE id = $1"
    );
    sqlx::query(sqlx::AssertSqlSafe(update)).bind(event.0).execute(&pool).await.expect("moved");
}

/// From the beginning or the end of a sale's only pause to the end of the sale.
async fn window_left_ms(testbed: &Testbed, event: EventId, since: &str) -> i64 {
    let pool = testbed.postgres().await.expect("postgres");
    let left = format!(
        "SELECT (extract(epoch FROM closes_at - {since}) * 1000)::bigint
         FROM sale_events JOIN event_pauses ON event_id = id WHERE id = $1"
    );
    sqlx::query_scalar(sqlx::AssertSqlSafe(left)).bind(event.0).fetch_one(&pool).await.expect("read")
}

/// Waits until the record says that nothing is owed in a sale.
async fn becomes_settled(pool: &PgPool, event: EventId) {
    let settled = "SELECT settled_at IS NOT NULL FROM sale_events WHERE id = $1";
    let look = async || sqlx::query_scalar::<_, bool>(settled).bind(event.0).fetch_one(pool).await.expect("read");
    wait::until("nothing is owed any more", PATIENCE, look, |settled| *settled).await;
}

#[tokio::test]
async fn a_pause_holds_the_end_and_everybody_is_answered_after_it() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let sale = NewSale { hold_seconds: 60, ..NewSale::of_one(2) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (early, first) = ByHand::holding(door, event, &wish(&sale, 1)).await;
    let late = ByHand::at(door, event).await;
    testbed.pause(event).await;
    let second = late.enter(door, "k", &wish(&sale, 1)).await;
    assert_eq!(early.pay(door, &first, "tok_ok").await.0, StatusCode::ACCEPTED);
    ends(&testbed, event, "clock_timestamp() + interval '2 s'").await;
    let left_at_pause_ms = window_left_ms(&testbed, event, "paused_at").await;
    // The end passes by, and nothing comes of it.
    sleep(Duration::from_secs(4)).await;
    assert_eq!(status(&testbed, event).await, "paused", "though its end has passed");
    assert!(has_line_in_health(&testbed, event).await);
    assert_eq!(late.ask(door, &second).await.1["state"], "in_line");
    testbed.admin.run(event, "resume", json!({})).await.expect("resumed");
    early.becomes(door, &first, "confirmed").await;
    late.becomes(door, &second, "reserved").await;
    let left_ms = window_left_ms(&testbed, event, "resumed_at").await;
    assert_eq!(left_ms, left_at_pause_ms, "as much of the window is left as there was at the pause");
    assert!(left_ms >= 2_000, "{left_ms} ms");
    testbed.end().await;
}

#[tokio::test]
async fn nobody_takes_a_line_over_by_the_rules_of_before_a_pause() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale::of_one(2);
    let event = testbed.admin.create(&sale).await.expect("created");
    ByHand::holding(&testbed.base_urls[0], event, &wish(&sale, 1)).await;
    let pool = testbed.postgres().await.expect("postgres");
    let version = async || load(&pool, event).await.expect("read").expect("a sale").rules.version;
    let before = version().await;
    testbed.pause(event).await;
    let epoch = lines::newest_epoch(&pool, event).await.expect("read");
    let claim = async |version| lines::claim_epoch(&pool, event, epoch, version).await.expect("answered");
    assert_eq!(claim(before).await, Claim::RulesOutdated, "it has not heard of the pause");
    assert_eq!(claim(version().await).await, Claim::Granted(epoch + 1), "the refused claim left no trace");
    assert_eq!(claim(version().await).await, Claim::Overtaken);
    testbed.end().await;
}

#[tokio::test]
async fn a_sale_that_owes_answers_is_kept_however_late_it_is() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let sale = NewSale { hold_seconds: 60, ..NewSale::of_one(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (early, first) = ByHand::holding(door, event, &wish(&sale, 1)).await;
    let late = ByHand::at(door, event).await;
    testbed.pause(event).await;
    let second = late.enter(door, "k", &wish(&sale, 1)).await;
    early.pay(door, &first, "tok_ok").await;
    ends(&testbed, event, "closes_at - interval '9 days'").await;
    // There is no state to wait for: nothing may happen.
    sleep(LOOKED_AT).await;
    assert!(has_line_in_health(&testbed, event).await);
    testbed.admin.run(event, "stop", json!({ "reason": "found again" })).await.expect("stopped");
    early.becomes(door, &first, "confirmed").await;
    assert_eq!(late.becomes(door, &second, "refused").await["reason"], "sale_stopped");
    testbed.end().await;
}

#[tokio::test]
async fn a_key_that_comes_with_another_wish_at_another_door_displaces_nothing() {
    let mut testbed = Testbed::builder().ingresses(2).start().await.expect("the system starts");
    let (one, two) = (testbed.base_urls[0].clone(), testbed.base_urls[1].clone());
    let sale = NewSale { per_shopper_max: 2, hold_seconds: 60, ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let shopper = ByHand::at(&one, event).await;
    let first = shopper.enter(&one, "k", &wish(&sale, 1)).await;
    let second = shopper.enter(&two, "k", &wish(&sale, 2)).await;
    assert_ne!(first, second);
    for door in [&one, &two] {
        assert_eq!(shopper.becomes(door, &second, "refused").await["reason"], "key_reused");
        shopper.becomes(door, &first, "reserved").await;
        assert_eq!(shopper.enter(door, "k", &wish(&sale, 1)).await, first, "the true one is the same everywhere");
        let (status, problem) = shopper.click(door, "k", &wish(&sale, 2)).await;
        assert_eq!((status, problem["type"].as_str()), (StatusCode::CONFLICT, Some("/problems/key_reused")));
    }
    // A door that starts again remembers nobody's clicks.
    testbed.process(Kind::Ingress, 1).kill();
    testbed.process(Kind::Ingress, 1).start().expect("started");
    testbed.ready().await.expect("ready");
    let third = shopper.enter(&two, "k", &wish(&sale, 2)).await;
    assert_eq!(third, second);
    assert_eq!(shopper.becomes(&two, &third, "refused").await["reason"], "key_reused");
    assert_eq!(shopper.enter(&two, "k", &wish(&sale, 1)).await, first);
    testbed.end().await;
}

#[tokio::test]
async fn an_answer_without_stock_is_given_for_the_life_of_the_sale_also_when_redis_is_lost() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let sale = NewSale { hold_seconds: 60, ..NewSale::of_one(5) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let shopper = ByHand::at(door, event).await;
    let reserved = shopper.enter(door, "a", &wish(&sale, 1)).await;
    let refused = shopper.enter(door, "b", &wish(&sale, 1)).await;
    assert_eq!(shopper.becomes(door, &refused, "refused").await["reason"], "limit_reached");
    shopper.give_back(door, &reserved).await;
    shopper.becomes(door, &reserved, "cancelled").await;
    let lost = testbed.head(event).await.expect("Redis answers").incarnation;
    testbed.servers.wipe_redis().await.expect("wiped");
    // From the loss until it is rebuilt, and once more after that.
    let ask = async || {
        let rebuilt = testbed.head(event).await.is_some_and(|head| head.incarnation > lost);
        let (status, said) = shopper.ask(door, &refused).await;
        match status {
            StatusCode::OK => assert_eq!(said["reason"], "limit_reached", "{said}"),
            status => assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{said}"),
        }
        rebuilt
    };
    wait::until("the inventory is rebuilt", PATIENCE, ask, |rebuilt| *rebuilt).await;
    shopper.becomes(door, &refused, "refused").await;
    assert_eq!(shopper.enter(door, "b", &wish(&sale, 1)).await, refused, "and the same click is not decided anew");
    // Who comes after it in the line is answered: so is it.
    ByHand::holding(door, event, &wish(&sale, 1)).await;
    assert_eq!(shopper.ask(door, &refused).await.1["reason"], "limit_reached");
    testbed.end().await;
}

#[tokio::test]
async fn standby_gets_what_a_failed_capture_gives_back() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let sale = NewSale { hold_seconds: 60, ..NewSale::of_one(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (payer, first) = ByHand::holding(door, event, &wish(&sale, 1)).await;
    let (waiter, newcomer) = (ByHand::at(door, event).await, ByHand::at(door, event).await);
    let second = waiter.enter(door, "k", &wish(&sale, 1)).await;
    waiter.becomes(door, &second, "standby").await;
    payer.pay(door, &first, "tok_capture_fails").await;
    assert_eq!(payer.becomes(door, &first, "cancelled").await["reason"], "capture_failed");
    waiter.becomes(door, &second, "reserved").await;
    let third = newcomer.enter(door, "k", &wish(&sale, 1)).await;
    newcomer.becomes(door, &third, "standby").await;
    // With the money taken, waiting has an end.
    waiter.pay(door, &second, "tok_ok").await;
    assert_eq!(newcomer.becomes(door, &third, "standby_ended").await["reason"], "sold_out");
    testbed.end().await;
}

#[tokio::test]
async fn what_is_settled_takes_units_back_is_cleared_away_and_the_record_goes_on_answering() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let sale = NewSale { hold_seconds: 60, ..NewSale::of_one(2) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (buyer, bought) = ByHand::holding(door, event, &wish(&sale, 1)).await;
    let (regrets, regretted) = ByHand::holding(door, event, &wish(&sale, 1)).await;
    let other = ByHand::at(door, event).await;
    let waits = other.enter(door, "k", &wish(&sale, 1)).await;
    let too_many = other.enter(door, "l", &wish(&sale, 1)).await;
    other.becomes(door, &too_many, "refused").await;
    ends(&testbed, event, "clock_timestamp()").await;
    let pool = testbed.postgres().await.expect("postgres");
    let settled = async |move_back: bool| {
        let back = if move_back { "settled_at - interval '8 days'" } else { "settled_at" };
        let update =
            format!("UPDATE sale_events SET settled_at = {back} WHERE id = $1 RETURNING settled_at IS NOT NULL");
        sqlx::query_scalar::<_, bool>(sqlx::AssertSqlSafe(update)).bind(event.0).fetch_one(&pool).await.expect("read")
    };
    // Longer than it takes to settle a sale in which nothing is owed. There is no state to wait for: nothing may happen.
    sleep(Duration::from_secs(20)).await;
    assert!(!settled(false).await, "reservations are still held");
    for (shopper, attempt) in [(&buyer, &bought), (&regrets, &regretted)] {
        shopper.pay(door, attempt, "tok_ok").await;
        shopper.becomes(door, attempt, "confirmed").await;
    }
    other.becomes(door, &waits, "standby_ended").await;
    becomes_settled(&pool, event).await;

    // Its line takes back what is given back, and is settled again.
    let refund = async |told: Value| {
        let path = format!("/orders/{}/refund", told["order"]["order_id"].as_str().expect("an order"));
        testbed.admin.call(Method::POST, &path, Some(json!({ "reason": "a mistake", "put_back": true }))).await
    };
    refund(regrets.becomes(door, &regretted, "confirmed").await).await.expect("refunded");
    regrets.becomes(door, &regretted, "cancelled").await;
    becomes_settled(&pool, event).await;

    settled(true).await;
    let mut redis = testbed.redis().expect("redis");
    let look = async || {
        let keys: Vec<String> =
            redis::cmd("KEYS").arg(format!("fl:{{{event}}}*")).query_async(&mut redis).await.expect("answered");
        if !keys.is_empty() {
            // A tick that was just under way opens the sale again, and it is settled anew.
            settled(true).await;
        }
        keys
    };
    wait::until("the inventory is cleared away", PATIENCE, look, Vec::is_empty).await;
    regrets.becomes(door, &regretted, "cancelled").await;
    other.becomes(door, &waits, "standby_ended").await;
    assert_eq!(other.becomes(door, &too_many, "closed").await["reason"], "sale_over");
    let refused = refund(buyer.becomes(door, &bought, "confirmed").await).await.expect_err("nothing to return to");
    assert!(refused.to_string().contains("cleared away"), "{refused}");
    testbed.end().await;
}

#[tokio::test]
async fn a_sale_that_ends_in_peace_is_settled_too() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let sale = NewSale { hold_seconds: 60, ..NewSale::of_one(1) };
    let (bought, untouched) = (testbed.admin.create(&sale).await, testbed.admin.create(&NewSale::of_one(1)).await);
    let (bought, untouched) = (bought.expect("created"), untouched.expect("created"));
    let (buyer, attempt) = ByHand::holding(door, bought, &wish(&sale, 1)).await;
    buyer.pay(door, &attempt, "tok_ok").await;
    buyer.becomes(door, &attempt, "confirmed").await;
    let pool = testbed.postgres().await.expect("postgres");
    for event in [bought, untouched] {
        ends(&testbed, event, "clock_timestamp()").await;
    }
    for event in [bought, untouched] {
        becomes_settled(&pool, event).await;
    }
    testbed.end().await;
}
