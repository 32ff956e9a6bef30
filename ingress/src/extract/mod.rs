//! Extractors whose every rejection is a problem in our own words.

mod body;
mod key;
mod path;
mod version;

pub(crate) use body::{Json, read_json};
pub(crate) use key::{IdempotencyKey, MaybeIdempotencyKey};
pub(crate) use path::{Path, Query};
pub(crate) use version::{IfMatch, Version, Versioned};
