//! Texts that people typed, before they go to the database.

use axum::http::Uri;
use axum::http::uri::Scheme;

use crate::problems::{ApiError, Kind};

/// Why a text cannot be used, if it cannot. One that must not be empty must show something.
pub(super) fn problem(field: &str, text: &str, characters_min: usize, characters_max: usize) -> Option<String> {
    if !(characters_min..=characters_max).contains(&text.chars().count()) {
        return Some(format!("{field}: {characters_min} to {characters_max} characters"));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Some(format!("{field}: control characters are not allowed"));
    }
    let shows_nothing = characters_min > 0 && !text.chars().any(is_visible);
    shows_nothing.then(|| format!("{field}: nothing of it can be seen"))
}

/// Fails with what is wrong with a text.
pub(super) fn check(field: &str, text: &str, characters_min: usize, characters_max: usize) -> Result<(), ApiError> {
    match problem(field, text, characters_min, characters_max) {
        Some(problem) => Err(Kind::Invalid.because(problem)),
        None => Ok(()),
    }
}

/// Neither space nor control, nor what Unicode calls ignorable by default (zero-width spaces and joiners, marks of
/// direction, fillers, variation selectors, tags), nor the braille pattern without dots.
fn is_visible(c: char) -> bool {
    let is_ignorable = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    !(c.is_whitespace() || c.is_control() || is_ignorable)
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
    problem(field, url, 1, 2_000)
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
    fn a_text_that_shows_nothing_is_refused() {
        let nothing =
            [" ", "\t\n", "\u{a0}", "\u{200b}", " \u{200d}\u{feff} ", "\u{3164}", "\u{2800}", "\u{2060}\u{202e}"];
        for text in nothing {
            assert!(problem("name", text, 1, 100).is_some(), "{text:?}");
            assert_eq!(problem("description", text, 0, 100), None, "{text:?} where nothing need be said");
        }
        for text in ["Lampe", " x ", "灯", "مصباح", "👨\u{200d}👩\u{200d}👧", "e\u{301}", "-"] {
            assert_eq!(problem("name", text, 1, 100), None, "{text:?}");
        }
    }

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
