//! The shopper page and the admin console, as built in `web/` and carried by this binary. File names under
//! `/assets` have a hash of their content, so that browsers and CDNs keep them for ever.

mod dressed;
mod policy;
mod preview;

use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use catalogue::Catalogue;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::config::Config;
use crate::problems::Kind;
use dressed::Dresser;
use look::Looks;
use policy::{Others, policy};
use preview::{Previews, Shop};

#[derive(RustEmbed)]
#[folder = "../web/dist"]
struct Dist;

/// The shopper page.
const SHOP: &str = "index.html";
/// Browsers ask again with the ETag: a new version shows at once.
pub(crate) const ASK_AGAIN: &str = "no-cache";
pub(crate) const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What the other answers say, but that Stripe's frames may ask the wallets of the device.
const STRIPE_MAY_ASK_WALLETS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
     midi=(), payment=(self \"https://js.stripe.com\"), usb=()",
);
/// A wallet may open a window of its own.
const WITH_POPUPS: HeaderValue = HeaderValue::from_static("same-origin-allow-popups");
pub(crate) const FOR_AN_HOUR: &str = "public, max-age=3600";

/// Routes of the pages, and the policy that they are shown under; with the provider of the hosted check, where there is one.
///
/// # Errors
/// When an address of the configuration cannot be part of a header.
pub(crate) fn router(
    config: &Config,
    hosted_check: Option<&siteverify::Page>,
    catalogue: Catalogue,
    looks: Looks,
) -> anyhow::Result<Router> {
    let stripe = config.gateways.stripe_page();
    let mut others = Others::default();
    if let Some(stripe) = &stripe {
        others = others.with_stripe(stripe);
    }
    if let Some(hosted_check) = hosted_check {
        others = others.with_hosted_check(hosted_check);
    }
    let frame = |others: &Others, pays_here: bool| -> anyhow::Result<Frame> {
        let policy = HeaderValue::try_from(policy(&config.socket_url, &config.image_sources, others))?;
        Ok(Frame { policy, pays_here })
    };
    let page = |path: &'static str, frame: Frame| -> MethodRouter {
        get(move |headers: HeaderMap| async move { frame.around(file(path, ASK_AGAIN, &headers)) })
    };
    let folder = |folder: &'static str, cache: &'static str| {
        get(move |Path(name): Path<String>, headers: HeaderMap| async move {
            file(&format!("{folder}/{name}"), cache, &headers)
        })
    };
    let shop_frame = frame(&others, stripe.is_some())?;
    let plain = Dist::get(SHOP).context("the shopper page is not built")?;
    let plain = String::from_utf8(plain.data.into_owned()).context("the shopper page")?;
    let (sockets, images) = (config.socket_url.clone(), config.image_sources.clone());
    let with_style = move |style: &str| -> anyhow::Result<HeaderValue> {
        Ok(HeaderValue::try_from(policy(&sockets, &images, &others.with_style(style)))?)
    };
    let base = config.public_url.base();
    let dresser = Arc::new(Dresser::new(looks, plain, base, Box::new(with_style)));
    let page_of_shop = ShopPage { dresser, frame: shop_frame };
    let shown = page_of_shop.clone();
    let shop = || {
        let shown = shown.clone();
        get(async move |headers: HeaderMap| shown.page(&headers))
    };
    let previews = Previews::new(catalogue, base);
    let of_sale = page_of_shop.clone();
    let sale = get(async move |Path(event): Path<String>, headers: HeaderMap| {
        if event.parse::<uuid::Uuid>().is_err() {
            return of_sale.nothing_here(&headers);
        }
        of_sale.of_sale(&previews, &event, &headers)
    });
    // People see a page, programs a problem.
    let elsewhere = page_of_shop;
    let nothing = async move |uri: Uri, headers: HeaderMap| {
        let is_of_api = uri.path().starts_with("/api/");
        if is_of_api || !shows_pages(&headers) {
            return Kind::NotFound.because("no such path; /api/docs lists them").into_response();
        }
        elsewhere.nothing_here(&headers)
    };
    Ok(Router::new()
        .route("/", shop())
        .route("/sales/{event}", sale)
        .route("/orders", shop())
        .route("/orders/{order}", shop())
        // Where the OpenID provider sends shoppers back to.
        .route("/sign-in", shop())
        .route("/admin", page("admin/index.html", frame(&Others::default(), false)?))
        .route("/push.js", get(async |headers: HeaderMap| file("push.js", ASK_AGAIN, &headers)))
        .route("/assets/{name}", folder("assets", FOR_EVER))
        .route("/images/{name}", folder("images", FOR_AN_HOUR))
        .fallback(nothing))
}

/// The shopper page, in the look that its shop has.
#[derive(Clone)]
struct ShopPage {
    dresser: Arc<Dresser>,
    frame: Frame,
}

impl ShopPage {
    fn page(&self, headers: &HeaderMap) -> Response {
        match self.dresser.now() {
            Some(dressed) => self.frame.with_policy(&dressed.policy).around(dressed.page(headers)),
            None => self.frame.around(file(SHOP, ASK_AGAIN, headers)),
        }
    }

    /// With what others show of a link to a sale.
    fn of_sale(&self, previews: &Previews, event: &str, headers: &HeaderMap) -> Response {
        let dressed = self.dresser.now();
        let (plain, shop) = match &dressed {
            Some(dressed) => {
                let (name, logo) = (dressed.site.as_deref(), dressed.logo.as_deref());
                (dressed.text(headers), Shop { name, logo })
            }
            None => (self.dresser.plain(), Shop::default()),
        };
        match (previews.page(plain, shop, event, headers), &dressed) {
            (Some(shown), Some(dressed)) => self.frame.with_policy(&dressed.policy).around(shown),
            (Some(shown), None) => self.frame.around(shown),
            (None, _) => self.page(headers),
        }
    }

    /// The page says that nothing is at its address.
    fn nothing_here(&self, headers: &HeaderMap) -> Response {
        // Whole, whatever the client has of it.
        let mut headers = headers.clone();
        headers.remove(header::IF_NONE_MATCH);
        let mut page = self.page(&headers);
        *page.status_mut() = StatusCode::NOT_FOUND;
        page
    }
}

/// Whether the client is a browser that is led somewhere.
fn shows_pages(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// What a page may do, in its headers.
#[derive(Clone)]
struct Frame {
    policy: HeaderValue,
    /// Payments are made on it, by Stripe's script.
    pays_here: bool,
}

impl Frame {
    fn with_policy(&self, policy: &HeaderValue) -> Self {
        Self { policy: policy.clone(), ..*self }
    }

    fn around(&self, mut page: Response) -> Response {
        page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        if self.pays_here {
            page.headers_mut().insert("permissions-policy", STRIPE_MAY_ASK_WALLETS);
            page.headers_mut().insert("cross-origin-opener-policy", WITH_POPUPS);
        }
        page
    }
}

/// A file of the build, in the smallest form that the client takes.
fn file(path: &str, cache: &'static str, headers: &HeaderMap) -> Response {
    let packed = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(encoding, _)| takes(headers, encoding))
        .find_map(|(encoding, suffix)| Some((encoding, Dist::get(&format!("{path}{suffix}"))?)));
    let Some((encoding, file)) = packed.or_else(|| Some(("identity", Dist::get(path)?))) else {
        return Kind::NotFound.because("no such file").into_response();
    };
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..12]));
    let unchanged = is_known(headers, &etag);
    let about = [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::VARY, header::ACCEPT_ENCODING.to_string()),
    ];
    if unchanged {
        return (axum::http::StatusCode::NOT_MODIFIED, about).into_response();
    }
    let kind = [(header::CONTENT_TYPE, content_type(path)), (header::CONTENT_ENCODING, encoding)];
    let EmbeddedFile { data, .. } = file;
    (about, kind, data).into_response()
}

/// Whether the client takes an encoding.
pub(crate) fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| one.split(';').next().map(str::trim) == Some(encoding))
}

/// Whether the client has what this tag names.
pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch(path: &str, name: header::HeaderName, value: &str) -> Response {
        let headers = HeaderMap::from_iter([(name, HeaderValue::try_from(value).expect("a header"))]);
        file(path, ASK_AGAIN, &headers)
    }

    #[test]
    fn the_smallest_accepted_form_is_sent() {
        for (accepted, sent) in [("gzip, deflate, br", "br"), ("gzip;q=0.8", "gzip"), ("brotli", "identity")] {
            let page = fetch("index.html", header::ACCEPT_ENCODING, accepted);
            assert_eq!(page.headers()[header::CONTENT_ENCODING], sent);
            assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        }
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let page = fetch("index.html", header::ACCEPT, "*/*");
        let etag = page.headers()[header::ETAG].to_str().expect("text").to_owned();
        assert_eq!(fetch("index.html", header::IF_NONE_MATCH, &etag).status(), 304);
        assert_eq!(fetch("index.html", header::IF_NONE_MATCH, "\"other\"").status(), 200);
        assert_eq!(fetch("../Cargo.toml", header::ACCEPT, "*/*").status(), 404);
    }

    /// HTML, style and script of the shopper page, as they travel.
    #[test]
    fn the_shopper_page_is_small() {
        const BYTES_MAX: usize = 40 * 1024;
        let page = Dist::get("index.html").expect("built");
        let page = std::str::from_utf8(&page.data).expect("text").to_owned();
        let assets = page.split('"').filter_map(|text| text.strip_prefix("/assets/"));
        let sizes = assets.map(|name| Dist::get(&format!("assets/{name}.br")).expect("built").data.len());
        let bytes = sizes.sum::<usize>() + Dist::get("index.html.br").expect("built").data.len();
        assert!(bytes > 5_000 && bytes <= BYTES_MAX, "{bytes} bytes");
    }
}
