//! What other pages and messengers show of a link to a sale: its name, what it is about, what it looks like. They read the page without
//! running it, so it is written into the page; from memory, so that nobody waits for it.

use std::io::Write;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalogue::{Catalogue, Sale};
use clock::now;
use flate2::Compression;
use flate2::write::GzEncoder;
use html::escape;
use sale::ids::EventId;
use sale::rules::Status;
use sha2::{Digest, Sha256};

use super::{ASK_AGAIN, is_known, takes};

/// What previews show of a text, at most.
const SIGNS_MAX: usize = 200;
/// The page's own words before it knows whose they are, and the other languages that it has.
const LOCALE: &str = "en_US";
const OTHER_LOCALES: [&str; 3] = ["de_DE", "zh_CN", "ar_AR"];

/// The sales whose links can be shown.
#[derive(Clone)]
pub(super) struct Previews {
    catalogue: Catalogue,
    /// Where the pages are, without a slash at the end.
    pages: String,
}

impl Previews {
    pub(super) fn new(catalogue: Catalogue, pages: &str) -> Self {
        Self { catalogue, pages: pages.to_owned() }
    }

    /// The page of a sale with what it is in its head; nothing, where there is no such sale, or not for everybody yet.
    pub(super) fn page(&self, plain: &str, shop: Shop<'_>, event: &str, headers: &HeaderMap) -> Option<Response> {
        let event = EventId(event.parse().ok()?);
        let sale = self.catalogue.get(event).filter(|sale| sale.rules.status(now()) != Status::Draft)?;
        let page = Shown::of(&sale, shop, &self.pages).within(plain)?;
        Some(answer(page, headers))
    }
}

/// Whose sales they are, as far as somebody has said.
#[derive(Clone, Copy, Default)]
pub(super) struct Shop<'s> {
    pub(super) name: Option<&'s str>,
    pub(super) logo: Option<&'s str>,
}

/// What is shown of a sale, or of all of them.
pub(super) struct Shown {
    site: String,
    title: String,
    about: String,
    url: String,
    image: Option<String>,
}

impl Shown {
    /// Of the shop itself.
    pub(super) fn of_shop(name: &str, about: &str, logo: Option<&str>, pages: &str) -> Self {
        let (site, title, about) = (shortened(name), shortened(name), shortened(about));
        Self { site, title, about, url: format!("{pages}/"), image: logo.map(|logo| format!("{pages}{logo}")) }
    }

    fn of(sale: &Sale, shop: Shop<'_>, pages: &str) -> Self {
        let items: Vec<&str> = sale.products.iter().map(|product| &*product.name).collect();
        let about = if sale.description.trim().is_empty() { items.join(", ") } else { sale.description.clone() };
        // Who shows previews draws no SVG.
        let mut images = sale.products.iter().filter_map(|product| product.image_url.as_deref());
        let image = images.find(|image| !image.split(['?', '#']).next().is_some_and(|path| path.ends_with(".svg")));
        let image = image.or(shop.logo);
        Self {
            site: shop.name.unwrap_or("Flashline").to_owned(),
            title: shortened(&sale.name),
            about: shortened(&about),
            url: format!("{pages}/sales/{}", sale.rules.event),
            // Only whole addresses are followed elsewhere.
            image: image.map(|image| if image.starts_with('/') { format!("{pages}{image}") } else { image.to_owned() }),
        }
    }

    /// The page that was built, with this in its head. Nothing, if it has not the head that it is built with.
    pub(super) fn within(&self, plain: &str) -> Option<String> {
        let (before, rest) = plain.split_once("<title>")?;
        let (_, after) = rest.split_once("</title>")?;
        let (start, rest) = before.split_once("<meta name=\"description\"")?;
        let (_, between) = rest.split_once('>')?;
        Some(format!("{start}{}{}{after}", self.tags(), between.trim_start()))
    }

    fn tags(&self) -> String {
        let Self { site, title, about, url, image } = self;
        let mut tags = format!("<title>{}</title>\n", escape(title));
        let mut tag = |kind: &str, name: &str, content: &str| {
            tags.push_str(&format!("    <meta {kind}=\"{name}\" content=\"{}\" />\n", escape(content)));
        };
        tag("name", "description", about);
        tag("property", "og:type", "website");
        tag("property", "og:site_name", site);
        tag("property", "og:title", title);
        tag("property", "og:description", about);
        tag("property", "og:url", url);
        tag("property", "og:locale", LOCALE);
        for other in OTHER_LOCALES {
            tag("property", "og:locale:alternate", other);
        }
        tag("name", "twitter:card", if image.is_some() { "summary_large_image" } else { "summary" });
        tag("name", "twitter:title", title);
        tag("name", "twitter:description", about);
        if let Some(image) = image {
            tag("property", "og:image", image);
            tag("name", "twitter:image", image);
        }
        format!("{tags}    ")
    }
}

/// One line, and not more of it than is shown anywhere.
fn shortened(text: &str) -> String {
    let line = text.split(|sign: char| sign.is_whitespace() || sign.is_control()).filter(|word| !word.is_empty());
    let line = line.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SIGNS_MAX) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// As the page without it is answered: browsers ask again, and are told when nothing has changed.
pub(super) fn answer(page: String, headers: &HeaderMap) -> Response {
    let hash = hex::encode(&Sha256::digest(&page)[..12]);
    let packed = takes(headers, "gzip").then(|| packed(&page)).flatten();
    // The two forms are two answers.
    let etag = if packed.is_some() { format!("\"{hash}-gz\"") } else { format!("\"{hash}\"") };
    let is_known = is_known(headers, &etag);
    let about = [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, ASK_AGAIN.to_owned()),
        (header::VARY, format!("{}, {}", header::ACCEPT_ENCODING, header::ACCEPT_LANGUAGE)),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    match packed {
        Some(packed) => (about, kind, [(header::CONTENT_ENCODING, "gzip")], packed).into_response(),
        None => (about, kind, page).into_response(),
    }
}

fn packed(page: &str) -> Option<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(page.as_bytes()).ok()?;
    packer.finish().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn shown() -> Shown {
        Shown {
            site: "Flashline".to_owned(),
            title: "Lamps \"<script>alert(1)</script>".to_owned(),
            about: "Tom & Jerry's".to_owned(),
            url: "https://shop.example/sales/1".to_owned(),
            image: Some("https://shop.example/images/lamp.svg".to_owned()),
        }
    }

    #[test]
    fn the_page_that_is_built_has_the_head_that_previews_take_the_place_of() {
        let plain = super::super::Dist::get("index.html").expect("built");
        let plain = std::str::from_utf8(&plain.data).expect("text");
        let page = shown().within(plain).expect("a head");
        let title = "<title>Lamps &quot;&lt;script&gt;alert(1)&lt;/script&gt;</title>";
        assert_eq!(page.matches("<title>").count(), 1);
        assert!(page.contains(title) && !page.contains("<script>"), "{page}");
        assert_eq!(page.matches("name=\"description\"").count(), 1, "{page}");
        assert!(page.contains("<meta property=\"og:description\" content=\"Tom &amp; Jerry&#39;s\" />"), "{page}");
        assert!(page.contains("name=\"viewport\"") && page.contains("type=\"module\"") && page.contains("</html>"));
        assert!(shown().within("<html></html>").is_none());
    }

    #[test]
    fn a_long_text_is_one_line_that_is_cut_between_signs() {
        assert_eq!(shortened(" Warm\n\nlight\u{0} for  all "), "Warm light for all");
        let cut = shortened(&"限".repeat(300));
        assert_eq!(cut.chars().count(), SIGNS_MAX + 1);
    }

    #[test]
    fn what_is_known_is_not_sent_again_in_either_form() {
        for accepted in ["gzip, br", "identity"] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::try_from(accepted).expect("a header"));
            let first = answer("page".to_owned(), &headers);
            headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
            assert_eq!(answer("page".to_owned(), &headers).status(), 304);
            assert_eq!(answer("another".to_owned(), &headers).status(), 200);
        }
    }
}
