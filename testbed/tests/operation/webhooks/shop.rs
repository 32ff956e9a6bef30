//! The shop's side: a receiver that does what it is told to, and the endpoint that leads to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use reqwest::Method;
use serde_json::{Value, json};
use testbed::{Testbed, wait};
use tokio::net::TcpListener;

use super::SOON;

/// What a receiver does with what it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Accept,
    Answer(u16),
    LeadTo(String),
    /// Never answers.
    Hang,
}

/// A call that a receiver got.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) notice: Value,
    pub(super) accepted: bool,
}

/// A receiver.
#[derive(Clone)]
pub(super) struct Shop {
    does: Arc<Mutex<Does>>,
    calls: Arc<Mutex<Vec<Call>>>,
    pub(super) url: String,
}

impl Shop {
    pub(super) async fn open(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hooks", listener.local_addr().expect("bound"));
        let shop = Self { does: Arc::new(Mutex::new(does)), calls: Arc::default(), url };
        let router = Router::new().route("/hooks", post(receive)).with_state(shop.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        shop
    }

    pub(super) fn now(&self, does: Does) {
        *self.does.lock().expect("not poisoned") = does;
    }

    /// Every call, in the order in which they came.
    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("not poisoned").clone()
    }

    /// What was accepted first of each notice, by subject: types in their order.
    pub(super) fn accepted(&self) -> BTreeMap<String, Vec<String>> {
        let (mut known, mut by_subject) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
        for call in self.calls().into_iter().filter(|call| call.accepted) {
            if !known.contains(&call.id) {
                by_subject.entry(subject_of(&call.notice)).or_default().push(type_of(&call.notice));
                known.push(call.id);
            }
        }
        by_subject
    }

    /// Waits until it has accepted exactly this about a subject, in this order.
    pub(super) async fn is_told(&self, subject: &str, types: &[&str]) {
        let told = async || self.accepted().remove(subject).unwrap_or_default();
        wait::until(&format!("{subject} is told as {types:?}"), SOON, told, |told| told == types).await;
    }

    /// Waits until it has been called so many times.
    pub(super) async fn is_called(&self, times: usize) {
        wait::until("the shop is called", SOON, async || self.calls().len(), |calls| *calls >= times).await;
    }
}

pub(super) fn type_of(notice: &Value) -> String {
    notice["type"].as_str().expect("a type").to_owned()
}

fn subject_of(notice: &Value) -> String {
    let data = &notice["data"];
    let subject = data["reservation_id"].as_str().or(data["sale"]["id"].as_str()).or(data["endpoint_id"].as_str());
    subject.expect("a subject").to_owned()
}

async fn receive(State(shop): State<Shop>, headers: HeaderMap, body: String) -> Response {
    let does = shop.does.lock().expect("not poisoned").clone();
    let notice = serde_json::from_str(&body).expect("JSON");
    let (id, accepted) = (headers["webhook-id"].to_str().expect("text").to_owned(), does == Does::Accept);
    shop.calls.lock().expect("not poisoned").push(Call { id, notice, accepted });
    match does {
        Does::Accept => StatusCode::NO_CONTENT.into_response(),
        Does::Answer(status) => (StatusCode::from_u16(status).expect("a status"), "not today").into_response(),
        Does::LeadTo(url) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, url)]).into_response(),
        Does::Hang => std::future::pending().await,
    }
}

/// An endpoint.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) id: String,
    pub(super) secret: String,
}

impl Endpoint {
    pub(super) async fn make(testbed: &Testbed, url: &str, types: &[&str]) -> Self {
        let made = call(testbed, Method::POST, "/endpoints", Some(json!({ "url": url, "types": types }))).await;
        let text = |name: &str| made[name].as_str().expect(name).to_owned();
        Self { id: text("id"), secret: text("secret") }
    }

    pub(super) async fn view(&self, testbed: &Testbed) -> Value {
        call(testbed, Method::GET, &format!("/endpoints/{}", self.id), None).await
    }

    pub(super) async fn post(&self, testbed: &Testbed, verb: &str, body: Value) -> Value {
        call(testbed, Method::POST, &format!("/endpoints/{}/{verb}", self.id), Some(body)).await
    }

    /// Pauses or resumes it, whatever version it is of.
    pub(super) async fn set_paused(&self, testbed: &Testbed, paused: bool) {
        let url = format!("{}/api/v1/admin/webhooks/endpoints/{}", testbed.base_urls[0], self.id);
        let request = reqwest::Client::new().patch(url).bearer_auth(&testbed.admin_token).header("if-match", "*");
        let answer = request.json(&json!({ "paused": paused })).send().await.expect("answered");
        assert!(answer.status().is_success(), "{}", answer.text().await.expect("text"));
    }

    /// Waits until it stands as told.
    pub(super) async fn becomes(&self, testbed: &Testbed, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let view = async || self.view(testbed).await;
        wait::until(&format!("the endpoint is {what}"), SOON, view, is_so).await
    }

    /// Its deliveries, the latest first.
    pub(super) async fn deliveries(&self, testbed: &Testbed) -> Vec<Value> {
        let path = format!("/deliveries?limit=200&endpoint={}", self.id);
        let page = call(testbed, Method::GET, &path, None).await;
        page["deliveries"].as_array().expect("a list").clone()
    }

    /// Waits until one of its deliveries is as told, and returns it with its tries.
    pub(super) async fn has(&self, testbed: &Testbed, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let find = async || self.deliveries(testbed).await.into_iter().find(|delivery| is_so(delivery));
        let found = wait::until(&format!("a delivery is {what}"), SOON, find, Option::is_some).await.expect("found");
        call(testbed, Method::GET, &format!("/deliveries/{}", found["id"].as_str().expect("an id")), None).await
    }
}

/// Removes every endpoint that a test before has left.
pub(super) async fn remove_all(testbed: &Testbed) {
    let list = call(testbed, Method::GET, "/endpoints", None).await;
    for endpoint in list["endpoints"].as_array().expect("a list") {
        let path = format!("/endpoints/{}", endpoint["id"].as_str().expect("an id"));
        call(testbed, Method::DELETE, &path, None).await;
    }
}

/// A call of the API of webhooks.
pub(super) async fn call(testbed: &Testbed, method: Method, path: &str, body: Option<Value>) -> Value {
    testbed.admin.call(method, &format!("/webhooks{path}"), body).await.expect("answered")
}
