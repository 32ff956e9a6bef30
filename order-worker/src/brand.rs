//! Whose mail it is: the look of the shop, as mail shows it. No logo: nothing is loaded, so that nobody learns that a mail was read.

use email::Language;
use look::{Look, labels};
use mail::Brand;

/// What stands around a mail in a language.
pub(crate) fn brand(look: &Look, language: Language) -> Brand {
    let (texts, labels) = (look.texts(language), labels(language));
    let support = texts.support.as_deref().map(|support| format!("{}: {support}", labels.support));
    let links = texts.pages(labels).map(|(name, url)| (name.to_owned(), url.to_owned())).collect();
    let button = look.shades().map(|[light, _]| (light.accent.to_string(), light.on_accent.to_string()));
    let lines = [texts.footer, texts.seller, support].into_iter().flatten().collect();
    Brand { name: look.name.clone(), button, lines, links }
}
