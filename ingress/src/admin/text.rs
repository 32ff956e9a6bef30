//! Texts that people typed, before they go to the database.

use crate::problems::{ApiError, Kind};

/// Why a text cannot be used, if it cannot.
pub(super) fn problem(field: &str, text: &str, characters_min: usize, characters_max: usize) -> Option<String> {
    if !(characters_min..=characters_max).contains(&text.chars().count()) {
        return Some(format!("{field}: {characters_min} to {characters_max} characters"));
    }
    let has_controls = text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    has_controls.then(|| format!("{field}: control characters are not allowed"))
}

/// Fails with what is wrong with a text.
pub(super) fn check(field: &str, text: &str, characters_min: usize, characters_max: usize) -> Result<(), ApiError> {
    match problem(field, text, characters_min, characters_max) {
        Some(problem) => Err(Kind::Invalid.because(problem)),
        None => Ok(()),
    }
}

/// Why the address of a picture cannot be used, if it cannot: only what a page may load without harm.
pub(super) fn url_problem(field: &str, url: &str) -> Option<String> {
    let is_local = url.starts_with('/') && !url.starts_with("//");
    if !(is_local || url.starts_with("https://")) || url.contains(char::is_whitespace) {
        return Some(format!("{field}: an https:// address, or a path on this server that starts with /"));
    }
    problem(field, url, 1, 2_000)
}
