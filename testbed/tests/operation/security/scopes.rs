//! API tokens that may do less than their role, or are for one sale: what they may not do, by whichever way, and whom they let have how much.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testbed::{NewSale, Testbed, unique};

/// Whoever has a token.
struct Holder<'t> {
    client: Client,
    base: &'t str,
    token: String,
}

impl<'t> Holder<'t> {
    /// Of a token that an owner makes.
    async fn of(testbed: &'t Testbed, spec: Value) -> Self {
        let made = testbed.admin.call(Method::POST, "/tokens", Some(named(spec))).await.expect("made");
        let token = made["token"].as_str().expect("a token").to_owned();
        Self { client: Client::new(), base: &testbed.base_urls[0], token }
    }

    async fn calls(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let asked = self.client.request(method, format!("{}/api/v1/{path}", self.base)).bearer_auth(&self.token);
        let answer = asked.json(&body).send().await.expect("answered");
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn gets(&self, path: &str) -> StatusCode {
        self.calls(Method::GET, path, json!({})).await.0
    }

    async fn makes(&self, spec: Value) -> StatusCode {
        self.calls(Method::POST, "admin/tokens", named(spec)).await.0
    }
}

fn named(mut spec: Value) -> Value {
    spec["name"] = json!(unique("token"));
    spec
}

#[tokio::test]
async fn a_token_with_some_of_its_roles_rights_has_no_other_and_lets_nobody_have_more() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    for beyond in [json!({ "role": "viewer", "rights": ["run"] }), json!({ "role": "owner", "rights": [] })] {
        let refused = testbed.admin.call(Method::POST, "/tokens", Some(named(beyond))).await;
        assert!(refused.expect_err("not of the role").to_string().contains("rights:"));
    }
    let refunds = Holder::of(&testbed, json!({ "role": "support", "rights": ["refund"] })).await;
    let (status, me) = refunds.calls(Method::GET, "admin/me", json!({})).await;
    assert_eq!((status, &me["role"], &me["rights"]), (StatusCode::OK, &json!("support"), &json!(["refund"])));
    let nobodys = "00000000-0000-0000-0000-000000000000";
    let (status, said) = refunds.calls(Method::GET, "admin/orders", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(said["detail"].as_str().is_some_and(|why| why.contains("refund") && why.contains("read")), "{said}");
    assert_eq!(refunds.gets("admin/orders.csv").await, StatusCode::FORBIDDEN);
    let (status, _) = refunds.calls(Method::POST, &format!("admin/orders/{nobodys}/refund"), json!({})).await;
    assert_ne!(status, StatusCode::FORBIDDEN, "it may pay back");
    assert_eq!(refunds.calls(Method::POST, "admin/session", json!({})).await.0, StatusCode::FORBIDDEN);

    // Whoever may say who may do what, and nothing else, does not become an owner by it: by no token, no invitation and no link.
    let keeper = Holder::of(&testbed, json!({ "role": "owner", "rights": ["read", "own"] })).await;
    assert_eq!(keeper.makes(json!({ "role": "viewer" })).await, StatusCode::CREATED);
    assert_eq!(keeper.makes(json!({ "role": "owner", "rights": ["own", "read"] })).await, StatusCode::CREATED);
    for more in [
        json!({ "role": "owner" }),
        json!({ "role": "support" }),
        json!({ "role": "shop" }),
        json!({ "role": "owner", "rights": ["own", "run"] }),
    ] {
        assert_eq!(keeper.makes(more.clone()).await, StatusCode::FORBIDDEN, "{more}");
    }
    let person =
        |role: &str| json!({ "name": unique("Ben"), "email": format!("{}@example.org", unique("ben")), "role": role });
    let (status, _) = keeper.calls(Method::POST, "admin/people", person("owner")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, viewer) = keeper.calls(Method::POST, "admin/people", person("viewer")).await;
    assert_eq!(status, StatusCode::CREATED, "{viewer}");
    let at = format!("admin/people/{}", viewer["id"].as_str().expect("an id"));
    assert_eq!(keeper.calls(Method::PATCH, &at, json!({ "role": "owner" })).await.0, StatusCode::FORBIDDEN);
    let owner = testbed.admin.call(Method::POST, "/people", Some(person("owner"))).await.expect("invited");
    let at = format!("admin/people/{}/link", owner["id"].as_str().expect("an id"));
    assert_eq!(keeper.calls(Method::POST, &at, json!({})).await.0, StatusCode::FORBIDDEN, "they would be that owner");

    // Nor does it outlast itself.
    let soon = chrono::Utc::now() + chrono::TimeDelta::hours(1);
    let brief = Holder::of(&testbed, json!({ "role": "owner", "expires_at": soon })).await;
    let later = soon + chrono::TimeDelta::seconds(1);
    assert_eq!(brief.makes(json!({ "role": "viewer", "expires_at": later })).await, StatusCode::FORBIDDEN);
    let (_, made) = brief.calls(Method::POST, "admin/tokens", named(json!({ "role": "viewer" }))).await;
    let ends =
        made["expires_at"].as_str().expect("it expires").parse::<chrono::DateTime<chrono::Utc>>().expect("a time");
    assert!((soon - ends).num_seconds().abs() <= 1, "as soon as its maker: {made}");

    // The list shows it, and the audit log names it.
    let listed = testbed.admin.call(Method::GET, "/tokens", None).await.expect("listed");
    let of =
        |name: &Value| listed["tokens"].as_array().expect("tokens").iter().find(|one| &one["name"] == name).cloned();
    let shown = of(&me["name"]).expect("listed");
    assert_eq!((&shown["role"], &shown["rights"]), (&json!("support"), &json!(["refund"])));
    assert_eq!((&shown["made_by"], &shown["event_id"]), (&json!("bootstrap"), &Value::Null));
    let of_it = format!("/audit?subject={}", shown["id"].as_str().expect("an id"));
    let log = testbed.admin.call(Method::GET, &of_it, None).await.expect("read");
    assert_eq!(log["entries"][0]["detail"]["rights"], json!(["refund"]));
    testbed.end().await;
}

#[tokio::test]
async fn a_token_for_one_sale_makes_calls_about_that_sale_alone() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let mut events = Vec::new();
    for _ in 0..2 {
        events.push(testbed.admin.create(&NewSale::of_one(10)).await.expect("created"));
    }
    let [mine, other] = events[..] else { panic!("two") };
    let no_sale = json!({ "role": "manager", "event_id": "00000000-0000-0000-0000-000000000000" });
    assert!(testbed.admin.call(Method::POST, "/tokens", Some(named(no_sale))).await.is_err(), "there is no such sale");
    for role in ["viewer", "manager", "owner"] {
        let holder = Holder::of(&testbed, json!({ "role": role, "event_id": mine })).await;
        let (status, me) = holder.calls(Method::GET, "admin/me", json!({})).await;
        assert_eq!((status, &me["event_id"]), (StatusCode::OK, &json!(mine)));
        for path in ["", "/figures", "/history", "/report"] {
            let of = async |event| holder.gets(&format!("admin/events/{event}{path}")).await;
            assert_ne!(of(mine).await, StatusCode::FORBIDDEN, "{role} {path}");
            assert_eq!(of(other).await, StatusCode::FORBIDDEN, "{role} {path}");
        }
        for list in ["orders", "audit"] {
            assert_eq!(holder.gets(&format!("admin/{list}?event={mine}")).await, StatusCode::OK, "{role} {list}");
            for query in [String::new(), format!("?event={other}"), format!("?event={mine}&event={other}")] {
                assert_eq!(holder.gets(&format!("admin/{list}{query}")).await, StatusCode::FORBIDDEN, "{role} {query}");
            }
        }
        for path in ["events", "tokens", "people", "products", "series", "health", "webhooks/endpoints"] {
            assert_eq!(holder.gets(&format!("admin/{path}")).await, StatusCode::FORBIDDEN, "{role} {path}");
        }
        assert_eq!(holder.makes(json!({ "role": "viewer", "event_id": mine })).await, StatusCode::FORBIDDEN);
        assert_eq!(holder.calls(Method::POST, "admin/session", json!({})).await.0, StatusCode::FORBIDDEN);
        let pause = json!({ "reason": "a pause" });
        let (status, said) = holder.calls(Method::POST, &format!("admin/events/{other}/pause"), pause).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{said}");
    }
    // A shop's token, too, and what is of no sale is told apart from what is of another by nothing.
    let shop = Holder::of(&testbed, json!({ "role": "shop", "event_id": mine })).await;
    let nobodys = "00000000-0000-0000-0000-000000000000";
    assert_eq!(shop.gets(&format!("shop/reservations/{nobodys}")).await, StatusCode::FORBIDDEN);
    // To doors from before it is a token of no role that they know.
    let pool = testbed.postgres().await.expect("postgres");
    let roles: Vec<String> = sqlx::query_scalar("SELECT DISTINCT role FROM api_tokens WHERE event_id IS NOT NULL")
        .fetch_all(&pool)
        .await
        .expect("read");
    assert_eq!(roles, ["narrowed"]);
    testbed.end().await;
}
