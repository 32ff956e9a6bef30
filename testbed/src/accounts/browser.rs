//! A browser of somebody who signs in with an account: its cookies, and the provider's form.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::{Value, json};

/// Steps from one page of the provider's to the next.
const STEPS_MAX: usize = 10;

/// One browser. A second device is another. What is not answered panics, as in all of [`crate::by_hand`].
pub struct Browser {
    client: Client,
    /// By host, which is what cookies are kept apart by, and name.
    cookies: BTreeMap<(String, String), String>,
}

impl Browser {
    /// A new one.
    pub fn open() -> Self {
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { client, cookies: BTreeMap::new() }
    }

    /// The same cookies in another browser, as a thief would have them.
    pub fn copy(&self) -> Self {
        Self { client: self.client.clone(), cookies: self.cookies.clone() }
    }

    /// Begins a sign-in at a door: what was said.
    pub async fn begins(&mut self, door: &str, body: &Value) -> (StatusCode, Value) {
        self.posts(door, "/sessions/account", body).await
    }

    /// Signs in as somebody at the provider, from where a sign-in leads: what the provider sends back to the page, by name.
    pub async fn signs_in_at(&mut self, url: &str, name: &str) -> BTreeMap<String, String> {
        let mut next = Url::parse(url).expect("a URL");
        for _ in 0..STEPS_MAX {
            if next.path() == "/sign-in" {
                return next.query_pairs().into_owned().collect();
            }
            let mut response = self.goes(Method::GET, &next, |request| request).await;
            if response.status() == StatusCode::OK && next.path().starts_with("/interaction/") {
                let form = [("prompt", "login"), ("login", name), ("password", "x")];
                response = self.goes(Method::POST, &next, |request| request.form(&form)).await;
            }
            let to = response.headers().get(LOCATION).map(|to| to.to_str().expect("text").to_owned());
            let status = response.status();
            let Some(to) = to else { panic!("{next}: {status}: {}", response.text().await.unwrap_or_default()) };
            next = next.join(&to).expect("a URL");
        }
        panic!("the provider leads in circles: {next}");
    }

    /// Ends a sign-in at a door: what was said.
    pub async fn ends(&mut self, door: &str, back: &BTreeMap<String, String>) -> (StatusCode, Value) {
        self.posts(door, "/sessions/account/confirm", &json!({ "state": back["state"], "code": back["code"] })).await
    }

    /// All of it: the session.
    pub async fn signs_in(&mut self, door: &str, name: &str) -> Value {
        let (status, begun) = self.begins(door, &Value::Null).await;
        assert_eq!(status, StatusCode::CREATED, "{begun}");
        let back = self.signs_in_at(begun["url"].as_str().expect("a URL"), name).await;
        let (status, session) = self.ends(door, &back).await;
        assert_eq!(status, StatusCode::CREATED, "{session}");
        session
    }

    async fn posts(&mut self, door: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let url = Url::parse(&format!("{door}/api/v1{path}")).expect("a URL");
        let answer = self.goes(Method::POST, &url, |request| request.json(body)).await;
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn goes(
        &mut self,
        method: Method,
        url: &Url,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Response {
        let at = url.host_str().unwrap_or_default().to_owned();
        let mine = self
            .cookies
            .iter()
            .filter(|((host, _), _)| *host == at)
            .map(|((_, name), value)| format!("{name}={value}"));
        let cookies = mine.collect::<Vec<_>>().join("; ");
        let response =
            with(self.client.request(method, url.clone()).header(COOKIE, cookies)).send().await.expect("answered");
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            match value {
                "" => self.cookies.remove(&(at.clone(), name.to_owned())),
                _ => self.cookies.insert((at.clone(), name.to_owned()), value.to_owned()),
            };
        }
        response
    }
}
