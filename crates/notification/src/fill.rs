//! Sentences with values in them; amounts and moments as every language reads them.

use chrono::{DateTime, Timelike, Utc};
use email::Language;
use sale::money::Currency;
use sale::time::UnixMs;

/// A sentence with its `{names}` replaced. A value is never looked through for names. In a language that runs the other way,
/// values stand apart (Unicode's isolates), or a Latin name would turn the sentence around.
pub(crate) fn fill(language: Language, sentence: &str, values: &[(&str, &str)]) -> String {
    let mut written = String::with_capacity(sentence.len() * 2);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        written.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        match language {
            Language::Ar => written.extend(["\u{2068}", value, "\u{2069}"]),
            Language::En | Language::De | Language::Zh => written.push_str(value),
        }
        rest = after;
    }
    written.push_str(rest);
    written
}

/// An amount of money.
pub(crate) struct Amount {
    pub(crate) minor: i64,
    pub(crate) currency: Currency,
}

impl Amount {
    /// With the currency's code, which no two currencies share: `45.00 EUR`.
    pub(crate) fn written(&self, language: Language) -> String {
        let digits = usize::from(self.currency.digits());
        let all = format!("{:0>width$}", self.minor.unsigned_abs(), width = digits + 1);
        let (whole, part) = all.split_at(all.len() - digits);
        let sign = if self.minor < 0 { "-" } else { "" };
        let point = if language == Language::De { "," } else { "." };
        let point = if digits == 0 { "" } else { point };
        format!("{sign}{whole}{point}{part} {}", self.currency.code())
    }
}

/// A moment, for people of any country: `2026-11-27 14:05 UTC`, or `2026-11-27 14:05:45 UTC`.
pub(crate) fn day_and_time(at: UnixMs) -> String {
    let at = utc(at);
    let form = if at.second() == 0 { "%Y-%m-%d %H:%M UTC" } else { "%Y-%m-%d %H:%M:%S UTC" };
    at.format(form).to_string()
}

/// A moment that is near: `14:05:40 UTC`.
pub(crate) fn second_of_day(at: UnixMs) -> String {
    utc(at).format("%H:%M:%S UTC").to_string()
}

fn utc(at: UnixMs) -> DateTime<Utc> {
    clock::to_utc(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_the_digits_of_its_currency() {
        let written = |minor, currency: &str, language| {
            Amount { minor, currency: currency.parse().expect("a currency") }.written(language)
        };
        assert_eq!(written(4_500, "EUR", Language::En), "45.00 EUR");
        assert_eq!(written(5, "EUR", Language::De), "0,05 EUR");
        assert_eq!(written(4_500, "JPY", Language::De), "4500 JPY");
        assert_eq!(written(1_234, "KWD", Language::Zh), "1.234 KWD");
        assert_eq!(written(i64::MIN, "EUR", Language::En), "-92233720368547758.08 EUR");
    }

    #[test]
    fn a_moment_is_not_told_earlier_than_it_is() {
        assert_eq!(day_and_time(UnixMs(1_764_252_300_000)), "2025-11-27 14:05 UTC");
        assert_eq!(day_and_time(UnixMs(1_764_252_345_000)), "2025-11-27 14:05:45 UTC");
    }

    #[test]
    fn a_value_is_not_looked_through() {
        let values = [("a", "{b}"), ("b", "no")];
        assert_eq!(fill(Language::En, "x {a} y {c}.", &values), "x {b} y .");
        assert_eq!(fill(Language::Ar, "{b}", &values), "\u{2068}no\u{2069}");
    }
}
