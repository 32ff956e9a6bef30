//! Servers that speak TLS only: a sale over it, and what is said when it cannot be spoken.

use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use testbed::{Crowd, Kind, NewSale, Servers, Testbed, Then, wait};

/// A wrong certificate is noticed at the first look, or once the library has given up.
const NOTICED_WITHIN: Duration = Duration::from_secs(40);
const SERVERS: [&str; 3] = ["rabbitmq", "redis", "postgresql"];

/// Whoever connects anew (to another node, or after a takeover) meets the renewed certificate.
#[tokio::test]
async fn a_sale_is_sold_over_tls_while_certificates_are_renewed_and_nodes_are_lost() {
    let described = Testbed::builder().set("tls-cluster").on_tls().on_cluster().on_new_servers();
    let mut testbed = described.start().await.expect("the system starts");
    let before = certificate(&testbed.servers);
    let sale = NewSale::of_one(40);
    let event = testbed.admin.create(&sale).await.expect("created");
    let crowd = Crowd::buying(&sale, 200, 8.0, Then::mixed);
    let base_urls = testbed.base_urls.clone();
    let run = tokio::spawn(async move { crowd.run(&base_urls, event).await });
    let recorded = async || testbed.recorded(event).await.expect("the record answers");
    wait::until("the sale has begun", NOTICED_WITHIN, recorded, |recorded| *recorded > 0).await;
    testbed.servers.ask(&["renew"]).await.expect("renewed");
    assert_ne!(certificate(&testbed.servers), before, "the servers show another one");
    let epoch = testbed.head(event).await.expect("a head").epoch;
    let writer = testbed.writer(event).await.expect("somebody writes");
    testbed.process(Kind::Dispenser, writer).start_again_with(&[]).expect("started");
    testbed.process(Kind::Notifier, 0).start_again_with(&[]).expect("started");
    for node in ["redis-1", "rabbitmq-1"] {
        testbed.servers.ask(&["kill", node]).await.expect("killed");
    }
    let outcome = run.await.expect("ended").expect("ran");
    testbed.judge(event, &outcome).await.expect("judged").assert_good();
    assert!(testbed.head(event).await.expect("a head").epoch > epoch, "another writer took over");
    testbed.end().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_server_is_said_by_name() {
    let mut testbed = Testbed::builder().set("tls").on_tls().on_new_servers().start().await.expect("the system starts");
    let folder = testbed.servers.folder().join("tls");
    let stranger = stranger(&folder);
    let (certificate, key) = (stranger.with_extension("pem"), stranger.with_extension("key"));
    let (certificate, key) = (certificate.display().to_string(), key.display().to_string());

    let untrusted = [("FLASHLINE_CA_FILE", certificate.as_str())];
    says(
        &mut testbed,
        &untrusted,
        "is signed by an authority that is neither among the system's nor in FLASHLINE_CA_FILE",
    )
    .await;
    let unknown = [("FLASHLINE_CLIENT_CERT_FILE", certificate.as_str()), ("FLASHLINE_CLIENT_KEY_FILE", key.as_str())];
    says(&mut testbed, &unknown, "FLASHLINE_CLIENT_CERT_FILE").await;
    let plain = testbed.servers.amqp_url.replace("amqps:", "amqp:");
    let redis = testbed.servers.redis_url.replace("rediss:", "redis:");
    let database = testbed.servers.database_url.replace("verify-full", "disable");
    let plain = [
        ("FLASHLINE_AMQP_URL", plain.as_str()),
        ("FLASHLINE_REDIS_URL", redis.as_str()),
        ("FLASHLINE_DATABASE_URL", database.as_str()),
    ];
    says(&mut testbed, &plain, "TLS").await;
    for (word, why) in [("expired", "its certificate has expired"), ("elsewhere", "is for another host name")] {
        testbed.servers.ask(&["renew", word]).await.expect("renewed");
        says(&mut testbed, &[], why).await;
    }
    testbed.servers.ask(&["renew"]).await.expect("renewed");
    says(&mut testbed, &[], "answers").await;
    testbed.end().await;
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_found_out() {
    let mut testbed = Testbed::builder().start().await.expect("the system starts");
    let broker = testbed.servers.amqp_url.replace("amqp:", "amqps:");
    let redis = testbed.servers.redis_url.replace("redis:", "rediss:");
    let database = format!("{}?sslmode=verify-full", testbed.servers.database_url);
    let secure = [
        ("FLASHLINE_AMQP_URL", broker.as_str()),
        ("FLASHLINE_REDIS_URL", redis.as_str()),
        ("FLASHLINE_DATABASE_URL", database.as_str()),
    ];
    says(&mut testbed, &secure, "speak TLS").await;
    testbed.end().await;
}

#[tokio::test]
async fn the_edge_speaks_tls_and_takes_a_renewed_certificate() {
    let testbed =
        Testbed::builder().set("tls").on_tls().on_new_servers().behind_edge().start().await.expect("the system starts");
    let config = testbed.servers.trust.client_config().expect("a configuration");
    let client =
        Client::builder().tls_backend_preconfigured(config).redirect(Policy::none()).build().expect("a client");
    let (edge, plain) = (testbed.edge_url(), testbed.plain_edge_url());
    for path in ["/", "/api/v1/sales", "/api/v1/nothing", "/edge/livez"] {
        let answer = client.get(format!("{edge}{path}")).send().await.expect("answered");
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000", "{path}");
        let led = client.post(format!("{plain}{path}?x=1")).send().await.expect("answered");
        if path != "/edge/livez" {
            assert_eq!(led.status(), StatusCode::PERMANENT_REDIRECT);
            assert_eq!(led.headers()["location"], format!("https://127.0.0.1{path}?x=1"));
        }
    }
    let page = client.get(&edge).send().await.expect("answered");
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.contains(&edge.replace("https:", "wss:")), "sockets over TLS are allowed: {policy}");
    let at = edge.trim_start_matches("https://");
    let upgrade = client
        .get(format!("{edge}/ws"))
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("origin", &edge)
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(upgrade.send().await.expect("answered").status(), StatusCode::SWITCHING_PROTOCOLS);

    let shown = handshake(at, &["-alpn", "h2"]);
    assert!(shown.contains("TLSv1.3") && shown.contains("ALPN protocol: h2"), "{shown}");
    assert!(!handshake(at, &["-tls1_1"]).contains("Cipher is ECDHE"), "nothing older than 1.2");
    let before = certificate_in(&shown);
    testbed.servers.ask(&["renew"]).await.expect("renewed");
    testbed.reload_edge();
    let look = async || certificate_in(&handshake(at, &[]));
    wait::until("the edge shows the renewed certificate", NOTICED_WITHIN, look, |shown| *shown != before).await;
    testbed.end().await;
}

/// What OpenSSL's client says of a handshake.
fn handshake(at: &str, words: &[&str]) -> String {
    let said = Command::new("openssl").args(["s_client", "-connect", at]).args(words).stdin(Stdio::null()).output();
    String::from_utf8_lossy(&said.expect("openssl runs").stdout).into_owned()
}

/// The certificate in what it says.
fn certificate_in(handshake: &str) -> String {
    let from = handshake.find("-----BEGIN CERTIFICATE-----").unwrap_or_default();
    let to = handshake.find("-----END CERTIFICATE-----").unwrap_or_default();
    handshake[from..to].to_owned()
}

/// Starts an order-worker again with these settings, and waits until it says this of every server.
async fn says(testbed: &mut Testbed, settings: &[(&str, &str)], what: &str) {
    let worker = testbed.process(Kind::OrderWorker, 0);
    worker.start_again_with(settings).expect("started");
    let look = async || worker.readiness().await["servers"].clone();
    let all =
        |servers: &Value| SERVERS.iter().all(|name| servers[name].as_str().is_some_and(|said| said.contains(what)));
    wait::until(&format!("of every server it says: {what}"), NOTICED_WITHIN, look, all).await;
}

/// The certificate that the set's servers show.
fn certificate(servers: &Servers) -> String {
    std::fs::read_to_string(servers.folder().join("tls/server.pem")).expect("a certificate")
}

/// Somebody whom none of the servers knows. Gives the path without its ending.
fn stranger(folder: &std::path::Path) -> std::path::PathBuf {
    let at = folder.join("stranger");
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-noenc",
            "-subj",
            "/CN=stranger",
        ])
        .arg("-keyout")
        .arg(at.with_extension("key"))
        .arg("-out")
        .arg(at.with_extension("pem"))
        .output();
    assert!(made.is_ok_and(|made| made.status.success()), "openssl makes a certificate");
    at
}
