//! Every call of the admin API, by everybody.

use std::collections::BTreeSet;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{Testbed, unique};

const ROLES: [&str; 4] = ["viewer", "support", "manager", "owner"];
/// What each right is had by.
const RIGHTS: [(&str, &[&str]); 5] = [
    ("read", &["viewer", "support", "manager", "owner"]),
    ("read_buyers", &["support", "manager", "owner"]),
    ("refund", &["support", "owner"]),
    ("run", &["manager", "owner"]),
    ("own", &["owner"]),
];
/// The right that each call takes. A new call must be added here.
const CALLS: [(&str, &str, &str); 78] = [
    ("GET", "/products", "read"),
    ("POST", "/products", "run"),
    ("GET", "/products/{id}", "read"),
    ("PATCH", "/products/{id}", "run"),
    ("GET", "/products.csv", "read"),
    ("POST", "/products.csv", "run"),
    ("POST", "/pictures", "run"),
    ("GET", "/look", "read"),
    ("PUT", "/look", "run"),
    ("GET", "/look/colours", "read"),
    ("GET", "/series", "read"),
    ("POST", "/series", "run"),
    ("GET", "/series/{id}", "read"),
    ("PATCH", "/series/{id}", "run"),
    ("GET", "/events", "read"),
    ("POST", "/events", "run"),
    ("GET", "/events/{event}", "read"),
    ("PUT", "/events/{event}", "run"),
    ("DELETE", "/events/{event}", "run"),
    ("PUT", "/events/{event}/editing", "run"),
    ("POST", "/events/{event}/schedule", "run"),
    ("POST", "/events/{event}/back-to-draft", "run"),
    ("POST", "/events/{event}/pause", "run"),
    ("POST", "/events/{event}/resume", "run"),
    ("POST", "/events/{event}/stop", "run"),
    ("POST", "/events/{event}/restock", "run"),
    ("GET", "/events/{event}/figures", "read"),
    ("GET", "/events/{event}/history", "read"),
    ("GET", "/events/{event}/replay", "read"),
    ("GET", "/events/{event}/report", "read"),
    ("GET", "/events/{event}/report.csv", "read"),
    ("GET", "/events/{event}/holders", "run"),
    ("POST", "/events/{event}/put-aside", "run"),
    ("POST", "/events/{event}/put-aside/end", "run"),
    ("GET", "/orders", "read"),
    ("GET", "/orders.csv", "read_buyers"),
    ("GET", "/orders/{order}", "read"),
    ("POST", "/orders/{order}/refund", "refund"),
    ("POST", "/orders/{order}/put-back", "refund"),
    ("GET", "/orders/{order}/refunds", "read"),
    ("POST", "/orders/{order}/refunds/{refund}/retry", "refund"),
    ("GET", "/audit", "read"),
    ("GET", "/tokens", "own"),
    ("POST", "/tokens", "own"),
    ("DELETE", "/tokens/{id}", "own"),
    ("GET", "/people", "own"),
    ("POST", "/people", "own"),
    ("PATCH", "/people/{id}", "own"),
    ("POST", "/people/{id}/link", "own"),
    ("DELETE", "/people/{id}/link", "own"),
    ("GET", "/webhooks/endpoints", "read"),
    ("POST", "/webhooks/endpoints", "own"),
    ("GET", "/webhooks/endpoints/{id}", "read"),
    ("PATCH", "/webhooks/endpoints/{id}", "own"),
    ("DELETE", "/webhooks/endpoints/{id}", "own"),
    ("POST", "/webhooks/endpoints/{id}/test", "run"),
    ("POST", "/webhooks/endpoints/{id}/rotate", "own"),
    ("POST", "/webhooks/endpoints/{id}/resend", "run"),
    ("GET", "/webhooks/deliveries", "read"),
    ("GET", "/webhooks/deliveries/{id}", "read"),
    ("POST", "/webhooks/deliveries/{id}/resend", "run"),
    ("POST", "/account/password", "read"),
    ("POST", "/account/factor/look", "read"),
    ("POST", "/account/factor", "read"),
    ("POST", "/account/recovery-codes", "read"),
    ("GET", "/me", "read"),
    ("POST", "/session", "read"),
    ("DELETE", "/session", "read"),
    ("GET", "/currencies", "read"),
    ("GET", "/gateways", "read"),
    ("GET", "/participations", "read"),
    ("GET", "/machine-checks", "read"),
    ("PUT", "/events/{event}/invitations", "run"),
    ("DELETE", "/events/{event}/invitations", "run"),
    ("GET", "/health", "read"),
    ("GET", "/orders/{order}/buyer", "read_buyers"),
    ("DELETE", "/orders/{order}/buyer", "own"),
    ("DELETE", "/events/{event}/buyers", "own"),
];

/// Calls by which somebody comes in who is nobody yet: no token is looked at.
const ENTRANCES: [(&str, &str); 3] = [("POST", "/join/look"), ("POST", "/join"), ("POST", "/sign-in")];

#[tokio::test]
async fn every_admin_call_needs_its_role() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let (client, base) = (Client::new(), &testbed.base_urls[0]);
    let document: Value =
        client.get(format!("{base}/api/openapi.json")).send().await.expect("served").json().await.expect("JSON");
    let calls = CALLS.map(|(method, path, _)| (method, path)).into_iter().chain(ENTRANCES);
    assert_eq!(documented(&document), calls.map(|(method, path)| format!("{method} {path}")).collect());

    let shopper = Shopper::arrive(base).await;
    let mut tokens = Vec::new();
    for role in ROLES.into_iter().chain(["shop"]) {
        let name = testbed::unique(role);
        let made = testbed
            .admin
            .call(Method::POST, "/tokens", Some(json!({ "name": name, "role": role })))
            .await
            .expect("made");
        tokens.push((
            made["id"].as_str().expect("an id").to_owned(),
            made["token"].as_str().expect("a token").to_owned(),
        ));
    }
    let call = async |method: &str, path: &str, token: Option<&str>| {
        let path = path
            .replace("{id}", NOBODY)
            .replace("{event}", NOBODY)
            .replace("{order}", NOBODY)
            .replace("{refund}", NOBODY);
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = client.request(method, format!("{base}/api/v1/admin{path}")).header("idempotency-key", "k");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.json(&json!({})).send().await.expect("answered").status()
    };
    for (method, path, right) in CALLS {
        for stranger in [None, Some(""), Some("fl_0000"), Some(shopper.token.as_str())] {
            assert_eq!(call(method, path, stranger).await, StatusCode::UNAUTHORIZED, "{method} {path} by {stranger:?}");
        }
        let (_, shop) = tokens.last().expect("the shop's");
        assert_eq!(call(method, path, Some(shop)).await, StatusCode::FORBIDDEN, "{method} {path} by shop");
        for (rank, role) in ROLES.iter().enumerate() {
            let status = call(method, path, Some(&tokens[rank].1)).await;
            let (_, roles) = RIGHTS.iter().find(|(one, _)| *one == right).expect("a right");
            let may = roles.contains(role);
            assert_eq!(status != StatusCode::FORBIDDEN, may, "{method} {path} by {role}: {status}");
            assert!(
                status != StatusCode::UNAUTHORIZED && !status.is_server_error(),
                "{method} {path} by {role}: {status}"
            );
        }
    }
    for path in ["/me/orders", "/me/reservations"] {
        let asked = client.get(format!("{base}/api/v1{path}")).bearer_auth(&testbed.admin_token);
        assert_eq!(asked.send().await.expect("answered").status(), StatusCode::UNAUTHORIZED, "no admin is a shopper");
    }
    revoked_and_hashed(&testbed, &tokens, &call).await;
    testbed.end().await;
}

#[tokio::test]
async fn owners_who_revoke_each_other_at_once_leave_one() {
    let testbed = Testbed::builder().ingresses(2).start().await.expect("the system starts");
    let client = Client::new();
    for _ in 0..5 {
        let mut owners = Vec::new();
        for _ in 0..2 {
            let spec = json!({ "name": unique("owner"), "role": "owner" });
            let made = testbed.admin.call(Method::POST, "/tokens", Some(spec)).await.expect("made");
            let of = |field: &str| made[field].as_str().expect(field).to_owned();
            owners.push((of("id"), of("token")));
        }
        let revoke = async |door: usize, by: &str, id: &str| {
            let url = format!("{}/api/v1/admin/tokens/{id}", testbed.base_urls[door]);
            client.delete(url).bearer_auth(by).send().await.expect("answered").status()
        };
        let [(one, one_token), (other, other_token)] = &owners[..] else { panic!("two") };
        let said = tokio::join!(revoke(0, one_token, other), revoke(1, other_token, one));
        let one_is_left = (StatusCode::NO_CONTENT, StatusCode::UNAUTHORIZED);
        assert!(said == one_is_left || (said.1, said.0) == one_is_left, "{said:?}");
        // Whoever is not makes nobody who would be, at whichever door they are still known.
        let (door, left_over) = if said.0 == StatusCode::NO_CONTENT { (1, other_token) } else { (0, one_token) };
        let spec = json!({ "name": unique("owner"), "role": "owner" });
        let url = format!("{}/api/v1/admin/tokens", testbed.base_urls[door]);
        let asked = client.post(url).bearer_auth(left_over).json(&spec).send().await.expect("answered");
        assert_eq!(asked.status(), StatusCode::UNAUTHORIZED);
        // A door that has once found out does not believe them for what it remembers of them.
        let url = format!("{}/api/v1/admin/me", testbed.base_urls[door]);
        let asked = client.get(url).bearer_auth(left_over).send().await.expect("answered");
        assert_eq!(asked.status(), StatusCode::UNAUTHORIZED);
    }
    testbed.end().await;
}

/// A token that is revoked opens nothing any more, and none can be read from the database.
async fn revoked_and_hashed(
    testbed: &Testbed,
    tokens: &[(String, String)],
    call: &impl AsyncFn(&str, &str, Option<&str>) -> StatusCode,
) {
    let (id, token) = &tokens[0];
    assert_eq!(call("GET", "/health", Some(token)).await, StatusCode::OK);
    testbed.admin.call(Method::DELETE, &format!("/tokens/{id}"), None).await.expect("revoked");
    assert_eq!(call("GET", "/health", Some(token)).await, StatusCode::UNAUTHORIZED, "revoked");
    let pool = testbed.postgres().await.expect("postgres");
    let rows: Vec<String> =
        sqlx::query_scalar("SELECT t::text FROM api_tokens t UNION ALL SELECT a::text FROM audit_log a")
            .fetch_all(&pool)
            .await
            .expect("read");
    assert!(rows.len() > tokens.len());
    for secret in tokens.iter().map(|(_, token)| token).chain([&testbed.admin_token]) {
        assert!(!rows.iter().any(|row| row.contains(secret.trim_start_matches("fl_"))), "kept as a digest only");
    }
}

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

fn documented(document: &Value) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let Some(path) = path.strip_prefix("/api/v1/admin") else { continue };
        let methods = methods.as_object().expect("methods").keys().map(|method| method.to_uppercase());
        let methods = methods.filter(|method| ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()));
        calls.extend(methods.map(|method| format!("{method} {path}")));
    }
    calls
}
