//! How the shop looks, as organisers set it: its name, logo, colour and texts.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `colour` | colours, how well text of one is read on another, and what follows from an accent in light and dark |
//! | `check` | what is taken of an organiser, who may be anybody: what is refused says why |
//! | `labels` | the few words of ours beside theirs, in four languages |
//! | `follow` | the look in memory, kept current |
//!
//! What may never happen: that a text of an organiser runs as script, or leads somewhere else than an https page. It is checked here and
//! escaped where it is shown.

mod check;
mod colour;
mod follow;
mod labels;

use email::Language;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use check::{LINE_MAX, NAME_MAX, SELLER_MAX, URL_MAX};
pub use colour::{CONTRAST_MIN, Colour, Shades, Theme};
pub use follow::{Current, Looks, fixed, follow};
pub use labels::{Labels, labels};

/// How the shop looks. What is left out is as Flashline has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Look {
    /// What the shop is called; at most 60 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A picture that was uploaded here: its path on this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// The colour of links and buttons, like `#0b6b3a`. As text on the pages' light ground, its contrast must be 4.5:1 or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// The same where the reader's system is dark. It follows from `accent` where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent_dark: Option<String>,
    /// Whose texts are shown where a language has none: `en`, `de`, `zh` or `ar`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_language: Option<String>,
    /// In each language what is said.
    pub texts: ByLanguage,
}

/// The texts, by the languages of the pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ByLanguage {
    /// In English.
    pub en: Texts,
    /// In German.
    pub de: Texts,
    /// In Chinese.
    pub zh: Texts,
    /// In Arabic.
    pub ar: Texts,
}

/// What an organiser says in one language. What is left out is said in the default language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Texts {
    /// Above the list of sales; at most 300 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welcome: Option<String>,
    /// At the end of every page, and of mails; at most 300 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// Where shoppers get help: an e-mail address or an https:// page, which can be opened, or a text like a telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<String>,
    /// Name and address of who sells, for receipts and mails; at most 500 characters in several lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seller: Option<String>,
    /// The terms: an https:// page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms_url: Option<String>,
    /// What is done with data: an https:// page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_url: Option<String>,
    /// Who is behind the shop: an https:// page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imprint_url: Option<String>,
}

impl Look {
    /// The texts for a reader: theirs, and where they have none, those of the default language.
    pub fn texts(&self, language: Language) -> Texts {
        let (own, other) = (self.texts.of(language), self.texts.of(self.default_language()));
        let either = |of: fn(&Texts) -> &Option<String>| of(own).clone().or_else(|| of(other).clone());
        Texts {
            welcome: either(|texts| &texts.welcome),
            footer: either(|texts| &texts.footer),
            support: either(|texts| &texts.support),
            seller: either(|texts| &texts.seller),
            terms_url: either(|texts| &texts.terms_url),
            privacy_url: either(|texts| &texts.privacy_url),
            imprint_url: either(|texts| &texts.imprint_url),
        }
    }

    /// Whether it says nothing: then everything is as Flashline has it.
    pub fn is_plain(&self) -> bool {
        *self == Self { default_language: self.default_language.clone(), ..Self::default() }
    }

    /// English, if none was chosen.
    pub fn default_language(&self) -> Language {
        self.default_language.as_deref().and_then(Language::of_word).unwrap_or_default()
    }

    /// What follows from its colour, in light and dark; nothing where none is set.
    pub fn shades(&self) -> Option<[Shades; 2]> {
        let light: Colour = self.accent.as_deref()?.parse().ok()?;
        let dark = self.accent_dark.as_deref().and_then(|dark| dark.parse().ok());
        let dark = dark.unwrap_or_else(|| Shades::nearest(light, Theme::Dark));
        Some([Shades::of(light, Theme::Light), Shades::of(dark, Theme::Dark)])
    }
}

impl ByLanguage {
    fn of(&self, language: Language) -> &Texts {
        match language {
            Language::En => &self.en,
            Language::De => &self.de,
            Language::Zh => &self.zh,
            Language::Ar => &self.ar,
        }
    }

    fn all(&self) -> [(&'static str, &Texts); 4] {
        [Language::En, Language::De, Language::Zh, Language::Ar].map(|language| (language.word(), self.of(language)))
    }
}

impl Texts {
    /// The pages that it leads to, in their order: what each is called is of [`labels`].
    pub fn pages<'t>(&'t self, labels: &'static Labels) -> impl Iterator<Item = (&'static str, &'t str)> {
        let pages =
            [(labels.terms, &self.terms_url), (labels.privacy, &self.privacy_url), (labels.imprint, &self.imprint_url)];
        pages.into_iter().filter_map(|(label, url)| Some((label, url.as_deref()?)))
    }

    /// What opens the support contact, where it is something that can be opened.
    pub fn support_link(&self) -> Option<String> {
        check::link_of(self.support.as_deref()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_language_does_not_say_the_default_language_says() {
        let said = |text: &str| Some(text.to_owned());
        let mut look = Look { default_language: said("de"), ..Look::default() };
        look.texts.de = Texts { welcome: said("Willkommen"), seller: said("Lampen GmbH"), ..Texts::default() };
        look.texts.zh = Texts { welcome: said("欢迎"), ..Texts::default() };
        let zh = look.texts(Language::Zh);
        assert_eq!((zh.welcome.as_deref(), zh.seller.as_deref()), (Some("欢迎"), Some("Lampen GmbH")));
        assert_eq!(look.texts(Language::En).welcome.as_deref(), Some("Willkommen"));
        look.default_language = None;
        assert_eq!(look.texts(Language::Ar).welcome, None, "English, where none is chosen: it has none");
    }

    #[test]
    fn what_can_be_opened_is_an_address_or_an_https_page() {
        let link = |support: &str| Texts { support: Some(support.to_owned()), ..Texts::default() }.support_link();
        assert_eq!(link("help@lamps.example").as_deref(), Some("mailto:help@lamps.example"));
        assert_eq!(link("https://lamps.example/help").as_deref(), Some("https://lamps.example/help"));
        for text in ["+49 30 1234", "javascript:alert(1)", "http://lamps.example", "data:text/html,x"] {
            assert_eq!(link(text), None, "{text}");
        }
    }
}
