//! Sales of one series: nobody has more units in all of them together than one shopper may, and what they let go is free again.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::{ByHand, Shopper};
use testbed::{Crowd, Kind, NewSale, Outcome, Testbed, Then, wait};

const SOON: Duration = Duration::from_secs(30);

/// The system, and two sales of a series of which one shopper may have so many units; of a sale's own limit nobody hears.
async fn two_sales(units: u32, most: u32) -> (Testbed, [(NewSale, EventId); 2]) {
    let system = Testbed::builder().ingresses(2).setting("FLASHLINE_LIMIT_SHOPPER", "off");
    let testbed = system.start().await.expect("the system starts");
    let series = Some(testbed.admin.create_series(most).await.expect("created"));
    let mut sales = Vec::new();
    for _ in 0..2 {
        let sale = NewSale { per_shopper_max: 3, hold_seconds: 3, standby_max: 5, series, ..NewSale::of_one(units) };
        let event = testbed.admin.create(&sale).await.expect("created");
        sales.push((sale, event));
    }
    let Ok(sales) = sales.try_into() else { panic!("two") };
    (testbed, sales)
}

fn wish(sale: &NewSale, quantity: u32) -> Value {
    json!({ "sku": sale.items[0].sku, "quantity": quantity })
}

/// What became of an attempt, once it is answered.
async fn answered(shopper: &ByHand, door: &str, attempt: &str) -> Value {
    let ask = async || shopper.ask(door, attempt).await.1;
    wait::until("an answer", SOON, ask, |said| said["answer"].is_string() && said["state"] != "in_line").await
}

/// The same session, in another sale.
fn too(shopper: &ByHand, event: EventId) -> ByHand {
    let Shopper { client, base, token } = shopper.session();
    ByHand::known(Shopper::of_a_crowd(client, base, token.clone()), event)
}

async fn judge(testbed: &Testbed, event: EventId) {
    let nobody = Outcome::of_nobody();
    testbed.judge(event, &nobody).await.expect("the verifier can look").assert_good();
}

#[tokio::test]
async fn the_same_people_at_the_doors_of_two_sales_at_once_get_no_more_than_one_may() {
    let (testbed, sales) = two_sales(80, 2).await;
    let doors = testbed.base_urls.clone();
    let shopper = async |number: usize| {
        let first = ByHand::at(&doors[0], sales[0].1).await;
        let both = [&first, &too(&first, sales[1].1)];
        // Two clicks in each sale, all four at once, at two doors.
        let clicks = (0..4).map(|click| {
            let (who, (sale, _)) = (both[click % 2], &sales[click % 2]);
            let quantity = if (number + click).is_multiple_of(3) { 2 } else { 1 };
            let door = &doors[click / 2];
            async move {
                let attempt = who.enter(door, &format!("k{click}"), &wish(sale, quantity)).await;
                let said = answered(who, door, &attempt).await;
                let units = if said["answer"] == "reserved" || said["answer"] == "standby" { quantity } else { 0 };
                if number.is_multiple_of(2) && said["state"] == "reserved" {
                    who.pay(door, &attempt, "tok_ok").await;
                }
                (units, said)
            }
        });
        join_all(clicks).await
    };
    let told = join_all((0..40).map(shopper)).await;
    let mut refused = 0;
    for told in &told {
        let units: u32 = told.iter().map(|(units, _)| units).sum();
        assert!(units <= 2, "one shopper has {units}: {told:?}");
        let limited = told.iter().filter(|(_, said)| said["reason"] == "series_limit");
        for (_, said) in limited {
            let limit = &said["series_limit"];
            assert!(limit["has"].as_u64().is_some_and(|has| has <= 2) && limit["most"] == 2, "{said}");
            refused += 1;
        }
    }
    assert!(refused >= 40, "who asks for four to eight units is told that it is too much: {refused}");
    for (_, event) in &sales {
        judge(&testbed, *event).await;
    }
    testbed.end().await;
}

#[tokio::test]
async fn what_runs_out_or_is_given_back_is_free_again_in_the_other_sale_and_what_is_bought_is_not() {
    let (testbed, [(monday, on_monday), (tuesday, on_tuesday)]) = two_sales(5, 1).await;
    let door = testbed.base_urls[0].clone();
    let (first, held) = ByHand::holding(&door, on_monday, &wish(&monday, 1)).await;
    let second = too(&first, on_tuesday);
    let refused = second.enter(&door, "early", &wish(&tuesday, 1)).await;
    let said = second.becomes(&door, &refused, "refused").await;
    assert_eq!((&said["reason"], &said["series_limit"]), (&json!("series_limit"), &json!({ "has": 1, "most": 1 })));

    // As soon as it is recorded that the hold ran out; until then the other sale cannot know.
    let click = async |who: &ByHand, sale: &NewSale, word: &str, number: usize| {
        let attempt = who.enter(&door, &format!("{word}{number}"), &wish(sale, 1)).await;
        (answered(who, &door, &attempt).await, attempt)
    };
    let gets = async |who: &ByHand, sale: &NewSale, word: &str| {
        for number in 0..100 {
            let (said, attempt) = click(who, sale, word, number).await;
            if said["state"] == "reserved" {
                return attempt;
            }
            assert_eq!(said["reason"], "series_limit", "{said}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never free again: {word}")
    };
    first.becomes(&door, &held, "expired").await;
    let held = gets(&second, &tuesday, "ran-out").await;
    assert_eq!(second.give_back(&door, &held).await.0, StatusCode::ACCEPTED);
    second.becomes(&door, &held, "cancelled").await;
    let bought = gets(&first, &monday, "given-back").await;
    assert_eq!(first.pay(&door, &bought, "tok_ok").await.0, StatusCode::ACCEPTED);
    first.payment_becomes(&door, &bought, "captured").await;
    let (said, _) = click(&second, &tuesday, "late", 0).await;
    assert_eq!(said["series_limit"], json!({ "has": 1, "most": 1 }), "{said}");
    for event in [on_monday, on_tuesday] {
        judge(&testbed, event).await;
    }
    testbed.end().await;
}

#[tokio::test]
async fn an_entry_of_who_has_as_many_as_one_may_is_drawn_in_vain_and_the_next_is_served() {
    let (testbed, [(monday, on_monday), _]) = two_sales(5, 1).await;
    let door = testbed.base_urls[0].clone();
    let by_draw = NewSale {
        lobby_ms: Some((-1_000, 5_000)),
        opens_in_ms: 10_500,
        hold_seconds: 3,
        series: monday.series,
        ..NewSale::of_one(1)
    };
    let drawn = testbed.admin.create(&by_draw).await.expect("created");
    let holder = ByHand::at(&door, on_monday).await;
    let bought = holder.enter(&door, "k", &wish(&monday, 1)).await;
    holder.becomes(&door, &bought, "reserved").await;
    assert_eq!(holder.pay(&door, &bought, "tok_ok").await.0, StatusCode::ACCEPTED);
    let (has, other) = (too(&holder, drawn), ByHand::at(&door, drawn).await);
    let entries = [&has, &other].map(async |who| {
        let attempt = who.enter(&door, "k", &wish(&by_draw, 1)).await;
        assert_eq!(answered(who, &door, &attempt).await["state"], "entered");
        attempt
    });
    let entries = join_all(entries).await;
    let said = has.becomes(&door, &entries[0], "refused").await;
    assert_eq!(said["reason"], "series_limit", "{said}");
    other.becomes(&door, &entries[1], "reserved").await;
    judge(&testbed, drawn).await;
    testbed.end().await;
}

#[tokio::test]
async fn a_series_is_said_before_the_click_and_changes_only_as_it_may() {
    let (testbed, [(monday, on_monday), (_, on_tuesday)]) = two_sales(9, 2).await;
    let (door, admin) = (testbed.base_urls[0].clone(), &testbed.admin);
    let shopper = ByHand::at(&door, on_monday).await;
    let said = async || shopper.session().read(&format!("/sales/{on_monday}")).await.1["series"].clone();
    assert_eq!(said().await["per_shopper_max"], 2);
    let (status, refused) = shopper.click(&door, "three", &wish(&monday, 3)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");

    let series = monday.series.expect("in one");
    let path = format!("/series/{series}");
    let change = async |patch: Value| admin.call(Method::PATCH, &path, Some(patch)).await;
    let why = change(json!({ "per_shopper_max": 1 })).await.expect_err("somebody may have two").to_string();
    assert!(why.contains("409"), "{why}");
    let changed = change(json!({ "per_shopper_max": 3, "name": "Winter drops" })).await.expect("more is no harm");
    assert_eq!((&changed["per_shopper_max"], changed["events"].as_array().map(Vec::len)), (&json!(3), Some(2)));
    wait::until("the door has heard", SOON, said, |said| said["per_shopper_max"] == 3).await;
    let three = shopper.enter(&door, "three-now", &wish(&monday, 3)).await;
    shopper.becomes(&door, &three, "reserved").await;

    let event = admin.call(Method::GET, &format!("/events/{on_tuesday}"), None).await.expect("read");
    assert_eq!(event["series_id"], json!(series));
    // A sale that is on stays in its series; and there must be one.
    let wrong = NewSale { series: Some(uuid::Uuid::nil().into()), ..NewSale::of_one(1) };
    assert!(admin.create(&wrong).await.expect_err("no such series").to_string().contains("series_id"));
    let audit = admin.call(Method::GET, &format!("/audit?subject={series}"), None).await.expect("read");
    let actions: Vec<&Value> =
        audit["entries"].as_array().expect("entries").iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["series.update", "series.create"]);
    testbed.end().await;
}

/// Not a test: prints what `docs/series.md` says of the cost.
#[tokio::test]
#[ignore = "measures"]
async fn what_a_series_costs_a_round() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let step = async |step: &str, what: &str| {
        let name = format!(r#"flashline_dispenser_round_seconds_{what}{{step="{step}"}}"#);
        testbed.metrics(Kind::Dispenser, &name).await.iter().sum::<f64>()
    };
    for (count, in_series) in [(1, false), (1, true), (2, false), (2, true)] {
        let series = if in_series { Some(testbed.admin.create_series(1).await.expect("created")) } else { None };
        let steps = ["read", "claim", "commit", "whole"];
        let read =
            async || join_all(steps.map(async |name| (step(name, "sum").await, step(name, "count").await))).await;
        let before = read().await;
        let crowds = (0..count).map(async |_| {
            let sale = NewSale { series, hold_seconds: 20, ..NewSale::of_one(3_000) };
            let event = testbed.admin.create(&sale).await.expect("created");
            let crowd = Crowd::buying(&sale, 2_500, 2.0, |_| Then::Abandon);
            let crowd = Crowd { gather: Duration::from_secs(4), patience: Duration::from_secs(3), ..crowd };
            let outcome = crowd.run(&testbed.base_urls, event).await.expect("ran");
            (outcome.answered_us.value_at_quantile(0.5), outcome.answered_us.value_at_quantile(0.95))
        });
        let answered = join_all(crowds).await;
        println!("{count} sales at once, in a series: {in_series}; answered in (p50, p95) µs: {answered:?}");
        for (name, ((sum, n), (sum_before, n_before))) in steps.iter().zip(read().await.into_iter().zip(before)) {
            let (ms, n) = ((sum - sum_before) * 1_000.0, n - n_before);
            println!("  {name}: {n} times, {:.2} ms each", ms / n.max(1.0));
        }
    }
    testbed.end().await;
}
