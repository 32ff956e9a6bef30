//! The keys by which grants are known.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::grants::Grants;
use crate::problems::PublicProblems;

/// A key that is new is published a while before it signs.
const CACHEABLE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// A JSON Web Key Set (RFC 7517), as the crate `grant` writes it.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeySet {
    keys: Vec<PublicKey>,
}

/// A public key that grants are signed with.
#[derive(Serialize, ToSchema)]
pub(crate) struct PublicKey {
    /// `EC`.
    kty: String,
    /// `P-256`.
    crv: String,
    x: String,
    y: String,
    /// As in the header of a grant.
    kid: String,
    /// `sig`.
    r#use: String,
    /// `ES256`.
    alg: String,
}

/// Keys of grants
///
/// For whoever checks a grant: a JSON Web Key Set. It may be kept for five minutes.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "shop", security(()),
    responses((status = 200, body = KeySet), PublicProblems))]
pub(crate) async fn show(State(grants): State<Arc<Grants>>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, CACHEABLE)], Json(grants.published()))
}
