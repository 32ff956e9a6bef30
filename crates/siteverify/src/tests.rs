use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use secrecy::SecretString;
use tokio::net::TcpListener;

use super::*;

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

/// Where something answers to every form.
async fn served<R: IntoResponse + 'static>(answer: impl Fn(String) -> R + Clone + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/siteverify", listener.local_addr().expect("an address"));
    let routes = Router::new().fallback(routing::post(move |form: String| {
        let answer = answer(form).into_response();
        async move { answer }
    }));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

fn verifier(url: &str, takes_site_key: bool) -> Verifier {
    let trust = tls::Settings::default().load().expect("trust");
    let provider = Provider {
        url: url.parse().expect("a URL"),
        secret: SecretString::from("the secret&more"),
        page: Page { script_url: "https://check.example/api.js".to_owned(), site_key: "site-key".to_owned() },
        hosts: vec!["sale.example".to_owned()],
        takes_site_key,
    };
    Verifier::new(provider, &trust).expect("a client")
}

#[tokio::test]
async fn the_form_is_as_the_contract_has_it() {
    let expected = "secret=the+secret%26more&response=a%2Btoken&remoteip=192.0.2.7";
    for (takes_site_key, expected) in [(false, expected.to_owned()), (true, format!("{expected}&sitekey=site-key"))] {
        let url = served(move |form| format!(r#"{{"success":{}}}"#, form == expected)).await;
        assert_eq!(verifier(&url, takes_site_key).verify("a+token", ADDRESS).await, Ok(()));
    }
}

/// What is answered, how, and what it comes to.
type Case = (&'static str, fn() -> Response, Refusal);

#[tokio::test]
async fn nothing_but_a_yes_is_one() {
    fn json(status: StatusCode, body: &'static str) -> Response {
        (status, body).into_response()
    }
    let answers: [Case; 6] = [
        (
            "no",
            || json(StatusCode::OK, r#"{"success":false,"error-codes":["invalid-input-response"]}"#),
            Refusal::Token,
        ),
        (
            "with a status besides",
            || json(StatusCode::BAD_REQUEST, r#"{"success":false,"error-codes":["invalid-input-secret"]}"#),
            Refusal::Misconfigured,
        ),
        ("a page", || json(StatusCode::OK, "<html>"), Refusal::Away),
        ("a failure that says yes", || json(StatusCode::BAD_GATEWAY, r#"{"success":true}"#), Refusal::Away),
        ("a redirect", || (StatusCode::FOUND, [(header::LOCATION, "/yes")], r#"see"#).into_response(), Refusal::Away),
        (
            "too much",
            || format!(r#"{{"success":true,"more":"{}"}}"#, "x".repeat(BYTES_MAX)).into_response(),
            Refusal::Away,
        ),
    ];
    for (what, answer, refusal) in answers {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let url = served(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            answer()
        });
        assert_eq!(verifier(&url.await, false).verify("token", ADDRESS).await, Err(refusal), "{what}");
        assert_eq!(asked.load(Ordering::Relaxed), 1, "{what}: asked once, and nowhere else");
    }
}

#[tokio::test]
async fn who_is_not_there_is_away_and_what_is_no_token_is_not_asked_about() {
    let nobody = verifier("http://127.0.0.1:9/siteverify", false);
    assert_eq!(nobody.verify("token", ADDRESS).await, Err(Refusal::Away));
    for none in [String::new(), "x".repeat(TOKEN_LENGTH_MAX + 1)] {
        assert_eq!(nobody.verify(&none, ADDRESS).await, Err(Refusal::Malformed));
    }
}
