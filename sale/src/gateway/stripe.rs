//! Amounts as Stripe counts them, and which of them it takes. The tables are those of
//! <https://docs.stripe.com/currencies> (2026).

use std::fmt;

use crate::money::Currency;

/// The currencies that Stripe takes and ISO 4217 knows, by the digits that Stripe's unit has after the point. Which of them
/// an account may use depends on its country. ISK and UGX have no minor unit any more: Stripe still counts in hundredths,
/// and takes whole ones only. MGA it counts whole. What it pays out in HUF and TWD is whole; what it takes need not be.
const TAKEN: [(u8, &str); 3] = [
    (0, "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE CZK \
         DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD KES KGS KHR KYD KZT \
         LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR \
         PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TOP TRY TTD TWD TZS UAH UGX USD UYU UZS WST \
         XCD YER ZAR ZMW",
    ),
    (3, "BHD JOD KWD OMR TND"),
];

/// Of currencies of three digits, the last one must be zero.
const STEP_OF_THREE_DIGITS: i64 = 10;

/// The least that can be charged, in Stripe's units, where it is paid out in the same currency. (Where it is converted
/// first, the least of the other currency counts: Stripe alone knows it.)
const LEAST: [(i64, &str); 9] = [
    (30, "GBP"),
    (50, "ARS AUD BRL CAD CHF COP EUR IDR ILS INR JPY KRW NZD PHP RUB SGD USD ZAR"),
    (200, "AED MYR PLN RON"),
    (250, "DKK"),
    (300, "NOK SEK"),
    (400, "HKD"),
    (1_000, "MXN THB"),
    (1_500, "CZK"),
    (17_500, "HUF"),
];

/// The most, in Stripe's units, whatever it is paid with: as many nines as an amount may have digits.
const MOST: i64 = 99_999_999;
const MOST_OF_SOME: [(i64, &str); 3] = [(999_999_999, "INR"), (9_999_999_999, "COP"), (999_999_999_999, "IDR")];

/// Why an amount cannot be charged. Amounts are in our minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchargeable {
    /// Not in this currency.
    Currency,
    /// Only multiples of this.
    Step(i64),
    /// At least this.
    TooLittle(i64),
    /// At most this.
    TooMuch(i64),
}

impl fmt::Display for Unchargeable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Currency => f.write_str("Stripe does not take this currency"),
            Self::Step(step) => write!(f, "Stripe takes multiples of {step} only"),
            Self::TooLittle(least) => write!(f, "Stripe takes {least} at least"),
            Self::TooMuch(most) => write!(f, "Stripe takes {most} at most"),
        }
    }
}

/// Why a price cannot be charged, if it cannot. Nothing is charged for what is free.
pub fn problem(currency: Currency, amount_minor: i64) -> Option<Unchargeable> {
    let scale = match Scale::of(currency) {
        None => return Some(Unchargeable::Currency),
        Some(_) if amount_minor == 0 => return None,
        Some(scale) => scale,
    };
    let (least, most) = limits(currency);
    match scale.units(amount_minor) {
        None => Some(Unchargeable::Step(scale.step_minor())),
        Some(units) if units < least => Some(Unchargeable::TooLittle(scale.minor_at_least(least))),
        Some(units) if units > most => Some(Unchargeable::TooMuch(scale.minor_at_most(most))),
        Some(_) => None,
    }
}

/// An amount in Stripe's units; nothing where it has no such amount, or does not take the currency.
pub fn to_units(currency: Currency, amount_minor: i64) -> Option<i64> {
    Scale::of(currency)?.units(amount_minor)
}

/// An amount of Stripe's in our minor units; nothing where these have no such amount.
pub fn from_units(currency: Currency, units: i64) -> Option<i64> {
    Scale::of(currency)?.minor(units)
}

/// Digits that Stripe's unit of a currency has after the point, where it takes the currency.
pub fn digits(currency: Currency) -> Option<u8> {
    TAKEN.iter().find(|(_, codes)| has(codes, currency)).map(|(digits, _)| *digits)
}

/// The least and the most that can be charged, in Stripe's units.
fn limits(currency: Currency) -> (i64, i64) {
    let of = |table: &[(i64, &str)]| table.iter().find(|(_, codes)| has(codes, currency)).map(|(units, _)| *units);
    (of(&LEAST).unwrap_or(1), of(&MOST_OF_SOME).unwrap_or(MOST))
}

fn has(codes: &str, currency: Currency) -> bool {
    codes.split_ascii_whitespace().any(|code| code == currency.code())
}

/// How Stripe's units and ours relate: one of them is a whole number of the other.
#[derive(Clone, Copy)]
struct Scale {
    /// Stripe's units in one of ours.
    finer: i64,
    /// Ours in one of Stripe's.
    coarser: i64,
    /// Stripe's units must be a multiple of this.
    step: i64,
}

impl Scale {
    fn of(currency: Currency) -> Option<Self> {
        let digits = digits(currency)?;
        let ten_to = |power: u8| 10i64.pow(power.into());
        Some(Self {
            finer: ten_to(digits.saturating_sub(currency.digits())),
            coarser: ten_to(currency.digits().saturating_sub(digits)),
            step: if digits == 3 { STEP_OF_THREE_DIGITS } else { 1 },
        })
    }

    fn units(self, amount_minor: i64) -> Option<i64> {
        let units = amount_minor.checked_mul(self.finer)?;
        (units % (self.coarser * self.step) == 0).then(|| units / self.coarser)
    }

    fn minor(self, units: i64) -> Option<i64> {
        let minor = units.checked_mul(self.coarser)?;
        (minor % self.finer == 0).then(|| minor / self.finer)
    }

    /// Every amount is a multiple of this.
    fn step_minor(self) -> i64 {
        self.step * self.coarser
    }

    fn minor_at_least(self, units: i64) -> i64 {
        (units * self.coarser + self.finer - 1) / self.finer
    }

    fn minor_at_most(self, units: i64) -> i64 {
        units / self.step * self.step * self.coarser / self.finer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        code.parse().expect(code)
    }

    fn any_currency() -> impl Strategy<Value = Currency> {
        proptest::sample::select(Currency::all())
    }

    #[test]
    fn amounts_are_counted_as_stripe_documents_it() {
        let expected = [
            ("EUR", 1_099, Some(1_099)),
            ("JPY", 500, Some(500)),
            ("ISK", 5, Some(500)),
            ("UGX", 5, Some(500)),
            ("HUF", 1_045, Some(1_045)),
            ("TWD", 80_045, Some(80_045)),
            ("MGA", 500, Some(5)),
            ("MGA", 520, None),
            ("KWD", 5_120, Some(5_120)),
            ("KWD", 5_124, None),
            ("IQD", 5_120, None), // not taken
            ("EUR", i64::MAX, Some(i64::MAX)),
            ("ISK", i64::MAX, None),
        ];
        for (code, minor, units) in expected {
            assert_eq!(to_units(currency(code), minor), units, "{minor} {code}");
        }
        assert_eq!(from_units(currency("UGX"), 550), None, "there is no half shilling");
    }

    #[test]
    fn what_cannot_be_charged_is_said_with_what_can() {
        let expected = [
            ("EUR", 49, Some(Unchargeable::TooLittle(50))),
            ("EUR", 50, None),
            ("EUR", 99_999_999, None),
            ("EUR", 100_000_000, Some(Unchargeable::TooMuch(99_999_999))),
            ("INR", 100_000_000, None),
            ("HUF", 17_499, Some(Unchargeable::TooLittle(17_500))),
            ("JPY", 49, Some(Unchargeable::TooLittle(50))),
            ("ISK", 1_000_000, Some(Unchargeable::TooMuch(999_999))),
            ("KWD", 1_005, Some(Unchargeable::Step(10))),
            ("KWD", 100_000_000, Some(Unchargeable::TooMuch(99_999_990))),
            ("MGA", 150, Some(Unchargeable::Step(100))),
            ("LYD", 1_000, Some(Unchargeable::Currency)),
            ("CLF", 0, Some(Unchargeable::Currency)),
            ("EUR", 0, None),
        ];
        for (code, minor, why) in expected {
            assert_eq!(problem(currency(code), minor), why, "{minor} {code}");
        }
    }

    #[test]
    fn every_currency_of_the_tables_is_one_and_stands_in_them_once() {
        for table in [TAKEN.map(|(_, codes)| codes).join(" "), LEAST.map(|(_, codes)| codes).join(" ")] {
            let mut codes: Vec<&str> = table.split_ascii_whitespace().collect();
            assert!(codes.iter().all(|code| Scale::of(currency(code)).is_some()));
            let count = codes.len();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), count);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn an_amount_that_stripe_has_comes_back_as_it_went(currency in any_currency(), minor in any::<i64>()) {
            if let Some(units) = to_units(currency, minor) {
                prop_assert_eq!(from_units(currency, units), Some(minor));
            }
        }

        #[test]
        fn what_is_told_instead_can_be_charged(currency in any_currency(), minor in 1i64..=500_000_000_000) {
            match problem(currency, minor) {
                None => prop_assert!(to_units(currency, minor).is_some_and(|units| units > 0)),
                Some(Unchargeable::Currency) => prop_assert_eq!(to_units(currency, minor), None),
                Some(Unchargeable::Step(step)) => {
                    prop_assert!(minor % step != 0);
                    prop_assert!(to_units(currency, minor - minor % step).is_some());
                }
                Some(Unchargeable::TooLittle(least)) => {
                    prop_assert!(minor < least);
                    prop_assert_eq!(problem(currency, least), None);
                }
                Some(Unchargeable::TooMuch(most)) => {
                    prop_assert!(minor > most);
                    prop_assert_eq!(problem(currency, most), None);
                }
            }
        }
    }
}
