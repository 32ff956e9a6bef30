//! The code that confirms an address: short enough to be typed, so it lives for minutes and takes few wrong tries.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How long a code is good for, from when it was asked for: its mail says so, too.
pub const CODE_LASTS: Duration = Duration::from_secs(600);
/// Digits of a code.
pub const CODE_DIGITS: usize = 6;
const CODES: u32 = 10_u32.pow(CODE_DIGITS as u32);
/// Digits as people write them: ours, the Arabic, the Persian and the wide ones.
const ZEROS: [char; 4] = ['0', '\u{660}', '\u{6f0}', '\u{ff10}'];

/// A code. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

/// It does not consist of so many digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{CODE_DIGITS} digits")]
pub struct NoCode;

impl Code {
    /// A new one, that nobody can foretell.
    pub fn new() -> Self {
        Self(format!("{:0width$}", rand::random_range(0..CODES), width = CODE_DIGITS))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Code {
    fn default() -> Self {
        Self::new()
    }
}

impl FromStr for Code {
    type Err = NoCode;

    /// Reads what somebody typed: white space and hyphens between the digits do not matter.
    fn from_str(text: &str) -> Result<Self, NoCode> {
        let mut digits = String::with_capacity(CODE_DIGITS);
        for sign in text.chars().filter(|sign| !sign.is_whitespace() && *sign != '-') {
            digits.push(digit(sign).filter(|_| digits.len() < CODE_DIGITS).ok_or(NoCode)?);
        }
        if digits.len() == CODE_DIGITS { Ok(Self(digits)) } else { Err(NoCode) }
    }
}

fn digit(sign: char) -> Option<char> {
    let value =
        ZEROS.iter().find_map(|zero| u32::from(sign).checked_sub(u32::from(*zero)).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for typed in ["012345", " 012 345 ", "012-345", "٠١٢٣٤٥", "０１２３４５", "۰۱۲۳۴۵"] {
            assert_eq!(typed.parse::<Code>().as_ref().map(Code::as_str), Ok("012345"), "{typed}");
        }
        for wrong in ["", "12345", "1234567", "12345x", "½23456", &"1".repeat(10_000)] {
            assert_eq!(wrong.parse::<Code>(), Err(NoCode), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_new_code_is_one_and_not_shown(_ in 0..64) {
            let code = Code::new();
            prop_assert_eq!(code.as_str().parse::<Code>(), Ok(code.clone()));
            prop_assert_eq!(format!("{code:?}"), "Code");
        }
    }
}
