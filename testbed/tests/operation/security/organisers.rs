//! What organisers and their tokens may not do by mistake: undo each other's work, sell what nobody can read, go on
//! with tokens for ever, or be refused without a trace.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use testbed::{Testbed, wait};

const SOON: Duration = Duration::from_secs(20);

/// A person at the admin API, from an address of their own.
struct Organiser {
    client: Client,
    base: String,
    token: String,
    address: &'static str,
}

impl Organiser {
    fn of(testbed: &Testbed, token: &str, address: &'static str) -> Self {
        let base = format!("{}/api/v1/admin", testbed.base_urls[0]);
        Self { client: Client::new(), base, token: token.to_owned(), address }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        if_match: Option<&str>,
        body: &str,
    ) -> (StatusCode, String, Value) {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        request = request.header("x-forwarded-for", self.address).header("content-type", "application/json");
        request = request.header("idempotency-key", testbed::unique("key"));
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        let answer = request.body(body.to_owned()).send().await.expect("answered");
        let tag = answer.headers().get("etag").map(|tag| tag.to_str().expect("text").to_owned()).unwrap_or_default();
        (answer.status(), tag, answer.json().await.unwrap_or_default())
    }

    async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let (status, _, said) = self.send(Method::POST, path, None, &body.to_string()).await;
        (status, said)
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let (status, _, said) = self.send(Method::GET, path, None, "").await;
        (status, said)
    }

    /// A product, and a sale of it that opens in an hour.
    async fn planned(&self) -> (Value, Value) {
        let sku = testbed::unique("item");
        let product = json!({ "sku": sku, "name": "A thing", "list_minor": 1_000, "currency": "EUR" });
        let (status, product) = self.post("/products", &product).await;
        assert_eq!(status, StatusCode::CREATED, "{product}");
        let (status, event) = self.post("/events", &spec(&sku)).await;
        assert_eq!(status, StatusCode::CREATED, "{event}");
        (product, event)
    }
}

fn spec(sku: &str) -> Value {
    let at = |hours: i64| chrono::Utc::now() + chrono::Duration::hours(hours);
    json!({ "name": "A sale", "currency": "EUR", "opens_at": at(1), "closes_at": at(2), "scheduled": true,
        "hold_seconds": 60, "per_shopper_max": 2, "quantity_max": 2, "standby_max": 10,
        "items": [{ "sku": sku, "allocation": 10 }] })
}

/// A restock (or any other change) is never undone by a copy that was read before it.
#[tokio::test]
async fn an_old_copy_undoes_nothing_and_nothing_unreadable_is_taken() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let organiser = Organiser::of(&testbed, &testbed.admin_token, "203.0.113.1");
    old_copies(&organiser).await;
    both_at_once(&organiser).await;
    drafts_stay_secret(&organiser).await;
    pages_have_a_length(&organiser).await;
    times_have_one_precision(&organiser).await;
    what_nobody_can_read(&organiser).await;
    testbed.end().await;
}

/// A product and a sale that has it, changed at the same moment.
async fn both_at_once(organiser: &Organiser) {
    let (product, event) = organiser.planned().await;
    let id = |thing: &Value| thing["id"].as_str().expect("an id").to_owned();
    let (product_path, path) = (format!("/products/{}", id(&product)), format!("/events/{}", id(&event)));
    let sale = spec(product["sku"].as_str().expect("a SKU")).to_string();
    let patch = json!({ "description": "changed", "image_url": null }).to_string();
    let pairs = (0..40).map(async |index| match index % 2 {
        0 => organiser.send(Method::PATCH, &product_path, Some("*"), &patch).await,
        _ => organiser.send(Method::PUT, &path, Some("*"), &sale).await,
    });
    for (status, _, said) in futures_util::future::join_all(pairs).await {
        assert_eq!(status, StatusCode::OK, "{said}");
    }
    let picture = json!({ "image_url": "/images/lamp.svg" }).to_string();
    let (_, _, with) = organiser.send(Method::PATCH, &product_path, Some("*"), &picture).await;
    assert_eq!(with["image_url"], "/images/lamp.svg");
    let (_, _, without) = organiser.send(Method::PATCH, &product_path, Some("*"), &patch).await;
    assert_eq!((&without["image_url"], &without["name"]), (&Value::Null, &product["name"]), "null removes");
    let nameless = json!({ "name": null }).to_string();
    assert_eq!(
        organiser.send(Method::PATCH, &product_path, Some("*"), &nameless).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

async fn pages_have_a_length(organiser: &Organiser) {
    for list in ["/products", "/events", "/orders", "/audit"] {
        for limit in ["0", "-1", "201"] {
            let (status, said) = organiser.get(&format!("{list}?limit={limit}")).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{list} {limit}: {said}");
        }
        assert_eq!(organiser.get(&format!("{list}?limit=200")).await.0, StatusCode::OK);
    }
}

async fn drafts_stay_secret(organiser: &Organiser) {
    let (product, _) = organiser.planned().await;
    let mut draft = spec(product["sku"].as_str().expect("a SKU"));
    draft["scheduled"] = json!(false);
    let (status, draft) = organiser.post("/events", &draft).await;
    assert_eq!(status, StatusCode::CREATED, "{draft}");
    let stop = format!("/events/{}/stop", draft["id"].as_str().expect("an id"));
    assert_eq!(organiser.post(&stop, &json!({ "reason": "not approved" })).await.0, StatusCode::CONFLICT);
    let listed = format!("{}/sales/{}", organiser.base.replace("/admin", ""), draft["id"].as_str().expect("an id"));
    let answer = organiser.client.get(listed).send().await.expect("answered");
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

async fn old_copies(organiser: &Organiser) {
    let (product, event) = organiser.planned().await;
    let path = format!("/events/{}", event["id"].as_str().expect("an id"));
    let (_, old_tag, _) = organiser.send(Method::GET, &path, None, "").await;
    assert_eq!(old_tag, format!("\"{}\"", event["version"]));
    let sku = product["sku"].as_str().expect("a SKU");
    let old = spec(sku).to_string();

    // Without a word about what was read.
    assert_eq!(organiser.send(Method::PUT, &path, None, &old).await.0, StatusCode::PRECONDITION_REQUIRED);
    let (status, restocked) = organiser.post(&format!("{path}/restock"), &json!({ "sku": sku, "units": 50 })).await;
    assert_eq!(status, StatusCode::OK, "{restocked}");
    let (status, _, problem) = organiser.send(Method::PUT, &path, Some(&old_tag), &old).await;
    assert_eq!((status, &problem["type"]), (StatusCode::PRECONDITION_FAILED, &json!("/problems/stale")), "{problem}");
    let (_, tag, now) = organiser.send(Method::GET, &path, None, "").await;
    assert_eq!(now["items"][0]["allocation"], 60, "the restock stands");

    // Each way to run a sale makes old copies old.
    let mut tag = tag;
    for (verb, body) in [("pause", json!({ "reason": "a break" })), ("resume", json!({})), ("schedule", json!({}))] {
        let (status, said) = organiser.post(&format!("{path}/{verb}"), &body).await;
        assert_eq!(status, StatusCode::OK, "{verb}: {said}");
        let (_, newer, _) = organiser.send(Method::GET, &path, None, "").await;
        assert_eq!(newer == tag, verb == "schedule", "{verb}: {newer}; scheduling again changes nothing");
        tag = newer;
    }
    let (status, newer, replaced) = organiser.send(Method::PUT, &path, Some(&tag), &old).await;
    assert_eq!(status, StatusCode::OK, "{replaced}");
    assert_eq!(newer, format!("\"{}\"", replaced["version"]));

    // So it is with products, and a product's change makes copies of its sales old.
    let product_path = format!("/products/{}", product["id"].as_str().expect("an id"));
    let patch = json!({ "name": "A better thing" }).to_string();
    assert_eq!(organiser.send(Method::PATCH, &product_path, None, &patch).await.0, StatusCode::PRECONDITION_REQUIRED);
    let (_, product_tag, _) = organiser.send(Method::GET, &product_path, None, "").await;
    assert_eq!(organiser.send(Method::PATCH, &product_path, Some(&product_tag), &patch).await.0, StatusCode::OK);
    let again = organiser.send(Method::PATCH, &product_path, Some(&product_tag), &patch).await.0;
    assert_eq!(again, StatusCode::PRECONDITION_FAILED);
    assert_eq!(organiser.send(Method::PATCH, &product_path, Some("*"), &patch).await.0, StatusCode::OK);
    assert_eq!(organiser.send(Method::PUT, &path, Some(&newer), &old).await.0, StatusCode::PRECONDITION_FAILED);

    // Who changed what since a version is in the audit log.
    let (_, log) = organiser.get(&format!("/audit?subject={}", event["id"].as_str().expect("an id"))).await;
    let done: Vec<(&str, i64)> = log["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| (entry["action"].as_str().expect("text"), entry["detail"]["version"].as_i64().expect("a version")))
        .collect();
    let expected = ["product", "product", "replace", "resume", "pause", "restock", "create"];
    assert_eq!(done.iter().map(|(action, _)| action.trim_start_matches("event.")).collect::<Vec<_>>(), expected);
    assert!(done.windows(2).all(|pair| pair[0].1 == pair[1].1 + 1), "{done:?}");
}

async fn times_have_one_precision(organiser: &Organiser) {
    let (product, _) = organiser.planned().await;
    let day = (chrono::Utc::now() + chrono::Duration::days(1)).format("%F");
    let windows = [
        ("00.123456100", "00.123456900", StatusCode::UNPROCESSABLE_ENTITY),
        ("00.1234", "00.1235", StatusCode::UNPROCESSABLE_ENTITY),
        ("00.123", "00.123", StatusCode::UNPROCESSABLE_ENTITY),
        ("00.1239", "00.1240", StatusCode::CREATED),
    ];
    for (opens, closes, expected) in windows {
        let mut event = spec(product["sku"].as_str().expect("a SKU"));
        event["opens_at"] = json!(format!("{day}T10:00:{opens}Z"));
        event["closes_at"] = json!(format!("{day}T10:00:{closes}Z"));
        let (status, said) = organiser.post("/events", &event).await;
        assert_eq!(status, expected, "{opens} to {closes}: {said}");
        if status == StatusCode::CREATED {
            assert_eq!(said["opens_at"], format!("{day}T10:00:00.123Z"));
            assert_eq!(said["closes_at"], format!("{day}T10:00:00.124Z"));
        } else {
            assert!(said["detail"].as_str().expect("a detail").contains("closes_at"), "{said}");
        }
    }
}

async fn what_nobody_can_read(organiser: &Organiser) {
    let (product, event) = organiser.planned().await;
    let sku = product["sku"].as_str().expect("a SKU");
    let with = |change: Value| {
        let mut event = spec(sku);
        event.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        event.to_string()
    };
    let item = |discount: &str| {
        let item = format!(r#"[{{"sku":"{sku}","allocation":1,"discount":{discount}}}]"#);
        with(json!({ "items": serde_json::from_str::<Value>(&item).expect("JSON") }))
    };
    let two_cuts = with(json!({})).replace(
        r#""allocation":10"#,
        r#""allocation":10,"discount":{"tiers":[{"units":1,"cut":{"percent_off":1,"amount_off":2}}]}"#,
    );
    let thing = |change: Value| {
        let mut thing = json!({ "sku": testbed::unique("item"), "name": "x", "list_minor": 1, "currency": "EUR" });
        thing.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        thing.to_string()
    };
    let path = format!("/events/{}", event["id"].as_str().expect("an id"));
    let cases: Vec<(String, String, &str)> = vec![
        ("/events".into(), two_cuts, "items[0].discount.tiers[0].cut"),
        (
            "/events".into(),
            item(r#"{"tiers":[{"units":1,"cut":{"amount_off":1},"note":1}]}"#),
            "items[0].discount.tiers[0]",
        ),
        ("/events".into(), item(r#"{"flat":{"amount_off":1},"tiers":[]}"#), "items[0].discount"),
        ("/events".into(), with(json!({ "name": "\u{200b}\u{200d}" })), "name"),
        ("/events".into(), with(json!({ "currency": "ZZZ" })), "currency"),
        ("/products".into(), thing(json!({ "name": "   " })), "name"),
        ("/products".into(), thing(json!({ "image_url": "/\\host/x.png" })), "image_url"),
        ("/products".into(), thing(json!({ "image_url": "https://" })), "image_url"),
        ("/products".into(), thing(json!({ "currency": "ZZZ" })), "currency"),
        (format!("{path}/pause"), json!({ "reason": "\u{feff}" }).to_string(), "reason"),
        (format!("{path}/stop"), json!({ "reason": "\t" }).to_string(), "reason"),
        ("/tokens".into(), json!({ "name": "\u{3164}", "role": "viewer" }).to_string(), "name"),
    ];
    for (path, body, field) in cases {
        let (status, _, problem) = organiser.send(Method::POST, &path, None, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}: {problem}");
        assert!(problem["detail"].as_str().expect("a detail").contains(field), "{path} {body}: {problem}");
    }
    let (_, listed) = organiser.get("/currencies").await;
    let digits = |code: &str| {
        let currencies = listed["currencies"].as_array().expect("a list");
        currencies.iter().find(|one| one["code"] == code).map(|one| one["digits"].as_u64().expect("a number"))
    };
    assert_eq!([digits("HUF"), digits("JPY"), digits("KWD"), digits("ZZZ")], [Some(2), Some(0), Some(3), None]);
}

/// Wrong tokens cost no queries; who was refused, from where, and what tokens became, is in the audit log.
#[tokio::test]
async fn guesses_cost_nothing_and_refusals_leave_a_trace() {
    let described =
        Testbed::builder().setting("FLASHLINE_TRUSTED_PROXIES", "127.0.0.1").setting("FLASHLINE_LIMIT_ADDRESS", "off");
    let testbed = described.start().await.expect("the system starts");
    let owner = Organiser::of(&testbed, &testbed.admin_token, "203.0.113.1");
    let pool = testbed.postgres().await.expect("postgres");

    let before = looks_at_tokens(&pool).await;
    for _ in 0..500 {
        let guess = format!("fl_{}", testbed::unique("guess"));
        let guesser = Organiser { token: guess, ..Organiser::of(&testbed, "", "198.51.100.66") };
        assert_eq!(guesser.get("/events").await.0, StatusCode::UNAUTHORIZED);
    }
    let looked = looks_at_tokens(&pool).await - before;
    assert!(looked < 50, "500 guesses made the database look {looked} times");

    let made = json!({ "name": testbed::unique("clerk"), "role": "support" });
    let (status, made) = owner.post("/tokens", &made).await;
    assert_eq!(status, StatusCode::CREATED);
    let expires: chrono::DateTime<chrono::Utc> = made["expires_at"].as_str().expect("a time").parse().expect("a time");
    assert_eq!((expires - chrono::Utc::now()).num_days(), 89, "90 days unless told otherwise");
    for (expires_at, expected) in [("2020-01-01T00:00:00Z", 422), ("2199-01-01T00:00:00Z", 422)] {
        let body = json!({ "name": testbed::unique("t"), "role": "viewer", "expires_at": expires_at });
        assert_eq!(owner.post("/tokens", &body).await.0.as_u16(), expected);
    }
    let clerk = Organiser::of(&testbed, made["token"].as_str().expect("a token"), "2001:db8::7");
    let (status, me) = clerk.get("/me").await;
    assert_eq!((status, &me["role"], &me["expires_at"]), (StatusCode::OK, &json!("support"), &made["expires_at"]));
    assert_eq!(clerk.get("/tokens").await.0, StatusCode::FORBIDDEN);
    assert_eq!(clerk.get("/orders.csv?state=paid").await.0, StatusCode::OK);

    // A short life: it works, then no longer, and says why.
    let soon = chrono::Utc::now() + chrono::Duration::seconds(2);
    let body = json!({ "name": testbed::unique("brief"), "role": "owner", "expires_at": soon });
    let (_, brief) = owner.post("/tokens", &body).await;
    let brief = Organiser::of(&testbed, brief["token"].as_str().expect("a token"), "203.0.113.9");
    assert_eq!(brief.get("/me").await.0, StatusCode::OK);
    let me = async || brief.get("/me").await;
    let (status, problem) = wait::until("it has ended", SOON, me, |(status, _)| *status != StatusCode::OK).await;
    assert_eq!((status, &problem["type"]), (StatusCode::UNAUTHORIZED, &json!("/problems/token_expired")));

    // Refusals are summed up for a moment before they are written.
    let log = async || owner.get("/audit?limit=200").await.1["entries"].as_array().expect("entries").clone();
    let is_whole = |entries: &Vec<Value>| {
        let failed = entries.iter().filter(|entry| entry["action"] == "sign_in.failed");
        let of = |address: &'static str| failed.clone().filter(move |entry| entry["address"] == address);
        let guesses = of("198.51.100.66").map(|entry| entry["detail"]["count"].as_u64().unwrap_or(0));
        guesses.sum::<u64>() >= 500 && of("203.0.113.9").count() > 0
    };
    let entries = wait::until("every refusal is in the log", SOON, log, is_whole).await;
    let found = |action: &str, address: &str| -> Vec<&Value> {
        entries.iter().filter(|entry| entry["action"] == action && entry["address"] == address).collect()
    };
    let guesses = found("sign_in.failed", "198.51.100.66");
    let counted: u64 = guesses.iter().map(|entry| entry["detail"]["count"].as_u64().expect("a count")).sum();
    assert_eq!(counted, 500, "every guess is counted");
    assert!(guesses.len() < 60, "and does not flood the log: {} entries", guesses.len());
    assert_eq!(found("sign_in.failed", "203.0.113.9").len(), 1, "the expired token");
    let refused = found("call.refused", "2001:db8::7");
    assert_eq!((refused.len(), &refused[0]["actor"], &refused[0]["role"]), (1, &made["name"], &json!("support")));
    assert_eq!(refused[0]["subject"], "GET /api/v1/admin/tokens");
    let exports = found("orders.export", "2001:db8::7");
    assert_eq!((exports.len(), &exports[0]["detail"]["filter"]["state"]), (1, &json!("paid")));
    assert_eq!(found("token.create", "203.0.113.1").len(), 2);
    let configured = |entry: &&Value| entry["actor"] == "configuration";
    let put = entries.iter().find(configured).map(|entry| entry["action"].as_str().expect("an action"));
    assert!(matches!(put, Some("token.create" | "token.replace")), "the first one, or in place of another: {put:?}");
    testbed.end().await;
}

/// How often the table of API tokens was scanned so far. Its statistics are a second late.
async fn looks_at_tokens(pool: &PgPool) -> i64 {
    // Each session tells its own when it comes to it: there is no state to wait for.
    tokio::time::sleep(Duration::from_secs(2)).await;
    sqlx::query_scalar(
        "SELECT (seq_scan + coalesce(idx_scan, 0))::bigint FROM pg_stat_user_tables WHERE relname = 'api_tokens'",
    )
    .fetch_one(pool)
    .await
    .expect("statistics")
}
