//! What organisers do before a sale opens: drafts that are not complete, taken back, deleted; who edits beside whom; and orders by name.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testbed::by_hand::ByHand;
use testbed::{NewSale, Testbed, unique, wait};
use uuid::Uuid;

use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// The admin API, with the versions that calls are meant for.
struct Desk<'t> {
    testbed: &'t Testbed,
    client: Client,
}

impl Desk<'_> {
    async fn send(&self, method: Method, path: &str, if_match: Option<&str>, body: Value) -> (StatusCode, Value) {
        let url = format!("{}/api/v1/admin{path}", self.testbed.base_urls[0]);
        let mut request = self.client.request(method, url).bearer_auth(&self.testbed.admin_token).json(&body);
        request = request.header("idempotency-key", unique("key"));
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        let answer = request.send().await.expect("answered");
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn product(&self, name: &str) -> String {
        let sku = unique("item");
        let product = json!({ "sku": sku, "name": name, "list_minor": 1_000, "currency": "EUR" });
        assert_eq!(self.send(Method::POST, "/products", None, product).await.0, StatusCode::CREATED);
        sku
    }

    /// What shoppers are told of a sale.
    async fn shown(&self, event: &str) -> StatusCode {
        let url = format!("{}/api/v1/sales/{event}", self.testbed.base_urls[0]);
        self.client.get(url).send().await.expect("answered").status()
    }

    async fn actions(&self, event: &str) -> Vec<String> {
        let (_, said) = self.send(Method::GET, &format!("/audit?subject={event}"), None, Value::Null).await;
        let entries = said["entries"].as_array().expect("entries").iter();
        entries.map(|entry| entry["action"].as_str().expect("an action").to_owned()).collect()
    }
}

fn empty_draft() -> Value {
    let at = |hours: i64| chrono::Utc::now() + chrono::Duration::hours(hours);
    json!({ "name": unique("draft"), "currency": "EUR", "opens_at": at(1), "closes_at": at(2), "time_zone": "Europe/Berlin",
        "hold_seconds": 60, "per_shopper_max": 2, "quantity_max": 2, "standby_max": 10 })
}

#[tokio::test]
async fn drafts_are_begun_completed_taken_back_and_deleted() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let desk = Desk { testbed: &testbed, client: Client::new() };
    let id = completed(&desk).await;
    taken_back_and_deleted(&desk, &id).await;
    not_while_anybody_waits(&desk).await;
    who_else_edits(&desk).await;
    testbed.end().await;
}

/// Saved without items; scheduled only once there are some. Returns the sale.
async fn completed(desk: &Desk<'_>) -> String {
    let mut draft = empty_draft();
    let (status, made) = desk.send(Method::POST, "/events", None, draft.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!((made["status"].as_str(), made["time_zone"].as_str()), (Some("draft"), Some("Europe/Berlin")));
    let id = made["id"].as_str().expect("an id").to_owned();
    let path = format!("/events/{id}");
    let (status, said) = desk.send(Method::POST, &format!("{path}/schedule"), None, json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
    assert!(said["detail"].as_str().expect("a detail").contains("items: 1 to"), "{said}");
    for (field, wrong) in [("time_zone", json!("Mars\\Base")), ("checkout_url", json!("ftp://nowhere"))] {
        let mut bad = draft.clone();
        bad[field] = wrong;
        assert_eq!(desk.send(Method::PUT, &path, Some("*"), bad).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
    }
    // Without the address of the checkout, too; but not once it is scheduled.
    draft["checkout"] = json!("handed_over");
    draft["items"] = json!([{ "sku": desk.product("A lamp").await, "allocation": 3 }]);
    draft["scheduled"] = json!(true);
    let (_, said) = desk.send(Method::PUT, &path, Some("*"), draft.clone()).await;
    assert!(said["detail"].as_str().expect("a detail").contains("checkout_url"), "{said}");
    draft["checkout"] = json!("reservation");
    draft["scheduled"] = json!(false);
    let (status, said) = desk.send(Method::PUT, &path, Some("*"), draft).await;
    assert_eq!((status, said["item_names"][0].as_str()), (StatusCode::OK, Some("A lamp")), "{said}");
    let (status, said) = desk.send(Method::POST, &format!("{path}/schedule"), None, json!({})).await;
    assert_eq!((status, said["status"].as_str()), (StatusCode::OK, Some("upcoming")), "{said}");
    id
}

async fn taken_back_and_deleted(desk: &Desk<'_>, id: &str) {
    let path = format!("/events/{id}");
    wait::until("shoppers find it", SOON, async || desk.shown(id).await, |said| *said == StatusCode::OK).await;
    assert_eq!(desk.send(Method::DELETE, &path, Some("*"), Value::Null).await.0, StatusCode::CONFLICT, "scheduled");
    let back = format!("{path}/back-to-draft");
    assert_eq!(desk.send(Method::POST, &back, None, json!({})).await.0, StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(desk.send(Method::POST, &back, Some("\"1\""), json!({})).await.0, StatusCode::PRECONDITION_FAILED);
    let (status, said) = desk.send(Method::POST, &back, Some("*"), json!({})).await;
    assert_eq!((status, said["status"].as_str()), (StatusCode::OK, Some("draft")), "{said}");
    let shown = async || desk.shown(id).await;
    wait::until("shoppers find it no longer", SOON, shown, |said| *said == StatusCode::NOT_FOUND).await;
    assert_eq!(desk.send(Method::DELETE, &path, Some("\"1\""), Value::Null).await.0, StatusCode::PRECONDITION_FAILED);
    // Whoever writes its line has yet to hear of it.
    let delete = async || desk.send(Method::DELETE, &path, Some("*"), Value::Null).await.0;
    wait::until("it is deleted", SOON, delete, |said| *said == StatusCode::NO_CONTENT).await;
    assert_eq!(desk.send(Method::GET, &path, None, Value::Null).await.0, StatusCode::NOT_FOUND);
    let actions = desk.actions(id).await;
    assert_eq!(actions[..2], ["event.delete", "event.back_to_draft"], "{actions:?}");
}

/// Not once somebody has asked to be told of it, nor once it has opened.
async fn not_while_anybody_waits(desk: &Desk<'_>) {
    let open = NewSale::of_one(3);
    let event = desk.testbed.admin.create(&open).await.expect("made");
    let back = format!("/events/{event}/back-to-draft");
    let (status, said) = desk.send(Method::POST, &back, Some("*"), json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{said}");

    let sku = desk.product("A bowl").await;
    let mut later = empty_draft();
    later["items"] = json!([{ "sku": sku, "allocation": 3 }]);
    later["scheduled"] = json!(true);
    let (_, made) = desk.send(Method::POST, "/events", None, later).await;
    let id: Uuid = made["id"].as_str().expect("an id").parse().expect("a UUID");
    let pool = desk.testbed.postgres().await.expect("postgres");
    sqlx::query(
        "INSERT INTO notification_subscriptions (id, event_id, shopper_id, channel, target, digest, language)
         VALUES ($1, $2, $3, 'mail', 'sealed', '', 'en')",
    )
    .bind(Uuid::now_v7())
    .bind(id)
    .bind(Uuid::now_v7())
    .execute(&pool)
    .await
    .expect("asked to be told");
    let (status, said) = desk.send(Method::POST, &format!("/events/{id}/back-to-draft"), Some("*"), json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{said}");
    assert!(said["detail"].as_str().expect("a detail").contains("asked to be told of it: 1"), "{said}");
    sqlx::query("DELETE FROM notification_subscriptions WHERE event_id = $1")
        .bind(id)
        .execute(&pool)
        .await
        .expect("over");
}

async fn who_else_edits(desk: &Desk<'_>) {
    let (_, draft) = desk.send(Method::POST, "/events", None, empty_draft()).await;
    let path = format!("/events/{}/editing", draft["id"].as_str().expect("an id"));
    let say = async |page: Uuid, leaves: bool| {
        let (status, said) = desk.send(Method::PUT, &path, None, json!({ "page": page, "leaves": leaves })).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        (said["others"].as_array().expect("others").len(), said)
    };
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(say(one, false).await.0, 0);
    let (count, said) = say(other, false).await;
    assert_eq!(
        (count, said["version"].as_i64(), said["changed"]["action"].as_str()),
        (1, Some(1), Some("event.create"))
    );
    assert_eq!(said["others"][0]["name"], said["changed"]["by"]);
    assert_eq!(say(other, true).await.0, 1);
    assert_eq!(say(one, false).await.0, 0, "who left is not there");
    // However many there are, so many are told of.
    for _ in 0..25 {
        say(Uuid::now_v7(), false).await;
    }
    assert_eq!(say(one, false).await.0, 19);
    let actions = desk.actions(draft["id"].as_str().expect("an id")).await;
    assert_eq!(actions, ["event.create"], "nothing of it is in the audit log");
}

/// Orders are found by words of what was bought and of what the sale is called, with and without accents.
#[tokio::test]
async fn orders_are_found_by_names() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let desk = Desk { testbed: &testbed, client: Client::new() };
    let mark = unique("x").replace('-', "");
    let mut sale = NewSale { name: format!("Soldes d’été {mark}"), ..NewSale::of_one(3) };
    sale.items[0].name = format!("Café-Crème {mark}");
    let event = testbed.admin.create(&sale).await.expect("made");
    let door = &testbed.base_urls[0];
    let (shopper, attempt) = ByHand::holding(door, event, &json!({ "sku": sale.items[0].sku, "quantity": 1 })).await;
    assert_eq!(shopper.pay(door, &attempt, "tok_ok").await.0, StatusCode::ACCEPTED);
    let found = async |q: &str| {
        let (_, said) = desk.send(Method::GET, &format!("/orders?q={q}"), None, Value::Null).await;
        said["orders"].as_array().expect("orders").clone()
    };
    wait::until("the order is there", SOON, async || found(&mark).await, |orders| orders.len() == 1).await;
    for q in ["cafe", "CRÈ", "creme%20caf", "ete%20sold", "été"] {
        let orders = found(&format!("{q}%20{mark}")).await;
        assert_eq!(orders.len(), 1, "{q}");
        assert_eq!(orders[0]["product_name"], sale.items[0].name.as_str());
    }
    assert!(found(&format!("tee%20{mark}")).await.is_empty());
    testbed.end().await;
}
