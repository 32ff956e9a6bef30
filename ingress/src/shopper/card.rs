//! What a card is known by: the gateway's token, never its number.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Characters of a token, as the database allows.
const LENGTH_MAX: usize = 200;
/// Digits of a card number (ISO/IEC 7812).
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

const A_NUMBER: &str = "this looks like a card number, which must not be sent here: have the payment \
                        gateway's page or library make a token of the card, and send that";

/// The gateway's token of a card. It is shown nowhere, whatever was sent in its place.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct CardToken(String);

impl CardToken {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    fn read(text: String) -> Result<Self, &'static str> {
        if is_card_number(&text) {
            return Err(A_NUMBER);
        }
        if !(1..=LENGTH_MAX).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("1 to 200 visible ASCII characters, as the payment gateway gave them");
        }
        Ok(Self(text))
    }
}

/// Digits that pass the check that card numbers pass (Luhn), however they are grouped.
fn is_card_number(text: &str) -> bool {
    if text.chars().any(char::is_alphabetic) {
        return false;
    }
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let weigh = |(place, digit): (usize, &u32)| match (place % 2, digit * 2) {
        (0, _) => *digit,
        (_, doubled) => doubled / 10 + doubled % 10,
    };
    NUMBER_DIGITS.contains(&digits.len()) && digits.iter().rev().enumerate().map(weigh).sum::<u32>() % 10 == 0
}

impl<'de> Deserialize<'de> for CardToken {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // By way of any value: an error about a wrong type would repeat what was sent.
        let sent = serde_json::Value::deserialize(from)?;
        let read = match sent {
            serde_json::Value::String(text) => Self::read(text),
            serde_json::Value::Number(number) if is_card_number(&number.to_string()) => Err(A_NUMBER),
            _ => Err("the payment gateway's token, as text"),
        };
        read.map_err(D::Error::custom)
    }
}

impl fmt::Debug for CardToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<CardToken, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_card_number_is_no_token_however_it_is_written() {
        let numbers = [
            r#""4111111111111111""#,
            r#""4111 1111 1111 1111""#,
            r#""4111-1111-1111-1111""#,
            r#""4111.1111.1111.1111""#,
            "4111111111111111",
            r#""378282246310005""#,
            r#""4222222222222""#,
            r#""6304000000000000000""#,
        ];
        for number in numbers {
            let why = read(number).expect_err(number);
            assert!(why.contains("make a token"), "{number}: {why}");
            assert!(!why.contains("111") && !why.contains("222") && !why.contains("000"), "{number}: {why}");
        }
    }

    #[test]
    fn a_token_is_taken_as_it_is() {
        for token in
            ["tok_ok", "pm_1MqLiJLkdIwHu7ixUEgbFdYF", "4111111111111112", "123456789012", "tok_4111111111111111"]
        {
            assert_eq!(read(&format!("{token:?}")).expect("a token").as_str(), token);
        }
        for nothing in
            [r#""""#, r#""with space""#, "true", "{}", "4111111111111111.0", "17", &format!("{:?}", "x".repeat(201))]
        {
            read(nothing).expect_err(nothing);
        }
    }
}
