//! Sales for those who are invited: nobody else gets into the line, whoever the organiser's list names does, at every door.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{NewSale, Server, Shop, Testbed, unique, wait};

/// Within so long every door goes by a list that was uploaded.
const HEARD_WITHIN: Duration = Duration::from_secs(2);
/// The longest list, by a door that was not optimised, on a busy machine.
const READ_WITHIN: Duration = Duration::from_secs(60);

async fn sends(testbed: &Testbed, method: Method, event: EventId, csv: Option<String>) -> (StatusCode, Value) {
    sends_at(&testbed.base_urls[0], testbed, method, event, csv).await
}

async fn sends_at(
    base: &str,
    testbed: &Testbed,
    method: Method,
    event: EventId,
    csv: Option<String>,
) -> (StatusCode, Value) {
    let url = format!("{base}/api/v1/admin/events/{event}/invitations");
    let request = Client::new().request(method, url).bearer_auth(&testbed.admin_token);
    let request = match csv {
        Some(csv) => request.header("content-type", "text/csv; charset=utf-8").body(csv),
        None => request,
    };
    let answer = request.send().await.expect("answered");
    (answer.status(), answer.json().await.unwrap_or_default())
}

async fn invites(testbed: &Testbed, event: EventId, csv: &str) -> Value {
    let (status, said) = sends(testbed, Method::PUT, event, Some(csv.to_owned())).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    said["invited_count"].clone()
}

/// Clicks, each time anew: what the door says, `in_line` for who is let in.
async fn clicks(shopper: &Shopper, door: &str, event: EventId, sale: &NewSale) -> String {
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let path = format!("/sales/{event}/attempts");
    let (_, said) = shopper.ask_at(door, Method::POST, &path, &unique("k"), wish).await;
    let word = said["state"].as_str().or(said["type"].as_str()).unwrap_or_default();
    word.trim_start_matches("/problems/").to_owned()
}

async fn soon(shopper: &Shopper, door: &str, event: EventId, sale: &NewSale, word: &str) {
    let click = async || clicks(shopper, door, event, sale).await;
    wait::until(&format!("{door} says {word}"), HEARD_WITHIN, click, |said| said == word).await;
}

#[tokio::test]
async fn the_door_lets_in_whom_the_list_names_and_nobody_else() {
    let shop = Shop::open();
    let builder = Testbed::builder().ingresses(2).with_mail().setting("FLASHLINE_UNDECIDED_MAX", "0");
    let testbed = shop.believed_by(builder).start().await.expect("the system starts");
    let doors = testbed.base_urls.as_slice();
    let sale = NewSale { participation: "email", per_shopper_max: 1_000, ..NewSale::of_one(10_000) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let address = format!("{}@example.org", unique("anna"));
    Shopper::asks_for_code(&doors[0], &address).await;
    let code = testbed.mail.as_ref().expect("mail").nth_code_to(&address, 1).await;
    let (_, session) = Shopper::confirms(&doors[0], &address, &code).await;
    let anna = Shopper::confirmed(&doors[0], &session);
    let (ben, eve) = (unique("ben"), unique("eve"));
    let (ben, eve) = (
        (Shopper::signs_in(&doors[0], &shop.token(&ben)).await.0, ben),
        (Shopper::signs_in(&doors[1], &shop.token(&eve)).await.0, eve),
    );
    // An address is invited however it is written.
    let csv = format!("E-Mail\r\n {} \r\n{}\r\n{}\r\n", address.to_uppercase(), ben.1, ben.1);
    assert_eq!(invites(&testbed, event, &csv).await, 2);
    for door in doors {
        soon(&eve.0, door, event, &sale, "not_invited").await;
        for invited in [&anna, &ben.0] {
            assert_eq!(clicks(invited, door, event, &sale).await, "in_line");
        }
        assert_eq!(clicks(&Shopper::arrive(door).await, door, event, &sale).await, "sign_in_required");
    }
    let (_, shown) = eve.0.read(&format!("/sales/{event}")).await;
    assert_eq!(shown["invited_only"], true);

    // Another list in its place, in the middle of the sale: true at both doors, and what was let in stays.
    let held = ben.0.click(event, &sale, "before").await;
    ben.0.sees(event, &held, "reserved").await;
    assert_eq!(invites(&testbed, event, &eve.1).await, 1);
    for door in doors {
        soon(&eve.0, door, event, &sale, "in_line").await;
        soon(&ben.0, door, event, &sale, "not_invited").await;
    }
    ben.0.sees(event, &held, "reserved").await;
    assert_eq!(ben.0.click(event, &sale, "before").await, held, "the same click has its answer");

    // Without a list, whoever the sale admits.
    let (status, said) = sends(&testbed, Method::DELETE, event, None).await;
    assert_eq!((status, &said["invited_count"]), (StatusCode::OK, &Value::Null), "{said}");
    for door in doors {
        soon(&ben.0, door, event, &sale, "in_line").await;
    }
    assert_eq!(sends(&testbed, Method::DELETE, event, None).await.0, StatusCode::NOT_FOUND);
    let audit = testbed.admin.call(Method::GET, "/audit", None).await.expect("listed");
    let written: Vec<_> = audit["entries"].as_array().expect("entries").iter().map(|entry| &entry["action"]).collect();
    assert!(written.contains(&&json!("event.invite")) && written.contains(&&json!("event.uninvite")), "{audit}");

    // Also while nobody can tell what was answered before.
    invites(&testbed, event, &eve.1).await;
    soon(&ben.0, &doors[0], event, &sale, "not_invited").await;
    testbed.servers.kill(Server::Redis).await.expect("killed");
    assert_eq!(clicks(&ben.0, &doors[0], event, &sale).await, "not_invited");
    assert_eq!(clicks(&eve.0, &doors[0], event, &sale).await, "in_line");
    testbed.servers.start(Server::Redis).await.expect("back");

    // Neither names nor their ids are anywhere in the list.
    invites(&testbed, event, &format!("{address}\n{}\n", eve.1)).await;
    let pool = testbed.postgres().await.expect("postgres");
    let digests: Vec<u8> = sqlx::query_scalar("SELECT digests FROM invitation_lists WHERE event_id = $1")
        .bind(event.0)
        .fetch_one(&pool)
        .await
        .expect("a list");
    let id: uuid::Uuid = session["shopper_id"].as_str().expect("an id").parse().expect("a UUID");
    assert_eq!(digests.len(), 3 * 16, "two people, and the key's own");
    assert!(!digests.windows(16).any(|part| part == id.as_bytes()));
    testbed.end().await;
}

#[tokio::test]
async fn a_list_is_taken_whole_or_not_at_all() {
    let testbed = Testbed::builder().with_mail().behind_edge().start().await.expect("the system starts");
    let sale = NewSale { participation: "email", ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (status, said) =
        sends(&testbed, Method::PUT, event, Some("Email Address\nanna@example.org\n".to_owned())).await;
    assert_eq!((status, &said["invited_count"]), (StatusCode::OK, &json!(1)), "{said}");
    assert_eq!((&said["invited_by_address"], &said["invited_as_customer"]), (&json!(1), &json!(0)), "{said}");
    let csv = "email\nanna@example.org\nanna\nben@\na@example.org,b@example.org\n";
    let (status, said) = sends(&testbed, Method::PUT, event, Some(csv.to_owned())).await;
    let lines: Vec<_> =
        said["errors"].as_array().expect("errors").iter().map(|error| error["field"].as_str()).collect();
    assert_eq!(
        (status, lines),
        (StatusCode::UNPROCESSABLE_ENTITY, ["line 3", "line 4", "line 5"].map(Some).to_vec()),
        "{said}"
    );
    assert!(!said.to_string().contains("ben@"), "what was typed is not repeated");
    let shown = testbed.admin.call(Method::GET, &format!("/events/{event}"), None).await.expect("shown");
    assert_eq!(shown["invited_count"], 1, "the list before stays");

    // As long as lists may be, through nginx. A door that was not optimised may need longer than it may take to answer; the list
    // is taken all the same.
    let many: String = (0..200_000).map(|number| format!("customer-{number}@example.org\n")).collect();
    let (status, said) = sends_at(&testbed.edge_url(), &testbed, Method::PUT, event, Some(many)).await;
    assert!([StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE].contains(&status), "{status}: {said}");
    let path = format!("/events/{event}");
    let look = async || testbed.admin.call(Method::GET, &path, None).await.expect("shown")["invited_count"].clone();
    wait::until("the list is taken", READ_WITHIN, look, |count| *count == 200_000).await;

    // A sale for anyone has no list, and one with a list is for those that the list was made for.
    let open = testbed.admin.create(&NewSale::of_one(1)).await.expect("created");
    assert_eq!(sends(&testbed, Method::PUT, open, Some("a@example.org".to_owned())).await.0, StatusCode::CONFLICT);
    let json = Client::new()
        .put(format!("{}/api/v1/admin/events/{event}/invitations", testbed.base_urls[0]))
        .bearer_auth(&testbed.admin_token)
        .json(&json!({}));
    assert_eq!(json.send().await.expect("answered").status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    testbed
        .admin
        .call(Method::POST, &format!("/events/{event}/stop"), Some(json!({ "reason": "over" })))
        .await
        .expect("stopped");
    let (status, said) = sends(&testbed, Method::PUT, event, Some("a@example.org".to_owned())).await;
    assert_eq!(status, StatusCode::CONFLICT, "{said}");
    testbed.end().await;
}
