//! The shopper page and the admin console, as built in `web/` and carried by this binary. File names under
//! `/assets` have a hash of their content, so that browsers and CDNs keep them for ever.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::config::Config;
use crate::gateways::{StripePage, origin};
use crate::problems::Kind;

#[derive(RustEmbed)]
#[folder = "../web/dist"]
struct Dist;

/// Browsers ask again with the ETag: a new version shows at once.
pub(crate) const ASK_AGAIN: &str = "no-cache";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Where Stripe's script is from.
const STRIPE: &str = "https://js.stripe.com";
/// What the other answers say, but that Stripe's frames may ask the wallets of the device.
const STRIPE_MAY_ASK_WALLETS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
     midi=(), payment=(self \"https://js.stripe.com\"), usb=()",
);
/// A wallet may open a window of its own.
const WITH_POPUPS: HeaderValue = HeaderValue::from_static("same-origin-allow-popups");
pub(crate) const FOR_AN_HOUR: &str = "public, max-age=3600";

/// Routes of the pages, and the policy that they are shown under.
///
/// # Errors
/// When an address of the configuration cannot be part of a header.
pub(crate) fn router(config: &Config) -> anyhow::Result<Router> {
    let stripe = config.gateways.stripe_page();
    let page = |path: &'static str, stripe: Option<&StripePage<'_>>| -> anyhow::Result<MethodRouter> {
        let policy = HeaderValue::try_from(policy(&config.socket_url, &config.image_sources, stripe))?;
        let pays_here = stripe.is_some();
        Ok(get(move |headers: HeaderMap| async move {
            let mut page = file(path, ASK_AGAIN, &headers);
            page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            if pays_here {
                page.headers_mut().insert("permissions-policy", STRIPE_MAY_ASK_WALLETS);
                page.headers_mut().insert("cross-origin-opener-policy", WITH_POPUPS);
            }
            page
        }))
    };
    let folder = |folder: &'static str, cache: &'static str| {
        get(move |Path(name): Path<String>, headers: HeaderMap| async move {
            file(&format!("{folder}/{name}"), cache, &headers)
        })
    };
    Ok(Router::new()
        .route("/", page("index.html", stripe.as_ref())?)
        .route("/sales/{event}", page("index.html", stripe.as_ref())?)
        .route("/admin", page("admin/index.html", None)?)
        .route("/assets/{name}", folder("assets", FOR_EVER))
        .route("/images/{name}", folder("images", FOR_AN_HOUR)))
}

/// Pages run only what this server serves, show its images and the configured ones, and talk to it and to the
/// socket servers. Where sales are paid through Stripe, they also run Stripe's script, show its frames, and let it talk home:
/// what <https://docs.stripe.com/security/guide#content-security-policy> names for Stripe.js, and nothing more.
fn policy(sockets: &[String], images: &[String], stripe: Option<&StripePage<'_>>) -> String {
    let sockets: Vec<&str> = sockets.iter().map(|url| origin(url)).collect();
    let (scripts, homes, frames) = match stripe.map(StripePage::origin) {
        None => (String::new(), String::new(), String::new()),
        Some(STRIPE) => (
            format!(" {STRIPE} https://*.js.stripe.com"),
            " https://api.stripe.com".to_owned(),
            format!("frame-src {STRIPE} https://*.js.stripe.com https://hooks.stripe.com; "),
        ),
        // A stand-in for Stripe is one server.
        Some(other) => (format!(" {other}"), format!(" {other}"), format!("frame-src {other}; ")),
    };
    format!(
        "default-src 'none'; script-src 'self'{scripts}; style-src 'self'; img-src 'self' {}; \
         connect-src 'self' {}{homes}; {frames}base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        images.join(" "),
        sockets.join(" ")
    )
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

    #[test]
    fn the_policy_names_the_socket_servers_alone() {
        let policy = policy(&["wss://a.example/ws".to_owned(), "ws://127.0.0.1:8081/ws".to_owned()], &[], None);
        assert!(policy.contains("connect-src 'self' wss://a.example ws://127.0.0.1:8081;"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!policy.contains("stripe") && !policy.contains("frame-src"), "{policy}");
    }

    #[test]
    fn the_policy_is_opened_for_stripe_by_what_stripe_names() {
        let page = |script_url| StripePage { script_url, publishable_key: "pk_test_1" };
        let policy = |script_url| policy(&["wss://a.example/ws".to_owned()], &[], Some(&page(script_url)));
        let real = policy("https://js.stripe.com/endive/stripe.js");
        for part in [
            "script-src 'self' https://js.stripe.com https://*.js.stripe.com;",
            "connect-src 'self' wss://a.example https://api.stripe.com;",
            "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com;",
        ] {
            assert!(real.contains(part), "{real}");
        }
        assert!(!real.contains("unsafe"), "{real}");
        let stand_in = policy("http://127.0.0.1:9000/js.stripe.com/v3/");
        assert!(stand_in.contains("script-src 'self' http://127.0.0.1:9000;"), "{stand_in}");
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
