//! Extractors whose every rejection is a problem in our own words.

mod body;
mod key;
mod path;
mod prefer;
mod version;

use axum::http::{HeaderMap, HeaderValue};

use crate::problems::{ApiError, Kind};

pub(crate) use body::{Json, read_csv, read_json, read_json_if_any, read_picture};
pub(crate) use key::{IdempotencyKey, MaybeIdempotencyKey};
pub(crate) use path::{Path, Query};
pub(crate) use prefer::wait;
pub(crate) use version::{IfMatch, Version, Versioned};

/// A header that may be there once: of two, a proxy before us may have taken the other for the one that counts.
pub(crate) fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h HeaderValue>, ApiError> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (_, Some(_)) => Err(Kind::Malformed.because(format!("{name}: send it once"))),
        (one, None) => Ok(one),
    }
}
