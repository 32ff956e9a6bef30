//! Requests by route, method and status, and how long they take. A route is the pattern it was matched by,
//! never the path that was asked for. Each thread keeps the handles it has used: no request formats a label.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use meter::{Meter, Unit};
use metrics::{Counter, Histogram, counter, histogram};

const REQUESTS: &str = "flashline_ingress_requests_total";
const SECONDS: &str = "flashline_ingress_request_seconds";
/// Of requests that match no route.
const NO_ROUTE: &str = "none";

/// A request under way.
pub(crate) struct Timed {
    route: Option<Matched>,
    method: &'static str,
    began: Instant,
}

/// The pattern of a request's path.
enum Matched {
    ByRouter(MatchedPath),
    Known(&'static str),
}

impl Matched {
    fn as_str(&self) -> &str {
        match self {
            Matched::ByRouter(path) => path.as_str(),
            Matched::Known(path) => path,
        }
    }
}

#[derive(Default)]
struct Route {
    seconds: Vec<(&'static str, Histogram)>,
    answers: Vec<(&'static str, StatusCode, Counter)>,
}

thread_local! {
    static ROUTES: RefCell<HashMap<String, Route>> = RefCell::default();
}

impl Timed {
    /// Begins to count.
    pub(crate) fn begin(request: &Request) -> Self {
        let method = word(request.method());
        let route = request.extensions().get::<MatchedPath>().cloned().map(Matched::ByRouter);
        Self { route, method, began: Instant::now() }
    }

    /// Begins to count one that needed no router.
    pub(crate) fn of(method: &Method, path: &'static str) -> Self {
        Self { route: Some(Matched::Known(path)), method: word(method), began: Instant::now() }
    }

    /// It was answered.
    pub(crate) fn end(self, status: StatusCode) {
        let took = self.began.elapsed();
        let path = self.route.as_ref().map_or(NO_ROUTE, Matched::as_str);
        ROUTES.with_borrow_mut(|routes| {
            if !routes.contains_key(path) {
                routes.insert(path.to_owned(), Route::default());
            }
            if let Some(route) = routes.get_mut(path) {
                route.seconds(path, self.method).record(took.as_secs_f64());
                route.answers(path, self.method, status).increment(1);
            }
        });
    }
}

impl Route {
    fn seconds(&mut self, path: &str, method: &'static str) -> &Histogram {
        let known = self.seconds.iter().position(|(known, _)| *known == method).unwrap_or_else(|| {
            let handle = histogram!(SECONDS, "route" => path.to_owned(), "method" => method);
            self.seconds.push((method, handle));
            self.seconds.len() - 1
        });
        &self.seconds[known].1
    }

    fn answers(&mut self, path: &str, method: &'static str, status: StatusCode) -> &Counter {
        let same = |(known, of, _): &(&str, StatusCode, Counter)| *known == method && *of == status;
        let known = self.answers.iter().position(same).unwrap_or_else(|| {
            let status_text = status.as_str().to_owned();
            let handle = counter!(REQUESTS, "route" => path.to_owned(), "method" => method, "status" => status_text);
            self.answers.push((method, status, handle));
            self.answers.len() - 1
        });
        &self.answers[known].2
    }
}

/// Methods are what clients say: all that we do not know are one.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The two meters: their series begin with the first request of each kind.
pub(crate) struct Described;

impl Meter for Described {
    fn register(&'static self) {
        metrics::describe_counter!(REQUESTS, Unit::Count, "HTTP requests by route, method and status");
        metrics::describe_histogram!(SECONDS, Unit::Seconds, "From the header of a request to its answer");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn labels_are_bounded_whatever_is_asked_for() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            for (method, path) in [("GET", "/a"), ("BREW", "/b"), ("STEAL", "/c")] {
                let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
                Timed::begin(&request).end(StatusCode::NOT_FOUND);
            }
        });
        let text = recorder.handle().render();
        let other = r#"flashline_ingress_requests_total{route="none",method="other",status="404"} 2"#;
        assert!(text.contains(other), "{text}");
        assert!(!text.contains("BREW") && !text.contains("/b"), "{text}");
    }
}
