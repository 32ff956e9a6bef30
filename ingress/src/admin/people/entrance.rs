//! What joining and signing in have in common: neither asks who somebody is already.

use std::net::IpAddr;

use axum::Json as Reply;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::callers::Callers;
use crate::extract::read_json;
use crate::problems::ApiError;

/// Bytes of a body.
const BYTES_MAX: usize = 4 * 1024;

/// An answer that begins a session.
pub(super) type Entered<T> = (StatusCode, [(HeaderName, String); 1], Reply<T>);

/// What somebody sends who is nobody yet.
pub(super) struct Asked<T> {
    pub(super) asked: T,
    pub(super) from: IpAddr,
    /// The session that their browser had before: the one that begins takes its place.
    pub(super) replaced: Option<[u8; 32]>,
}

/// Reads what somebody sends who is nobody yet. Only pages of ours may: nobody is to be signed in as somebody else by another
/// site.
pub(super) async fn asked<T: DeserializeOwned>(
    callers: &Callers,
    request: axum::extract::Request,
) -> Result<Asked<T>, ApiError> {
    let (parts, body) = request.into_parts();
    let Parts { method, headers, extensions, .. } = &parts;
    callers.console.may_change(method, headers)?;
    let from = callers.address(extensions, headers);
    callers.guesses.may_enter(from)?;
    let (asked, _) = read_json(headers, body, BYTES_MAX).await?;
    Ok(Asked { asked, from, replaced: callers.console.replaced(headers) })
}

pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

pub(super) fn now_s() -> u64 {
    u64::try_from(clock::to_utc(clock::now()).timestamp()).unwrap_or_default()
}
