//! How a sale went, and the report afterwards: what is on record of it, for whoever opens a tab.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testbed::by_hand::ByHand;
use testbed::{NewSale, Testbed, unique, wait};

use crate::four::four_want_two;

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_sale_can_be_told_from_its_opening_on_and_reported_on_once_it_is_over() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = testbed.base_urls[0].clone();
    let tiers = json!({ "tiers": [{ "units": 1, "cut": { "percent_off": 5_000 } }] });
    let mut sale = NewSale { hold_seconds: 4, ..NewSale::of_one(2) };
    sale.items[0].discount = tiers;
    sale.coupons = json!([{ "code": "=SUM", "cut": { "amount_off": 100 } }]);
    let event = testbed.admin.create(&sale).await.expect("created");
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let ask = async |path: &str| {
        testbed.admin.call(Method::GET, &format!("/events/{event}{path}"), None).await.expect("answered")
    };

    let with_coupon = json!({ "sku": sale.items[0].sku, "quantity": 1, "coupon": "=SUM" });
    let (last, behind) = four_want_two(&door, event, &with_coupon, &wish).await;

    let history = async || ask("/history").await;
    let newest = |told: &Value, of: &str| told["points"][of].as_array().and_then(|all| all.last().cloned());
    let told = wait::until("all is in the history", SOON, history, |told| {
        newest(told, "sold_units") == Some(json!(2)) && newest(told, "returned_units") == Some(json!(1))
    })
    .await;
    for (of, is) in [("attempts", 4), ("granted_units", 3), ("held_units", 0), ("left_units", 0), ("refused", 0)] {
        assert_eq!(newest(&told, of), Some(json!(is)), "{of}: {told}");
    }
    assert_eq!(newest(&told, "sold_minor"), Some(json!(900 + 2_000)), "the first at half price less the coupon");
    let first = |of: &str| told["points"][of][0].clone();
    assert_eq!((first("attempts"), first("left_units"), &told["is_whole"]), (json!(0), json!(2), &json!(true)));
    let lengths: Vec<usize> =
        told["points"].as_object().expect("points").values().map(|of| of.as_array().expect("a list").len()).collect();
    assert!(lengths.iter().all(|length| *length == lengths[0] && *length <= 301), "{lengths:?}");
    let times = told["points"]["at_ms"].as_array().expect("times").iter().map(Value::as_i64).collect::<Vec<_>>();
    assert!(times.is_sorted(), "{times:?}");

    let denied = testbed.admin.call(Method::GET, &format!("/events/{event}/report"), None).await;
    assert!(denied.is_err(), "there is no report on a sale that runs");
    for (what, body) in [("pause", json!({ "reason": "a leak" })), ("resume", json!({}))] {
        testbed.admin.call(Method::POST, &format!("/events/{event}/{what}"), Some(body)).await.expect(what);
    }
    let stop = Some(json!({ "reason": "enough" }));
    testbed.admin.call(Method::POST, &format!("/events/{event}/stop"), stop).await.expect("stopped");
    last.becomes(&door, &behind, "standby_ended").await;
    let marks = async || ask("/history?span=hour").await["marks"].clone();
    let is_marked =
        |marks: &Value| marks.as_array().is_some_and(|all| all.iter().any(|mark| mark["what"] == "stopped"));
    let marks = wait::until("it is marked", SOON, marks, is_marked).await;
    let said: Vec<&str> = marks.as_array().expect("marks").iter().filter_map(|mark| mark["what"].as_str()).collect();
    assert_eq!(said, ["opened", "sold_out", "paused", "resumed", "stopped"], "{marks}");
    assert_eq!((&marks[2]["reason"], &marks[4]["reason"]), (&json!("a leak"), &json!("enough")));
    assert!(marks[2]["by"].is_string() && marks[0]["by"].is_null(), "{marks}");

    report(&testbed, event.to_string(), &sale.items[0].sku).await;
    testbed.end().await;
}

#[tokio::test]
async fn the_moment_at_which_nothing_was_left_is_exact_however_long_after_the_opening_it_came() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let (door, pool) = (testbed.base_urls[0].clone(), testbed.postgres().await.expect("postgres"));
    // Intervals are ten minutes long by then: who comes and goes within one leaves nothing in the history.
    let month_ms = 30 * 86_400_000;
    let mut sale = NewSale {
        opens_in_ms: -month_ms,
        open_for_ms: month_ms + 600_000,
        hold_seconds: 120,
        per_shopper_max: 5,
        ..NewSale::of_one(1)
    };
    sale.items.extend(NewSale::of_one(5).items);
    let event = testbed.admin.create(&sale).await.expect("created");
    let run = async |statement: &'static str| {
        sqlx::query(statement).bind(event.0).execute(&pool).await.expect("done");
    };
    let all = json!({ "sku": sale.items[1].sku, "quantity": 5 });
    let one = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let rest = {
        let (rest, attempt) = ByHand::holding(&door, event, &all).await;
        let (last, gone) = ByHand::holding(&door, event, &one).await;
        last.give_back(&door, &gone).await;
        last.becomes(&door, &gone, "cancelled").await;
        (rest, attempt)
    };
    // A line's moments never turn back: whatever a clock says, no round is recorded as earlier than the one before.
    run("UPDATE event_lines SET decided_until = date_trunc('milliseconds', now() + interval '20 seconds') WHERE event_id = $1")
        .await;
    rest.0.give_back(&door, &rest.1).await;
    rest.0.becomes(&door, &rest.1, "cancelled").await;
    let moment = async |query: &'static str| {
        let at = sqlx::query_scalar::<_, chrono::DateTime<chrono::Utc>>(query);
        at.bind(event.0).fetch_one(&pool).await.expect("a moment")
    };
    let last = "SELECT max(decided_at) FROM rounds WHERE event_id = $1";
    let until = moment("SELECT decided_until FROM event_lines WHERE event_id = $1").await;
    wait::until("the last one is recorded", SOON, async || moment(last).await, |at| *at == until).await;

    let stop = Some(json!({ "reason": "enough" }));
    testbed.admin.call(Method::POST, &format!("/events/{event}/stop"), stop).await.expect("stopped");
    let ask = async || testbed.admin.call(Method::GET, &format!("/events/{event}/report"), None).await;
    let told = wait::until("there is a report", SOON, ask, |told| told.is_ok()).await.expect("a report");
    let [whole, all] = [
        moment("SELECT granted_at FROM reservations WHERE event_id = $1 AND quantity = 1").await,
        moment("SELECT granted_at FROM reservations WHERE event_id = $1 AND quantity = 5").await,
    ];
    let said = |of: &Value| {
        assert_eq!((&of["known"], &of["within_ms"]), (&json!("sold_out"), &Value::Null), "{told}");
        of["at"].as_str().expect("a moment").parse::<chrono::DateTime<chrono::Utc>>().expect("a moment")
    };
    assert_eq!(said(&told["sold_out"]), whole, "{told}");
    assert_eq!((said(&told["items"][0]["sold_out"]), said(&told["items"][1]["sold_out"])), (whole, all));
    testbed.end().await;
}

#[tokio::test]
async fn a_sale_that_is_stopped_before_it_opens_has_not_opened() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let event = testbed.admin.create(&NewSale { opens_in_ms: 3_600_000, ..NewSale::of_one(1) }).await.expect("created");
    let stop = Some(json!({ "reason": "the goods are lost" }));
    testbed.admin.call(Method::POST, &format!("/events/{event}/stop"), stop).await.expect("stopped");
    let ask = async || testbed.admin.call(Method::GET, &format!("/events/{event}/report"), None).await;
    let told = wait::until("there is a report", SOON, ask, |told| told.is_ok()).await.expect("a report");
    assert!(told.get("opened_at").is_none() && told["opens_at"].is_string(), "{told}");
    assert_eq!(told["sold_out"]["known"], "never", "{told}");
    testbed.end().await;
}

async fn report(testbed: &Testbed, event: String, sku: &str) {
    let ask =
        async || testbed.admin.call(Method::GET, &format!("/events/{event}/report"), None).await.expect("a report");
    let told = wait::until("all is recorded", SOON, ask, |told| told["standby"]["unserved"] == 1).await;
    assert_eq!(told["demand"]["attempts"], 4);
    assert_eq!((&told["demand"]["allocated_units"], &told["demand"]["granted_units"]), (&json!(2), &json!(3)));
    assert_eq!(told["sold_out"]["known"], "sold_out", "{told}");
    assert!(told["sold_out"]["after_ms"].as_i64().is_some_and(|ms| (0..60_000).contains(&ms)), "{told}");
    assert!(told["waits"].get("answer_p50_ms").is_none(), "what is not on record is absent: {told}");
    assert!(told["waits"]["standby_p50_ms"].as_i64().is_some_and(|ms| ms > 0), "{told}");
    assert_eq!(told["funnel"], json!({ "answered": 4, "reserved": 3, "paying": 2, "paid": 2 }));
    assert_eq!(told["given_up"]["no_shows"], json!({ "reservations": 1, "units": 1 }));
    let standby = json!({ "places": 2, "served": 1, "left": 0, "unserved": 1, "waiting": 0 });
    assert_eq!(told["standby"], standby);
    let money = json!({ "orders": 2, "captured_minor": 2_900, "refunded_minor": 0, "revenue_minor": 2_900 });
    assert_eq!(told["money"], money);
    let item = &told["items"][0];
    for (of, is) in [("captured_minor", 2_900), ("refunded_minor", 0), ("revenue_minor", 2_900)] {
        assert_eq!(item[of], is, "{of}: {told}");
    }
    assert!(item["name"].as_str().is_some_and(|name| !name.is_empty()), "{told}");
    let name = &item["name"];
    let first = json!({ "sku": sku, "name": name, "tier": 1, "units": 1, "sold_minor": 900 });
    assert_eq!(told["tiers"], json!([first, { "sku": sku, "name": name, "units": 1, "sold_minor": 2_000 }]));
    assert_eq!((&told["coupons"][0]["total_minor"], &told["coupons"][1]["code"]), (&json!(2_000), &json!("=SUM")));

    let viewer = json!({ "name": unique("viewer"), "role": "viewer" });
    let token = testbed.admin.call(Method::POST, "/tokens", Some(viewer)).await.expect("made")["token"].clone();
    let url = format!("{}/api/v1/admin/events/{event}/report.csv", testbed.base_urls[0]);
    let asked = Client::new().get(url).bearer_auth(token.as_str().expect("a token")).send().await.expect("answered");
    assert_eq!(asked.status(), StatusCode::OK);
    let csv = asked.text().await.expect("text");
    for line in [
        "section,of,figure,value,unit",
        "demand,,attempts,4,attempts",
        "waits,,answer_p50,unknown,ms",
        "money,,revenue,29.00,EUR",
        &format!("item,{sku},revenue,29.00,EUR"),
        "coupon,'=SUM,paid,9.00,EUR",
    ] {
        assert!(csv.lines().any(|one| one.trim_start_matches('\u{feff}') == line), "{line}: {csv}");
    }
}
