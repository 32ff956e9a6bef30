//! The ceiling: what this machine does with HTTP and JSON alone.

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::admission::AttemptRequest;

pub(super) fn router() -> Router {
    Router::new().route("/api/v1/sales/{event}/attempts", post(echo))
}

async fn echo(Json(asked): Json<AttemptRequest>) -> (StatusCode, Json<Value>) {
    (StatusCode::ACCEPTED, Json(json!({ "sku": asked.sku, "quantity": asked.quantity })))
}
