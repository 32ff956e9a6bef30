//! The cookie that a session of an organiser is kept by in the browser, and whether a request by it is of our own pages.

use axum::http::header::{COOKIE, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, Method};
use settings::PublicUrl;
use sha2::{Digest, Sha256};

use crate::problems::{ApiError, Kind};

/// What it is called. Over TLS browsers take that name only with `Secure`.
const NAME_OVER_TLS: &str = "__Secure-flashline-admin";
const NAME_PLAIN: &str = "flashline-admin";
/// Only calls of the admin API bring it.
const PATH: &str = "/api/v1/admin";
/// What browsers say of where a request comes from, where they take the connection for safe.
const FETCH_SITE: &str = "sec-fetch-site";

/// The cookie, as it is at this public address.
pub(crate) struct ConsoleCookie {
    /// Scheme, host and port of the pages.
    origin: String,
    name: &'static str,
    secure: &'static str,
}

impl ConsoleCookie {
    pub(crate) fn at(public_url: &PublicUrl) -> Self {
        let origin = public_url.base().to_owned();
        if origin.starts_with("https:") {
            Self { origin, name: NAME_OVER_TLS, secure: "; Secure" }
        } else {
            Self { origin, name: NAME_PLAIN, secure: "" }
        }
    }

    /// Where the pages are: scheme, host and port.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// What the browser is told to keep for so many seconds; with 0, to forget. No script reads it, and no other site
    /// has it sent.
    pub(crate) fn set(&self, secret: &str, seconds: i64) -> (HeaderName, String) {
        let Self { name, secure, .. } = self;
        (SET_COOKIE, format!("{name}={secret}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"))
    }

    /// The secret that the browser has kept. Fails when it has kept several: another site of the same domain may have set one of them,
    /// and whose session it is cannot be told.
    pub(super) fn secret<'h>(&self, headers: &'h HeaderMap) -> Result<Option<&'h str>, ApiError> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
        let each = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|one| one.trim().split_once('='));
        let mut ours = each.filter(|(name, _)| *name == self.name).map(|(_, secret)| secret);
        match (ours.next(), ours.next()) {
            (secret, None) => Ok(secret),
            _ => Err(Kind::Unauthorized.because(format!(
                "there is more than one cookie {}: delete the cookies of this site and its domain, and sign in again",
                self.name
            ))),
        }
    }

    /// What the record knows the session by that the browser has kept, if it has kept one: signing in again puts another in its place.
    pub(crate) fn replaced(&self, headers: &HeaderMap) -> Option<[u8; 32]> {
        let secret = self.secret(headers).ok().flatten()?;
        Some(Sha256::digest(secret).into())
    }

    /// Fails for a change that comes by the cookie and not from a page of ours: another site may have had it sent.
    pub(crate) fn may_change(&self, method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
        if method.is_safe() || self.is_from_here(headers) {
            return Ok(());
        }
        let origin = &self.origin;
        Err(Kind::CrossSite.because(format!(
            "a change by cookie must say Sec-Fetch-Site: same-origin, or Origin: {origin} (FLASHLINE_PUBLIC_URL); \
             programs send an API token as Authorization: Bearer <token>"
        )))
    }

    fn is_from_here(&self, headers: &HeaderMap) -> bool {
        match headers.get(FETCH_SITE) {
            Some(site) => site == "same-origin",
            None => headers.get(ORIGIN).is_some_and(|origin| origin == self.origin.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(public_url: &str) -> ConsoleCookie {
        ConsoleCookie::at(&public_url.parse().expect("an address"))
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|&(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    #[test]
    fn it_is_secure_unless_the_pages_are_plain_http() {
        let kept = |public_url| cookie(public_url).set("s", 9).1;
        let plain = "flashline-admin=s; Path=/api/v1/admin; Max-Age=9; HttpOnly; SameSite=Strict";
        assert_eq!(kept("http://127.0.0.1:8080"), plain);
        assert_eq!(kept("https://sale.example"), format!("__Secure-{plain}; Secure"));
    }

    #[test]
    fn it_is_found_among_others() {
        let among = headers(&[("cookie", "a=b; flashline-admin=secret; x"), ("cookie", "flashline-admin-2=other")]);
        let secret = |public_url, among: &HeaderMap| {
            cookie(public_url).secret(among).map(|secret| secret.map(str::to_owned)).map_err(|error| error.kind)
        };
        assert_eq!(secret("http://sale.example", &among), Ok(Some("secret".to_owned())));
        assert_eq!(secret("https://sale.example", &among), Ok(None));
        let two = headers(&[("cookie", "flashline-admin=theirs; flashline-admin=secret")]);
        assert_eq!(secret("http://sale.example", &two), Err(Kind::Unauthorized));
    }

    #[test]
    fn changes_are_of_our_own_pages_alone() {
        let cookie = cookie("https://sale.example");
        let may = |method: Method, pairs: &[(&'static str, &'static str)]| {
            cookie.may_change(&method, &headers(pairs)).is_ok()
        };
        assert!(may(Method::GET, &[]));
        assert!(may(Method::POST, &[("sec-fetch-site", "same-origin")]));
        assert!(may(Method::POST, &[("origin", "https://sale.example")]));
        for elsewhere in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "http://sale.example")],
            &[("origin", "https://evil.sale.example")],
            &[("sec-fetch-site", "same-site"), ("origin", "https://sale.example")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(!may(Method::DELETE, elsewhere), "{elsewhere:?}");
        }
    }
}
