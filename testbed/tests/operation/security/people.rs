//! People with accounts: invited, joined, signed in by what they know and have, and out as soon as an owner says so.

use std::time::Duration;

use reqwest::header::SET_COOKIE;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testbed::console::Console;
use testbed::{Testbed, unique, wait};
use totp_rs::{Builder, Secret, Totp};

const SOON: Duration = Duration::from_secs(20);
const NOTHING: Value = Value::Null;
pub(super) const PASSWORD: &str = "five lamps on a shelf";
const STEP_S: u64 = 30;

/// Somebody at the console's first page, from a page of ours.
pub(super) async fn enter(door: &str, path: &str, body: &Value) -> (StatusCode, Option<String>, Value) {
    let asked = Client::new().post(format!("{door}/api/v1/admin{path}")).header("sec-fetch-site", "same-origin");
    let answer = asked.json(body).send().await.expect("answered");
    let cookie = answer.headers().get(SET_COOKIE).map(|cookie| cookie.to_str().expect("text").to_owned());
    (answer.status(), cookie, answer.json().await.unwrap_or_default())
}

/// A person with an app.
pub(super) struct Anna {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) app: Totp,
    pub(super) recovery_codes: Vec<String>,
    pub(super) console: Console,
}

impl Anna {
    /// Is invited, and joins.
    pub(super) async fn joins(testbed: &Testbed, role: &str) -> Self {
        let door = &testbed.base_urls[0];
        let (name, email) = (unique("Anna"), format!("{}@example.org", unique("anna")));
        let spec = json!({ "name": name, "email": email.to_uppercase(), "role": role });
        let invited = testbed.admin.call(Method::POST, "/people", Some(spec)).await.expect("invited");
        let token = token_of(&invited);
        let (status, _, seen) = enter(door, "/join/look", &json!({ "token": token })).await;
        assert_eq!((status, &seen["name"], &seen["email"]), (StatusCode::OK, &json!(name), &json!(email)), "{seen}");
        let secret = seen["secret"].as_str().expect("a secret");
        assert!(seen["otpauth_url"].as_str().expect("a URL").contains(secret));
        let app = Builder::new().with_secret(Secret::try_from_base32(secret).expect("Base32"));
        let app = app.with_account_name(email.clone()).build().expect("an app");
        let join = |password: &str, code: String| json!({ "token": token, "password": password, "code": code });
        for (password, code) in [("too short", code(&app, 0)), (PASSWORD, wrong(&app))] {
            let (status, cookie, problem) = enter(door, "/join", &join(password, code)).await;
            assert_eq!((status, cookie), (StatusCode::UNPROCESSABLE_ENTITY, None), "{problem}");
        }
        // The step before: the next ones are for signing in, and nobody has to wait for them.
        let (status, cookie, joined) = enter(door, "/join", &join(PASSWORD, code(&app, -1))).await;
        assert_eq!(status, StatusCode::CREATED, "{joined}");
        let (status, _, again) = enter(door, "/join", &join(PASSWORD, code(&app, 0))).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "a link is good once: {again}");
        let recovery_codes: Vec<String> = serde_json::from_value(joined["recovery_codes"].clone()).expect("codes");
        assert_eq!(recovery_codes.len(), 10);
        let console = Console::of_cookie(cookie.expect("a cookie"));
        let id = invited["id"].as_str().expect("an id").to_owned();
        Self { id, name, email, app, recovery_codes, console }
    }

    pub(super) async fn signs_in(&self, door: &str, password: &str, code: &str) -> (StatusCode, Option<String>, Value) {
        enter(door, "/sign-in", &json!({ "email": self.email, "password": password, "code": code })).await
    }
}

fn token_of(answer: &Value) -> String {
    let (page, token) = answer["link"].as_str().expect("a link").split_once("#/join?token=").expect("behind the #");
    assert!(page.ends_with("/admin") && token.len() == 64, "{answer}");
    token.to_owned()
}

/// What the app shows so many steps from now.
pub(super) fn code(app: &Totp, steps: i64) -> String {
    let now = u64::try_from(chrono::Utc::now().timestamp()).expect("now");
    app.generate(now.saturating_add_signed(steps * STEP_S.cast_signed())).to_string()
}

/// What it does not show.
pub(super) fn wrong(app: &Totp) -> String {
    let near = [-3, -2, -1, 0, 1, 2, 3].map(|steps| code(app, steps));
    ["000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777"]
        .into_iter()
        .find(|guess| !near.iter().any(|code| code == guess))
        .expect("one of eight")
        .to_owned()
}

pub(super) async fn me(console: &Console, door: &str) -> (StatusCode, Value) {
    console.call(door, Method::GET, "/me", &NOTHING).await
}

async fn patch(testbed: &Testbed, id: &str, change: Value) -> Value {
    testbed.admin.call(Method::PATCH, &format!("/people/{id}"), Some(change)).await.expect("changed")
}

#[tokio::test]
async fn a_person_is_invited_joins_signs_in_and_is_out_when_disabled() {
    let testbed = Testbed::builder().ingresses(2).start().await.expect("the system starts");
    let [here, there] = &testbed.base_urls[..] else { panic!("two doors") };
    let anna = Anna::joins(&testbed, "manager").await;
    let (status, seen) = me(&anna.console, here).await;
    assert_eq!((status, &seen["name"], &seen["role"]), (StatusCode::OK, &json!(anna.name), &json!("manager")));
    assert_eq!(seen["person"], json!({ "id": anna.id, "email": anna.email }));
    codes_are_good_once(&testbed, &anna).await;
    named_in_the_audit_log(&testbed, &anna).await;
    nothing_of_it_can_be_read(&testbed, &anna).await;

    // Another role is another role in the same session.
    patch(&testbed, &anna.id, json!({ "role": "viewer" })).await;
    let (status, seen) = me(&anna.console, here).await;
    assert_eq!((status, &seen["role"]), (StatusCode::OK, &json!("viewer")));
    assert_eq!(me(&anna.console, there).await.0, StatusCode::OK);
    patch(&testbed, &anna.id, json!({ "disabled": true })).await;
    assert_eq!(me(&anna.console, here).await.0, StatusCode::UNAUTHORIZED, "here at once");
    let look = async || me(&anna.console, there).await.0;
    wait::until("the other door refuses it", SOON, look, |status| *status == StatusCode::UNAUTHORIZED).await;
    let (status, _, problem) = anna.signs_in(here, PASSWORD, &anna.recovery_codes[9]).await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::FORBIDDEN, &json!("/problems/credentials_wrong")),
        "as if nobody were there: {problem}"
    );
    patch(&testbed, &anna.id, json!({ "disabled": false })).await;
    let (status, ..) = anna.signs_in(here, PASSWORD, &anna.recovery_codes[9]).await;
    assert_eq!(status, StatusCode::CREATED, "it was not used up");
    assert_eq!(me(&anna.console, here).await.0, StatusCode::UNAUTHORIZED, "no session comes back");
    testbed.end().await;
}

async fn codes_are_good_once(testbed: &Testbed, anna: &Anna) {
    let door = &testbed.base_urls[0];
    let shown = code(&anna.app, 0);
    let mut problems = Vec::new();
    for (password, code) in [("another password", shown.clone()), (PASSWORD, wrong(&anna.app))] {
        let (status, cookie, problem) = anna.signs_in(door, password, &code).await;
        assert_eq!((status, cookie), (StatusCode::FORBIDDEN, None));
        problems.push(problem);
    }
    let nobody = json!({ "email": format!("{}@example.org", unique("nobody")), "password": PASSWORD, "code": shown });
    problems.push(enter(door, "/sign-in", &nobody).await.2);
    assert!(problems.iter().all(|problem| problem == &problems[0]), "nobody learns what was wrong: {problems:?}");
    let (status, cookie, said) = anna.signs_in(door, PASSWORD, &shown).await;
    assert_eq!((status, &said["name"]), (StatusCode::CREATED, &json!(anna.name)), "{said}");
    assert_eq!(me(&Console::of_cookie(cookie.expect("a cookie")), door).await.0, StatusCode::OK);
    assert_eq!(anna.signs_in(door, PASSWORD, &shown).await.0, StatusCode::FORBIDDEN, "a code is taken once");
    let recovery = anna.recovery_codes[0].to_uppercase().replace('-', " ");
    assert_eq!(anna.signs_in(door, PASSWORD, &recovery).await.0, StatusCode::CREATED);
    assert_eq!(anna.signs_in(door, PASSWORD, &recovery).await.0, StatusCode::FORBIDDEN, "so is a recovery code");
    let people = testbed.admin.call(Method::GET, "/people", None).await.expect("listed");
    let listed = people["people"].as_array().expect("people").iter().find(|one| one["id"] == json!(anna.id));
    assert_eq!(listed.expect("listed")["recovery_codes"], json!(9));
    // Another site signs nobody in.
    let asked = Client::new().post(format!("{door}/api/v1/admin/sign-in")).header("sec-fetch-site", "cross-site");
    let answer = asked.json(&nobody).send().await.expect("answered");
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!(problem["type"], json!("/problems/cross_site"));
}

async fn named_in_the_audit_log(testbed: &Testbed, anna: &Anna) {
    let product = json!({ "sku": unique("item"), "name": "A thing", "list_minor": 100, "currency": "EUR" });
    let (status, made) = anna.console.call(&testbed.base_urls[0], Method::POST, "/products", &product).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let log = testbed.admin.call(Method::GET, &format!("/audit?actor={}", anna.name), None).await.expect("read");
    let actions: Vec<&str> =
        log["entries"].as_array().expect("entries").iter().filter_map(|it| it["action"].as_str()).collect();
    for action in ["product.create", "session.begin", "person.join"] {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
    // So that an entry is of one alone, no token has the name of a person.
    let spec = json!({ "name": anna.name, "role": "viewer" });
    assert!(testbed.admin.call(Method::POST, "/tokens", Some(spec)).await.is_err());
    for _ in 0..10 {
        let name = unique("Ada");
        let person = json!({ "name": name, "email": format!("{}@example.org", unique("ada")), "role": "viewer" });
        let token = json!({ "name": name, "role": "viewer" });
        let (person, token) = tokio::join!(
            testbed.admin.call(Method::POST, "/people", Some(person)),
            testbed.admin.call(Method::POST, "/tokens", Some(token)),
        );
        assert_ne!(person.is_ok(), token.is_ok(), "one of both, at the same moment");
    }
}

async fn nothing_of_it_can_be_read(testbed: &Testbed, anna: &Anna) {
    let pool = testbed.postgres().await.expect("postgres");
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT p::text FROM people p UNION ALL SELECT c::text FROM recovery_codes c
         UNION ALL SELECT f::text FROM sign_in_failures f UNION ALL SELECT a::text FROM audit_log a",
    )
    .fetch_all(&pool)
    .await
    .expect("read");
    let secret = hex::encode(anna.app.secret().as_bytes());
    let codes = anna.recovery_codes.iter().map(String::as_str);
    for kept in codes.chain([PASSWORD, &anna.app.secret().to_base32(), &secret]) {
        assert!(!rows.iter().any(|row| row.contains(kept)), "kept as a hash only");
    }
    assert!(rows.iter().any(|row| row.contains("$argon2id$v=19$m=19456,t=2,p=1$")));
}

#[tokio::test]
async fn who_guesses_waits_whether_anybody_has_the_address_or_not_and_a_new_link_lets_in_again() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let anna = Anna::joins(&testbed, "owner").await;
    let nobody = format!("{}@example.org", unique("nobody"));
    for email in [&anna.email, &nobody] {
        let guess = json!({ "email": email, "password": "a wrong password", "code": "123456" });
        let guesses = async || enter(door, "/sign-in", &guess).await;
        for _ in 0..5 {
            assert_eq!(guesses().await.0, StatusCode::FORBIDDEN);
        }
        let (status, _, problem) = guesses().await;
        assert_eq!(
            (status, &problem["type"]),
            (StatusCode::TOO_MANY_REQUESTS, &json!("/problems/too_many_guesses")),
            "{problem}"
        );
    }
    assert_eq!(anna.signs_in(door, PASSWORD, &code(&anna.app, 0)).await.0, StatusCode::TOO_MANY_REQUESTS);
    // Nobody locks themself out, by whichever way.
    for change in [json!({ "disabled": true }), json!({ "role": "viewer" })] {
        let (status, _) = anna.console.call(door, Method::PATCH, &format!("/people/{}", anna.id), &change).await;
        assert_eq!(status, StatusCode::CONFLICT);
    }
    // Who has lost all that they sign in with joins again by another link; one that was withdrawn is good no more.
    let link = async || {
        let path = format!("/people/{}/link", anna.id);
        token_of(&testbed.admin.call(Method::POST, &path, None).await.expect("a link"))
    };
    let withdrawn = link().await;
    testbed.admin.call(Method::DELETE, &format!("/people/{}/link", anna.id), None).await.expect("withdrawn");
    let (status, ..) = enter(door, "/join/look", &json!({ "token": withdrawn })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let token = link().await;
    let (_, _, seen) = enter(door, "/join/look", &json!({ "token": token })).await;
    let secret = Secret::try_from_base32(seen["secret"].as_str().expect("a secret")).expect("Base32");
    assert_ne!(&secret.to_base32(), &anna.app.secret().to_base32(), "another factor");
    let app = Builder::new().with_secret(secret).with_account_name(anna.email.clone()).build().expect("an app");
    let join = json!({ "token": token, "password": "six lamps on a shelf", "code": code(&app, -1) });
    let (status, cookie, joined) = enter(door, "/join", &join).await;
    assert_eq!(status, StatusCode::CREATED, "{joined}");
    assert_eq!(me(&Console::of_cookie(cookie.expect("a cookie")), door).await.0, StatusCode::OK);
    assert_eq!(me(&anna.console, door).await.0, StatusCode::UNAUTHORIZED, "sessions from before have ended");
    assert_eq!(anna.signs_in(door, PASSWORD, &anna.recovery_codes[0]).await.0, StatusCode::FORBIDDEN);
    assert_eq!(anna.signs_in(door, "six lamps on a shelf", &code(&app, 0)).await.0, StatusCode::CREATED);
    // Who has not joined is forgotten with their link.
    let spec = json!({ "name": unique("Ben"), "email": format!("{}@example.org", unique("ben")), "role": "viewer" });
    let invited = testbed.admin.call(Method::POST, "/people", Some(spec.clone())).await.expect("invited");
    assert!(testbed.admin.call(Method::POST, "/people", Some(spec.clone())).await.is_err(), "one address, one person");
    let path = format!("/people/{}/link", invited["id"].as_str().expect("an id"));
    testbed.admin.call(Method::DELETE, &path, None).await.expect("withdrawn");
    testbed.admin.call(Method::POST, "/people", Some(spec)).await.expect("invited anew");
    testbed.end().await;
}
