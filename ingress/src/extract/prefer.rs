//! `Prefer: wait=N` (RFC 7240): how long a client would rather wait for an answer than be told that it will come.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};

const HEADER: HeaderName = HeaderName::from_static("prefer");

/// What the client would wait at most; nothing, if it does not say so. What cannot be read is as if it were not there: a
/// preference is no demand.
pub(crate) fn wait(headers: &HeaderMap) -> Option<Duration> {
    let all = headers.get_all(HEADER).iter().filter_map(|value| value.to_str().ok());
    // Of several, the first counts.
    let (_, value) = all.flat_map(preferences).find(|(name, _)| name.eq_ignore_ascii_case("wait"))?;
    let is_number = !value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit());
    // More than any number of seconds is for ever.
    is_number.then(|| Duration::from_secs(value.parse().unwrap_or(u64::MAX)))
}

/// The preferences of one header, each with its value, without parameters.
fn preferences(header: &str) -> impl Iterator<Item = (&str, &str)> {
    split_outside_quotes(header, ',').map(|preference| {
        let bare = split_outside_quotes(preference, ';').next().unwrap_or_default();
        let (name, value) = bare.split_once('=').unwrap_or((bare, ""));
        (name.trim(), value.trim().trim_matches('"'))
    })
}

fn split_outside_quotes(text: &str, at: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |sign| {
        let is_quote = sign == '"' && !escaped;
        quoted ^= is_quote;
        escaped = quoted && sign == '\\' && !escaped;
        sign == at && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    fn of(values: &[&str]) -> Option<u64> {
        let header = |value: &&str| (HEADER, HeaderValue::from_str(value).expect("a header"));
        let mut headers = HeaderMap::new();
        values.iter().map(header).for_each(|(name, value)| {
            headers.append(name, value);
        });
        wait(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_read_as_the_rfc_writes_it() {
        for said in ["wait=10", "Wait=10", "respond-async, wait=10", "wait = \"10\"; x=1", "a=\"b, wait=1\", wait=10"] {
            assert_eq!(of(&[said]), Some(10), "{said}");
        }
        assert_eq!(of(&["return=minimal", "wait=2, wait=3"]), Some(2), "the first counts");
        assert_eq!(of(&["wait=99999999999999999999999"]), Some(u64::MAX));
    }

    #[test]
    fn what_is_no_wait_is_none() {
        for said in [
            "",
            "wait",
            "wait=",
            "wait=-1",
            "wait=+1",
            "wait=1.5",
            "wait=soon",
            "waiting=3",
            "a=\"wait=1\"",
            "x; wait=4",
        ] {
            assert_eq!(of(&[said]), None, "{said}");
        }
        assert_eq!(of(&[]), None);
    }

    proptest! {
        #[test]
        fn no_header_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let _ = wait(&HeaderMap::from_iter([(HEADER, value)]));
            }
        }
    }
}
