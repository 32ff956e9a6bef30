//! What is taken of an organiser, and why not: every field that is wrong, by its name.

use email::Address;
use sale::definition::{line_problem, text_problem};
use url::Url;

use crate::colour::{CONTRAST_MIN, Colour, Shades, Theme};
use crate::{Look, Texts};

/// Characters of the shop's name.
pub const NAME_MAX: usize = 60;
/// Characters of a text of one line.
pub const LINE_MAX: usize = 300;
/// Characters of who sells.
pub const SELLER_MAX: usize = 500;
/// Characters of an address of a page.
pub const URL_MAX: usize = 500;

const TURNS: &str = "marks that turn the direction of text are not allowed";

impl Look {
    /// Everything that is wrong with it, each with its field; nothing, if it can be shown.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        problems.extend(self.name.as_deref().and_then(|name| line_problem("name", name, 1, NAME_MAX)));
        problems.extend(self.logo_url.as_deref().and_then(logo_problem));
        problems.extend(colour_problem("accent", self.accent.as_deref(), Theme::Light));
        problems.extend(colour_problem("accent_dark", self.accent_dark.as_deref(), Theme::Dark));
        if self.accent.is_none() && self.accent_dark.is_some() {
            problems.push("accent: needed where accent_dark is given".to_owned());
        }
        let languages = ["en", "de", "zh", "ar"];
        if self.default_language.as_deref().is_some_and(|word| !languages.contains(&word)) {
            problems.push(format!("default_language: one of {}", languages.join(", ")));
        }
        for (language, texts) in self.texts.all() {
            text_problems(&mut problems, language, texts);
        }
        problems
    }
}

fn text_problems(problems: &mut Vec<String>, language: &str, texts: &Texts) {
    let named = |field: &str| format!("texts.{language}.{field}");
    for (field, text) in [("welcome", &texts.welcome), ("footer", &texts.footer), ("support", &texts.support)] {
        problems.extend(text.as_deref().and_then(|text| line_problem(&named(field), text, 1, LINE_MAX)));
    }
    problems.extend(texts.seller.as_deref().and_then(|text| {
        let turns = text.chars().any(|sign| matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        if turns {
            Some(format!("{}: {TURNS}", named("seller")))
        } else {
            text_problem(&named("seller"), text, 1, SELLER_MAX)
        }
    }));
    for (field, url) in
        [("terms_url", &texts.terms_url), ("privacy_url", &texts.privacy_url), ("imprint_url", &texts.imprint_url)]
    {
        let is_wrong = url.as_deref().is_some_and(|url| !is_page(url));
        problems.extend(
            is_wrong.then(|| {
                format!("{}: an https:// address without a user, of at most {URL_MAX} characters", named(field))
            }),
        );
    }
}

/// Only what was uploaded here has been drawn anew: no SVG, and nothing of another server.
fn logo_problem(url: &str) -> Option<String> {
    let file = url.strip_prefix("/pictures/").and_then(|file| file.strip_suffix(".png").or(file.strip_suffix(".jpg")));
    let is_one =
        file.is_some_and(|name| name.len() == 64 && name.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')));
    (!is_one).then(|| "logo_url: a picture that was uploaded here, as its upload was answered".to_owned())
}

fn colour_problem(field: &str, colour: Option<&str>, theme: Theme) -> Option<String> {
    let Ok(colour) = colour?.parse::<Colour>() else {
        return Some(format!("{field}: a colour like #0b6b3a"));
    };
    let shades = Shades::of(colour, theme);
    (!shades.is_readable()).then(|| {
        let ground = if theme == Theme::Light { "light" } else { "dark" };
        // Rounded up, 4.49 would look as if it were enough.
        let contrast = (shades.contrast() * 100.0).floor() / 100.0;
        let nearest = Shades::nearest(colour, theme);
        format!(
            "{field}: {colour} has a contrast of {contrast}:1 on the {ground} pages; text needs {CONTRAST_MIN}:1, \
             which {nearest} has"
        )
    })
}

/// An https page of a host, and nobody's name or password.
fn is_page(text: &str) -> bool {
    let is_plain = text.chars().all(|sign| sign.is_ascii_graphic() && !matches!(sign, '\\' | '"' | '<' | '>' | '`'));
    let is_https =
        |url: Url| url.scheme() == "https" && url.has_host() && url.username().is_empty() && url.password().is_none();
    is_plain && text.len() <= URL_MAX && text.starts_with("https://") && Url::parse(text).is_ok_and(is_https)
}

/// What opens a contact.
pub(crate) fn link_of(contact: &str) -> Option<String> {
    if is_page(contact) {
        return Some(contact.to_owned());
    }
    // What an address may have in it and a link may not.
    let is_plain = !contact.contains(['?', '&', '%', '#', '"', '\'', '/', ' ']);
    let address = contact.parse::<Address>().ok().filter(|_| is_plain)?;
    Some(format!("mailto:{}", address.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByLanguage;

    fn with(change: impl FnOnce(&mut Look)) -> Vec<String> {
        let mut look = Look::default();
        change(&mut look);
        look.problems()
    }

    #[test]
    fn a_whole_look_is_taken() {
        let some = |text: &str| Some(text.to_owned());
        let texts = Texts {
            welcome: some("مرحبا بكم"),
            footer: some("Lamps since 1998 <3"),
            support: some("help@lamps.example"),
            seller: some("Lamps Ltd\n1 Long Road\nLondon"),
            terms_url: some("https://lamps.example/terms?v=2#top"),
            privacy_url: some("https://lamps.example/privacy"),
            imprint_url: some("https://lamps.example:8443/imprint"),
        };
        let look = Look {
            name: some("Lamps & more"),
            logo_url: Some(format!("/pictures/{}.png", "0a".repeat(32))),
            accent: some("#0b6b3a"),
            accent_dark: some("#7fe0a8"),
            default_language: some("de"),
            texts: ByLanguage { en: texts.clone(), ar: texts, ..ByLanguage::default() },
        };
        assert_eq!(look.problems(), Vec::<String>::new());
        assert_eq!(Look::default().problems(), Vec::<String>::new());
    }

    #[test]
    fn a_colour_that_cannot_be_read_says_how_far_it_is_and_what_would_do() {
        let yellow = with(|look| look.accent = Some("#ffd500".to_owned()));
        assert!(
            yellow[0].starts_with("accent: #ffd500 has a contrast of 1.") && yellow[0].contains("4.5:1"),
            "{yellow:?}"
        );
        let dark = with(|look| {
            (look.accent, look.accent_dark) = (Some("#0b6b3a".to_owned()), Some("#0b6b3a".to_owned()));
        });
        assert!(dark[0].starts_with("accent_dark: #0b6b3a has a contrast of"), "{dark:?}");
        assert_eq!(with(|look| look.accent = Some("red;}</style>".to_owned())), ["accent: a colour like #0b6b3a"]);
        assert_eq!(with(|look| look.accent_dark = Some("#7fe0a8".to_owned())).len(), 1);
    }

    #[test]
    fn a_link_is_an_https_page_and_a_logo_one_of_ours() {
        for url in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "http://lamps.example",
            "//lamps.example",
            "https://",
            "https://a:b@lamps.example",
            "https://lamps.example/\u{202e}",
            "https://lamps.example/a b",
            "https://lamps.example/\"><script>",
            " https://lamps.example",
            "mailto:a@b.example",
            "",
        ] {
            let said = with(|look| look.texts.en.terms_url = Some(url.to_owned()));
            assert!(said.len() == 1 && said[0].starts_with("texts.en.terms_url: "), "{url}: {said:?}");
        }
        let hash = "0a".repeat(32);
        for logo in [
            format!("/pictures/{hash}.svg"),
            "/images/lamp.svg".to_owned(),
            format!("https://evil.example/{hash}.png"),
            format!("/pictures/../{}.png", &hash[3..]),
            "data:image/svg+xml,<svg onload=alert(1)>".to_owned(),
        ] {
            assert_eq!(with(|look| look.logo_url = Some(logo.clone())).len(), 1, "{logo}");
        }
    }

    #[test]
    fn texts_are_bounded_and_turn_nothing_round() {
        for text in ["", "   ", "a\u{202e}b", "a\u{2067}b", "two\nlines", &"x".repeat(LINE_MAX + 1)] {
            assert_eq!(with(|look| look.texts.de.welcome = Some(text.to_owned())).len(), 1, "{text:?}");
        }
        for seller in ["a\u{202e}b", "a\u{0}b", &"x".repeat(SELLER_MAX + 1), ""] {
            assert_eq!(with(|look| look.texts.de.seller = Some(seller.to_owned())).len(), 1, "{seller:?}");
        }
        assert_eq!(with(|look| look.name = Some("x".repeat(NAME_MAX + 1))).len(), 1);
        assert_eq!(with(|look| look.default_language = Some("de-DE".to_owned())).len(), 1);
    }
}
