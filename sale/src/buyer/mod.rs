//! What a sale asks of those who buy, so that they can be sent what they bought; and what they give.
//!
//! They are asked once units are reserved for them, and before they pay: never on the way into the line. What they give is
//! personal: it is in no command, answer, report or record, and only `docs/privacy.md` says where it is kept.

mod countries;
mod postal;
mod value;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::words::words;
use value::{answer_flaw, country_flaw, email_flaw, line_flaw, phone_flaw};

/// Questions of a sale's own.
pub const QUESTIONS_MAX: usize = 5;
/// Characters of a question.
pub const QUESTION_LENGTH_MAX: usize = 200;
/// Characters of an answer to one.
pub const ANSWER_LENGTH_MAX: usize = 500;
/// Characters of a name, and of each line of an address.
pub const LINE_LENGTH_MAX: usize = 200;
/// Characters of an e-mail address (RFC 5321).
pub const EMAIL_LENGTH_MAX: usize = 254;
/// Characters of a phone number, however it is grouped.
pub const PHONE_LENGTH_MAX: usize = 40;

/// Whether a field is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// It is not, and is not taken either.
    #[default]
    Off,
    /// It may be given.
    Optional,
    /// Nothing is paid for without it.
    Required,
}

words!(Asked: "buyer field" { Off = "off", Optional = "optional", Required = "required" });

/// What a sale asks its buyers for. By default nothing.
#[expect(missing_docs, reason = "the fields of [`Buyer`]")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    pub name: Asked,
    pub email: Asked,
    pub phone: Asked,
    pub address: Asked,
    /// The sale's own, which [`Buyer::answers`] are to, in their order.
    pub questions: Vec<Question>,
}

/// A question of a sale's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// As the buyer reads it.
    pub text: String,
    /// Whether nothing is paid for without an answer.
    #[serde(default)]
    pub required: bool,
}

/// What a buyer gives. What is empty is not given.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Buyer {
    /// Whom it is sent to.
    pub name: String,
    /// Where to write to.
    pub email: String,
    /// Where to call.
    pub phone: String,
    /// Where it is sent to.
    pub address: Option<Address>,
    /// To the sale's questions, in their order.
    pub answers: Vec<String>,
}

/// Where something is sent to. What is empty is not given.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// Street and number.
    pub line1: String,
    /// What else helps to find it.
    pub line2: String,
    /// Where there are such; needed in most countries that have them.
    pub postal_code: String,
    /// The town.
    pub city: String,
    /// State, province or county, where it is part of an address.
    pub region: String,
    /// ISO 3166-1, two capital letters.
    pub country: String,
}

/// A field that cannot be taken as it is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// As the API calls it: `email`, `address.city`, `answers[0]`.
    pub field: String,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The sale needs it, and it is empty.
    #[error("this sale needs it")]
    Missing,
    /// The sale does not ask for it: what nobody needs is not kept.
    #[error("this sale does not ask for it")]
    NotAsked,
    /// It has more characters than so many.
    #[error("at most {0} characters")]
    TooLong(usize),
    /// It is no line of text that can be read.
    #[error("one line of visible text")]
    NotText,
    /// It is no e-mail address.
    #[error("an e-mail address, such as name@example.com")]
    NotAnEmail,
    /// It is no phone number.
    #[error("a phone number: 5 to 15 digits, with the country's + first if it has one")]
    NotAPhone,
    /// It is no country.
    #[error("a country's code of two capital letters (ISO 3166-1), such as DE")]
    NotACountry,
    /// It cannot be a postal code of the country.
    #[error("a postal code as the country has them")]
    NotAPostalCode,
}

impl Why {
    /// Its word in the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotAsked => "not_asked",
            Self::TooLong(_) => "too_long",
            Self::NotText => "not_text",
            Self::NotAnEmail => "not_an_email",
            Self::NotAPhone => "not_a_phone",
            Self::NotACountry => "not_a_country",
            Self::NotAPostalCode => "not_a_postal_code",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

/// Shown nowhere: it is personal.
impl fmt::Debug for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buyer(…)")
    }
}

/// Shown nowhere: it is personal.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

impl Fields {
    /// Whether the sale asks for anything at all.
    pub fn ask(&self) -> bool {
        [self.name, self.email, self.phone, self.address].iter().any(|asked| *asked != Asked::Off)
            || !self.questions.is_empty()
    }

    /// What is still needed before a reservation can be paid for, of which `known` is known.
    pub fn missing(&self, known: Option<&Buyer>) -> Vec<Flaw> {
        let nobody = Buyer::default();
        let mut flaws = self.flaws(known.unwrap_or(&nobody));
        flaws.retain(|flaw| flaw.why == Why::Missing);
        flaws
    }

    /// Everything that keeps what a buyer gives from being taken.
    pub fn flaws(&self, buyer: &Buyer) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let mut look = |field: &str, asked: Asked, value: &str, flaw: &dyn Fn(&str) -> Option<Why>| {
            let why = match (asked, value.is_empty()) {
                (Asked::Required, true) => Some(Why::Missing),
                (_, true) => None,
                (Asked::Off, false) => Some(Why::NotAsked),
                (Asked::Optional | Asked::Required, false) => flaw(value),
            };
            flaws.extend(why.map(|why| Flaw { field: field.to_owned(), why }));
        };
        look("name", self.name, &buyer.name, &line_flaw);
        look("email", self.email, &buyer.email, &email_flaw);
        look("phone", self.phone, &buyer.phone, &phone_flaw);
        match (self.address, &buyer.address) {
            (Asked::Required, None) => look("address", Asked::Required, "", &line_flaw),
            (_, None) => {}
            (Asked::Off, Some(_)) => look("address", Asked::Off, "given", &line_flaw),
            // Of an address that is given, some is needed.
            (Asked::Optional | Asked::Required, Some(address)) => {
                look("address.line1", Asked::Required, &address.line1, &line_flaw);
                look("address.line2", Asked::Optional, &address.line2, &line_flaw);
                let postal_flaw = |code: &str| {
                    line_flaw(code).or_else(|| (!postal::fits(&address.country, code)).then_some(Why::NotAPostalCode))
                };
                look("address.postal_code", postal::asked_in(&address.country), &address.postal_code, &postal_flaw);
                look("address.city", Asked::Required, &address.city, &line_flaw);
                look("address.region", Asked::Optional, &address.region, &line_flaw);
                look("address.country", Asked::Required, &address.country, &country_flaw);
            }
        }
        for number in 0..self.questions.len().max(buyer.answers.len()) {
            let asked = match self.questions.get(number) {
                Some(question) if question.required => Asked::Required,
                Some(_) => Asked::Optional,
                None => Asked::Off,
            };
            let answer = buyer.answers.get(number).map_or("", String::as_str);
            look(&format!("answers[{number}]"), asked, answer, &answer_flaw);
        }
        flaws
    }
}

impl Buyer {
    /// The same without spaces around anything, and without what says nothing.
    #[must_use]
    pub fn tidied(&self) -> Self {
        let tidy = |text: &String| text.trim().to_owned();
        let address = self.address.as_ref().map(|address| Address {
            line1: tidy(&address.line1),
            line2: tidy(&address.line2),
            postal_code: tidy(&address.postal_code),
            city: tidy(&address.city),
            region: tidy(&address.region),
            country: tidy(&address.country),
        });
        let mut answers: Vec<String> = self.answers.iter().map(tidy).collect();
        answers.truncate(answers.iter().rposition(|answer| !answer.is_empty()).map_or(0, |last| last + 1));
        Self {
            name: tidy(&self.name),
            email: tidy(&self.email),
            phone: tidy(&self.phone),
            address: address.filter(|address| *address != Address::default()),
            answers,
        }
    }
}

#[cfg(test)]
mod tests;
