//! The one form of an address: however somebody types theirs, they are the same shopper.

use std::fmt;
use std::str::FromStr;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

/// Characters of an address (RFC 5321).
pub const ADDRESS_LENGTH_MAX: usize = 254;
/// Characters before the `@`.
const LOCAL_LENGTH_MAX: usize = 64;
/// What may stand in the local part beside letters and digits, without quotes (RFC 5322, `atext`), and the dot.
const LOCAL_SIGNS: &str = "!#$%&'*+-/=?^_`{|}~.";

/// An address in its one form. It is for mail alone: neither shown by `Debug` nor by `Display`.
///
/// | part | its form |
/// | --- | --- |
/// | around it | no white space |
/// | domain | as DNS has it: by IDNA (UTS 46) in small ASCII letters, `MÜNCHEN.example` is `xn--mnchen-3ya.example` |
/// | local part | in small letters: no provider of note tells `Anna@` from `anna@`, and phones begin with a capital |
///
/// Nothing else is changed. What follows a `+`, and dots, stay: what they mean is each provider's own affair, so that taking
/// them away could make two people one. Local parts that are not ASCII, or quoted, are not taken.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address(String);

/// Why something is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    /// It has no `@`, or nothing on one of its sides.
    #[error("an address like anna@example.org")]
    NoAddress,
    /// More than mail takes.
    #[error("at most 254 characters, and 64 before the @")]
    TooLong,
    /// Characters before the `@` that are not taken.
    #[error(
        "before the @ only ASCII letters, digits and !#$%&'*+-/=?^_`{{|}}~. are taken, and no dot at an end or beside another"
    )]
    LocalPart,
    /// What follows the `@` is the name of no domain.
    #[error("after the @ there must be the name of a domain, with a dot in it")]
    Domain,
}

impl Address {
    /// In its one form, for the envelope of a mail and what is derived from it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = AddressProblem;

    fn from_str(text: &str) -> Result<Self, AddressProblem> {
        let text = text.trim();
        if text.len() > 4 * ADDRESS_LENGTH_MAX {
            return Err(AddressProblem::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressProblem::NoAddress)?;
        if local.is_empty() || domain.is_empty() {
            return Err(AddressProblem::NoAddress);
        }
        let is_plain = local.chars().all(|sign| sign.is_ascii_alphanumeric() || LOCAL_SIGNS.contains(sign));
        if !is_plain || local.split('.').any(str::is_empty) {
            return Err(AddressProblem::LocalPart);
        }
        let domain = Uts46::new()
            .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify)
            .map_err(|_| AddressProblem::Domain)?;
        // Mail to a top-level domain, or to a number, is nobody's.
        let is_named = domain.rsplit_once('.').is_some_and(|(_, top)| !top.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_named {
            return Err(AddressProblem::Domain);
        }
        let address = format!("{}@{domain}", local.to_ascii_lowercase());
        if local.len() > LOCAL_LENGTH_MAX || address.len() > ADDRESS_LENGTH_MAX {
            return Err(AddressProblem::TooLong);
        }
        Ok(Self(address))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(text: &str) -> Result<String, AddressProblem> {
        text.parse::<Address>().map(|address| address.0)
    }

    #[test]
    fn however_an_address_is_typed_it_has_one_form() {
        for typed in ["anna@example.org", " Anna@Example.ORG\n", "ANNA@EXAMPLE.org", "anna@ｅｘａｍｐｌｅ。org"]
        {
            assert_eq!(form(typed).as_deref(), Ok("anna@example.org"), "{typed}");
        }
        for typed in ["anna@MÜNCHEN.example", "Anna@münchen.example", "anna@xn--mnchen-3ya.example"] {
            assert_eq!(form(typed).as_deref(), Ok("anna@xn--mnchen-3ya.example"), "{typed}");
        }
        assert_eq!(form("an.na+sale@example.org").as_deref(), Ok("an.na+sale@example.org"), "dots and + are theirs");
    }

    #[test]
    fn what_is_no_address_is_told_why() {
        for (wrong, why) in [
            ("", AddressProblem::NoAddress),
            ("anna", AddressProblem::NoAddress),
            ("@example.org", AddressProblem::NoAddress),
            ("anna@", AddressProblem::NoAddress),
            ("a b@example.org", AddressProblem::LocalPart),
            ("anna@b@example.org", AddressProblem::LocalPart),
            ("änna@example.org", AddressProblem::LocalPart),
            ("\"anna\"@example.org", AddressProblem::LocalPart),
            (".anna@example.org", AddressProblem::LocalPart),
            ("an..na@example.org", AddressProblem::LocalPart),
            ("anna\r\nBcc:ben@example.org", AddressProblem::LocalPart),
            ("anna@example", AddressProblem::Domain),
            ("anna@exam ple.org", AddressProblem::Domain),
            ("anna@-example.org", AddressProblem::Domain),
            ("anna@example..org", AddressProblem::Domain),
            ("anna@[192.0.2.1]", AddressProblem::Domain),
            ("anna@192.0.2.1", AddressProblem::Domain),
        ] {
            assert_eq!(form(wrong), Err(why), "{wrong}");
        }
        assert_eq!(form(&format!("{}@example.org", "a".repeat(65))), Err(AddressProblem::TooLong));
        assert_eq!(form(&"a".repeat(5_000)), Err(AddressProblem::TooLong));
    }

    proptest! {
        #[test]
        fn the_form_of_a_form_is_itself_and_safe_in_a_header(text in ".{0,40}@.{0,40}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert!(address.0.bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert_eq!(address.0.parse::<Address>(), Ok(address.clone()));
                prop_assert_eq!(format!("{address:?}"), "Address");
            }
        }
    }
}
