//! The mail server: away for a while, over TLS, or not whom it says it is. What it is told is in the language that was asked for.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::mail::Security;
use testbed::{Kind, MailServer, Testbed, unique, wait};

use super::{SOON, address};

/// It is looked at every ten seconds.
const NOTICED_WITHIN: Duration = Duration::from_secs(40);

#[tokio::test]
async fn a_code_comes_once_the_server_is_back_and_one_that_is_refused_is_given_up() {
    let mut testbed = Testbed::builder().order_workers(2).with_mail().start().await.expect("the system starts");
    let door = testbed.base_urls[0].clone();
    let mut server = testbed.mail.take().expect("a mail server");
    server.stop();
    let anna = address("anna");
    assert_eq!(Shopper::asks_for_code(&door, &anna).await.0, StatusCode::ACCEPTED, "the door does not depend on it");
    let tried =
        async || testbed.metrics(Kind::OrderWorker, r#"flashline_order_worker_mails_total{end="failed"}"#).await;
    wait::until("it was tried in vain", SOON, tried, |failed| failed.iter().sum::<f64>() >= 2.0).await;
    server.start_again().await.expect("started");
    let code = server.nth_code_to(&anna, 1).await;
    assert_eq!(Shopper::confirms(&door, &anna, &code).await.0, StatusCode::CREATED);

    let nobody = format!("{}@refused.example", unique("nobody"));
    assert_eq!(Shopper::asks_for_code(&door, &nobody).await.0, StatusCode::ACCEPTED);
    let refused =
        async || testbed.metrics(Kind::OrderWorker, r#"flashline_order_worker_mails_total{end="refused"}"#).await;
    wait::until("it was refused", SOON, refused, |refused| refused.iter().sum::<f64>() == 1.0).await;
    let pool = testbed.postgres().await.expect("postgres");
    let look =
        async || sqlx::query_scalar::<_, i64>("SELECT count(*) FROM mails").fetch_one(&pool).await.expect("counted");
    wait::until("nothing waits", SOON, look, |waiting| *waiting == 0).await;

    // What nobody could send in time is not sent any more.
    server.stop();
    let ben = address("ben");
    assert_eq!(Shopper::asks_for_code(&door, &ben).await.0, StatusCode::ACCEPTED);
    sqlx::query("UPDATE mails SET expires_at = now()").execute(&pool).await.expect("time passes");
    server.start_again().await.expect("started");
    let clara = address("clara");
    assert_eq!(Shopper::asks_for_code(&door, &clara).await.0, StatusCode::ACCEPTED);
    server.nth_to(&clara, 1).await;
    assert!(server.to(&ben).is_empty());
    // It is cleared away, and counted; so are codes that are not counted any more.
    sqlx::query("UPDATE email_codes SET created_at = created_at - interval '25 hours'")
        .execute(&pool)
        .await
        .expect("time passes");
    testbed.process(Kind::OrderWorker, 0).start_again_with(&[]).expect("started");
    let rows = "SELECT (SELECT count(*) FROM mails) + (SELECT count(*) FROM email_codes)";
    let look = async || sqlx::query_scalar::<_, i64>(rows).fetch_one(&pool).await.expect("counted");
    wait::until("nothing is left", SOON, look, |left| *left == 0).await;
    let expired =
        async || testbed.metrics(Kind::OrderWorker, r#"flashline_order_worker_mails_total{end="expired"}"#).await;
    wait::until("it is counted", SOON, expired, |expired| expired.iter().sum::<f64>() == 1.0).await;

    // Neither who it was nor what it was is in a log.
    let logs = std::fs::read_dir(testbed.servers.folder().join("logs")).expect("logs");
    for log in logs.filter_map(Result::ok) {
        let text = std::fs::read_to_string(log.path()).unwrap_or_default();
        for secret in [&anna, &nobody, &ben, &clara] {
            assert!(!text.contains(secret.as_str()), "{} names an address", log.path().display());
        }
    }
    testbed.end().await;
}

#[tokio::test]
async fn a_mail_says_who_it_is_from_and_its_code_in_the_language_that_was_asked_for() {
    let testbed = Testbed::builder().with_mail().start().await.expect("the system starts");
    let (door, server) = (&testbed.base_urls[0], testbed.mail.as_ref().expect("a mail server"));
    for (language, subject) in [
        ("en", "Your code to sign in"),
        ("de", "Ihr Code zum Anmelden"),
        ("zh", "您的登录验证码"),
        ("ar", "رمز تسجيل الدخول"),
    ] {
        let to = address(language);
        let body = json!({ "email": to, "language": language });
        let asked = reqwest::Client::new().post(format!("{door}/api/v1/sessions/email")).json(&body).send().await;
        assert_eq!(asked.expect("answered").status(), StatusCode::ACCEPTED);
        let mail = server.nth_to(&to, 1).await;
        assert_eq!((&mail["subject"], &mail["from"]), (&json!(subject), &json!("Lamps <tickets@shop.example>")));
        let code = server.nth_code_to(&to, 1).await;
        let html = mail["html"].as_str().expect("a page");
        assert!(html.contains(&code) && html.contains(&format!("lang=\"{language}\"")), "{html}");
        assert!(mail["plain"].as_str().is_some_and(|text| text.contains("10")), "how many minutes it is good for");
    }
    testbed.end().await;
}

#[tokio::test]
async fn mail_goes_over_tls_to_a_server_that_is_believed_and_to_no_other() {
    let mut testbed = Testbed::builder().with_mail().start().await.expect("the system starts");
    let door = testbed.base_urls[0].clone();
    let folder = testbed.servers.folder().join("mail");
    std::fs::create_dir_all(&folder).expect("a folder");
    let (good, wrong) = (certificate(&folder, "127.0.0.1"), certificate(&folder, "192.0.2.1"));
    let starttls = MailServer::start(Security::StartTls(good.0.clone(), good.1.clone())).await.expect("started");
    let tls = MailServer::start(Security::Tls(good.0.clone(), good.1)).await.expect("started");
    let elsewhere = MailServer::start(Security::Tls(wrong.0.clone(), wrong.1)).await.expect("started");
    let believed = good.0.display().to_string();
    let both = folder.join("both.pem");
    let texts = [&good.0, &wrong.0].map(|file| std::fs::read_to_string(file).expect("a certificate"));
    std::fs::write(&both, texts.concat()).expect("written");
    let both = both.display().to_string();

    for server in [&starttls, &tls] {
        says(&mut testbed, &server.url, &believed, "answers").await;
        let anna = address("anna");
        assert_eq!(Shopper::asks_for_code(&door, &anna).await.0, StatusCode::ACCEPTED);
        assert_eq!(server.nth_to(&anna, 1).await["over_tls"], true);
    }
    // An authority that nobody believes, another host, no TLS where it was asked for.
    let unknown = "is signed by an authority that is neither among the system's nor in FLASHLINE_CA_FILE";
    says(&mut testbed, &elsewhere.url, &believed, unknown).await;
    says(&mut testbed, &elsewhere.url, &both, "is for another host name").await;
    let plain = format!("{}?tls=required", testbed.mail.as_ref().expect("a mail server").url);
    says(&mut testbed, &plain, &believed, "STARTTLS").await;
    let ben = address("ben");
    assert_eq!(Shopper::asks_for_code(&door, &ben).await.0, StatusCode::ACCEPTED);
    let failed = r#"flashline_order_worker_mails_total{end="failed"}"#;
    let tried = async || testbed.metrics(Kind::OrderWorker, failed).await;
    wait::until("it was tried in vain", SOON, tried, |failed| failed[0] >= 1.0).await;
    assert!(testbed.mail.as_ref().is_some_and(|plain| plain.to(&ben).is_empty()), "nothing goes there plain");
    testbed.end().await;
}

/// Starts the order-worker again with another mail server, and waits until it says this of it.
async fn says(testbed: &mut Testbed, url: &str, ca_file: &str, what: &str) {
    let worker = testbed.process(Kind::OrderWorker, 0);
    worker.start_again_with(&[("FLASHLINE_SMTP_URL", url), ("FLASHLINE_CA_FILE", ca_file)]).expect("started");
    let look = async || worker.readiness().await["servers"]["mail"].clone();
    let is_said = |said: &Value| said.as_str().is_some_and(|said| said.contains(what));
    wait::until(&format!("of the mail server it says: {what}"), NOTICED_WITHIN, look, is_said).await;
}

/// A certificate that nobody signed but itself, and its key.
fn certificate(folder: &Path, address: &str) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join(format!("{address}.pem")), folder.join(format!("{address}.key")));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30"])
        .args(["-subj", &format!("/CN={address}"), "-addext", &format!("subjectAltName=IP:{address}")])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output();
    assert!(made.is_ok_and(|made| made.status.success()), "openssl makes a certificate");
    (certificate, key)
}
