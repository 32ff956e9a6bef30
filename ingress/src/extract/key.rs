//! `Idempotency-Key`: the client's name for one click.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::only;
use crate::problems::{ApiError, Kind};

const HEADER: &str = "idempotency-key";
/// Characters of a key, as the database allows.
const LENGTH_MAX: usize = 128;

/// The key of a request that must have one.
#[derive(Clone, Debug)]
pub(crate) struct IdempotencyKey(pub(crate) String);

impl IdempotencyKey {
    /// Reads it from the headers.
    pub(crate) fn read(headers: &HeaderMap) -> Result<&str, ApiError> {
        let missing =
            || Kind::Malformed.because("send an Idempotency-Key header: the same for every retry of one click");
        let key = only(headers, HEADER)?.ok_or_else(missing)?.as_bytes();
        let key = std::str::from_utf8(key).unwrap_or_default();
        if (1..=LENGTH_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(key)
        } else {
            Err(Kind::Malformed.because("Idempotency-Key: 1 to 128 visible ASCII characters without spaces"))
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::read(&parts.headers).map(|key| Self(key.to_owned()))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, ApiError> {
        if parts.headers.contains_key(HEADER) {
            Self::read(&parts.headers).map(|key| Some(Self(key.to_owned())))
        } else {
            Ok(None)
        }
    }
}

/// The key of a request that may have one.
pub(crate) type MaybeIdempotencyKey = Option<IdempotencyKey>;

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_what_can_be_logged_and_stored_is_a_key(bytes in proptest::collection::vec(any::<u8>(), 0..160)) {
            let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            let headers = HeaderMap::from_iter([(axum::http::HeaderName::from_static(HEADER), value)]);
            let fits = (1..=LENGTH_MAX).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
            match IdempotencyKey::read(&headers) {
                Ok(key) => prop_assert!(fits && key.as_bytes() == bytes),
                Err(_) => prop_assert!(!fits),
            }
        }
    }
}
