//! What organisers find out about orders: which there are, what happened to one, and who did it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testbed::{NewSale, Testbed, unique};

use super::{Buyer, admin, listed, refund, refund_is, unhurried};

async fn found(testbed: &Testbed, query: &str) -> Vec<Value> {
    let path = format!("/orders?limit=200&{query}");
    let page = testbed.admin.call(Method::GET, &path, None).await.expect("listed");
    page["orders"].as_array().expect("orders").iter().map(|order| order["number"].clone()).collect()
}

#[tokio::test]
async fn an_order_is_found_by_what_people_have_of_it_and_by_nothing_else() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = unhurried(5);
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_ok" })).await;
    let number = buyer.order(event, "paid").await["number"].as_str().expect("a number").to_owned();
    let other = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_ok" })).await;
    let another = other.order(event, "paid").await["number"].clone();

    let whole = [number.clone(), number.to_lowercase(), number.trim_start_matches("FL-").to_owned()];
    for q in whole.iter().chain([&buyer.attempt]) {
        assert_eq!(found(&testbed, &format!("q={q}")).await, [json!(number)], "{q}");
    }
    let sku = &sale.items[0].sku;
    for q in [&number[..number.len() - 2], sku] {
        let all = found(&testbed, &format!("q={q}&event={event}")).await;
        assert_eq!(all, [another.clone(), json!(number)], "{q}: the latest first");
    }
    let first = testbed.admin.call(Method::GET, &format!("/orders?q={sku}&limit=1"), None).await.expect("listed");
    let last = first["orders"][0]["order_id"].as_str().expect("an id");
    assert_eq!(found(&testbed, &format!("q={sku}&before={last}")).await, [json!(number)], "page by page");
    for nothing in
        [format!("q={sku}x"), format!("q={sku}&state=failed"), "q=%25".to_owned(), "q=%27%3A*%20%7C".to_owned()]
    {
        assert_eq!(found(&testbed, &nothing).await, [] as [Value; 0], "{nothing}");
    }

    // By when it was made.
    let made = listed(&testbed, &json!({ "number": number }), "listed", |_| true).await["created_at"].clone();
    let made = made.as_str().expect("a time").to_owned();
    assert_eq!(found(&testbed, &format!("event={event}&from={made}")).await, [another.clone(), json!(number)]);
    assert!(!found(&testbed, &format!("event={event}&until={made}")).await.contains(&another));
    for (wrong, why) in [
        (format!("from={made}&until={made}"), "until: after from"),
        ("from=tomorrow".to_owned(), "with its zone"),
        ("state=lost".to_owned(), "state: one of"),
        ("colour=red".to_owned(), "colour"),
    ] {
        let (status, said) = admin(&testbed, Method::GET, &format!("/orders?{wrong}"), "-", Value::Null).await;
        assert!(
            status.is_client_error() && said["type"].is_string() && said.to_string().contains(why),
            "{wrong}: {said}"
        );
    }
    testbed.end().await;
}

#[tokio::test]
async fn an_order_tells_what_happened_to_it_and_the_audit_log_who_did_it() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale { name: unique("lamps"), ..unhurried(5) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let buyer = Buyer::pays(&testbed, event, &sale, json!({ "card_token": "tok_declined" })).await;
    buyer.payment(event, "declined").await;
    let (status, said) = buyer.shopper.pay(event, &buyer.attempt, json!({ "card_token": "tok_ok" })).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{said}");
    let order = buyer.order(event, "paid").await;
    let total = order["total_minor"].as_i64().expect("a sum");
    let body = json!({ "reason": "a dent", "amount_minor": 100 });
    let (_, asked) = refund(&testbed, &order, &unique("refund"), body).await;
    let listed_as = refund_is(&testbed, &order, "refunded").await;
    let id = listed_as["order_id"].as_str().expect("an id");
    let path = format!("/orders/{id}/put-back");
    let (status, said) = admin(&testbed, Method::POST, &path, "-", json!({ "reason": "still good" })).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{said}");
    listed(&testbed, &order, "put back", |shown| shown["put_back"] == "done").await;

    let shown = testbed.admin.call(Method::GET, &format!("/orders/{id}"), None).await.expect("shown");
    assert_eq!((&shown["number"], &shown["event_name"]), (&order["number"], &json!(sale.name)), "{shown}");
    let lines = shown["lines"].as_array().expect("lines").iter();
    let sum: i64 =
        lines.map(|line| line["units"].as_i64().unwrap_or(0) * line["unit_minor"].as_i64().unwrap_or(0)).sum();
    assert_eq!((sum, &shown["gateway"], &shown["checkout"]), (total, &json!("sandbox"), &json!("reservation")));
    let entries = shown["timeline"].as_array().expect("entries");
    let what: Vec<&str> = entries.iter().map(|entry| entry["what"].as_str().expect("a word")).collect();
    let expected = [
        "reserved",
        "payment_begun",
        "payment_declined",
        "payment_begun",
        "payment_captured",
        "refund_asked",
        "refund_refunded",
        "put_back_asked",
        "put_back_told",
        "put_back",
    ];
    assert_eq!(what, expected, "{shown}");
    let times: Vec<&str> = entries.iter().map(|entry| entry["at"].as_str().expect("a time")).collect();
    assert!(times.is_sorted(), "{times:?}");
    let refunded = &entries[5];
    assert_eq!((&refunded["why"], &refunded["put_back"]), (&json!("a dent"), &json!(false)), "as it was asked for");
    assert!(refunded["by"].is_string() && refunded["id"] == asked["refund_id"], "{refunded}");
    let (status, _) = admin(&testbed, Method::GET, &format!("/orders/{event}"), "-", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "no order");

    // What was done to an order is about its sale, under the names that people know.
    let restock = json!({ "sku": sale.items[0].sku, "units": 3 });
    testbed.admin.call(Method::POST, &format!("/events/{event}/restock"), Some(restock)).await.expect("restocked");
    let log = async |query: &str| {
        let log = testbed.admin.call(Method::GET, &format!("/audit?limit=200&{query}"), None).await.expect("listed");
        log["entries"].as_array().expect("entries").clone()
    };
    let all = log(&format!("event={event}")).await;
    let actions: Vec<&Value> = all.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["event.restock", "order.put_back", "order.refund", "event.create"]);
    assert!(all.iter().all(|entry| entry["event_name"] == json!(sale.name) && entry["event_id"] == json!(event)));
    assert_eq!((&all[2]["subject_name"], &all[2]["detail"]["currency"]), (&order["number"], &json!("EUR")));
    let field = format!("items[{}].allocation", sale.items[0].sku);
    assert_eq!(all[0]["detail"]["changes"], json!([{ "field": field, "before": 5, "after": 8 }]));
    let of_orders = log(&format!("event={event}&action=order")).await;
    assert_eq!(of_orders, all[1..3]);
    assert_eq!(log(&format!("event={event}&action=order.refund")).await, all[2..3]);
    let actor = all[0]["actor"].as_str().expect("a name");
    assert_eq!(log(&format!("event={event}&actor={}", &actor.to_uppercase()[..3])).await, all, "whatever the letters");
    assert!(log(&format!("event={event}&actor={actor}x")).await.is_empty());
    let at = all[1]["at"].as_str().expect("a time");
    assert_eq!(log(&format!("event={event}&from={at}")).await, all[..2]);
    assert_eq!(log(&format!("event={event}&until={at}")).await, all[2..]);
    for wrong in [format!("from={at}&until={at}"), "event=x".to_owned(), "action=".to_owned(), "who=me".to_owned()] {
        let (status, said) = admin(&testbed, Method::GET, &format!("/audit?{wrong}"), "-", Value::Null).await;
        assert!(status.is_client_error() && said["type"].is_string(), "{wrong}: {said}");
    }
    testbed.end().await;
}
