//! The organiser's look: set, refused, shown on every page within seconds, in the reader's language, and nothing in it runs.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testbed::{NewSale, Testbed, wait};

const SOON: Duration = Duration::from_secs(20);
const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";

struct Desk<'t> {
    testbed: &'t Testbed,
    client: Client,
}

impl Desk<'_> {
    async fn put(&self, look: Value, version: &str) -> (StatusCode, Value) {
        let url = format!("{}/api/v1/admin/look", self.testbed.base_urls[0]);
        let request = self.client.put(url).bearer_auth(&self.testbed.admin_token).header("if-match", version);
        let answer = request.json(&look).send().await.expect("answered");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// A page as somebody finds it who reads a language, with its policy.
    async fn page(&self, path: &str, language: &str) -> (String, String) {
        let door = self.testbed.base_urls.last().expect("a door");
        let request = self.client.get(format!("{door}{path}")).header("accept-language", language);
        let answer = request.header("accept", "text/html").send().await.expect("answered");
        let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
        (answer.text().await.expect("text"), policy)
    }

    async fn waits_for(&self, path: &str, language: &str, part: &str) -> (String, String) {
        wait::until(part, SOON, async || self.page(path, language).await, |(page, _)| page.contains(part)).await
    }
}

#[tokio::test]
async fn the_look_of_the_shop_is_on_every_page_and_nothing_in_it_runs() {
    let testbed = Testbed::builder().ingresses(2).start().await.expect("the system starts");
    let desk = Desk { testbed: &testbed, client: Client::new() };
    let event = testbed.admin.create(&NewSale::of_one(5)).await.expect("created");
    what_cannot_be_shown_is_refused(&desk).await;

    let look = json!({
        "name": "Lamps \"><script>alert(1)</script>", "accent": "#0b6b3a", "default_language": "de",
        "texts": {
            "de": { "welcome": "Willkommen", "footer": HOSTILE, "support": "hilfe@lampen.example", "terms_url": "https://lampen.example/agb" },
            "ar": { "welcome": "مرحبا" },
        },
    });
    let (status, said) = desk.put(look.clone(), "*").await;
    assert_eq!(status, StatusCode::OK, "{said}");
    for path in
        ["/".to_owned(), format!("/sales/{event}"), "/orders".to_owned(), "/orders/x".to_owned(), "/nowhere".to_owned()]
    {
        let (page, policy) = desk.waits_for(&path, "fr, de;q=0.5", "data-welcome=\"Willkommen\"").await;
        assert_eq!(page.matches("<script").count(), 1, "the page's own: {page}");
        assert!(!page.contains("<img") && page.contains("data-name=\"Lamps &quot;&gt;&lt;script&gt;"), "{page}");
        assert!(page.contains(":root{--accent:#0b6b3a;") && page.contains("prefers-color-scheme:dark"), "{page}");
        assert!(policy.contains("style-src 'self' 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert!(page.contains("<a href=\"https://lampen.example/agb\" rel=\"noopener noreferrer\">AGB</a>"), "{page}");
        assert!(page.contains("og:site_name\" content=\"Lamps &quot;"), "{path}: {page}");
    }
    let (page, _) = desk.page("/", "ar-EG, de;q=0.1").await;
    assert!(page.contains("data-welcome=\"مرحبا\"") && page.contains("mailto:hilfe@lampen.example"), "{page}");

    // Of two who change it, the second is told.
    let version = said["version"].as_i64().expect("a version");
    assert_eq!(desk.put(look.clone(), &format!("\"{}\"", version - 1)).await.0, StatusCode::PRECONDITION_FAILED);
    let audited = testbed.admin.call(Method::GET, "/audit?action=look.change", None).await.expect("listed");
    let changes = audited["entries"][0]["detail"]["changes"].to_string();
    assert!(changes.contains("\"field\":\"accent\""), "{changes}");

    // As it was before anybody set one.
    assert_eq!(desk.put(json!({}), "*").await.0, StatusCode::OK);
    let is_plain =
        |(page, policy): &(String, String)| page.contains("<title>Flashline</title>") && !policy.contains("sha256");
    wait::until("the page is plain again", SOON, async || desk.page("/", "de").await, is_plain).await;
    testbed.end().await;
}

async fn what_cannot_be_shown_is_refused(desk: &Desk<'_>) {
    for (look, field) in [
        (json!({ "accent": "#ffd500" }), "accent: #ffd500 has a contrast of 1."),
        (json!({ "accent": "red;}</style><script>" }), "accent: a colour"),
        (json!({ "texts": { "en": { "terms_url": "javascript:alert(1)" } } }), "texts.en.terms_url: an https://"),
        (json!({ "logo_url": "https://evil.example/x.svg" }), "logo_url: "),
        (json!({ "logo_url": "/images/lamp.svg" }), "logo_url: "),
        (json!({ "texts": { "ar": { "footer": "a\u{202e}b" } } }), "texts.ar.footer: "),
        (json!({ "texts": { "de": { "welcome": "x".repeat(100_000) } } }), "texts.de.welcome: "),
    ] {
        let (status, said) = desk.put(look, "*").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(said["detail"].as_str().is_some_and(|detail| detail.starts_with(field)), "{field}: {said}");
    }
    let (status, _) = desk.put(json!({ "style": "x" }), "*").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}
