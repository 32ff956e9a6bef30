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

/// The currencies of ISO 4217, by the digits that its minor unit has after the point. Without those that have no
/// minor unit (metals, units of account, test codes), and without what was withdrawn.
const CURRENCIES: [(u8, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW \
         CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF \
         IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK \
         MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP \
         SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG \
         YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// A currency of ISO 4217, by its alphabetic code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    code: [u8; 3],
    digits: u8,
}

/// A text that is no ISO 4217 alphabetic code.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a currency is a code of ISO 4217 in capital letters, like EUR, not {0:?}")]
pub struct NotACurrency(String);

impl Currency {
    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// How many digits its minor unit has after the point: 2 for EUR, 0 for JPY.
    pub fn digits(self) -> u8 {
        self.digits
    }

    /// All of them, in the order of their codes.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = CURRENCIES
            .iter()
            .flat_map(|(_, codes)| codes.split_ascii_whitespace())
            .filter_map(|code| code.parse().ok())
            .collect();
        all.sort_unstable_by_key(|currency| currency.code);
        all
    }
}

impl FromStr for Currency {
    type Err = NotACurrency;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = CURRENCIES.iter().find(|(_, codes)| codes.split_ascii_whitespace().any(|code| code == text));
        match (known, text.as_bytes()) {
            (Some((digits, _)), &[a, b, c]) => Ok(Self { code: [a, b, c], digits: *digits }),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_are_those_of_iso_4217() {
        // Where the locale data of browsers says otherwise, and one of each kind.
        let expected = [
            ("EUR", 2),
            ("HUF", 2),
            ("IDR", 2),
            ("COP", 2),
            ("PKR", 2),
            ("IQD", 3),
            ("KWD", 3),
            ("JPY", 0),
            ("ISK", 0),
            ("CLF", 4),
        ];
        for (code, digits) in expected {
            assert_eq!(code.parse::<Currency>().map(Currency::digits), Ok(digits), "{code}");
        }
    }

    #[test]
    fn only_currencies_of_iso_4217_are_currencies() {
        for text in ["ZZZ", "XXX", "XAU", "eur", "EU", "EURO", "", "EUR ", "R E", "HRK"] {
            assert!(text.parse::<Currency>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_currency_is_there_once() {
        let all = Currency::all();
        assert!(all.windows(2).all(|pair| pair[0].code < pair[1].code), "sorted, none twice");
        assert!(all.len() > 150);
        assert!(all.iter().all(|currency| currency.code().parse() == Ok(*currency)));
    }
}
