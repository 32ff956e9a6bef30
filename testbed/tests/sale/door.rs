//! The HTTP door: double clicks, and input that nobody should send.

use reqwest::{Client, Method, StatusCode};
use sale::ids::ShopperId;
use sale::time::UnixMs;
use serde_json::{Value, json};
use session::{Audience, SessionKeys};
use testbed::by_hand::ByHand;
use testbed::{NewSale, Testbed};
use uuid::Uuid;

#[tokio::test]
async fn one_key_is_one_attempt_and_another_body_is_refused() {
    let testbed = Testbed::builder().ingresses(2).start().await.expect("the system starts");
    let [one, two] = testbed.base_urls.as_slice() else { panic!("two doors") };
    let sale = NewSale { per_shopper_max: 2, ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let shopper = ByHand::at(one, event).await;
    let wish = |quantity: u32| json!({ "sku": sale.items[0].sku, "quantity": quantity });
    let single = wish(1);
    let (first, second) = tokio::join!(shopper.enter(one, "a", &single), shopper.enter(one, "a", &single));
    assert_eq!(first, second, "a double click is one attempt");
    assert_eq!(shopper.enter(two, "a", &single).await, first, "at every door");
    shopper.becomes(one, &first, "reserved").await;
    let (status, problem) = shopper.click(one, "a", &wish(2)).await;
    assert_eq!((status, problem["type"].as_str()), (StatusCode::CONFLICT, Some("/problems/key_reused")));
    testbed.end().await;
}

#[tokio::test]
async fn nobody_reads_or_cancels_anothers_attempt() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let sale = NewSale::of_one(5);
    let event = testbed.admin.create(&sale).await.expect("created");
    let (client, base) = (Client::new(), &testbed.base_urls[0]);
    let (mine, other) = (session(&client, base).await, session(&client, base).await);
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let click = client.post(format!("{base}/api/v1/sales/{event}/attempts")).bearer_auth(&mine);
    let accepted: Value =
        click.header("idempotency-key", "k").json(&wish).send().await.expect("answered").json().await.expect("JSON");
    let attempt = accepted["attempt_id"].as_str().expect("accepted");
    for (method, path) in [
        (Method::GET, format!("attempts/{attempt}")),
        (Method::POST, format!("reservations/{attempt}/cancel")),
        (Method::POST, format!("reservations/{attempt}/payments")),
    ] {
        let request = client.request(method, format!("{base}/api/v1/sales/{event}/{path}")).bearer_auth(&other);
        let request = request.header("idempotency-key", "k2").json(&json!({ "card_token": "tok_ok" }));
        assert_eq!(request.send().await.expect("answered").status(), StatusCode::NOT_FOUND, "{path}");
    }
    testbed.end().await;
}

/// Every route of the API document, with input that is malformed, oversized or hostile: always a problem that
/// says what is wrong, never a failure of ours.
#[tokio::test]
async fn hostile_input_on_every_route_gets_a_problem() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let (client, base) = (Client::new(), testbed.base_urls[0].clone());
    let shopper = session(&client, &base).await;
    let document: Value =
        client.get(format!("{base}/api/openapi.json")).send().await.expect("served").json().await.expect("JSON");
    let hostile_ids =
        ["nonsense", "00000000-0000-0000-0000-000000000000", "%27%20OR%201%3D1%20--", "%00", "..%2f..%2fetc"];
    let bodies = [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        r#"{"quantity":-1,"sku":"' OR 1=1 --"}"#.to_owned(),
        r#"{"quantity":99999999999999999999999,"sku":"\u0000"}"#.to_owned(),
        format!("{}{}", "[".repeat(20_000), "]".repeat(20_000)),
        format!(r#"{{"sku":"{}"}}"#, "x".repeat(400_000)),
    ];
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            for (id, body) in hostile_ids.iter().cycle().zip(&bodies) {
                let mut url = path.clone();
                while let (Some(open), Some(close)) = (url.find('{'), url.find('}')) {
                    url.replace_range(open..=close, id);
                }
                for token in ["", "nonsense", &shopper, &testbed.admin_token] {
                    let request = client
                        .request(method.clone(), format!("{base}{url}"))
                        .header("authorization", format!("Bearer {token}"))
                        .header("content-type", "application/json")
                        .header("idempotency-key", id.to_string())
                        .body(body.clone());
                    // The server may close on a body that is too large before all of it is sent.
                    let Ok(answer) = request.send().await else { continue };
                    asked += 1;
                    let status = answer.status();
                    let kind = answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("");
                    assert!(!status.is_server_error(), "{method} {url} with {token:.8}: {status}");
                    assert!(
                        !status.is_client_error() || kind.starts_with("application/problem+json"),
                        "{method} {url} with {token:.8}: {status} is {kind}"
                    );
                }
            }
        }
    }
    assert!(asked > 500, "the document names many routes: {asked}");
    testbed.end().await;
}

#[tokio::test]
async fn a_session_goes_on_after_its_end_as_the_same_shopper() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let (client, base) = (Client::new(), &testbed.base_urls[0]);
    let keys = SessionKeys::parse(&testbed.session_key.clone().into()).expect("the keys of the stack");
    let (shopper, now) = (ShopperId(Uuid::now_v7()), clock::now());
    let ended =
        |ago_s: u64, audience| keys.issue(shopper, audience, UnixMs(now.0 - (ago_s + 60) * 1_000), 60).expect("issued");
    let ask = async |path: &str, token: &str| {
        let answer = client.post(format!("{base}/api/v1/{path}")).bearer_auth(token).send().await.expect("answered");
        (answer.status(), answer.json::<Value>().await.expect("JSON"))
    };
    let token = ended(3_600, Audience::Shop);
    let (status, problem) = ask("socket-tickets", &token).await;
    assert_eq!((status, problem["type"].as_str()), (StatusCode::UNAUTHORIZED, Some("/problems/token_expired")));
    let (status, renewed) = ask("sessions/renew", &token).await;
    assert_eq!(status, StatusCode::CREATED, "{renewed}");
    assert_eq!(renewed["shopper_id"], json!(shopper.0), "nobody else");
    assert!(renewed["expires_at_ms"].as_u64() > renewed["server_time_ms"].as_u64(), "{renewed}");
    let (status, _) = ask("socket-tickets", renewed["token"].as_str().expect("a token")).await;
    assert_eq!(status, StatusCode::CREATED);

    for refused in [ended(31 * 86_400, Audience::Shop), ended(0, Audience::Socket), "none".to_owned()] {
        let (status, problem) = ask("sessions/renew", &refused).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{problem}");
    }
    testbed.end().await;
}

#[tokio::test]
async fn the_list_is_sent_compressed_and_only_when_it_has_changed() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let (client, url) = (Client::new(), format!("{}/api/v1/sales", testbed.base_urls[0]));
    for _ in 0..5 {
        testbed.admin.create(&NewSale { opens_in_ms: 60_000, ..NewSale::of_one(5) }).await.expect("created");
    }
    let ask =
        async |name: &'static str, value: &str| client.get(&url).header(name, value).send().await.expect("answered");
    let packed = ask("accept-encoding", "gzip").await;
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let packed = packed.bytes().await.expect("all of it").len();
    // Sales of others may still be moving.
    let mut tries = 0;
    let tag = loop {
        let plain = ask("accept", "application/json").await;
        let tag = plain.headers()["etag"].to_str().expect("text").to_owned();
        let plain = plain.bytes().await.expect("all of it").len();
        assert!(packed * 2 < plain, "{packed} bytes of {plain}");
        let known = ask("if-none-match", &tag).await;
        if known.status() == StatusCode::NOT_MODIFIED {
            assert_eq!(known.bytes().await.expect("nothing").len(), 0);
            break tag;
        }
        tries += 1;
        assert!(tries < 20, "the list changes all the time");
    };
    testbed.admin.create(&NewSale::of_one(5)).await.expect("created");
    assert_eq!(ask("if-none-match", &tag).await.status(), StatusCode::OK, "one more");
    testbed.end().await;
}

async fn session(client: &Client, base: &str) -> String {
    let session = client.post(format!("{base}/api/v1/sessions")).send().await.expect("answered");
    session.json::<Value>().await.expect("JSON")["token"].as_str().expect("a token").to_owned()
}
