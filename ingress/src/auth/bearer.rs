//! The token of a request.

use axum::http::{HeaderMap, header};

use crate::extract::only;
use crate::problems::{ApiError, Kind};

/// Whether a request brings a token. What a proxy before the pages asks for, such as a password, is none.
pub(super) fn has_bearer(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| value.to_str().ok());
    values.any(|value| value.split_once(' ').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")))
}

/// The token in `Authorization: Bearer <token>`.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    let header = only(headers, header::AUTHORIZATION.as_str())?;
    match header.and_then(|value| value.to_str().ok()).and_then(|value| value.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Kind::Unauthorized.because("send Authorization: Bearer <token>")),
    }
}
