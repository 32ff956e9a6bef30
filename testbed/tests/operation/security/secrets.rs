//! No secret ends in a log, however much is logged, nor in an answer that is not its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use testbed::by_hand::Shopper;
use testbed::{Kind, NewSale, Shop, Testbed, binaries, wait};

use super::{heard, open};

const ATTEMPT_KEY: &str = "attempt-key-0123456789-0123456789-0123456789";
const CARD: &str = "tok_ok_4929000000006";
const ACCESS_CODE: &str = "open-sesame-and-let-me-in";
/// What the shop calls its customer: personal, so for no log.
const CUSTOMER: &str = "kundin-4711-persoenlich";

#[test]
fn a_wrong_url_is_not_shown_with_its_password() {
    let binaries = binaries().expect("the services are built");
    for binary in ["ingress", "dispenser", "order-worker", "notifier", "migrate"] {
        let mut started = Command::new(binaries.join(binary));
        let said =
            started.env("FLASHLINE_DATABASE_URL", "http://me:hunter2@host/").output().expect("it starts, and ends");
        let text = String::from_utf8_lossy(&said.stderr).into_owned() + &String::from_utf8_lossy(&said.stdout);
        assert!(!said.status.success() && text.contains("database-url"), "{binary}: {text}");
        assert!(!text.contains("hunter2"), "{binary}: {text}");
    }
}

#[tokio::test]
async fn no_secret_is_logged_or_told() {
    let servers = Testbed::builder().up().await.expect("the servers start");
    // What stories before this one have logged stays, and does not count.
    let folder = servers.folder().join("logs");
    let before = lengths(&folder);
    let described = Testbed::builder().on(servers).setting("FLASHLINE_LOG", "trace");
    let described = described.setting("FLASHLINE_ATTEMPT_KEY", ATTEMPT_KEY);
    let shop = Shop::open();
    let mut testbed = shop.believed_by(described).start().await.expect("the system starts");
    let base = testbed.base_urls[0].clone();
    let sale = NewSale { hold_seconds: 60, access_codes: vec![ACCESS_CODE.into()], ..NewSale::of_one(5) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let name = testbed::unique("viewer");
    let made = testbed
        .admin
        .call(Method::POST, "/tokens", Some(json!({ "name": name, "role": "viewer" })))
        .await
        .expect("made");
    let viewer = made["token"].as_str().expect("a token").to_owned();

    let endpoint = json!({ "url": "https://localhost:9/", "types": ["order.paid", "reservation.granted"] });
    let endpoint = testbed.admin.call(Method::POST, "/webhooks/endpoints", Some(endpoint)).await.expect("made");
    let endpoint_secret = endpoint["secret"].as_str().expect("a secret").to_owned();

    // A whole purchase, with everything that is secret in it.
    let customer_token = shop.token(CUSTOMER);
    let (shopper, _) = Shopper::signs_in(&base, &customer_token).await;
    let (ticket, url) = shopper.ticket().await;
    let mut socket = open(&url, &json!({ "type": "hello", "token": ticket, "events": [event] })).await;
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1, "access_code": ACCESS_CODE });
    let (_, accepted) = shopper.ask(Method::POST, &format!("/sales/{event}/attempts"), "k", wish).await;
    let attempt = accepted["attempt_id"].as_str().expect("accepted").to_owned();
    shopper.sees(event, &attempt, "reserved").await;
    let payments = format!("/sales/{event}/reservations/{attempt}/payments");
    let (status, told) = shopper.ask(Method::POST, &payments, "pay", json!({ "card_token": CARD })).await;
    assert!(status.is_success(), "{told}");
    shopper.sees(event, &attempt, "confirmed").await;

    // And what goes wrong, with the same.
    let mut answers = vec![told.to_string(), accepted.to_string()];
    for news in heard(&mut socket, Duration::from_millis(1_200)).await {
        answers.push(news.to_string());
    }
    for (path, body) in [
        (payments.clone(), json!({ "card_token": CARD })),
        (format!("/sales/{event}/attempts"), json!({ "sku": "none", "quantity": 1, "access_code": ACCESS_CODE })),
        (format!("/sales/{event}/reservations/{event}/payments"), json!({ "card_token": CARD })),
    ] {
        answers.push(shopper.ask(Method::POST, &path, "again", body).await.1.to_string());
    }
    for path in ["/me/orders", "/me/reservations", "/sales"] {
        answers.push(shopper.read(path).await.1.to_string());
    }
    for path in ["/audit", "/events", "/orders", "/tokens", "/health", "/webhooks/endpoints", "/webhooks/deliveries"] {
        answers.push(testbed.admin.call(Method::GET, path, None).await.expect("answered").to_string());
    }
    answers
        .push(testbed.admin.call(Method::GET, &format!("/events/{event}"), None).await.expect("answered").to_string());
    for body in [json!({ "customer_token": format!("{customer_token}x") }), json!({ "customer": customer_token })] {
        answers.push(Shopper::asks_to_sign_in(&base, body).await.1.to_string());
    }
    for token in [&viewer, &format!("{viewer}x"), &shopper.token, &format!("{}x", shopper.token)] {
        for path in ["/api/v1/admin/tokens", "/api/v1/me/orders"] {
            let asked = shopper.client.get(format!("{base}{path}")).bearer_auth(token).send().await.expect("answered");
            answers.push(asked.text().await.expect("text"));
        }
    }
    let tries = async || testbed.metrics(Kind::OrderWorker, "flashline_order_worker_delivery_tries_total").await[0];
    wait::until("the endpoint is tried", Duration::from_secs(20), tries, |tries| *tries > 0.0).await;
    let id = endpoint["id"].as_str().expect("an id");
    testbed.admin.call(Method::DELETE, &format!("/webhooks/endpoints/{id}"), None).await.expect("removed");
    testbed.stop().await.expect("stops in good order");

    let secrets = [
        ("the admin's token", testbed.admin_token.as_str()),
        ("the key of webhooks", &testbed.webhook_key),
        ("the key of sessions", &testbed.session_key),
        ("the key of attempts", ATTEMPT_KEY),
        ("an API token", &viewer),
        ("a session's token", &shopper.token),
        ("a socket's token", &ticket),
        ("a customer's token", &customer_token),
        ("an endpoint's secret", &endpoint_secret["whsec_".len()..]),
        ("a card's token", CARD),
        ("an access code", ACCESS_CODE),
        ("the broker's URL", &testbed.servers.amqp_url),
        ("the database's URL", &testbed.servers.database_url),
    ];
    let (mut logs, mut bytes) = (0, 0);
    for (log, length) in lengths(&folder) {
        let from = before.get(&log).copied().unwrap_or(0);
        let text = String::from_utf8_lossy(&std::fs::read(&log).expect("read")[from..]).into_owned();
        logs += usize::from(length > from);
        bytes += text.len();
        // Nor what is nobody's business, though those whom it concerns are answered with it.
        for (what, secret) in secrets.into_iter().chain([("a customer's name", CUSTOMER)]) {
            let at = text.find(secret).map(|at| text[..at].rfind('\n').map_or(0, |line| line + 1));
            assert!(at.is_none(), "{what} in {}: {:.200}", log.display(), &text[at.unwrap_or(0)..]);
        }
        assert!(
            !text.contains("guest\\0guest") && !text.contains("guest\\u{0}guest"),
            "the broker's password in {}",
            log.display()
        );
    }
    assert!(logs >= 5 && bytes > 100_000, "everything was logged: {logs} logs, {bytes} bytes");
    for answer in answers {
        for (what, secret) in secrets {
            assert!(!answer.contains(secret), "{what} in {answer}");
        }
    }
}

/// How long each log of a folder is, in bytes.
fn lengths(folder: &Path) -> BTreeMap<PathBuf, usize> {
    let logs = std::fs::read_dir(folder).into_iter().flatten().map(|log| log.expect("a log").path());
    logs.map(|log| (log.clone(), std::fs::metadata(log).expect("there").len() as usize)).collect()
}
