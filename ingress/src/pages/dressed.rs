//! The shopper page in the look of its shop: written into it before it is sent, from memory, so that no page asks the database and none is shown
//! in other colours first.
//!
//! Colours come as a style sheet within the page, which the page's policy names by its hash; names and texts as attributes and text, escaped.

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use email::Language;
use html::escape;
use look::{Current, Look, Looks, Shades, Texts, labels};
use sha2::{Digest, Sha256};

use super::preview::{Shown, answer};

/// What every look needs that brings texts of its own.
const STYLE: &str = ".top>.brand.brand{flex:0 1 auto;min-width:0;overflow-wrap:anywhere}\
    .brand img{width:auto;max-width:9rem;object-fit:contain}\
    .foot{max-width:72rem;margin:0 auto;padding:1rem clamp(1rem,4vw,2.5rem) 2rem;color:var(--soft);font-size:var(--text-s);overflow-wrap:anywhere}\
    .foot p{margin:0}.foot a{display:inline-flex;align-items:center;min-height:44px}.foot nav a{margin-inline-end:1.25rem}\
    #page:empty+.foot{visibility:hidden}\
    @media(max-width:51.99rem){main:has(.bar){padding-bottom:1rem}body:has(.bar) .foot{padding-bottom:11rem}}\
    @media print{.foot nav{display:none}}";
const ABOUT: &str = "Flash sales with a fair line";
const OWN_ICON: &str = "<link rel=\"icon\" href=\"/images/flashline.svg\" type=\"image/svg+xml\" />";
const LANGUAGES: [Language; 4] = [Language::En, Language::De, Language::Zh, Language::Ar];

/// Makes the page's policy, given what else its styles may be.
type Policy = Box<dyn Fn(&str) -> anyhow::Result<HeaderValue> + Send + Sync>;

/// The page in the look that there is.
pub(super) struct Dresser {
    looks: Looks,
    plain: String,
    pages: String,
    policy: Policy,
    dressed: RwLock<Option<Arc<Dressed>>>,
}

/// The page in one look.
pub(super) struct Dressed {
    version: i64,
    pub(super) policy: HeaderValue,
    /// What previews say whose it is, and show where a sale has no picture.
    pub(super) site: Option<String>,
    pub(super) logo: Option<String>,
    texts: [String; 4],
}

impl Dresser {
    pub(super) fn new(looks: Looks, plain: String, pages: &str, policy: Policy) -> Self {
        Self { looks, plain, pages: pages.to_owned(), policy, dressed: RwLock::default() }
    }

    /// The page as it is built.
    pub(super) fn plain(&self) -> &str {
        &self.plain
    }

    /// In the look of now; nothing, where nobody has set any.
    pub(super) fn now(&self) -> Option<Arc<Dressed>> {
        let current = self.looks.now();
        if current.look.is_plain() {
            return None;
        }
        let known = self.dressed.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.version == current.version) {
            return Some(known);
        }
        match self.dress(&current) {
            Ok(dressed) => {
                let dressed = Arc::new(dressed);
                *self.dressed.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&dressed));
                Some(dressed)
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the page cannot be shown in the look of the shop");
                None
            }
        }
    }

    fn dress(&self, current: &Current) -> anyhow::Result<Dressed> {
        let look = &current.look;
        let style = style(look.shades());
        let hash = BASE64_STANDARD.encode(Sha256::digest(&style));
        let page = |language| self.page(look, &style, language).context("the page is not as it was built");
        let [en, de, zh, ar] = LANGUAGES.map(page);
        Ok(Dressed {
            version: current.version,
            policy: (self.policy)(&format!("'sha256-{hash}'"))?,
            site: look.name.clone(),
            logo: look.logo_url.clone(),
            texts: [en?, de?, zh?, ar?],
        })
    }

    fn page(&self, look: &Look, style: &str, language: Language) -> Option<String> {
        let texts = look.texts(language);
        let name = look.name.as_deref().unwrap_or("Flashline");
        let about = texts.welcome.as_deref().unwrap_or(ABOUT);
        let headed = Shown::of_shop(name, about, look.logo_url.as_deref(), &self.pages).within(&self.plain)?;
        let (head, body) = headed.split_once("</head>")?;
        let (before, after) = body.split_once("<body>")?;
        let (own, after) = after.split_once("<div id=\"page\"></div>")?;
        let icon = look.logo_url.as_deref().map(|logo| format!("<link rel=\"icon\" href=\"{}\" />", escape(logo)));
        let head = icon.map_or_else(|| head.to_owned(), |icon| head.replace(OWN_ICON, &icon));
        let (data, foot) = (data(look, &texts), foot(&texts, language));
        Some(format!(
            "{head}<style>{style}</style></head>{before}<body{data}>{own}<div id=\"page\"></div>{foot}{after}"
        ))
    }
}

impl Dressed {
    /// The page for whoever asks, as it is built but for the look.
    pub(super) fn text(&self, headers: &HeaderMap) -> &str {
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let language = Language::asked_for(asked);
        let at = LANGUAGES.iter().position(|one| *one == language).unwrap_or_default();
        &self.texts[at]
    }

    /// The same as an answer.
    pub(super) fn page(&self, headers: &HeaderMap) -> Response {
        answer(self.text(headers).to_owned(), headers)
    }
}

fn style(shades: Option<[Shades; 2]>) -> String {
    let properties = |shades: &Shades| {
        let Shades { accent, accent_ground, on_accent, .. } = shades;
        format!(":root{{--accent:{accent};--accent-ground:{accent_ground};--on-accent:{on_accent}}}")
    };
    let colours = shades
        .as_ref()
        .map(|[light, dark]| format!("{}@media(prefers-color-scheme:dark){{{}}}", properties(light), properties(dark)));
    colours.unwrap_or_default() + STYLE
}

/// What the page's script shows, in its own places.
fn data(look: &Look, texts: &Texts) -> String {
    let parts =
        [("name", &look.name), ("logo", &look.logo_url), ("welcome", &texts.welcome), ("seller", &texts.seller)];
    let parts = parts.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    parts.map(|(name, value)| format!(" data-{name}=\"{}\"", escape(value))).collect()
}

/// At the end of every page. It needs no script.
fn foot(texts: &Texts, language: Language) -> String {
    let labels = labels(language);
    let link = |label: &str, url: &str| {
        format!("<a href=\"{}\" rel=\"noopener noreferrer\">{}</a>", escape(url), escape(label))
    };
    let footer = texts.footer.as_deref().map(|text| format!("<p dir=\"auto\">{}</p>", escape(text)));
    let support = texts.support.as_deref().map(|text| {
        let shown = texts.support_link().map_or_else(|| escape(text), |url| link(text, &url));
        format!("<p>{}: <bdi>{shown}</bdi></p>", labels.support)
    });
    let pages: String = texts.pages(labels).map(|(label, url)| link(label, url)).collect();
    let pages = (!pages.is_empty()).then(|| format!("<nav>{pages}</nav>"));
    let parts: String = [footer, support, pages].into_iter().flatten().collect();
    if parts.is_empty() { parts } else { format!("<footer class=\"foot\">{parts}</footer>") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "\"><script>alert(1)</script>'</style></head><body onload=x>";

    fn dresser() -> Dresser {
        let plain = super::super::Dist::get("index.html").expect("built");
        let plain = String::from_utf8(plain.data.to_vec()).expect("text");
        let (looks, _) = look::fixed(Current::default());
        let policy: Policy = Box::new(|style| Ok(HeaderValue::try_from(format!("style-src 'self' {style}"))?));
        Dresser::new(looks, plain, "https://shop.example", policy)
    }

    fn current(change: impl FnOnce(&mut Look)) -> Current {
        let mut look = Look::default();
        change(&mut look);
        Current { version: 1, look }
    }

    fn asking(language: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(language))])
    }

    #[test]
    fn whatever_an_organiser_writes_stays_text() {
        let some = || Some(HOSTILE.to_owned());
        let texts = Texts {
            welcome: some(),
            footer: some(),
            support: some(),
            seller: some(),
            terms_url: Some("https://a.example/\"><script>".to_owned()),
            ..Texts::default()
        };
        let dressed = dresser().dress(&current(|look| {
            (look.name, look.logo_url) = (some(), some());
            look.texts.en = texts;
        }));
        let dressed = dressed.expect("dressed");
        let page = dressed.text(&asking("en"));
        let plain = dresser().plain;
        let count = |text: &str, part: &str| text.matches(part).count();
        assert_eq!(count(page, "<script"), count(&plain, "<script"), "{page}");
        assert_eq!((count(page, "</style>"), count(page, "<body")), (1, 1), "{page}");
        assert_eq!((count(page, "</head>"), count(page, "<title>")), (1, 1));
        assert!(page.contains("og:site_name\" content=\"&quot;&gt;&lt;script&gt;"), "{page}");
    }

    #[test]
    fn the_policy_names_the_style_that_is_in_the_page() {
        let dressed = dresser().dress(&current(|look| look.accent = Some("#0b6b3a".to_owned()))).expect("dressed");
        let page = dressed.text(&asking("de"));
        let (_, rest) = page.split_once("<style>").expect("a style");
        let (style, _) = rest.split_once("</style>").expect("its end");
        assert!(style.starts_with(":root{--accent:#0b6b3a;--accent-ground:#"), "{style}");
        assert!(style.contains("@media(prefers-color-scheme:dark){:root{--accent:#"), "{style}");
        let hash = BASE64_STANDARD.encode(Sha256::digest(style));
        assert_eq!(dressed.policy, format!("style-src 'self' 'sha256-{hash}'"));
        assert!(!page.contains("unsafe") && !page.contains("class=\"foot\""), "nothing is said: no foot");
    }

    #[test]
    fn everybody_reads_their_language_or_the_default_one() {
        let dressed = dresser().dress(&current(|look| {
            look.default_language = Some("de".to_owned());
            look.texts.de.footer = Some("Lampen seit 1998".to_owned());
            look.texts.ar.footer = Some("مصابيح".to_owned());
            look.texts.de.support = Some("hilfe@lampen.example".to_owned());
        }));
        let dressed = dressed.expect("dressed");
        assert!(dressed.text(&asking("ar-EG, en;q=0.5")).contains("<p dir=\"auto\">مصابيح</p>"));
        let english = dressed.text(&asking("fr, en"));
        assert!(
            english.contains("Lampen seit 1998") && english.contains("Help: <bdi><a href=\"mailto:hilfe@"),
            "{english}"
        );
    }
}
