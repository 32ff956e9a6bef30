//! The list of orders, and their export.

use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{NewSale, Testbed, unique};

use super::admin;

/// Orders that are made at one go, more than an export reads at once.
const MANY: i32 = 2_500;

async fn orders(testbed: &Testbed, event: EventId, more: &str) -> Vec<String> {
    let path = format!("/orders?event={event}{more}");
    let listed = testbed.admin.call(Method::GET, &path, None).await.expect("listed");
    let orders = listed["orders"].as_array().expect("orders").iter();
    orders.map(|order| order["order_id"].as_str().expect("an id").to_owned()).collect()
}

/// Each by a new shopper, one after the other; returns the orders' ids in that order.
async fn order_some(testbed: &Testbed, event: EventId, sale: &NewSale, count: usize) -> Vec<String> {
    let mut made = Vec::new();
    for _ in 0..count {
        let shopper = Shopper::arrive(&testbed.base_urls[0]).await;
        let attempt = shopper.click(event, sale, "click").await;
        let seen = shopper.waits_for(event, &attempt, "ordered", |seen| seen["order"]["state"] == "pending").await;
        made.push(seen["order"]["order_id"].as_str().expect("an id").to_owned());
    }
    made
}

#[tokio::test]
async fn orders_come_newest_first_and_a_new_one_is_never_on_a_later_page() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale { checkout: "direct_order", hold_seconds: 120, ..NewSale::of_one(50) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let mut made = order_some(&testbed, event, &sale, 9).await;
    made.reverse();
    assert_eq!(orders(&testbed, event, "").await, made, "the latest first");

    let mut seen = orders(&testbed, event, "&limit=3").await;
    while let Some(last) = seen.last().cloned() {
        order_some(&testbed, event, &sale, 1).await; // while somebody turns the pages
        let page = orders(&testbed, event, &format!("&limit=3&before={last}")).await;
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, made, "page by page the same, whatever comes in between");

    let (status, told) = admin(&testbed, Method::GET, &format!("/orders?before={}", event.0), "-", Value::Null).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "no such order: {told}");
    testbed.end().await;
}

#[tokio::test]
async fn an_export_has_as_many_orders_as_were_asked_for_and_otherwise_all() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale { checkout: "direct_order", hold_seconds: 120, ..NewSale::of_one(50) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let first = order_some(&testbed, event, &sale, 3).await;
    // Many more of the same moment, as of a rush.
    let pool = testbed.postgres().await.expect("postgres");
    sqlx::query(
        "WITH made AS (
           INSERT INTO reservations (id, event_id, item_no, shopper_id, quantity, state, answer, answered_seq, changed_seq,
                                     answered_at)
           SELECT gen_random_uuid(), $1, 0, gen_random_uuid(), 1, 'cancelled', '{}', 1, 1, now()
           FROM generate_series(1, $2) RETURNING id, shopper_id)
         INSERT INTO orders (id, number, event_id, reservation_id, shopper_id, sku, quantity, total_minor, currency, state)
         SELECT gen_random_uuid(), $3 || nextval('order_numbers'), $1, id, shopper_id, 'x', 1, 1, 'EUR', 'cancelled' FROM made",
    )
    .bind(event.0)
    .bind(MANY)
    .bind(unique("order"))
    .execute(&pool)
    .await
    .expect("made");
    let export = async |more: &str| {
        let (status, text) =
            admin(&testbed, Method::GET, &format!("/orders.csv?event={event}{more}"), "-", json!(null)).await;
        let text = text.as_str().map(str::to_owned).unwrap_or_default();
        let mut rows = text.lines().map(|line| line.split(','));
        let at = rows.next().and_then(|mut heads| heads.position(|head| head == "order_id"));
        (status, rows.filter_map(|mut cells| cells.nth(at?).map(str::to_owned)).collect::<Vec<_>>())
    };
    let (status, all) = export("").await;
    assert_eq!((status, all.len()), (StatusCode::OK, 3 + MANY as usize));
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len(), "each once");
    assert_eq!(all[MANY as usize..].iter().rev().collect::<Vec<_>>(), first.iter().collect::<Vec<_>>());
    for limit in [1, 4, 1_000, 1_001, 2_503, 9_999] {
        let (_, some) = export(&format!("&limit={limit}")).await;
        assert_eq!(some, all[..limit.min(all.len())], "limit={limit}");
    }
    let (_, rest) = export(&format!("&before={}&limit=2", all[MANY as usize - 1])).await;
    assert_eq!(rest, all[MANY as usize..][..2]);
    assert_eq!(export("&limit=0").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    testbed.end().await;
}
