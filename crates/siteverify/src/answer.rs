//! What the provider says of a token, and what that means.

use serde::Deserialize;

use crate::ACTION;

/// Of the secret, or of how we ask. With them every token is refused, whoever brings it.
const OURS: &[&str] = &[
    "missing-input-secret",
    "invalid-input-secret",
    "bad-request",
    // hCaptcha's: the secret is of another account than the site key, or one of a pair is for tests.
    "sitekey-secret-mismatch",
    "invalid-sitekey",
    "not-using-dummy-passcode",
    "not-using-dummy-secret",
    "missing-remoteip",
    "invalid-remoteip",
];
/// It may say more later.
const THEIRS: &[&str] = &["internal-error"];
/// Of a token that was good, and is over or used.
const STALE: &[&str] =
    &["timeout-or-duplicate", "expired-input-response", "already-seen-response", "invalid-or-already-seen-response"];
/// What hCaptcha says in place of a host when it has much to do.
const HOST_NOT_TOLD: &str = "not-provided";
/// What is logged of what the provider says.
const TEXTS_MAX: usize = 8;
const TEXT_LENGTH_MAX: usize = 64;

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is none, whoever has made it.
    #[error("is not as long as a token")]
    Malformed,
    /// The provider has not given it out for this site, or takes its bearer for no person.
    #[error("its provider does not confirm it")]
    Token,
    /// It is too old, or was shown before.
    #[error("is too old, or was shown before")]
    Stale,
    /// It was given out for another page.
    #[error("was made for another page")]
    Elsewhere,
    /// The provider does not take our secret, or how we ask. That is for who operates this to mend.
    #[error("its provider cannot be asked: who operates this has been told")]
    Misconfigured,
    /// The provider does not answer in time, or not as it should.
    #[error("its provider does not answer")]
    Away,
    /// More tokens came at once than are asked about; it was not, and is as good as before.
    #[error("more are looked at already than can be at once")]
    Busy,
}

/// The answer of `siteverify`.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    pub(crate) success: bool,
    #[serde(default, rename = "error-codes")]
    error_codes: Option<Vec<String>>,
    /// Where the widget was shown.
    #[serde(default)]
    hostname: Option<String>,
    /// What for.
    #[serde(default)]
    action: Option<String>,
}

impl Answer {
    /// What it comes to, for pages at these hosts.
    pub(crate) fn verdict(&self, hosts: &[String]) -> Result<(), Refusal> {
        if !self.success {
            return Err(self.why_not());
        }
        let told = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let is_here = told(&self.hostname)
            .is_none_or(|host| host == HOST_NOT_TOLD || hosts.iter().any(|ours| ours.eq_ignore_ascii_case(&host)));
        let is_ours = told(&self.action).is_none_or(|action| action == ACTION);
        if is_here && is_ours { Ok(()) } else { Err(Refusal::Elsewhere) }
    }

    /// The worst of what it says.
    fn why_not(&self) -> Refusal {
        let codes = self.error_codes.as_deref().unwrap_or_default();
        let says = |known: &[&str]| codes.iter().any(|code| known.contains(&code.as_str()));
        match () {
            () if says(OURS) => Refusal::Misconfigured,
            () if says(THEIRS) => Refusal::Away,
            () if says(STALE) => Refusal::Stale,
            () => Refusal::Token,
        }
    }

    /// Why, for the log.
    pub(crate) fn codes(&self) -> String {
        let codes = self.error_codes.iter().flatten().take(TEXTS_MAX);
        codes.map(|code| plain(code)).collect::<Vec<_>>().join(", ")
    }

    /// Where, and what for, for the log.
    pub(crate) fn made_for(&self) -> String {
        let text = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), plain);
        format!("hostname {}, action {}", text(&self.hostname), text(&self.action))
    }
}

/// What others say goes into the log without what could be taken for more.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(TEXT_LENGTH_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> Result<(), Refusal> {
        let answer: Answer = serde_json::from_str(text).expect("an answer");
        answer.verdict(&["sale.example".to_owned(), "127.0.0.1".to_owned()])
    }

    #[test]
    fn a_token_counts_if_the_provider_says_so_of_this_page() {
        for good in [
            // As the documents of Turnstile, hCaptcha and reCAPTCHA have it.
            r#"{"success":true,"challenge_ts":"2022-02-28T15:14:30.096Z","hostname":"sale.example","error-codes":[],"action":"session","cdata":"x"}"#,
            r#"{"success":true,"challenge_ts":"2026-11-27T14:00:00.000000Z","hostname":"Sale.Example","credit":false}"#,
            r#"{"success":true,"hostname":"not-provided"}"#,
            r#"{"success":true,"hostname":"","action":"","error-codes":null}"#,
            r#"{"success":true}"#,
        ] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
        for elsewhere in [
            r#"{"success":true,"hostname":"evil.example"}"#,
            r#"{"success":true,"hostname":"www.sale.example"}"#,
            r#"{"success":true,"hostname":"sale.example","action":"login"}"#,
        ] {
            assert_eq!(verdict(elsewhere), Err(Refusal::Elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn whose_fault_it_is_follows_from_the_codes() {
        let of = |codes: &str| verdict(&format!(r#"{{"success":false,"error-codes":[{codes}]}}"#));
        for (codes, refusal) in [
            (r#""invalid-input-secret""#, Refusal::Misconfigured),
            (r#""missing-input-secret","missing-input-response""#, Refusal::Misconfigured),
            (r#""sitekey-secret-mismatch""#, Refusal::Misconfigured),
            (r#""bad-request""#, Refusal::Misconfigured),
            (r#""internal-error""#, Refusal::Away),
            (r#""timeout-or-duplicate""#, Refusal::Stale),
            (r#""already-seen-response""#, Refusal::Stale),
            (r#""invalid-input-response""#, Refusal::Token),
            (r#""something-new""#, Refusal::Token),
            ("", Refusal::Token),
        ] {
            assert_eq!(of(codes), Err(refusal), "{codes}");
        }
        assert_eq!(verdict(r#"{"success":false}"#), Err(Refusal::Token));
    }

    #[test]
    fn what_is_logged_is_short_and_in_one_line() {
        let long = format!(r#"{{"success":false,"error-codes":["a\nb","{}"]}}"#, "x".repeat(1_000));
        let answer: Answer = serde_json::from_str(&long).expect("an answer");
        assert_eq!(answer.codes(), format!("ab, {}", "x".repeat(TEXT_LENGTH_MAX)));
    }
}
