//! What every answer says to the browser, and whose word the door takes for where a request comes from.

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::json;
use testbed::by_hand::Shopper;
use testbed::{NewSale, Testbed};

/// Requests of one address in a row, and a second.
const BURST: &str = "20/300";

#[tokio::test]
async fn every_answer_is_guarded_and_no_address_is_made_up() {
    let described = Testbed::builder().setting("FLASHLINE_LIMIT_ADDRESS", BURST);
    let testbed = described.setting("FLASHLINE_LIMIT_SHOPPER", "off").start().await.expect("the system starts");
    let base = testbed.base_urls[0].clone();
    let hostile = "<script>alert(1)</script>=cmd|' /C calc'!A0";
    let sale = NewSale { name: hostile.to_owned(), ..NewSale::of_one(5) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let shopper = Shopper::arrive(&base).await;

    let get = async |path: &str| {
        shopper.client.get(format!("{base}{path}")).bearer_auth(&shopper.token).send().await.expect("answered")
    };
    for path in ["/", "/admin", &format!("/sales/{event}"), "/api/docs/"] {
        let page = get(path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        let policy = guarded(&page, path);
        assert!(policy.contains("default-src 'none'") || policy.contains("default-src 'self'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-eval") && !policy.contains("script-src 'unsafe"), "{path}: {policy}");
    }
    for path in [
        "/api/v1/me/orders",
        "/api/v1/me/reservations",
        "/api/v1/admin/tokens",
        "/nothing",
        "/assets/nothing",
        "/api/v1/sales/x",
    ] {
        let answer = get(path).await;
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        assert!(guarded(&answer, path).contains("default-src 'none'"), "{path}");
        assert!(answer.headers()["content-type"].to_str().expect("text").contains("json"), "{path}");
    }
    let foreign = shopper
        .client
        .request(Method::OPTIONS, format!("{base}/api/v1/sessions"))
        .header("origin", "https://evil.example");
    let foreign = foreign.header("access-control-request-method", "POST").send().await.expect("answered");
    assert!(
        !foreign.headers().keys().any(|name| name.as_str().starts_with("access-control-")),
        "no page elsewhere reads here"
    );
    let listed = get(&format!("/api/v1/sales/{event}")).await;
    assert!(guarded(&listed, "a sale").contains("default-src 'none'"));
    assert!(
        listed.headers()["content-type"].to_str().expect("text").starts_with("application/json"),
        "markup in it stays text"
    );
    assert!(listed.text().await.expect("text").contains("<script>"));
    let echoed = shopper.client.get(&base).header("x-request-id", "<b>\u{e9}</b>").send().await.expect("answered");
    assert!(
        echoed.headers()["x-request-id"].to_str().is_ok_and(|id| !id.contains('<')),
        "an id that could be markup is replaced"
    );

    made_up_addresses(&shopper.client, &base).await;
    testbed.end().await;
}

/// What no answer goes without; its policy.
fn guarded(answer: &Response, path: &str) -> String {
    let header =
        |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let of_all = [("x-content-type-options", "nosniff"), ("cross-origin-resource-policy", "same-origin")];
    let of_pages = [("referrer-policy", "no-referrer"), ("cross-origin-opener-policy", "same-origin")];
    // Data is shown in no window, and uses no device.
    let is_page = !header("content-type").contains("json");
    for (name, value) in of_all.into_iter().chain(of_pages.into_iter().filter(|_| is_page)) {
        assert_eq!(header(name), value, "{path}: {name}");
    }
    let devices = header("permissions-policy");
    let wallets_alone = devices.contains("camera=()") && devices.contains("payment=(self)");
    assert!(wallets_alone || !is_page, "{path}: wallets alone: {devices}");
    let policy = header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    policy
}

/// With no proxy configured, every request of this machine counts as this machine's, whatever it claims.
async fn made_up_addresses(client: &Client, base: &str) {
    let asks = (0..400u32).map(|n| {
        let claimed = format!("203.0.113.{}", n % 250);
        let ask = client.post(format!("{base}/api/v1/sessions")).header("x-forwarded-for", &claimed);
        ask.header("forwarded", format!("for={claimed}")).header("x-real-ip", claimed).json(&json!({})).send()
    });
    let answers = futures_util::future::join_all(asks).await;
    let limited = answers.into_iter().flatten().filter(|answer| answer.status() == StatusCode::TOO_MANY_REQUESTS);
    assert!(limited.count() > 20, "addresses that anybody may write do not count");
}
