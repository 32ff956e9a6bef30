//! By mail: to who has signed in with the address, and asked for it.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testbed::{Kind, NewSale, Testbed, unique, wait};

use super::{
    QUIET, SOON, ended, gives_back, held_by_other, of_units, post, signed_in, subjects, waits_until_ended, wants_mail,
};

#[tokio::test]
async fn somebody_who_is_away_hears_of_all_that_matters_once_though_a_worker_dies() {
    let mut testbed = Testbed::builder()
        .order_workers(2)
        .with_mail()
        .setting("FLASHLINE_REMIND_SECONDS", "60")
        .setting("FLASHLINE_MAIL_CONTACT", "Lamps <help@shop.example>")
        .setting("FLASHLINE_LIMIT_SHOPPER", "off")
        .start()
        .await
        .expect("the system starts");
    // Her time runs out after the worker's lease has.
    let sale = NewSale { opens_in_ms: 9_000, hold_seconds: 90, ..of_units(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (anna, address) = signed_in(&testbed).await;
    let path = format!("/sales/{event}/notifications");
    let (_, shown) = anna.read(&path).await;
    assert_eq!((&shown["mail_offered"], &shown["mail"]), (&json!(true), &json!(false)), "nobody is told unasked");
    // Nobody gets mail that somebody else asked for.
    let (status, refused) = wants_mail(&anna, event, "ben@example.org", "de").await;
    assert_eq!((status, &refused["type"]), (StatusCode::FORBIDDEN, &json!("/problems/address_unconfirmed")));
    let typed = format!(" {}", address.to_uppercase());
    assert_eq!(wants_mail(&anna, event, &typed, "de").await.0, StatusCode::NO_CONTENT);
    assert_eq!(anna.read(&path).await.1["mail"], true);

    let reminder = post(&testbed).nth_to(&address, 2).await;
    assert_eq!(reminder["subject"], format!("{} beginnt bald", sale.name));
    let page = format!("{}/sales/{event}", testbed.base_urls[0]);
    for form in ["plain", "html"] {
        let text = reminder[form].as_str().expect("text");
        assert!(text.contains(&page) && text.contains("UTC"), "{text}");
    }
    assert!(reminder["html"].as_str().is_some_and(|html| html.contains("lang=\"de\"")));
    let unsubscribe = reminder["unsubscribe"][0].as_str().expect("a header");
    assert!(unsubscribe.starts_with(&format!("<{}/notifications/off/", testbed.base_urls[0])), "{unsubscribe}");
    assert_eq!(reminder["unsubscribe"][1], "List-Unsubscribe=One-Click");
    assert_eq!(reminder["reply_to"], "Lamps <help@shop.example>");

    // She stands by, and goes; a worker dies as her turn comes.
    let is_open = async || anna.read(&format!("/sales/{event}")).await.1["status"].clone();
    wait::until("the sale is open", SOON, is_open, |status| status == "active").await;
    let (ben, held) = held_by_other(&testbed, event, &sale).await;
    let attempt = anna.click(event, &sale, "k").await;
    anna.sees(event, &attempt, "standby").await;
    gives_back(&ben, event, &held).await;
    testbed.process(Kind::OrderWorker, 0).kill();
    testbed.process(Kind::OrderWorker, 0).start().expect("started");
    let turn = post(&testbed).nth_to(&address, 3).await;
    assert_eq!(turn["subject"], "Sie sind an der Reihe");
    assert!(turn["plain"].as_str().is_some_and(|text| text.contains("1 × ") && text.contains(&sale.name)), "{turn}");
    let runs_out = post(&testbed).nth_to(&address, 4).await;
    assert_eq!(runs_out["subject"], "Ihre Zeit läuft ab");

    assert_eq!(anna.pay(event, &attempt, json!({ "card_token": "tok_ok" })).await.0, StatusCode::ACCEPTED);
    let paid = anna.waits_for(event, &attempt, "paid", |seen| seen["order"]["state"] == "paid").await;
    let number = paid["order"]["number"].as_str().expect("a number");
    let receipt = post(&testbed).nth_to(&address, 5).await;
    assert_eq!(receipt["subject"], format!("Bestellung {number} ist bestätigt"));
    let total = paid["order"]["total_minor"].as_i64().expect("a total");
    let total = format!("{},{:02} EUR", total / 100, total % 100);
    for said in [number, &total, "1 × ", "Lamps <help@shop.example>"] {
        assert!(receipt["plain"].as_str().is_some_and(|text| text.contains(said)), "{said}: {receipt}");
    }
    let order = paid["order"]["order_id"].as_str().expect("an order");
    let why = Some(json!({ "reason": "it wobbles" }));
    testbed.admin.call(Method::POST, &format!("/orders/{order}/refund"), why).await.expect("refunded");
    let refund = post(&testbed).nth_to(&address, 6).await;
    assert_eq!(refund["subject"], format!("Erstattung zur Bestellung {number}"));
    assert!(refund["plain"].as_str().is_some_and(|text| text.contains(&total)), "{refund}");

    tokio::time::sleep(QUIET).await;
    assert_eq!(subjects(&testbed, &address).len(), 5, "nothing twice: {:?}", subjects(&testbed, &address));
    // Neither who it was for is in a log, nor in the database in a form that its reader could use.
    for log in std::fs::read_dir(testbed.servers.folder().join("logs")).expect("logs").filter_map(Result::ok) {
        let text = std::fs::read_to_string(log.path()).unwrap_or_default();
        assert!(!text.contains(&address), "{} names an address", log.path().display());
    }
    let pool = testbed.postgres().await.expect("postgres");
    let found =
        "SELECT count(*) FROM notification_subscriptions s WHERE position(convert_to($1, 'UTF8') IN s.target) > 0";
    let found: i64 = sqlx::query_scalar(found).bind(&address).fetch_one(&pool).await.expect("counted");
    assert_eq!(found, 0);
    testbed.end().await;
}

#[tokio::test]
async fn what_is_not_true_any_more_is_not_told() {
    let mut testbed = Testbed::builder()
        .with_mail()
        .setting("FLASHLINE_LIMIT_SHOPPER", "off")
        .start()
        .await
        .expect("the system starts");
    let sale = NewSale { hold_seconds: 6, ..of_units(1) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (anna, address) = signed_in(&testbed).await;
    assert_eq!(wants_mail(&anna, event, &address, "en").await.0, StatusCode::NO_CONTENT);
    let (ben, held) = held_by_other(&testbed, event, &sale).await;
    let attempt = anna.click(event, &sale, "k").await;
    anna.sees(event, &attempt, "standby").await;
    // Her turn comes and goes while no mail can be sent.
    let mut server = testbed.mail.take().expect("a mail server");
    server.stop();
    gives_back(&ben, event, &held).await;
    anna.sees(event, &attempt, "reserved").await;
    anna.sees(event, &attempt, "expired").await;
    server.start_again().await.expect("started");
    testbed.mail = Some(server);
    // Of the next sale she hears: so what came before would have come by now.
    let next = of_units(1);
    let other = testbed.admin.create(&next).await.expect("created");
    assert_eq!(wants_mail(&anna, other, &address, "en").await.0, StatusCode::NO_CONTENT);
    let bought = anna.click(other, &next, "k").await;
    anna.sees(other, &bought, "reserved").await;
    assert_eq!(anna.pay(other, &bought, json!({ "card_token": "tok_ok" })).await.0, StatusCode::ACCEPTED);
    post(&testbed).nth_to(&address, 2).await;
    tokio::time::sleep(QUIET).await;
    let told = subjects(&testbed, &address);
    assert!(told.len() == 1 && told[0].contains("is confirmed"), "{told:?}");
    let pool = testbed.postgres().await.expect("postgres");
    let left = "SELECT count(*) FROM notifications WHERE event_id = $1 AND ended_as IS DISTINCT FROM 'untrue'";
    let left: i64 = sqlx::query_scalar(left).bind(event.0).fetch_one(&pool).await.expect("counted");
    assert_eq!(left, 0, "both ended as untrue");
    testbed.end().await;
}

#[tokio::test]
async fn mail_ends_by_its_link_without_a_session_and_by_looking_at_it_nothing_ends() {
    let testbed = Testbed::builder()
        .with_mail()
        .setting("FLASHLINE_REMIND_SECONDS", "3600")
        .setting("FLASHLINE_LIMIT_SHOPPER", "off")
        .start()
        .await
        .expect("the system starts");
    let sale = NewSale { opens_in_ms: 20_000, name: "Lamps <b>by night</b>".to_owned(), ..of_units(3) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (anna, address) = signed_in(&testbed).await;
    assert_eq!(wants_mail(&anna, event, &address, "de").await.0, StatusCode::NO_CONTENT);
    let reminder = post(&testbed).nth_to(&address, 2).await;
    let link = reminder["unsubscribe"][0].as_str().expect("a header").trim_matches(['<', '>']).to_owned();
    assert!(reminder["plain"].as_str().is_some_and(|text| text.contains(&link)), "the same link is in the mail");
    let path = format!("/sales/{event}/notifications");

    let client = Client::new();
    let looked = client.get(&link).send().await.expect("answered");
    assert_eq!(looked.status(), StatusCode::OK);
    assert!(looked.headers()["content-security-policy"].to_str().is_ok_and(|policy| !policy.contains("unsafe")));
    let html = looked.text().await.expect("a page");
    assert!(html.contains("lang=\"de\"") && html.contains("<form method=\"post\">"), "{html}");
    assert!(html.contains("<bdi>Lamps &lt;b&gt;by night&lt;/b&gt;</bdi>"), "which sale it is: {html}");
    assert_eq!(anna.read(&path).await.1["mail"], true, "mail programs look at links");
    let forged = link.replace("/off/", "/off/A");
    assert_eq!(client.post(&forged).send().await.expect("answered").status(), StatusCode::NOT_FOUND);
    assert_eq!(anna.read(&path).await.1["mail"], true);
    // Off and on again: the link in the mail from before still ends it, and the opening is not told again.
    assert_eq!(anna.ask(Method::DELETE, &format!("{path}/mail"), "-", Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(wants_mail(&anna, event, &address, "de").await.0, StatusCode::NO_CONTENT);
    assert_eq!(anna.read(&path).await.1["mail"], true);
    // As a mail program does (RFC 8058).
    for _ in 0..2 {
        let one_click = client.post(&link).header("content-type", "application/x-www-form-urlencoded");
        let ended = one_click.body("List-Unsubscribe=One-Click").send().await.expect("answered");
        assert_eq!(ended.status(), StatusCode::OK, "and again is no mistake");
    }
    assert_eq!(anna.read(&path).await.1["mail"], false);

    // What was in the outbox by then is not sent either.
    let other = NewSale { opens_in_ms: 3_600_000, name: unique("Later"), ..of_units(1) };
    let later = testbed.admin.create(&other).await.expect("created");
    let pool = testbed.postgres().await.expect("postgres");
    sqlx::query(
        "INSERT INTO notifications (id, event_id, channel, recipient, kind, subject, occurrence, expires_at)
         VALUES (gen_random_uuid(), $1, 'mail', gen_random_uuid(), 'opens_soon', $1, '0', now() + interval '1 hour')",
    )
    .bind(later.0)
    .execute(&pool)
    .await
    .expect("written");
    waits_until_ended(&testbed, "unsubscribed", 1.0).await;
    let bought = {
        let is_open = async || anna.read(&format!("/sales/{event}")).await.1["status"].clone();
        wait::until("the sale is open", SOON, is_open, |status| status == "active").await;
        anna.click(event, &sale, "k").await
    };
    anna.sees(event, &bought, "reserved").await;
    assert_eq!(anna.pay(event, &bought, json!({ "card_token": "tok_ok" })).await.0, StatusCode::ACCEPTED);
    anna.waits_for(event, &bought, "paid", |seen: &Value| seen["order"]["state"] == "paid").await;
    tokio::time::sleep(QUIET).await;
    assert_eq!(subjects(&testbed, &address).len(), 1, "nothing after it ended");
    assert_eq!(ended(&testbed, "failed").await, 0.0);
    testbed.end().await;
}

#[tokio::test]
async fn who_is_in_the_lobby_hears_so_and_hears_when_they_are_drawn() {
    let testbed = Testbed::builder()
        .with_mail()
        .setting("FLASHLINE_LIMIT_SHOPPER", "off")
        .setting("FLASHLINE_REMIND_SECONDS", "60")
        .start()
        .await
        .expect("the system starts");
    let sale = NewSale { lobby_ms: Some((6_000, 12_000)), opens_in_ms: 18_000, ..of_units(2) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (anna, address) = signed_in(&testbed).await;
    let (ben, his) = signed_in(&testbed).await;
    for (shopper, address) in [(&anna, &address), (&ben, &his)] {
        assert_eq!(wants_mail(shopper, event, address, "en").await.0, StatusCode::NO_CONTENT);
    }
    let reminder = post(&testbed).nth_to(&address, 2).await;
    assert_eq!(reminder["subject"], format!("The lobby of {} opens soon", sale.name));
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    let entry = anna.click(event, &sale, "k").await;
    anna.sees(event, &entry, "entered").await;
    assert_eq!(post(&testbed).nth_to(&address, 3).await["subject"], "You are in the lobby");
    let attempt = anna.sees(event, &entry, "reserved").await;
    assert_eq!(attempt["state"], "reserved");
    assert_eq!(post(&testbed).nth_to(&address, 4).await["subject"], "It is your turn");
    tokio::time::sleep(QUIET).await;
    assert_eq!(subjects(&testbed, &address).len(), 3);
    assert_eq!(subjects(&testbed, &his).len(), 1, "who did not enter hears of the opening alone");
    testbed.end().await;
}
