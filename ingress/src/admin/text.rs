//! Texts that people typed, before they go to the database.

use axum::http::Uri;
use axum::http::uri::Scheme;
use sale::definition::{line_problem, text_problem};

use crate::problems::{ApiError, Kind};

/// Fails with what is wrong with a text.
pub(crate) fn check(field: &str, text: &str, characters_min: usize, characters_max: usize) -> Result<(), ApiError> {
    text_problem(field, text, characters_min, characters_max).map_or(Ok(()), |why| Err(Kind::Invalid.because(why)))
}

/// Fails with what is wrong with a text of one line.
pub(crate) fn check_line(
    field: &str,
    text: &str,
    characters_min: usize,
    characters_max: usize,
) -> Result<(), ApiError> {
    line_problem(field, text, characters_min, characters_max).map_or(Ok(()), |why| Err(Kind::Invalid.because(why)))
}

/// Why the address of a picture cannot be used, if it cannot: only what a page may load without harm.
pub(super) fn url_problem(field: &str, url: &str) -> Option<String> {
    let is_plain = !url.contains(|c: char| c == '\\' || c.is_whitespace() || c.is_control());
    // Two slashes would name another server.
    let is_local = url.starts_with('/') && !url.starts_with("//");
    if !is_plain || !(is_local || is_remote(url)) {
        return Some(format!(
            "{field}: an https:// address with a host and without a user, or a path on this server that starts with \
             one /; no spaces, no backslashes"
        ));
    }
    text_problem(field, url, 1, 2_000)
}

/// An https address that names a host, and nobody's name or password.
fn is_remote(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let names_a_host = uri.host().is_some_and(|host| host.contains(|c: char| c.is_ascii_alphanumeric()));
    uri.scheme() == Some(&Scheme::HTTPS) && names_a_host && !uri.authority().is_some_and(|it| it.as_str().contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_host_or_a_path_on_this_server() {
        let good = [
            "/images/lamp.svg",
            "/",
            "https://cdn.example/a/lamp.png?w=1",
            "https://cdn.example:8443/l.png",
            "https://[2001:db8::1]/l.png",
            "HTTPS://cdn.example/l.png",
        ];
        for url in good {
            assert_eq!(url_problem("image_url", url), None, "{url}");
        }
        let bad = [
            "",
            "/\\host/l.png",
            "//host/l.png",
            "\\\\host",
            "/a b",
            "/\thost",
            "https://",
            "https:///l.png",
            "https://?l",
            "https://#l",
            "https://:443/l.png",
            "https://./l.png",
            "https:host",
            "http://cdn.example/l.png",
            "https://user:secret@cdn.example/l.png",
            "https://cdn.example\\@evil/l.png",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "images/lamp.svg",
            "ftp://cdn.example/l.png",
        ];
        for url in bad {
            assert!(url_problem("image_url", url).is_some(), "{url}");
        }
    }
}
