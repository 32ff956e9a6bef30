//! What people change of their own account, and how often they sign in: with what they know and have alone, and with every other session out.

use reqwest::header::{COOKIE, RETRY_AFTER, SET_COOKIE};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testbed::console::Console;
use testbed::{Testbed, unique};
use totp_rs::{Builder, Secret, Totp};

use super::people::{Anna, PASSWORD, code, enter, me, wrong};

const OTHER_PASSWORD: &str = "six lamps on a shelf";

/// A change of one's own account: what was said, and the cookie that the session goes on by.
async fn change(console: &Console, door: &str, path: &str, body: &Value) -> (StatusCode, Option<Console>, Value) {
    let asked = Client::new().post(format!("{door}/api/v1/admin/account/{path}")).header(COOKIE, console.cookie());
    let answer = asked.header("sec-fetch-site", "same-origin").json(body).send().await.expect("answered");
    let cookie = answer.headers().get(SET_COOKIE).map(|cookie| cookie.to_str().expect("text").to_owned());
    (answer.status(), cookie.map(Console::of_cookie), answer.json().await.unwrap_or_default())
}

fn kind(said: &Value) -> &str {
    said["type"].as_str().unwrap_or_default().trim_start_matches("/problems/")
}

async fn signs_in(anna: &Anna, door: &str, password: &str, code: &str) -> Console {
    let (status, cookie, said) = anna.signs_in(door, password, code).await;
    assert_eq!(status, StatusCode::CREATED, "{said}");
    Console::of_cookie(cookie.expect("a cookie"))
}

async fn actions(testbed: &Testbed, actor: &str) -> Vec<String> {
    let log = testbed.admin.call(Method::GET, &format!("/audit?limit=200&actor={actor}"), None).await.expect("read");
    let entries = log["entries"].as_array().expect("entries").iter();
    entries.filter_map(|entry| entry["action"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn who_changes_their_password_knows_it_and_every_other_session_ends() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let anna = Anna::joins(&testbed, "viewer").await;
    let elsewhere = signs_in(&anna, door, PASSWORD, &anna.recovery_codes[0]).await;
    let to = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let (status, _, said) = change(&anna.console, door, "password", &to(PASSWORD, "too short")).await;
    assert_eq!((status, kind(&said)), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
    let (status, cookie, said) = change(&anna.console, door, "password", &to("a wrong password", OTHER_PASSWORD)).await;
    assert_eq!((status, kind(&said)), (StatusCode::FORBIDDEN, "credentials_wrong"));
    assert!(cookie.is_none());
    // No other site changes it, and no API token has one.
    let (body, from) = (to(PASSWORD, OTHER_PASSWORD), [("sec-fetch-site", "cross-site")]);
    let (_, said) = anna.console.call_from(door, Method::POST, "/account/password", &body, &from).await;
    assert_eq!(kind(&said), "cross_site");
    let by_token = testbed.admin.call(Method::POST, "/account/password", Some(to(PASSWORD, OTHER_PASSWORD))).await;
    assert!(by_token.expect_err("a token has no password").to_string().contains("409"));

    // Two at once: one of them, and its session alone goes on.
    let (ours, theirs) = (to(PASSWORD, OTHER_PASSWORD), to(PASSWORD, "seven lamps on a shelf"));
    let (one, other) =
        tokio::join!(change(&anna.console, door, "password", &ours), change(&elsewhere, door, "password", &theirs));
    let [(won, password), (lost, _)] = match (one.0, other.0) {
        (StatusCode::NO_CONTENT, _) => [(one, OTHER_PASSWORD), (other, "seven lamps on a shelf")],
        _ => [(other, "seven lamps on a shelf"), (one, OTHER_PASSWORD)],
    };
    assert_eq!(won.0, StatusCode::NO_CONTENT, "{}", won.2);
    assert!([StatusCode::CONFLICT, StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED].contains(&lost.0), "{}", lost.2);
    let console = won.1.expect("a cookie");
    assert_eq!(me(&console, door).await.0, StatusCode::OK, "this session goes on");
    for before in [&anna.console, &elsewhere] {
        assert_eq!(me(before, door).await.0, StatusCode::UNAUTHORIZED, "no cookie from before is good");
    }
    assert_eq!(anna.signs_in(door, PASSWORD, &anna.recovery_codes[1]).await.0, StatusCode::FORBIDDEN);
    signs_in(&anna, door, password, &anna.recovery_codes[1]).await;
    assert!(actions(&testbed, &anna.name).await.contains(&"person.password".to_owned()));

    // Whoever has the session alone guesses as slowly as at the door.
    let mut said = Value::Null;
    for _ in 0..6 {
        said = change(&console, door, "password", &to("a wrong password", OTHER_PASSWORD)).await.2;
    }
    assert_eq!(kind(&said), "too_many_guesses", "{said}");
    let (status, ..) = anna.signs_in(door, password, &anna.recovery_codes[2]).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "counted together");
    testbed.end().await;
}

#[tokio::test]
async fn a_second_factor_is_made_anew_by_who_has_the_one_from_before() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let anna = Anna::joins(&testbed, "manager").await;
    let elsewhere = signs_in(&anna, door, PASSWORD, &anna.recovery_codes[0]).await;
    let (status, _, seen) = change(&anna.console, door, "factor/look", &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let secret = Secret::try_from_base32(seen["secret"].as_str().expect("a secret")).expect("Base32");
    let app: Totp = Builder::new().with_secret(secret).with_account_name(anna.email.clone()).build().expect("an app");
    let to = |new: &str, password: &str, current: &str| json!({ "setup": seen["setup"], "new_code": new, "current_password": password, "current_code": current });
    let shown = code(&app, -1);
    for (body, why) in [
        (to(&wrong(&app), PASSWORD, &anna.recovery_codes[1]), "invalid"),
        (to(&shown, "a wrong password", &anna.recovery_codes[1]), "credentials_wrong"),
        (to(&shown, PASSWORD, &wrong(&anna.app)), "credentials_wrong"),
        (to(&shown, PASSWORD, &anna.recovery_codes[0]), "credentials_wrong"),
    ] {
        let (_, cookie, said) = change(&anna.console, door, "factor", &body).await;
        assert_eq!((kind(&said), cookie.is_none()), (why, true), "{body}");
    }
    let (status, cookie, said) =
        change(&anna.console, door, "factor", &to(&shown, PASSWORD, &anna.recovery_codes[1])).await;
    assert_eq!(status, StatusCode::CREATED, "{said}");
    let codes: Vec<String> = serde_json::from_value(said["recovery_codes"].clone()).expect("codes");
    assert_eq!(codes.len(), 10);
    let console = cookie.expect("a cookie");
    assert_eq!(me(&console, door).await.0, StatusCode::OK);
    assert_eq!(me(&elsewhere, door).await.0, StatusCode::UNAUTHORIZED);
    for old in [code(&anna.app, 0), anna.recovery_codes[2].clone(), shown] {
        assert_eq!(anna.signs_in(door, PASSWORD, &old).await.0, StatusCode::FORBIDDEN, "none from before is good");
    }
    signs_in(&anna, door, PASSWORD, &code(&app, 0)).await;

    // Recovery codes alone.
    let proof = json!({ "current_password": PASSWORD, "current_code": codes[0] });
    let (status, cookie, said) = change(&console, door, "recovery-codes", &proof).await;
    assert_eq!(status, StatusCode::CREATED, "{said}");
    assert_ne!(said["recovery_codes"], json!(codes));
    assert_eq!(anna.signs_in(door, PASSWORD, &codes[1]).await.0, StatusCode::FORBIDDEN);
    assert_eq!(me(&cookie.expect("a cookie"), door).await.0, StatusCode::OK);
    let done = actions(&testbed, &anna.name).await;
    assert!(["person.factor", "person.recovery_codes"].iter().all(|one| done.contains(&(*one).to_owned())), "{done:?}");
    testbed.end().await;
}

#[tokio::test]
async fn signing_in_again_on_the_same_browser_ends_the_session_it_replaces() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let anna = Anna::joins(&testbed, "viewer").await;
    let again = async |path: &str, console: &Console, body: &Value, token: Option<&str>| {
        let mut asked = Client::new().post(format!("{door}/api/v1/admin{path}")).header(COOKIE, console.cookie());
        asked = token.into_iter().fold(asked, |asked, token| asked.bearer_auth(token));
        let answer = asked.header("sec-fetch-site", "same-origin").json(body).send().await.expect("answered");
        assert_eq!(answer.status(), StatusCode::CREATED);
        Console::of_cookie(answer.headers()[SET_COOKIE].to_str().expect("text").to_owned())
    };
    let credentials = json!({ "email": anna.email, "password": PASSWORD, "code": anna.recovery_codes[0] });
    let second = again("/sign-in", &anna.console, &credentials, None).await;
    assert_eq!(me(&anna.console, door).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&second, door).await.0, StatusCode::OK);
    // By a token as well, and whoever it was before.
    let third = again("/session", &second, &json!({}), Some(&testbed.admin_token)).await;
    assert_eq!(me(&second, door).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&third, door).await.0, StatusCode::OK);
    testbed.end().await;
}

#[tokio::test]
async fn nobody_fills_the_audit_log_by_signing_in() {
    let builder = Testbed::builder().ingresses(2).setting("FLASHLINE_LIMIT_SIGN_INS", "3");
    let testbed = builder.start().await.expect("the system starts");
    let anna = Anna::joins(&testbed, "viewer").await;
    let made = testbed.admin.call(Method::POST, "/tokens", Some(json!({ "name": unique("loop"), "role": "viewer" })));
    let made = made.await.expect("made");
    let token = made["token"].as_str().expect("a token");
    let mut by_token = Vec::new();
    for turn in 0..6 {
        let door = &testbed.base_urls[turn % 2];
        let asked = Client::new().post(format!("{door}/api/v1/admin/session")).bearer_auth(token);
        let answer = asked.send().await.expect("answered");
        let wait =
            answer.headers().get(RETRY_AFTER).map(|wait| wait.to_str().expect("text").parse::<u32>().expect("s"));
        by_token.push((answer.status(), wait));
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let said: Value = answer.json().await.expect("JSON");
            assert_eq!(kind(&said), "rate_limited");
            assert!(said["detail"].as_str().is_some_and(|why| why.contains("3 an hour")), "{said}");
        }
    }
    assert!(by_token[..3].iter().all(|(status, _)| *status == StatusCode::CREATED), "{by_token:?}");
    for (status, wait) in &by_token[3..] {
        assert_eq!(*status, StatusCode::TOO_MANY_REQUESTS);
        assert!(wait.is_some_and(|wait| (1_100..=1_200).contains(&wait)), "a third of an hour: {wait:?}");
    }
    let written = actions(&testbed, made["name"].as_str().expect("a name")).await;
    assert_eq!(written.iter().filter(|action| *action == "session.begin").count(), 3, "{written:?}");
    // A person's own are counted apart, joining included, and a change of what they sign in with among them.
    let door = &testbed.base_urls[0];
    for recovery in &anna.recovery_codes[..2] {
        assert_eq!(anna.signs_in(door, PASSWORD, recovery).await.0, StatusCode::CREATED);
    }
    let credentials = json!({ "email": anna.email, "password": PASSWORD, "code": anna.recovery_codes[2] });
    let (status, _, said) = enter(door, "/sign-in", &credentials).await;
    assert_eq!((status, kind(&said)), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    let body = json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD });
    let (status, _, said) = change(&anna.console, door, "password", &body).await;
    assert_eq!((status, kind(&said)), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    testbed.end().await;
}
