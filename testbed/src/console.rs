//! An organiser's browser at the console: it has the cookie of a session, and no API token.

use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

/// A session of an organiser, as their browser keeps it.
pub struct Console {
    client: Client,
    /// What its browser was told to keep.
    pub set_cookie: String,
}

impl Console {
    /// Signs in with an API token, at a door.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn sign_in(door: &str, token: &str) -> Self {
        let client = Client::new();
        let asked = client.post(format!("{door}/api/v1/admin/session")).bearer_auth(token);
        let answer = asked.send().await.expect("answered");
        assert_eq!(answer.status(), StatusCode::CREATED, "signed in");
        let set_cookie = answer.headers()[SET_COOKIE].to_str().expect("text").to_owned();
        Self { client, set_cookie }
    }

    /// A session that was begun otherwise, by what the browser was told to keep.
    pub fn of_cookie(set_cookie: String) -> Self {
        Self { client: Client::new(), set_cookie }
    }

    /// What the browser sends of it.
    pub fn cookie(&self) -> &str {
        self.set_cookie.split(';').next().unwrap_or_default()
    }

    /// A call of the admin API at a door, from a page of ours.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn call(&self, door: &str, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        self.call_from(door, method, path, body, &[("sec-fetch-site", "same-origin")]).await
    }

    /// The same from another page, by what browsers say of it.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn call_from(
        &self,
        door: &str,
        method: Method,
        path: &str,
        body: &Value,
        from: &[(&str, &str)],
    ) -> (StatusCode, Value) {
        let mut asked = self.client.request(method, format!("{door}/api/v1/admin{path}")).header(COOKIE, self.cookie());
        for (name, value) in from {
            asked = asked.header(*name, *value);
        }
        let answer = asked.json(body).send().await.expect("answered");
        (answer.status(), answer.json().await.unwrap_or_default())
    }
}
