//! A mail before it is written: whom it goes to, and what it says, part by part.

use email::{Address, Language, Letter};

use crate::texts::text;

/// What is sent to one address.
#[derive(Clone, Debug)]
pub struct Mail {
    /// To whom.
    pub to: Address,
    /// In which language its parts are.
    pub language: Language,
    /// What it is about. Nothing secret: it is shown before the mail is opened.
    pub subject: String,
    /// What it says, in order.
    pub parts: Vec<Part>,
    /// Whose mail it is.
    pub brand: Brand,
    /// The address (a URL) that ends such mail: with a click there, or by the mail program itself (RFC 8058).
    pub ends_at: Option<String>,
}

/// Whose mail it is, as organisers say: around what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// What the shop is called: stands above.
    pub name: Option<String>,
    /// The colours of what is to be opened: its ground, and its text.
    pub button: Option<(String, String)>,
    /// What stands below, paragraph by paragraph.
    pub lines: Vec<String>,
    /// Below that: what they are called, and where they lead.
    pub links: Vec<(String, String)>,
}

/// A part of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A paragraph.
    Text(String),
    /// Digits to be typed.
    Code(String),
    /// What there is, and how much.
    Rows(Vec<(String, String)>),
    /// What to open, and what that is called.
    Link(String, String),
    /// What matters less.
    Small(String),
    /// The same, to be opened.
    SmallLink(String, String),
}

impl Mail {
    /// The mail that tells a code.
    pub fn of_code(letter: &Letter, lasts_minutes: u64, brand: Brand) -> Self {
        let text = text(letter.language);
        let parts = vec![
            Part::Text(text.asked.to_owned()),
            Part::Code(letter.code.as_str().to_owned()),
            Part::Text((text.lasts)(lasts_minutes)),
            Part::Small(text.not_you.to_owned()),
        ];
        let (to, language, subject) = (letter.to.clone(), letter.language, text.subject.to_owned());
        Self { to, language, subject, parts, brand, ends_at: None }
    }
}
