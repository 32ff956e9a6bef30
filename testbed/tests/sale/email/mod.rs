//! Shoppers who are known by their e-mail address: one address is one shopper, on every device, and nobody else's.

mod codes;
mod server;

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{MailServer, NewSale, Shop, Testbed, unique, wait};

const SOON: Duration = Duration::from_secs(20);

/// An address that no other test uses.
fn address(name: &str) -> String {
    format!("{}@example.org", unique(name))
}

fn mail(testbed: &Testbed) -> &MailServer {
    testbed.mail.as_ref().expect("a mail server")
}

/// Signs in with the code of a number (from 1) that goes to an address.
async fn signs_in(testbed: &Testbed, door: &str, address: &str, number: usize) -> (Shopper, Value) {
    let (status, said) = Shopper::asks_for_code(door, address).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{said}");
    let code = mail(testbed).nth_code_to(address, number).await;
    let (status, session) = Shopper::confirms(door, address, &code).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    (Shopper::confirmed(door, &session), session)
}

#[tokio::test]
async fn one_address_is_one_shopper_on_two_devices_at_two_doors() {
    let testbed = Testbed::builder().ingresses(2).with_mail().start().await.expect("the system starts");
    let [one, two] = testbed.base_urls.as_slice() else { panic!("two doors") };
    let sale = NewSale { hold_seconds: 120, participation: "email", ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let (anna, ben) = (address("anna"), address("ben"));
    let (phone, on_phone) = signs_in(&testbed, one, &anna, 1).await;
    // Typed as phones type it.
    let typed = format!(" {}{} ", anna[..1].to_uppercase(), &anna[1..].replace("example.org", "Example.ORG"));
    assert_eq!(Shopper::asks_for_code(two, &typed).await.0, StatusCode::ACCEPTED);
    let code = mail(&testbed).nth_code_to(&anna, 2).await;
    let (status, on_laptop) = Shopper::confirms(two, &typed, &format!("{}-{}", &code[..3], &code[3..])).await;
    assert_eq!(status, StatusCode::CREATED, "{on_laptop}");
    let laptop = Shopper::confirmed(two, &on_laptop);
    assert_eq!(on_laptop["shopper_id"], on_phone["shopper_id"]);
    let (other, of_other) = signs_in(&testbed, one, &ben, 1).await;
    assert_ne!(of_other["shopper_id"], on_phone["shopper_id"], "another address is another shopper");

    // One place, one limit, one list of what is held and bought.
    let attempt = phone.click(event, &sale, "on-the-phone").await;
    laptop.sees(event, &attempt, "reserved").await;
    let look = async || laptop.read("/me/reservations").await.1["reservations"].clone();
    wait::until("it is listed", SOON, look, |held| held[0]["attempt_id"] == attempt.as_str()).await;
    let more = laptop.click(event, &sale, "on-the-laptop").await;
    assert_eq!(phone.sees(event, &more, "refused").await["reason"], "limit_reached");
    assert_eq!(other.read(&format!("/sales/{event}/attempts/{attempt}")).await.0, StatusCode::NOT_FOUND);
    assert_eq!(laptop.pay(event, &attempt, json!({ "card_token": "tok_ok" })).await.0, StatusCode::ACCEPTED);
    let look = async || phone.read("/me/orders").await.1["orders"].clone();
    wait::until("the order is there", SOON, look, |orders| orders[0]["state"] == "paid").await;
    // Also by a session that was renewed.
    let (status, renewed) = laptop.ask(Method::POST, "/sessions/renew", "-", Value::Null).await;
    assert_eq!((status, &renewed["identity"]), (StatusCode::CREATED, &json!("email")), "{renewed}");
    assert_eq!(renewed["shopper_id"], on_phone["shopper_id"]);

    // Nobody's address is anywhere in the database.
    let pool = testbed.postgres().await.expect("postgres");
    let tables: Vec<String> = sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
        .fetch_all(&pool)
        .await
        .expect("tables");
    for table in tables {
        let query = sqlx::AssertSqlSafe(format!(
            "SELECT count(*) FROM {table} t WHERE position($1 IN t::text) > 0 OR position(encode(convert_to($1, 'UTF8'), 'hex') IN t::text) > 0"
        ));
        let found: i64 = sqlx::query_scalar(query).bind(&anna).fetch_one(&pool).await.expect("counted");
        assert_eq!(found, 0, "{table}");
    }
    testbed.end().await;
}

#[tokio::test]
async fn a_sale_that_asks_who_its_shoppers_are_refuses_guests_and_nobody_else() {
    let shop = Shop::open();
    let testbed = shop.believed_by(Testbed::builder().with_mail()).start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let sale = NewSale { hold_seconds: 120, participation: "email", ..NewSale::of_one(10) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let open = NewSale { hold_seconds: 120, ..NewSale::of_one(10) };
    let open_event = testbed.admin.create(&open).await.expect("created");
    let guest = Shopper::arrive(door).await;
    let (_, shown) = guest.read(&format!("/sales/{event}")).await;
    assert_eq!(shown["participation"], "email", "{shown}");
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let (status, refused) = guest.ask(Method::POST, &format!("/sales/{event}/attempts"), "k", wish).await;
    assert_eq!((status, &refused["type"]), (StatusCode::FORBIDDEN, &json!("/problems/sign_in_required")), "{refused}");
    assert!(refused["detail"].as_str().is_some_and(|said| said.contains("/api/v1/sessions/email")), "{refused}");

    // What a guest holds elsewhere stays the guest's when they sign in.
    let held = guest.click(open_event, &open, "mine").await;
    guest.sees(open_event, &held, "reserved").await;
    let (anna, _) = signs_in(&testbed, door, &address("anna"), 1).await;
    assert_eq!(anna.read(&format!("/sales/{open_event}/attempts/{held}")).await.0, StatusCode::NOT_FOUND);
    guest.sees(open_event, &held, "reserved").await;

    let (customer, _) = Shopper::signs_in(door, &shop.token("kundin")).await;
    for shopper in [&anna, &customer] {
        let attempt = shopper.click(event, &sale, "k").await;
        shopper.sees(event, &attempt, "reserved").await;
    }
    testbed.end().await;
}

#[tokio::test]
async fn where_no_mail_is_sent_nobody_is_asked_for_an_address() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    for (status, said) in [
        Shopper::asks_for_code(door, "anna@example.org").await,
        Shopper::confirms(door, "anna@example.org", "123456").await,
    ] {
        assert_eq!((status, &said["type"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/problems/no_email")), "{said}");
    }
    let refused = testbed.admin.create(&NewSale { participation: "email", ..NewSale::of_one(1) }).await;
    let why = refused.expect_err("nobody could take part").to_string();
    assert!(why.contains("422") && why.contains("FLASHLINE_EMAIL_KEY"), "{why}");
    // Nor is a draft from before scheduled.
    let draft = NewSale::of_one(1);
    let product =
        json!({ "sku": draft.items[0].sku, "name": "A", "description": "", "list_minor": 1, "currency": "EUR" });
    testbed.admin.call(Method::POST, "/products", Some(product)).await.expect("created");
    let mut definition = draft.definition();
    definition["scheduled"] = json!(false);
    let created = testbed.admin.call(Method::POST, "/events", Some(definition)).await.expect("created");
    let id = created["id"].as_str().expect("an id").to_owned();
    let pool = testbed.postgres().await.expect("postgres");
    sqlx::query("UPDATE sale_events SET participation = 'email' WHERE id::text = $1")
        .bind(&id)
        .execute(&pool)
        .await
        .expect("set");
    let refused = testbed.admin.call(Method::POST, &format!("/events/{id}/schedule"), None).await;
    assert!(refused.expect_err("not scheduled").to_string().contains("FLASHLINE_EMAIL_KEY"));
    testbed.end().await;
}
