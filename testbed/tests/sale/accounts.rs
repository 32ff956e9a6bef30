//! Shoppers with an account at an OpenID provider: one account is one shopper, on every device, and nobody else's.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testbed::accounts::{CLIENT_ID, PUBLIC_CLIENT_ID};
use testbed::by_hand::Shopper;
use testbed::{AccountProvider, Browser, NewSale, Shop, Testbed, unique, wait};

const SOON: Duration = Duration::from_secs(20);

fn problem((status, said): &(StatusCode, Value)) -> (StatusCode, &str) {
    (*status, said["type"].as_str().unwrap_or_default().trim_start_matches("/problems/"))
}

/// Begins a sign-in at a door: where it leads.
async fn begins(browser: &mut Browser, door: &str, body: &Value) -> String {
    let (status, begun) = browser.begins(door, body).await;
    assert_eq!(status, StatusCode::CREATED, "{begun}");
    begun["url"].as_str().expect("a URL").to_owned()
}

/// Signs in: the shopper, and what their session says.
async fn signs_in(door: &str, name: &str) -> (Shopper, Value) {
    let session = Browser::open().signs_in(door, name).await;
    (Shopper::known(door, &session), session)
}

#[tokio::test]
async fn one_account_is_one_shopper_on_two_devices_at_two_doors() {
    let testbed = Testbed::builder().ingresses(2).with_accounts().start().await.expect("the system starts");
    let [one, two] = testbed.base_urls.as_slice() else { panic!("two doors") };
    let sale = NewSale { hold_seconds: 120, participation: "account", ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (anna, ben) = (unique("anna"), unique("ben"));
    let (phone, on_phone) = signs_in(one, &anna).await;
    // Begun at one door, ended at the other, from a sale.
    let mut browser = Browser::open();
    let url = begins(&mut browser, one, &json!({ "event_id": event })).await;
    for part in ["code_challenge_method=S256", "nonce=", "scope=openid&", "response_type=code"] {
        assert!(url.contains(part), "{url}");
    }
    let back = browser.signs_in_at(&url, &anna).await;
    assert!(back["state"].starts_with(&format!("{event}.")), "the page finds back: {back:?}");
    let (status, on_laptop) = browser.ends(two, &back).await;
    assert_eq!((status, &on_laptop["shopper_id"]), (StatusCode::CREATED, &on_phone["shopper_id"]), "{on_laptop}");
    assert_eq!((&on_laptop["identity"], &on_laptop["customer"]), (&json!("customer"), &json!(anna)));
    let laptop = Shopper::known(two, &on_laptop);
    let (_, of_other) = signs_in(one, &ben).await;
    assert_ne!(of_other["shopper_id"], on_phone["shopper_id"], "another account is another shopper");

    // One place, one limit, one list of what is held and bought.
    let attempt = phone.click(event, &sale, "on-the-phone").await;
    laptop.sees(event, &attempt, "reserved").await;
    let look = async || laptop.read("/me/reservations").await.1["reservations"].clone();
    wait::until("it is listed", SOON, look, |held| held[0]["attempt_id"] == attempt.as_str()).await;
    let more = laptop.click(event, &sale, "on-the-laptop").await;
    assert_eq!(phone.sees(event, &more, "refused").await["reason"], "limit_reached");
    assert_eq!(laptop.pay(event, &attempt, json!({ "card_token": "tok_ok" })).await.0, StatusCode::ACCEPTED);
    let look = async || phone.read("/me/orders").await.1["orders"].clone();
    let orders = wait::until("the order is there", SOON, look, |orders| orders[0]["state"] == "paid").await;
    assert_eq!(orders[0]["customer"], anna.as_str());
    // Also by a session that was renewed.
    let (status, renewed) = laptop.ask(Method::POST, "/sessions/renew", "-", Value::Null).await;
    assert_eq!((status, &renewed["identity"]), (StatusCode::CREATED, &json!("customer")), "{renewed}");
    testbed.end().await;
}

#[tokio::test]
async fn a_sign_in_ends_once_in_the_browser_that_began_it_and_with_what_the_provider_said_to_it() {
    let testbed = Testbed::builder().with_accounts().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let anna = unique("anna");
    let mut mine = Browser::open();
    let url = begins(&mut mine, door, &Value::Null).await;
    let back = mine.signs_in_at(&url, &anna).await;
    // Somebody else's browser is made to end it: with no cookie, or with that of a sign-in of its own.
    let mut other = Browser::open();
    assert_eq!(problem(&other.ends(door, &back).await), (StatusCode::FORBIDDEN, "sign_in_unknown"));
    begins(&mut other, door, &Value::Null).await;
    assert_eq!(problem(&other.ends(door, &back).await), (StatusCode::FORBIDDEN, "sign_in_unknown"));
    // The state is bound to the sale.
    let mut moved = back.clone();
    moved.insert("state".to_owned(), format!("{}{}", uuid::Uuid::now_v7(), back["state"]));
    assert_eq!(problem(&mine.ends(door, &moved).await), (StatusCode::FORBIDDEN, "sign_in_unknown"));
    // A code of another sign-in does not fit this one's verifier.
    let mut theirs = Browser::open();
    let to_theirs = begins(&mut theirs, door, &Value::Null).await;
    let their_code = theirs.signs_in_at(&to_theirs, &unique("eve")).await["code"].clone();
    let mut swapped = back.clone();
    swapped.insert("code".to_owned(), their_code);
    assert_eq!(problem(&mine.ends(door, &swapped).await), (StatusCode::FORBIDDEN, "sign_in_refused"));
    // Once, and not again: neither in this browser, which has forgotten it, nor with what the browser had kept.
    let mut thief = mine.copy();
    let (status, session) = mine.ends(door, &back).await;
    assert_eq!((status, &session["customer"]), (StatusCode::CREATED, &json!(anna)), "{session}");
    assert_eq!(problem(&mine.ends(door, &back).await), (StatusCode::FORBIDDEN, "sign_in_unknown"));
    assert_eq!(problem(&thief.ends(door, &back).await), (StatusCode::FORBIDDEN, "sign_in_refused"));
    // An ID token that answers another sign-in.
    let url = begins(&mut mine, door, &Value::Null).await;
    let (before, rest) = url.split_once("nonce=").expect("a nonce");
    let back = mine.signs_in_at(&format!("{before}nonce=x{rest}"), &anna).await;
    let refused = mine.ends(door, &back).await;
    assert_eq!(problem(&refused), (StatusCode::FORBIDDEN, "account_invalid"));
    assert!(refused.1["detail"].as_str().is_some_and(|said| said.contains("nonce")), "{}", refused.1);
    // Nobody is led anywhere else: the provider knows the one address, and a page takes nothing but a sale.
    let elsewhere = mine.begins(door, &json!({ "event_id": "https://evil.example" })).await;
    assert_eq!(problem(&elsewhere), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
    let page = Client::new().get(format!("{door}/sign-in?state=x&code=y")).send().await.expect("answered");
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["referrer-policy"], "no-referrer", "the code is told to nobody");

    // What the browser keeps is for our own pages alone.
    let begun = Client::new().post(format!("{door}/api/v1/sessions/account")).send().await.expect("answered");
    let cookie = begun.headers()["set-cookie"].to_str().expect("text").to_owned();
    for part in ["flashline-sign-in=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    testbed.end().await;
}

#[tokio::test]
async fn a_sale_for_accounts_takes_customers_of_the_shop_too_and_an_address_alone_is_not_enough() {
    let shop = Shop::open();
    let builder = Testbed::builder().with_mail().with_accounts();
    let testbed = shop.believed_by(builder).start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let mut sales = Vec::new();
    for participation in ["account", "email"] {
        let sale = NewSale { hold_seconds: 120, participation, ..NewSale::of_one(10) };
        sales.push((testbed.admin.create(&sale).await.expect("created"), sale));
    }
    let [(closed, closed_sale), (by_email, by_email_sale)] = sales.as_slice() else { panic!("two") };
    let (_, shown) = Shopper::arrive(door).await.read(&format!("/sales/{closed}")).await;
    assert_eq!((&shown["participation"], &shown["sign_in"]), (&json!("account"), &json!(["account", "shop"])));
    let (_, shown) = Shopper::arrive(door).await.read(&format!("/sales/{by_email}")).await;
    assert_eq!(shown["sign_in"], json!(["email", "account", "shop"]));
    let offered = testbed.admin.call(Method::GET, "/participations", None).await.expect("listed");
    assert_eq!(offered["participations"], json!(["anyone", "email", "account"]));

    let address = format!("{}@example.org", unique("anna"));
    Shopper::asks_for_code(door, &address).await;
    let code = testbed.mail.as_ref().expect("mail").nth_code_to(&address, 1).await;
    let (_, session) = Shopper::confirms(door, &address, &code).await;
    let (guest, by_address) = (Shopper::arrive(door).await, Shopper::confirmed(door, &session));
    for stranger in [&guest, &by_address] {
        let wish = json!({ "sku": closed_sale.items[0].sku, "quantity": 1 });
        let refused = stranger.ask(Method::POST, &format!("/sales/{closed}/attempts"), "k", wish).await;
        assert_eq!(problem(&refused), (StatusCode::FORBIDDEN, "sign_in_required"));
        assert!(refused.1["detail"].as_str().is_some_and(|said| said.contains("/sessions/account")), "{}", refused.1);
    }
    let (account, _) = signs_in(door, &unique("anna")).await;
    let (customer, _) = Shopper::signs_in(door, &shop.token("kundin")).await;
    for shopper in [&account, &customer] {
        for (event, sale) in [(*closed, closed_sale), (*by_email, by_email_sale)] {
            let attempt = shopper.click(event, sale, "k").await;
            shopper.sees(event, &attempt, "reserved").await;
        }
    }
    testbed.end().await;
}

#[tokio::test]
async fn a_door_starts_while_the_provider_is_away_and_says_so_until_it_is_there() {
    let pages = "http://127.0.0.1:8080";
    let mut provider = AccountProvider::for_pages(pages).expect("a port");
    let testbed = Testbed::builder()
        .setting("FLASHLINE_PUBLIC_URL", pages)
        .setting("FLASHLINE_OIDC_ISSUER", &provider.issuer)
        .setting("FLASHLINE_OIDC_CLIENT_ID", PUBLIC_CLIENT_ID)
        .start()
        .await
        .expect("the system starts");
    let door = &testbed.base_urls[0];
    let mut browser = Browser::open();
    let away = browser.begins(door, &Value::Null).await;
    assert_eq!(problem(&away), (StatusCode::SERVICE_UNAVAILABLE, "account_unavailable"));
    provider.start().await.expect("started");
    let begin = async || Browser::open().begins(door, &Value::Null).await;
    wait::until("the provider is known", SOON, begin, |said| said.0 == StatusCode::CREATED).await;
    // A client without a secret.
    let session = browser.signs_in(door, "anna").await;
    assert_eq!(session["customer"], "anna");
    // Away between there and back: it is said, and what was brought can be sent again.
    let url = begins(&mut browser, door, &Value::Null).await;
    let back = browser.signs_in_at(&url, "anna").await;
    provider.stop();
    let away = browser.ends(door, &back).await;
    assert_eq!(problem(&away), (StatusCode::SERVICE_UNAVAILABLE, "account_unavailable"));
    provider.start().await.expect("started");
    // It has forgotten everybody, this code included.
    assert_eq!(problem(&browser.ends(door, &back).await), (StatusCode::FORBIDDEN, "sign_in_refused"));
    browser.signs_in(door, "anna").await;
    testbed.end().await;
}

#[tokio::test]
async fn who_asks_the_provider_in_vain_is_told_why_and_not_heard_for_ever() {
    let pages = "http://127.0.0.1:8080";
    let mut provider = AccountProvider::for_pages(pages).expect("a port");
    provider.start().await.expect("started");
    let system = |client: &str, secret: Option<&str>| {
        let builder = Testbed::builder()
            .setting("FLASHLINE_PUBLIC_URL", pages)
            .setting("FLASHLINE_OIDC_ISSUER", &provider.issuer)
            .setting("FLASHLINE_OIDC_CLIENT_ID", client)
            .setting("FLASHLINE_LIMIT_WRONG_CODES", "2");
        secret
            .into_iter()
            .fold(builder, |builder, secret| builder.setting("FLASHLINE_OIDC_CLIENT_SECRET", secret))
            .start()
    };
    let refused = (StatusCode::FORBIDDEN, "sign_in_refused");
    let away = (StatusCode::SERVICE_UNAVAILABLE, "account_unavailable");
    for (client, secret, vain) in [(PUBLIC_CLIENT_ID, None, refused), (CLIENT_ID, Some("another secret"), away)] {
        let testbed = system(client, secret).await.expect("the system starts");
        let door = &testbed.base_urls[0];
        let begin = async || Browser::open().begins(door, &Value::Null).await;
        wait::until("the provider is known", SOON, begin, |said| said.0 == StatusCode::CREATED).await;
        let mut browser = Browser::open();
        let url = begins(&mut browser, door, &Value::Null).await;
        let back = browser.signs_in_at(&url, "anna").await;
        let mut with = async |code: String| {
            let mut back = back.clone();
            back.insert("code".to_owned(), code);
            browser.ends(door, &back).await
        };
        // What cannot be a code asks the provider nothing.
        for none in [String::new(), "x".repeat(4_097)] {
            assert_eq!(problem(&with(none).await), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"));
        }
        for _ in 0..2 {
            assert_eq!(problem(&with("no-code".to_owned()).await), vain);
        }
        let too_many = with("no-code".to_owned()).await;
        assert_eq!(problem(&too_many), (StatusCode::TOO_MANY_REQUESTS, "too_many_guesses"));
        assert!(too_many.1["detail"].as_str().is_some_and(|said| said.contains("with an account")), "{}", too_many.1);
        testbed.end().await;
    }
}

#[tokio::test]
async fn where_there_is_no_provider_nobody_signs_in_there() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let refused = Browser::open().begins(door, &Value::Null).await;
    assert_eq!(problem(&refused), (StatusCode::UNPROCESSABLE_ENTITY, "no_accounts"));
    let refused = testbed.admin.create(&NewSale { participation: "account", ..NewSale::of_one(1) }).await;
    let why = refused.expect_err("nobody could take part").to_string();
    assert!(why.contains("422") && why.contains("FLASHLINE_OIDC_ISSUER"), "{why}");
    let offered = testbed.admin.call(Method::GET, "/participations", None).await.expect("listed");
    assert_eq!(offered["participations"], json!(["anyone"]));
    testbed.end().await;
}
