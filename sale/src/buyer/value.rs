//! What a value must look like. Only what nobody could use is refused: whether somebody lives there, nobody can say here.

use super::countries::COUNTRIES;
use super::{ANSWER_LENGTH_MAX, EMAIL_LENGTH_MAX, LINE_LENGTH_MAX, PHONE_LENGTH_MAX, Why};
use crate::definition::text::line_problem;

/// Digits of a phone number: with fewer nobody is called, more there are not (E.164).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 5..=15;
/// Characters of a part of a domain (RFC 1035).
const LABEL_LENGTH_MAX: usize = 63;
/// Characters before the @ (RFC 5321).
const LOCAL_LENGTH_MAX: usize = 64;

/// Of a name, or a line of an address.
pub(super) fn line_flaw(text: &str) -> Option<Why> {
    text_flaw(text, LINE_LENGTH_MAX)
}

/// Of an answer to a question.
pub(super) fn answer_flaw(text: &str) -> Option<Why> {
    text_flaw(text, ANSWER_LENGTH_MAX)
}

/// Of an e-mail address: as browsers judge it (HTML, "valid e-mail address"), but for hosts without a domain.
pub(super) fn email_flaw(text: &str) -> Option<Why> {
    text_flaw(text, EMAIL_LENGTH_MAX).or_else(|| (!is_email(text)).then_some(Why::NotAnEmail))
}

/// Of a phone number.
pub(super) fn phone_flaw(text: &str) -> Option<Why> {
    text_flaw(text, PHONE_LENGTH_MAX).or_else(|| (!is_phone(text)).then_some(Why::NotAPhone))
}

/// Of a country's code.
pub(super) fn country_flaw(text: &str) -> Option<Why> {
    let is_known = COUNTRIES.split_ascii_whitespace().any(|code| code == text);
    (!is_known).then_some(Why::NotACountry)
}

fn text_flaw(text: &str, characters_max: usize) -> Option<Why> {
    if text.chars().count() > characters_max {
        return Some(Why::TooLong(characters_max));
    }
    line_problem("", text, 1, characters_max).map(|_| Why::NotText)
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_local = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let is_label = |label: &str| {
        (1..=LABEL_LENGTH_MAX).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (1..=LOCAL_LENGTH_MAX).contains(&local.len())
        && local.chars().all(is_local)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

fn is_phone(text: &str) -> bool {
    let number = text.strip_prefix('+').unwrap_or(text);
    let digits = number.chars().filter(char::is_ascii_digit).count();
    PHONE_DIGITS.contains(&digits) && number.chars().all(|c| c.is_ascii_digit() || " ()-./".contains(c))
}
