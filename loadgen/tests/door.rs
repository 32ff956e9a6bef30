//! The HTTP door: double clicks, and input that nobody should send.

mod support;

use loadgen::api::NewSale;
use loadgen::stack::Replicas;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use support::Scene;
use support::by_hand::ByHand;

#[tokio::test]
async fn one_key_is_one_attempt_and_another_body_is_refused() {
    let scene = Scene::start(Replicas { ingress: 2, ..Replicas::default() }).await;
    let [one, two] = scene.stack.base_urls.as_slice() else { panic!("two doors") };
    let sale = NewSale { per_shopper_max: 2, ..NewSale::of_one(10) };
    let event = scene.admin.create(&sale).await.expect("created");
    let shopper = ByHand::at(one, event).await;
    let wish = |quantity: u32| json!({ "sku": sale.items[0].sku, "quantity": quantity });
    let single = wish(1);
    let (first, second) = tokio::join!(shopper.enter(one, "a", &single), shopper.enter(one, "a", &single));
    assert_eq!(first, second, "a double click is one attempt");
    assert_eq!(shopper.enter(two, "a", &single).await, first, "at every door");
    shopper.becomes(one, &first, "reserved").await;
    let (status, problem) = shopper.click(one, "a", &wish(2)).await;
    assert_eq!((status, problem["type"].as_str()), (StatusCode::CONFLICT, Some("/problems/key_reused")));
    scene.end().await;
}

#[tokio::test]
async fn nobody_reads_or_cancels_anothers_attempt() {
    let scene = Scene::start(Replicas::default()).await;
    let sale = NewSale::of_one(5);
    let event = scene.admin.create(&sale).await.expect("created");
    let (client, base) = (Client::new(), &scene.stack.base_urls[0]);
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
    scene.end().await;
}

/// Every route of the API document, with input that is malformed, oversized or hostile: always a problem that
/// says what is wrong, never a failure of ours.
#[tokio::test]
async fn hostile_input_on_every_route_gets_a_problem() {
    let scene = Scene::start(Replicas::default()).await;
    let (client, base) = (Client::new(), scene.stack.base_urls[0].clone());
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
                for token in ["", "nonsense", &shopper, &scene.stack.admin_token] {
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
    scene.end().await;
}

async fn session(client: &Client, base: &str) -> String {
    let session = client.post(format!("{base}/api/v1/sessions")).send().await.expect("answered");
    session.json::<Value>().await.expect("JSON")["token"].as_str().expect("a token").to_owned()
}
