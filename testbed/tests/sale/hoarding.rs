//! Units are not hoarded, and codes are not used more often than they may: on real servers, while some of them break.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testbed::by_hand::ByHand;
use testbed::{Crowd, Kind, NewSale, Plan, Testbed, Then, wait};

const SOON: Duration = Duration::from_secs(30);

/// A shopper may ask as often as these tests do, and this machine is believed about where others come from.
async fn patient() -> Testbed {
    let system = Testbed::builder().setting("FLASHLINE_LIMIT_SHOPPER", "off");
    system.setting("FLASHLINE_TRUSTED_PROXIES", "127.0.0.1").start().await.expect("the system starts")
}

fn wish(sale: &NewSale) -> Value {
    json!({ "sku": sale.items[0].sku, "quantity": 1 })
}

#[tokio::test]
async fn who_lets_a_reservation_run_out_stands_behind_whoever_comes_even_after_the_inventory_was_rebuilt() {
    let testbed = patient().await;
    let door = testbed.base_urls[0].clone();
    let hoarding = json!({ "unpaid_max": 1, "address_unpaid_max": 100, "rest_seconds": 600, "address_percent": 100 });
    let sale = NewSale { hold_seconds: 2, hoarding, ..NewSale::of_one(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (idle, first) = ByHand::holding(&door, event, &wish(&sale)).await;
    idle.becomes(&door, &first, "expired").await;

    let before = testbed.head(event).await.expect("Redis answers").incarnation;
    let recorded = async || testbed.recorded(event).await.expect("PostgreSQL answers");
    let decided = testbed.head(event).await.expect("Redis answers").seq;
    wait::until("all is recorded", SOON, recorded, |seq| *seq >= decided).await;
    testbed.servers.wipe_redis().await.expect("wiped");
    let look = async || testbed.head(event).await.map(|head| head.incarnation);
    wait::until("the inventory is rebuilt", SOON, look, |now| now.is_some_and(|now| now > before)).await;

    let again = idle.enter_when_there_is_room(&door, "again", &wish(&sale)).await;
    let said = idle.becomes(&door, &again, "standby").await;
    assert_eq!((said["behind"]["why"].as_str(), &said["standby"]), (Some("unpaid"), &Value::Null), "{said}");
    let path = format!("/events/{event}/figures");
    let figures = testbed.admin.call(Method::GET, &path, None).await.expect("figures");
    let item = &figures["items"][0];
    assert_eq!((&item["standby_len"], &item["behind_len"]), (&json!(0), &json!(1)), "each is counted once: {item}");
    let (_other, _) = ByHand::holding(&door, event, &wish(&sale)).await;
    testbed.end().await;
}

#[tokio::test]
async fn a_hoarder_gets_a_share_and_people_the_rest_while_the_writer_dies() {
    let mut testbed = patient().await;
    let hoarding = json!({ "unpaid_max": 1, "address_unpaid_max": 5, "rest_seconds": 600, "address_percent": 10 });
    let sale = NewSale { hold_seconds: 4, standby_max: 1_000, hoarding, ..NewSale::of_one(100) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let hoarders = coming_from(Crowd::buying(&sale, 200, 0.3, |_| Then::Abandon), 2, 2);
    let people = coming_from(Crowd::buying(&sale, 150, 3.0, |_| Then::pays()), 150, 1);
    let doors = testbed.base_urls.clone();
    let running = tokio::spawn({
        let doors = doors.clone();
        async move { hoarders.run(&doors, event).await }
    });
    let crowd = tokio::spawn(async move { people.run(&doors, event).await });
    let held = async || testbed.head(event).await.map_or(0, |head| head.items[0].out());
    wait::until("some is out", SOON, held, |out| *out >= 10).await;
    let writer = testbed.writer(event).await.expect("somebody writes");
    testbed.process(Kind::Dispenser, writer).kill();
    testbed.process(Kind::Dispenser, writer).start().expect("starts");
    let hoarders = running.await.expect("survives").expect("ran");
    let outcome = hoarders.and(crowd.await.expect("survives").expect("ran"));
    let verdict = testbed.judge(event, &outcome).await.expect("the verifier can look");
    verdict.assert_good();
    assert_eq!(outcome.paid(), 100, "people have bought everything");
    testbed.end().await;
}

/// Each plan from one of so many addresses.
fn coming_from(crowd: Crowd, addresses: u8, network: u8) -> Crowd {
    let address = |index: usize| Some(IpAddr::V4(Ipv4Addr::new(10, network, 0, index as u8 % addresses)));
    let plans = crowd.plans.into_iter().enumerate().map(|(index, plan)| Plan { from: address(index), ..plan });
    Crowd { plans: plans.collect(), ..crowd }
}

#[tokio::test]
async fn organisers_see_who_holds_what_and_put_them_aside() {
    let testbed = patient().await;
    let door = testbed.base_urls[0].clone();
    let hoarding = json!({ "unpaid_max": 5, "address_unpaid_max": 100, "rest_seconds": 2, "address_percent": 100 });
    let sale = NewSale { hold_seconds: 60, hoarding, ..NewSale::of_one(2) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (holder, _) = ByHand::holding(&door, event, &wish(&sale)).await;
    let admin = async |path: &str, body: Value| testbed.admin.run(event, path, body).await;
    let holders = async || {
        let holders = testbed.admin.call(Method::GET, &format!("/events/{event}/holders"), None).await;
        holders.expect("answered")
    };
    let seen = wait::until("it is recorded", SOON, holders, |seen| seen["shoppers"][0]["holding"] == 1).await;
    assert_eq!((&seen["addresses"][0]["address"], &seen["addresses"][0]["holding"]), (&json!("127.0.0.1"), &json!(1)));
    let who = seen["shoppers"][0]["shopper_id"].clone();

    let next = ByHand::at(&door, event).await;
    for wrong in [json!({ "reason": "x" }), json!({ "address": "here", "reason": "x" }), json!({ "shopper_id": who })] {
        let refused = admin("put-aside", wrong.clone()).await.expect_err("refused").to_string();
        assert!(refused.contains("422"), "{wrong}: {refused}");
    }
    admin("put-aside", json!({ "address": "127.0.0.1", "reason": "scripts" })).await.expect("done");
    let attempt = next.enter(&door, "k", &wish(&sale)).await;
    let said = next.becomes(&door, &attempt, "standby").await;
    assert_eq!(said["behind"]["why"], "put_aside", "{said}");
    let until_ms = said["behind"]["until_ms"].as_u64().expect("a time");
    next.becomes(&door, &attempt, "reserved").await;
    assert!(clock::now().0 >= until_ms, "nobody else wanted it, and it has rested");

    admin("put-aside/end", json!({ "address": "127.0.0.1" })).await.expect("done");
    assert_eq!(holders().await["put_aside"], json!([]));
    drop(holder);
    testbed.end().await;
}

#[tokio::test]
async fn a_code_lets_in_as_many_as_it_may_however_it_is_written() {
    let testbed = patient().await;
    let door = testbed.base_urls[0].clone();
    let codes = vec![json!({ "code": "VIP-7", "uses_max": 2 }), json!("friends")];
    let sale = NewSale { hold_seconds: 60, access_codes: codes, ..NewSale::of_one(9) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let with = |code: &str| json!({ "sku": sale.items[0].sku, "quantity": 1, "access_code": code });
    let (first, reservation) = ByHand::holding(&door, event, &with(" vip-7 ")).await;
    ByHand::holding(&door, event, &with("VIP-7")).await;
    let third = ByHand::at(&door, event).await;
    let attempt = third.enter(&door, "k", &with("Vip-7")).await;
    let said = third.becomes(&door, &attempt, "refused").await;
    assert_eq!(said["reason"], "code_used_up", "{said}");
    for _ in 0..4 {
        ByHand::holding(&door, event, &with("friends")).await;
    }
    assert_eq!(first.give_back(&door, &reservation).await.0, StatusCode::ACCEPTED);
    first.becomes(&door, &reservation, "cancelled").await;
    let again = third.enter(&door, "k2", &with("vip-7")).await;
    third.becomes(&door, &again, "reserved").await;
    testbed.end().await;
}
