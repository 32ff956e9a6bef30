//! Sales that ask guests for a hosted check.

use reqwest::{Method, StatusCode};
use sale::ids::EventId;
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::hosted_check::{ACTION, HOST, Manner, SITE_KEY};
use testbed::{HostedCheck, Kind, NewSale, Shop, Testbed};

type Said = (StatusCode, Value);

fn asking(machine_check: &'static str) -> NewSale {
    NewSale { machine_check, ..NewSale::of_one(10) }
}

async fn begins(door: &str, body: Value) -> Said {
    Shopper::asks_to_sign_in(door, body).await
}

async fn renews(shopper: &Shopper, body: Value) -> Said {
    shopper.ask(Method::POST, "/sessions/renew", "-", body).await
}

async fn clicks(shopper: &Shopper, sale: &NewSale, event: EventId) -> Said {
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    shopper.ask(Method::POST, &format!("/sales/{event}/attempts"), "k", wish).await
}

fn problem(said: &Said) -> (u16, &str) {
    (said.0.as_u16(), said.1["type"].as_str().unwrap_or_default().trim_start_matches("/problems/"))
}

fn shows(said: &Said) -> (bool, bool) {
    assert_eq!(said.0, StatusCode::CREATED, "{}", said.1);
    let is = |name: &str| said.1[name].as_bool().expect("a truth");
    (is("is_proven"), is("is_checked"))
}

async fn ends(testbed: &Testbed, end: &str) -> u64 {
    let series = format!(r#"flashline_ingress_hosted_checks_total{{end="{end}"}}"#);
    testbed.metrics(Kind::Ingress, &series).await.iter().sum::<f64>() as u64
}

#[tokio::test]
async fn a_guest_who_has_passed_it_takes_part_at_every_door_and_one_token_is_one_shopper() {
    let provider = HostedCheck::start().await.expect("started");
    let testbed = provider.known_to(Testbed::builder()).ingresses(2).start().await.expect("the system starts");
    let [door, other] = [0, 1].map(|at| testbed.base_urls[at].clone());
    let (sale, working) = (asking("hosted"), asking("always"));
    let event = testbed.admin.create(&sale).await.expect("created");
    let work = testbed.admin.create(&working).await.expect("created");
    let offered = testbed.admin.call(Method::GET, "/machine-checks", None).await.expect("listed");
    assert_eq!(offered["machine_checks"], json!(["off", "when_pressed", "always", "hosted"]));

    // The page knows whose widget to show, and may.
    let guest = Shopper::arrive(&door).await;
    let (_, shown) = guest.read(&format!("/sales/{event}")).await;
    let script_url = format!("{}/api.js", provider.url);
    assert_eq!(shown["machine_check"], "hosted");
    assert_eq!(shown["hosted_check"], json!({ "script_url": script_url, "site_key": SITE_KEY }));
    let (_, other_sale) = guest.read(&format!("/sales/{work}")).await;
    assert_eq!(other_sale["hosted_check"], Value::Null, "for a sale that asks it");
    let page = guest.client.get(format!("{door}/sales/{event}")).send().await.expect("a page");
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    for part in [format!("script-src 'self' {};", provider.url), format!("frame-src {};", provider.url)] {
        assert!(policy.contains(&part), "{policy}");
    }

    // Who says what for is told at once; and who does not, when they click.
    assert_eq!(problem(&begins(&door, json!({ "event_id": event })).await), (403, "hosted_check_needed"));
    assert_eq!(problem(&clicks(&guest, &sale, event).await), (403, "hosted_check_needed"));

    let token = provider.token();
    let begun = begins(&door, json!({ "event_id": event, "hosted_check": token })).await;
    assert_eq!(shows(&begun), (true, true));
    let again = begins(&door, json!({ "hosted_check": token })).await;
    assert_eq!(again.1["shopper_id"], begun.1["shopper_id"], "whose answer was lost is the same shopper");
    let elsewhere = begins(&other, json!({ "hosted_check": token })).await;
    assert_eq!(problem(&elsewhere), (403, "hosted_check_wrong"), "the provider says it once");
    assert_eq!(problem(&renews(&guest, json!({ "hosted_check": token })).await), (403, "hosted_check_wrong"));
    let checked = Shopper::known(&other, &begun.1);
    assert_eq!(clicks(&checked, &sale, event).await.0, StatusCode::ACCEPTED);

    // Who has a session goes on as the same shopper, and shows it from then on: wherever less is asked, too.
    let renewed = renews(&guest, json!({ "hosted_check": provider.token() })).await;
    assert_eq!(shows(&renewed), (true, true));
    let guest = Shopper::known(&door, &renewed.1);
    assert_eq!(shows(&renews(&guest, Value::Null).await), (true, true));
    assert_eq!(clicks(&guest, &sale, event).await.0, StatusCode::ACCEPTED);
    assert_eq!(clicks(&guest, &working, work).await.0, StatusCode::ACCEPTED);
    let both = renews(&guest, json!({ "hosted_check": provider.token(), "proof": "x" })).await;
    assert_eq!(problem(&both), (422, "invalid"));

    // The provider is told whose browser it was, and asked once for a token.
    assert_eq!(provider.asked_for(), [HOST; 3]);
    assert_eq!((ends(&testbed, "passed").await, ends(&testbed, "stale").await), (2, 2));
    let count = testbed.metrics(Kind::Ingress, "flashline_ingress_sessions_refused_total").await;
    assert_eq!(count.iter().sum::<f64>() as u64, 1);
    testbed.end().await;
}

#[tokio::test]
async fn what_the_provider_does_not_confirm_is_refused_and_too_much_of_it_not_heard() {
    let provider = HostedCheck::start().await.expect("started");
    let system = provider.known_to(Testbed::builder()).setting("FLASHLINE_LIMIT_WRONG_CODES", "5");
    let testbed = system.start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let begin = async |token: &str| begins(door, json!({ "hosted_check": token })).await;
    let old = provider.token();
    provider.outlast(&old);
    for wrong in ["made up", &old, &provider.token_for("evil.example", ACTION), &provider.token_for(HOST, "login")] {
        assert_eq!(problem(&begin(wrong).await), (403, "hosted_check_wrong"));
    }
    assert_eq!((ends(&testbed, "refused").await, ends(&testbed, "stale").await), (1, 1));
    assert_eq!(ends(&testbed, "elsewhere").await, 2);
    assert_eq!(problem(&begin("").await), (403, "hosted_check_wrong"));
    assert_eq!(problem(&begin(&provider.token()).await), (429, "too_many_guesses"));
    assert_eq!(
        provider.asked_for().len(),
        4,
        "nobody is asked about what cannot be a token, or comes from who guesses"
    );
    testbed.end().await;
}

#[tokio::test]
async fn what_is_the_providers_fault_or_ours_is_no_shoppers_and_a_token_outlasts_it() {
    let provider = HostedCheck::start().await.expect("started");
    let system = provider.known_to(Testbed::builder()).setting("FLASHLINE_LIMIT_WRONG_CODES", "1");
    let testbed = system.start().await.expect("the system starts");
    let (door, sale) = (&testbed.base_urls[0], asking("hosted"));
    let event = testbed.admin.create(&sale).await.expect("created");
    let token = provider.token();
    let begin = async || begins(door, json!({ "event_id": event, "hosted_check": token })).await;
    for (manner, end) in [
        (Manner::Strange, "misconfigured"),
        (Manner::Broken, "away"),
        (Manner::Troubled, "away"),
        (Manner::Silent, "away"),
    ] {
        provider.be(manner);
        let before = ends(&testbed, end).await;
        let away = begin().await;
        assert_eq!(problem(&away), (503, "hosted_check_unavailable"), "{manner:?}");
        assert!(away.1["retry_after_s"].as_u64().is_some_and(|seconds| seconds > 0), "{}", away.1);
        assert_eq!(ends(&testbed, end).await, before + 1, "{manner:?}");
    }
    provider.be(Manner::Well);
    let checked = Shopper::known(door, &begin().await.1);
    assert_eq!(clicks(&checked, &sale, event).await.0, StatusCode::ACCEPTED);
    testbed.end().await;
}

#[tokio::test]
async fn who_has_signed_in_is_never_asked() {
    let (shop, provider) = (Shop::open(), HostedCheck::start().await.expect("started"));
    let system = shop.believed_by(provider.known_to(Testbed::builder()));
    let testbed = system.start().await.expect("the system starts");
    let sale = asking("hosted");
    let event = testbed.admin.create(&sale).await.expect("created");
    let (customer, _) = Shopper::signs_in(&testbed.base_urls[0], &shop.token("anna")).await;
    assert_eq!(clicks(&customer, &sale, event).await.0, StatusCode::ACCEPTED);
    let renewed = renews(&customer, json!({ "hosted_check": "whatever" })).await;
    assert_eq!((shows(&renewed), &renewed.1["identity"]), ((false, false), &json!("customer")));
    assert_eq!(provider.asked_for(), [""; 0]);
    testbed.end().await;
}

/// Whoever operates this may sell without the provider: by starting the doors again without it.
#[tokio::test]
async fn where_there_is_no_provider_no_sale_asks_for_it_and_those_that_did_ask_for_work() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let refused = testbed.admin.create(&asking("hosted")).await.expect_err("nobody could pass").to_string();
    assert!(refused.contains("422") && refused.contains("FLASHLINE_HOSTED_CHECK_URL"), "{refused}");
    let offered = testbed.admin.call(Method::GET, "/machine-checks", None).await.expect("listed");
    assert_eq!(offered["machine_checks"], json!(["off", "when_pressed", "always"]));
    assert_eq!(problem(&begins(door, json!({ "hosted_check": "x" })).await), (422, "no_hosted_check"));

    let event = testbed.admin.create(&asking("off")).await.expect("created");
    let pool = testbed.postgres().await.expect("a pool");
    let changed = "UPDATE sale_events SET machine_check = 'hosted', version = version + 1 WHERE id = $1";
    sqlx::query(changed).bind(event.0).execute(&pool).await.expect("changed");
    let guest = Shopper::arrive(door).await;
    let shown = async || guest.read(&format!("/sales/{event}")).await.1["machine_check"].clone();
    testbed::wait::until("the door knows", std::time::Duration::from_secs(20), shown, |word| word == "always").await;
    assert_eq!(problem(&begins(door, json!({ "event_id": event })).await), (403, "proof_needed"));
    testbed.end().await;
}
