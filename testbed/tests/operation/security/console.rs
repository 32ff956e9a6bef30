//! Sessions of organisers at the console: a cookie in place of the token, which ends when it should, at every door, and
//! does nothing for other sites.

use std::time::Duration;

use reqwest::header::COOKIE;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testbed::console::Console;
use testbed::{Testbed, unique, wait};

const SOON: Duration = Duration::from_secs(20);
const NOTHING: Value = Value::Null;

#[tokio::test]
async fn sessions_of_organisers_end_everywhere_and_do_nothing_for_other_sites() {
    let testbed = Testbed::builder().ingresses(2).start().await.expect("the system starts");
    kept_as_a_digest(&testbed).await;
    refused_to_other_sites(&testbed).await;
    signed_out(&testbed).await;
    revoked(&testbed).await;
    over_in_time(&testbed).await;
    twenty_of_a_token(&testbed).await;
    testbed.end().await;
}

/// A token of a role; its id, and its secret.
async fn token(testbed: &Testbed, role: &str) -> (String, String) {
    let spec = json!({ "name": unique(role), "role": role });
    let made = testbed.admin.call(Method::POST, "/tokens", Some(spec)).await.expect("made");
    let of = |field: &str| made[field].as_str().expect(field).to_owned();
    (of("id"), of("token"))
}

async fn me(console: &Console, door: &str) -> StatusCode {
    console.call(door, Method::GET, "/me", &NOTHING).await.0
}

/// Waits until a door lets nobody in by a session any more: it may believe what it has read for ten seconds.
async fn refused_at(door: &str, console: &Console) {
    let look = async || me(console, door).await;
    wait::until("the other door refuses it", SOON, look, |status| *status == StatusCode::UNAUTHORIZED).await;
}

async fn kept_as_a_digest(testbed: &Testbed) {
    let (_, manager) = token(testbed, "manager").await;
    let console = Console::sign_in(&testbed.base_urls[0], &manager).await;
    for rule in ["; HttpOnly", "; SameSite=Strict", "; Path=/api/v1/admin;"] {
        assert!(console.set_cookie.contains(rule), "{rule}: {}", console.set_cookie);
    }
    // Its browser comes to another door at once: that looks for it before it refuses.
    let (status, said) = console.call(&testbed.base_urls[1], Method::GET, "/me", &NOTHING).await;
    assert_eq!((status, &said["role"], &said["in_session"]), (StatusCode::OK, &json!("manager"), &json!(true)));
    assert_eq!(console.call(&testbed.base_urls[0], Method::GET, "/tokens", &NOTHING).await.0, StatusCode::FORBIDDEN);
    // It begins no other session: that takes the token.
    let again = console.call(&testbed.base_urls[0], Method::POST, "/session", &NOTHING).await;
    assert_eq!(again.0, StatusCode::UNAUTHORIZED);
    let pool = testbed.postgres().await.expect("postgres");
    let rows: Vec<String> =
        sqlx::query_scalar("SELECT s::text FROM admin_sessions s UNION ALL SELECT a::text FROM audit_log a")
            .fetch_all(&pool)
            .await
            .expect("read");
    let (_, secret) = console.cookie().split_once('=').expect("a name and a value");
    assert_eq!(secret.len(), 64);
    assert!(rows.len() > 1 && !rows.iter().any(|row| row.contains(secret)), "kept as a digest only");
    // Neither is taken for the other.
    let client = Client::new();
    let url = format!("{}/api/v1/admin/me", testbed.base_urls[0]);
    let as_token = client.get(&url).bearer_auth(secret).send().await.expect("answered");
    assert_eq!(as_token.status(), StatusCode::UNAUTHORIZED);
    let (name, _) = console.cookie().split_once('=').expect("a name and a value");
    let as_cookie = client.get(&url).header(COOKIE, format!("{name}={manager}")).send().await.expect("answered");
    assert_eq!(as_cookie.status(), StatusCode::UNAUTHORIZED);
}

async fn refused_to_other_sites(testbed: &Testbed) {
    let door = &testbed.base_urls[0];
    let console = Console::sign_in(door, &testbed.admin_token).await;
    let product = json!({ "sku": unique("item"), "name": "A thing", "list_minor": 100, "currency": "EUR" });
    let make = async |from: &[(&str, &str)]| console.call_from(door, Method::POST, "/products", &product, from).await;
    for elsewhere in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        let (status, problem) = make(elsewhere).await;
        assert_eq!(
            (status, &problem["type"]),
            (StatusCode::FORBIDDEN, &json!("/problems/cross_site")),
            "{elsewhere:?}: {problem}"
        );
    }
    assert_eq!(make(&[("sec-fetch-site", "same-origin")]).await.0, StatusCode::CREATED);
    assert_eq!(me(&console, door).await, StatusCode::OK, "nobody was signed out by that");
}

async fn signed_out(testbed: &Testbed) {
    let [here, there] = &testbed.base_urls[..] else { panic!("two doors") };
    let (_, viewer) = token(testbed, "viewer").await;
    let (one, other) = (Console::sign_in(here, &viewer).await, Console::sign_in(here, &viewer).await);
    assert_eq!(me(&one, there).await, StatusCode::OK);
    assert_eq!(one.call(here, Method::DELETE, "/session", &NOTHING).await.0, StatusCode::NO_CONTENT);
    assert_eq!(me(&one, here).await, StatusCode::UNAUTHORIZED, "here at once");
    refused_at(there, &one).await;
    assert_eq!(me(&other, here).await, StatusCode::OK, "another session of that token goes on");
    let by_token = Client::new().delete(format!("{here}/api/v1/admin/session")).bearer_auth(&viewer);
    assert_eq!(by_token.send().await.expect("answered").status(), StatusCode::CONFLICT);
}

async fn revoked(testbed: &Testbed) {
    let [here, there] = &testbed.base_urls[..] else { panic!("two doors") };
    let (id, support) = token(testbed, "support").await;
    let console = Console::sign_in(here, &support).await;
    assert_eq!(me(&console, there).await, StatusCode::OK);
    testbed.admin.call(Method::DELETE, &format!("/tokens/{id}"), None).await.expect("revoked");
    assert_eq!(me(&console, here).await, StatusCode::UNAUTHORIZED, "it ends with its token");
    refused_at(there, &console).await;
    let pool = testbed.postgres().await.expect("postgres");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM admin_sessions WHERE token_id = $1::text::uuid")
        .bind(&id)
        .fetch_one(&pool)
        .await
        .expect("read");
    assert_eq!(left, 0);
}

/// Neither a session that nobody used, nor one that is old, nor one of a token that expires.
async fn over_in_time(testbed: &Testbed) {
    let door = &testbed.base_urls[0];
    let pool = testbed.postgres().await.expect("postgres");
    for aged in ["used_at = now() - interval '12 hours 1 second'", "ends_at = now() - interval '1 second'"] {
        let (id, viewer) = token(testbed, "viewer").await;
        let console = Console::sign_in(door, &viewer).await;
        let age = format!("UPDATE admin_sessions SET {aged} WHERE token_id = $1::text::uuid");
        sqlx::query(sqlx::AssertSqlSafe(age)).bind(&id).execute(&pool).await.expect("aged");
        refused_at(door, &console).await;
    }
    let (id, viewer) = token(testbed, "viewer").await;
    Console::sign_in(door, &viewer).await;
    let lasts = "SELECT extract(epoch FROM ends_at - created_at)::float8 / 86400 FROM admin_sessions WHERE token_id = $1::text::uuid";
    let days: f64 = sqlx::query_scalar(lasts).bind(&id).fetch_one(&pool).await.expect("read");
    assert!((29.9..30.1).contains(&days), "{days} days");
    let soon = chrono::Utc::now() + chrono::Duration::hours(1);
    let spec = json!({ "name": unique("brief"), "role": "viewer", "expires_at": soon });
    let made = testbed.admin.call(Method::POST, "/tokens", Some(spec)).await.expect("made");
    Console::sign_in(door, made["token"].as_str().expect("a token")).await;
    let days: f64 =
        sqlx::query_scalar(lasts).bind(made["id"].as_str().expect("an id")).fetch_one(&pool).await.expect("read");
    assert!(days < 0.05, "no longer than its token: {days} days");
}

async fn twenty_of_a_token(testbed: &Testbed) {
    let door = &testbed.base_urls[0];
    let (_, viewer) = token(testbed, "viewer").await;
    let first = Console::sign_in(door, &viewer).await;
    for _ in 0..19 {
        Console::sign_in(door, &viewer).await;
    }
    assert_eq!(me(&first, door).await, StatusCode::OK);
    Console::sign_in(door, &viewer).await;
    assert_eq!(me(&first, door).await, StatusCode::UNAUTHORIZED, "the twenty-first ends the one used longest ago");
}
