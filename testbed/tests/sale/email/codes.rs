//! Codes: which are good, which are not, and how many there are. Nobody learns anything about an address by asking.

use reqwest::StatusCode;
use serde_json::{Value, json};
use testbed::by_hand::Shopper;
use testbed::{Testbed, wait};

use super::{SOON, address, mail, signs_in};

/// A code that is not this one.
fn another(code: &str) -> String {
    let number: u32 = code.parse().expect("a number");
    format!("{:06}", (number + 1) % 1_000_000)
}

/// What is said to a code that confirms nothing.
async fn is_wrong(door: &str, address: &str, code: &str) -> Value {
    let (status, said) = Shopper::confirms(door, address, code).await;
    assert_eq!((status, &said["type"]), (StatusCode::FORBIDDEN, &json!("/problems/email_code_wrong")), "{said}");
    said
}

async fn asks(door: &str, address: &str) -> Value {
    let (status, said) = Shopper::asks_for_code(door, address).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{said}");
    said
}

#[tokio::test]
async fn a_code_is_good_once_for_its_address_for_a_while_and_until_the_next() {
    let testbed = Testbed::builder().ingresses(2).with_mail().start().await.expect("the system starts");
    let [one, two] = testbed.base_urls.as_slice() else { panic!("two doors") };
    let (anna, ben) = (address("anna"), address("ben"));
    // Of an address that nobody has asked for, the same is said.
    let unknown = is_wrong(one, &anna, "123456").await;
    asks(one, &anna).await;
    let first = mail(&testbed).nth_code_to(&anna, 1).await;
    assert_eq!(is_wrong(one, &anna, &another(&first)).await, unknown);
    assert_eq!(is_wrong(one, &ben, &first).await, unknown, "another's code");
    assert_eq!(Shopper::confirms(one, &anna, &first).await.0, StatusCode::CREATED);
    assert_eq!(is_wrong(two, &anna, &first).await, unknown, "it was used");

    // A newer one takes its place.
    asks(one, &anna).await;
    let older = mail(&testbed).nth_code_to(&anna, 2).await;
    asks(two, &anna).await;
    let newer = mail(&testbed).nth_code_to(&anna, 3).await;
    if older != newer {
        is_wrong(one, &anna, &older).await;
    }
    // Five wrong ones at whichever doors void it.
    let guesses = if older == newer { 5 } else { 4 };
    for guess in 0..guesses {
        is_wrong(if guess % 2 == 0 { one } else { two }, &anna, &another(&newer)).await;
    }
    assert_eq!(is_wrong(one, &anna, &newer).await, unknown, "it was guessed at too often");

    // What is late is too late.
    asks(one, &anna).await;
    let late = mail(&testbed).nth_code_to(&anna, 4).await;
    let pool = testbed.postgres().await.expect("postgres");
    let passes = "UPDATE email_codes SET expires_at = now() WHERE used_at IS NULL";
    sqlx::query(passes).execute(&pool).await.expect("time passes");
    assert_eq!(is_wrong(one, &anna, &late).await, unknown);

    // What is none is named.
    for (email, code, field) in [("anna", "123456", "email: "), (anna.as_str(), "12345x", "code: ")] {
        let (status, said) = Shopper::confirms(one, email, code).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(said["detail"].as_str().is_some_and(|why| why.starts_with(field) && !why.contains(code)), "{said}");
    }
    testbed.end().await;
}

#[tokio::test]
async fn whoever_asks_learns_nothing_of_an_address_and_only_so_many_codes_go_to_one() {
    let testbed = Testbed::builder().with_mail().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let (known, unknown) = (address("known"), address("unknown"));
    signs_in(&testbed, door, &known, 1).await;
    let of_unknown = asks(door, &unknown).await;
    let mut last = Value::Null;
    for asked in 2..=7 {
        last = asks(door, &known).await;
        assert_eq!(last, of_unknown, "the same for all, also when no more are sent");
        // Several are sent at once: the last to be asked for need not be the last to arrive.
        mail(&testbed).nth_to(&known, asked.min(5)).await;
    }
    assert_eq!(last["an_hour_max"], 5);
    // The sixth and seventh were not sent; the fifth is the one that counts.
    let code = mail(&testbed).nth_code_to(&known, 5).await;
    let pool = testbed.postgres().await.expect("postgres");
    let look =
        async || sqlx::query_scalar::<_, i64>("SELECT count(*) FROM mails").fetch_one(&pool).await.expect("counted");
    wait::until("every mail is sent", SOON, look, |waiting| *waiting == 0).await;
    assert_eq!(mail(&testbed).to(&known).len(), 5);
    assert_eq!(Shopper::confirms(door, &known, &code).await.0, StatusCode::CREATED);
    // An hour later there are more, a day's worth at most.
    let passes = "UPDATE email_codes SET created_at = created_at - interval '61 minutes'";
    sqlx::query(passes).execute(&pool).await.expect("time passes");
    for _ in 0..5 {
        asks(door, &known).await;
    }
    mail(&testbed).nth_to(&known, 10).await;
    sqlx::query(passes).execute(&pool).await.expect("time passes");
    asks(door, &known).await;
    wait::until("every mail is sent", SOON, look, |waiting| *waiting == 0).await;
    assert_eq!(mail(&testbed).to(&known).len(), 10);
    testbed.end().await;
}

#[tokio::test]
async fn whoever_asks_or_guesses_too_often_from_one_place_is_not_heard_for_a_while() {
    let described = Testbed::builder().with_mail().setting("FLASHLINE_LIMIT_EMAIL_CODES", "3");
    let described = described.setting("FLASHLINE_LIMIT_WRONG_CODES", "4").setting("FLASHLINE_LIMIT_MAILS", "1/100");
    let testbed = described.start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let anna = address("anna");
    let (_, _) = signs_in(&testbed, door, &anna, 1).await;
    for _ in 0..2 {
        asks(door, &address("others")).await;
    }
    let (status, said) = Shopper::asks_for_code(door, &address("others")).await;
    assert_eq!((status, &said["type"]), (StatusCode::TOO_MANY_REQUESTS, &json!("/problems/rate_limited")), "{said}");
    for _ in 0..4 {
        is_wrong(door, &anna, "123456").await;
    }
    let (status, said) = Shopper::confirms(door, &anna, "123456").await;
    assert_eq!(
        (status, &said["type"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("/problems/too_many_guesses")),
        "{said}"
    );
    testbed.end().await;

    let described = Testbed::builder().with_mail().setting("FLASHLINE_LIMIT_MAILS", "1/2");
    let testbed = described.start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(Shopper::asks_for_code(door, &address("somebody")).await.0);
    }
    assert!(
        statuses.contains(&StatusCode::ACCEPTED) && statuses.contains(&StatusCode::TOO_MANY_REQUESTS),
        "{statuses:?}"
    );
    testbed.end().await;
}
