//! Versions of what admins change: told as `ETag`, asked for as `If-Match`, so that an old copy undoes nothing.

use axum::Json;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::problems::{ApiError, Kind};

/// Something that has a version, raised by every change.
pub(crate) trait Version {
    fn version(&self) -> i64;
}

/// An answer that tells its version.
pub(crate) struct Versioned<T>(pub(crate) T);

impl<T: Version + Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let tag = HeaderValue::try_from(format!("\"{}\"", self.0.version()));
        let mut response = Json(self.0).into_response();
        if let Ok(tag) = tag {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// The versions that a change is meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// `*`: whatever there is.
    Any,
    /// One of these. A tag that is none of ours is nobody's version.
    OneOf(Vec<i64>),
}

impl IfMatch {
    /// Fails when what is there now is not what the change was made for.
    pub(crate) fn check(&self, present: i64) -> Result<(), ApiError> {
        match self {
            IfMatch::OneOf(versions) if !versions.contains(&present) => Err(Kind::Stale.because(format!(
                "somebody has changed it since: it is at version {present}; read it again, and send If-Match: \
                 \"{present}\" with what you make of it (the audit log says who changed what)"
            ))),
            _ => Ok(()),
        }
    }

    fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        let mut versions = Vec::new();
        let mut is_there = false;
        for line in headers.get_all(header::IF_MATCH) {
            is_there = true;
            let line = line.to_str().unwrap_or_default();
            for tag in line.split(',').map(str::trim) {
                if tag == "*" {
                    return Ok(Self::Any);
                }
                versions.extend(tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')?.parse::<i64>().ok()));
            }
        }
        if is_there {
            Ok(Self::OneOf(versions))
        } else {
            Err(Kind::VersionNeeded.because("send If-Match with the ETag of what you read, or * for whatever is there"))
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::read(&parts.headers)
    }
}

/// Where a change may do without.
impl<S: Send + Sync> OptionalFromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, ApiError> {
        if parts.headers.contains_key(header::IF_MATCH) { Self::read(&parts.headers).map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&'static str]) -> Result<IfMatch, Kind> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::IF_MATCH, HeaderValue::from_static(line));
        }
        IfMatch::read(&headers).map_err(|error| error.kind)
    }

    #[test]
    fn only_the_version_that_is_there_matches() {
        assert_eq!(read(&[]), Err(Kind::VersionNeeded));
        assert_eq!(read(&["*"]), Ok(IfMatch::Any));
        assert_eq!(read(&["\"3\", \"5\"", "\"7\""]), Ok(IfMatch::OneOf(vec![3, 5, 7])));
        // Weak tags never match, nor does what is no tag of ours.
        for foreign in ["W/\"3\"", "3", "\"three\"", "", "\"3"] {
            assert_eq!(read(&[foreign]), Ok(IfMatch::OneOf(vec![])), "{foreign}");
        }
        let three = read(&["\"3\""]).expect("read");
        assert!(three.check(3).is_ok());
        assert_eq!(three.check(4).expect_err("stale").kind, Kind::Stale);
        assert!(IfMatch::Any.check(4).is_ok());
        assert!(IfMatch::OneOf(vec![]).check(4).is_err());
    }
}
