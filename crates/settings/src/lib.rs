//! Reading flags and environment variables. Every setting is both: `--redis-url` is `FLASHLINE_REDIS_URL`.
//!
//! Each crate that needs settings has a group of them, and a service's configuration flattens the groups that it needs.
//! A wrong value stops the start with the name of the variable and what it should be.

mod public_url;

use std::time::Duration;

use clap::Parser;
use clap::error::{ContextKind, ContextValue};
use secrecy::SecretString;

pub use public_url::PublicUrl;

/// Reads a service's flags and environment variables; ends the process when one is wrong. Its value is not
/// shown where it may hold a secret: what ends on standard error ends in logs.
pub fn read<C: Parser>() -> C {
    C::try_parse().unwrap_or_else(|error| discreet(error).exit())
}

fn discreet(mut error: clap::Error) -> clap::Error {
    let about = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    if ["key", "token", "url"].iter().any(|word| about.contains(word)) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("(not shown)".to_owned()));
    }
    error
}

/// A parser for whole seconds within bounds.
pub fn seconds(min: u64, max: u64) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    whole_number("seconds", min, max, Duration::from_secs)
}

/// A parser for whole milliseconds within bounds.
pub fn millis(min: u64, max: u64) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    whole_number("milliseconds", min, max, Duration::from_millis)
}

fn whole_number<T: 'static>(
    unit: &'static str,
    min: u64,
    max: u64,
    make: fn(u64) -> T,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse::<u64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(make(number)),
        _ => Err(format!("must be a whole number of {unit} from {min} to {max}")),
    }
}

/// A parser for the URL of a server, which may hold a password: of one of these schemes.
pub fn url(
    schemes: &'static [&'static str],
) -> impl Fn(&str) -> Result<SecretString, String> + Clone + Send + Sync + 'static {
    move |text| match text.split_once("://") {
        Some((scheme, host)) if schemes.contains(&scheme) && !host.is_empty() => Ok(SecretString::from(text)),
        _ => Err(format!("must be a URL that starts with {}://", schemes.join(":// or "))),
    }
}

/// Characters of a secret key, so that nobody runs with a guessable one.
const KEY_LENGTH_MIN: usize = 32;

/// A parser for a secret key.
pub fn secret_key(text: &str) -> Result<SecretString, String> {
    if text.trim().len() >= KEY_LENGTH_MIN {
        Ok(SecretString::from(text))
    } else {
        Err(format!("must be at least {KEY_LENGTH_MIN} characters; make one with: openssl rand -hex 32"))
    }
}

/// A parser for secret keys separated by commas. Each of them is long enough: a comma too many would be an
/// empty key, which anybody could sign with.
pub fn secret_keys(text: &str) -> Result<SecretString, String> {
    text.split(',').try_for_each(|key| secret_key(key).map(drop)).map_err(|problem| format!("each key {problem}"))?;
    Ok(SecretString::from(text))
}

/// Characters of a key that somebody else gave out, after its prefix.
const GIVEN_LENGTH_MIN: usize = 8;

/// A parser for a key that somebody else gave out, and that begins with one of these: what is another kind of key is told
/// apart before it is sent anywhere.
pub fn secret_of(
    prefixes: &'static [&'static str],
) -> impl Fn(&str) -> Result<SecretString, String> + Clone + Send + Sync + 'static {
    move |text| match prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        Some(rest) if rest.len() >= GIVEN_LENGTH_MIN && rest.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(SecretString::from(text))
        }
        _ => Err(format!("must be a key that starts with {}, as it was given", prefixes.join(" or "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn every_key_of_a_list_is_long_enough() {
        for good in [KEY.to_owned(), format!("{KEY},{KEY}"), format!("{KEY}, {KEY}")] {
            assert!(secret_keys(&good).is_ok(), "{good}");
        }
        for bad in [String::new(), ",".repeat(40), format!("{KEY},"), format!(",{KEY}"), format!("{KEY},short,{KEY}")] {
            let problem = secret_keys(&bad).expect_err("refused");
            assert!(!problem.contains(KEY) && !problem.contains("short"), "no key stands in the message: {problem}");
        }
        assert!(secret_key(&" ".repeat(40)).is_err());
        assert!(!format!("{:?}", secret_keys(KEY)).contains(KEY), "nor where a configuration is printed");
    }

    #[test]
    fn a_key_of_another_kind_is_refused_and_not_shown() {
        let parse = secret_of(&["sk_", "rk_"]);
        for good in ["sk_test_12345678", "rk_live_12345678"] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in
            ["pk_test_12345678", "sk_", "sk_short", "sk_test_1234 5678", " sk_test_12345678", "sk_test_1234567\n", ""]
        {
            let problem = parse(bad).expect_err(bad);
            assert!(problem.contains("sk_ or rk_") && !problem.contains("1234"), "{problem}");
        }
    }

    #[test]
    fn a_wrong_value_is_named_but_no_secret_is_shown() {
        #[derive(Debug, Parser)]
        struct Settings {
            #[arg(long, value_parser = url(&["amqp", "amqps"]))]
            amqp_url: SecretString,
            #[arg(long, value_parser = secret_keys)]
            session_keys: SecretString,
            #[arg(long, value_parser = seconds(1, 2))]
            patience: Duration,
        }
        let said = |arguments: &[&str]| {
            let arguments = ["service"].iter().chain(arguments);
            discreet(Settings::try_parse_from(arguments).expect_err("refused")).to_string()
        };
        let keys = said(&["--session-keys", &format!("{KEY},")]);
        assert!(keys.contains("--session-keys") && !keys.contains(KEY), "{keys}");
        let url = said(&["--amqp-url", "http://user:hunter2@host/"]);
        assert!(url.contains("--amqp-url") && !url.contains("hunter2"), "{url}");
        assert!(said(&["--patience", "3"]).contains('3'), "others are");
    }

    proptest! {
        #[test]
        fn no_value_of_a_setting_panics(text in any::<String>()) {
            let _ = (secret_key(&text), secret_keys(&text), url(&["amqp", "amqps"])(&text));
            if let Ok(time) = seconds(1, 600)(&text) {
                prop_assert!((1..=600).contains(&time.as_secs()));
            }
        }
    }
}
