//! A sale told again from its journal: at its end it stands as the record has it, and of nobody is said who they are.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testbed::{NewSale, Testbed, wait};

use crate::four::four_want_two;

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn the_replay_of_a_sale_ends_as_the_record_has_it() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = testbed.base_urls[0].clone();
    let sale = NewSale { hold_seconds: 4, ..NewSale::of_one(2) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let ask = async |path: &str| {
        testbed.admin.call(Method::GET, &format!("/events/{event}{path}"), None).await.expect("answered")
    };
    assert_eq!(ask("/replay").await["frames"], json!([]), "nothing was decided");

    let (last, behind) = four_want_two(&door, event, &wish, &wish).await;
    let stop = Some(json!({ "reason": "enough" }));
    testbed.admin.call(Method::POST, &format!("/events/{event}/stop"), stop).await.expect("stopped");
    last.becomes(&door, &behind, "standby_ended").await;
    let report = wait::until(
        "all is recorded",
        SOON,
        // A door hears of the stop a moment later: until then it has no report.
        async || testbed.admin.call(Method::GET, &format!("/events/{event}/report"), None).await.unwrap_or_default(),
        |told| told["standby"]["unserved"] == 1 && told["money"]["orders"] == 2,
    )
    .await;

    let told = ask("/replay").await;
    assert_eq!((&told["source"], &told["step"]), (&json!("journal"), &json!(1)));
    let frames = told["frames"].as_array().expect("frames").clone();
    let (rounds, seq) = (told["rounds"].as_u64().expect("a count"), |frame: &Value| frame["seq"].as_u64());
    assert!(frames.iter().map(seq).eq((0..=rounds.min(50)).map(Some)), "a frame for each round: {told}");
    // A later part begins where one before it ended, and ends where it is asked to.
    let part = ask("/replay?until=5&after=2").await;
    assert!(part["frames"].as_array().expect("frames").iter().map(seq).eq((3..=5).map(Some)), "{part}");
    assert!(part["next_after"].is_null(), "{part}");
    let none = ask(&format!("/replay?until=5&after={}", u64::MAX)).await;
    assert_eq!((&none["frames"], &none["next_after"]), (&json!([]), &Value::Null), "nothing comes after all: {none}");
    // A stretch of it has frames of its own.
    let stretch = ask("/replay?from=2&until=4").await;
    assert!(stretch["frames"].as_array().expect("frames").iter().map(seq).eq((3..=4).map(Some)), "{stretch}");
    assert_eq!((&stretch["from"], &stretch["step"]), (&json!(2), &json!(1)));
    let frames = rest(frames, told["next_after"].as_u64(), rounds, ask).await;
    let (first, end) = (&frames[0], frames.last().expect("frames"));
    assert_eq!((&first["seq"], &first["left_units"], &first["attempts"]["served"]), (&json!(0), &json!(2), &json!(0)));
    let demand = &report["demand"];
    for (of, is) in [
        ("allocated_units", &demand["allocated_units"]),
        ("left_units", &demand["left_units"]),
        ("held_units", &demand["held_units"]),
        ("sold_units", &demand["sold_units"]),
        ("waiting", &report["standby"]["waiting"]),
        ("sold_minor", &report["items"][0]["sold_minor"]),
    ] {
        assert_eq!(&end[of], is, "{of}: {end}");
    }
    assert_eq!(&end["attempts"]["served"], &demand["attempts"]);
    assert_eq!(&end["attempts"]["reserved"], &demand["answers"]["reserved"]);
    assert_eq!(&end["attempts"]["granted_from_standby"], &report["standby"]["served"]);
    assert_eq!(&end["items"][0]["sold"], &report["items"][0]["sold"]);

    // What was decided adds up to what the record has granted and taken back, in each frame to what is held and sold.
    let (mut granted, mut back) = (0, 0);
    for frame in &frames {
        for decision in frame["decisions"].as_array().expect("decisions") {
            let units = decision["units"].as_i64().unwrap_or(0);
            match decision["what"].as_str().expect("a word") {
                "granted" | "served" => granted += units,
                "expired" => back += units,
                _ => {}
            }
        }
        let out = frame["held_units"].as_i64().zip(frame["sold_units"].as_i64()).map(|(held, sold)| held + sold);
        assert_eq!(out, Some(granted - back), "{frame}");
    }
    assert_eq!((json!(granted), back), (demand["granted_units"].clone(), 1));
    let said: Vec<&str> = frames
        .iter()
        .flat_map(|frame| frame["decisions"].as_array().expect("decisions"))
        .filter_map(|decision| decision["what"].as_str())
        .filter(|what| !matches!(*what, "paid" | "sold" | "held_on"))
        .collect();
    assert_eq!(said, ["granted", "granted", "standby", "standby", "expired", "served", "standby_ended"]);
    let pool = testbed.postgres().await.expect("postgres");
    let shoppers =
        sqlx::query_scalar::<_, String>("SELECT DISTINCT shopper_id::text FROM reservations WHERE event_id = $1");
    let shoppers = shoppers.bind(event.0).fetch_all(&pool).await.expect("read");
    let text = serde_json::to_string(&frames).expect("text");
    assert_eq!(shoppers.len(), 4);
    assert!(shoppers.iter().all(|shopper| !text.contains(shopper)), "who they are is not said: {text}");

    // Once the journal is forgotten, the history stands for it, and says so.
    for forget in ["UPDATE sale_events SET cleared_at = now() WHERE id = $1", "DELETE FROM rounds WHERE event_id = $1"]
    {
        sqlx::query(forget).bind(event.0).execute(&pool).await.expect("forgotten");
    }
    let told = ask("/replay").await;
    assert_eq!(told["source"], "history", "{told}");
    assert!(told["cleared_at"].is_string() && told["next_after"].is_null(), "{told}");
    let until = ask("/replay?until=1").await;
    let seqs: Vec<_> = until["frames"].as_array().expect("frames").iter().map(seq).collect();
    assert!(seqs.iter().all(|seq| *seq <= Some(1)), "it ends where it is asked to: {until}");
    let end = told["frames"].as_array().and_then(|all| all.last()).expect("frames");
    assert_eq!((&end["sold_units"], &end["items"]), (&demand["sold_units"], &json!([])));
    assert_eq!(&end["attempts"]["served"], &demand["attempts"]);
    testbed.end().await;
}

/// All frames, part by part.
async fn rest(
    mut frames: Vec<Value>,
    mut after: Option<u64>,
    until: u64,
    ask: impl AsyncFn(&str) -> Value,
) -> Vec<Value> {
    while let Some(last) = after {
        let part = ask(&format!("/replay?until={until}&after={last}")).await;
        frames.extend(part["frames"].as_array().expect("frames").iter().cloned());
        after = part["next_after"].as_u64();
    }
    frames
}
