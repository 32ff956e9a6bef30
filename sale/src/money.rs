//! Money: integer minor units, and the currency they are units of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The largest price of a unit, in minor units: 5 billion of a two-decimal currency.
pub const AMOUNT_MINOR_MAX: i64 = 500_000_000_000;

/// The most units in one sale: its stock is one line's work.
pub const UNITS_MAX: u32 = 10_000_000;

// No sum over a whole sale overflows an `i64`.
const _: () = assert!(AMOUNT_MINOR_MAX.checked_mul(UNITS_MAX as i64).is_some());

/// A currency by its ISO 4217 alphabetic code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// A text that is no ISO 4217 alphabetic code.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a currency is three capital letters of ISO 4217, like EUR, not {0:?}")]
pub struct NotACurrency(String);

impl Currency {
    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl FromStr for Currency {
    type Err = NotACurrency;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(NotACurrency(text.chars().take(16).collect())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = NotACurrency;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
