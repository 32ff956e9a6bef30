use super::*;
use proptest::prelude::*;
use ring::hmac;
use serde_json::json;
use uuid::Uuid;

fn keys(secrets: &str) -> SessionKeys {
    SessionKeys::parse(&SecretString::from(secrets)).expect("keys")
}

const OLD: &str = "an old secret of more than thirty-two characters";
const NEW: &str = "a new secret of more than thirty-two characters!";

#[test]
fn a_token_names_its_shopper_until_it_expires() {
    let keys = keys(NEW);
    let shopper = ShopperId(Uuid::now_v7());
    let now = clock::now();
    let token = keys.issue(shopper, Audience::Shop, now, 60).expect("issued");
    assert_eq!(keys.session(&token).map(|session| session.shopper), Ok(shopper));
    let stale = keys.issue(shopper, Audience::Shop, UnixMs(now.0 - 120_000), 60).expect("issued");
    assert_eq!(keys.session(&stale).map(|session| session.shopper), Err(TokenError::Expired));
}

#[test]
fn a_session_can_be_renewed_for_a_while_after_its_end_and_only_a_session() {
    let keys = keys(NEW);
    let shopper = ShopperId(Uuid::now_v7());
    let ended = |ago_s: u64, audience| {
        let issued = UnixMs(clock::now().0 - (ago_s + 60) * 1_000);
        keys.issue(shopper, audience, issued, 60).expect("issued")
    };
    let guest = Holder::guest(shopper);
    for ago_s in [0, LEEWAY_S + 60, RENEWABLE_S - 60] {
        let renewable = keys.renewable(&ended(ago_s, Audience::Shop)).map(|session| session.holder);
        assert_eq!(renewable, Ok(guest.clone()), "ended {ago_s} s ago");
    }
    assert_eq!(keys.renewable(&ended(RENEWABLE_S + 60, Audience::Shop)), Err(TokenError::Expired));
    assert_eq!(keys.renewable(&ended(0, Audience::Socket)), Err(TokenError::Invalid), "a ticket is no session");
    let foreign = SessionKeys::parse(&SecretString::from(OLD)).expect("keys");
    assert_eq!(foreign.renewable(&ended(0, Audience::Shop)), Err(TokenError::Invalid));
}

#[test]
fn a_customers_session_says_so_to_who_renews_it_and_not_in_a_log() {
    let keys = keys(NEW);
    let holder = Holder { shopper: ShopperId(Uuid::now_v7()), proof: Proof::Customer("kundin 4711".to_owned()) };
    let (family, now) = (Family::begin(clock::now()), clock::now());
    let token = keys.issue_to(&holder, family, Audience::Shop, now, 60).expect("issued");
    assert_eq!(keys.session(&token).map(|session| session.shopper), Ok(holder.shopper));
    assert_eq!(keys.renewable(&token).map(|session| session.holder), Ok(holder.clone()));
    assert!(!format!("{holder:?}").contains("4711"));
}

#[test]
fn by_what_a_shopper_is_known_stays_with_the_session() {
    let keys = keys(NEW);
    for proof in
        [Proof::Nothing, Proof::Pressed, Proof::Work, Proof::Hosted, Proof::Email, Proof::Customer("anna".to_owned())]
    {
        let holder = Holder { shopper: ShopperId(Uuid::now_v7()), proof };
        let family = Family::begin(clock::now());
        let token = keys.issue_to(&holder, family, Audience::Shop, clock::now(), 60).expect("issued");
        assert_eq!(keys.session(&token).map(|session| session.identity), Ok(holder.proof.identity()));
        assert_eq!(keys.session(&token).map(|session| session.shown), Ok(holder.proof.shown()));
        assert_eq!(keys.renewable(&token), Ok(Renewable { holder, family }));
    }
}

#[test]
fn renewals_and_tickets_are_of_the_session_that_they_are_made_for() {
    let (keys, guest) = (keys(NEW), Holder::guest(ShopperId(Uuid::now_v7())));
    let first = keys.issue(guest.shopper, Audience::Shop, clock::now(), 60).expect("issued");
    let Renewable { family, .. } = keys.renewable(&first).expect("renewable");
    let later = UnixMs(clock::now().0 + 1_000);
    let renewed = keys.issue_to(&guest, family, Audience::Shop, later, 60).expect("issued");
    let ticket = keys.issue_to(&guest, family, Audience::Socket, later, 60).expect("issued");
    assert_eq!(keys.session(&renewed).map(|session| session.family), Ok(family));
    assert_eq!(keys.ticket(&ticket).map(|ticket| ticket.family), Ok(family));
    let other = keys.issue(guest.shopper, Audience::Shop, clock::now(), 60).expect("issued");
    assert_ne!(keys.session(&other).expect("a session").family.id, family.id, "of the same shopper");
}

#[test]
fn tokens_from_before_sessions_had_ids_are_one_session_of_their_shopper() {
    let keys = keys(NEW);
    let from_before = |shopper: u128, iat_s: u64| {
        let mut claims = claims();
        (claims["sub"], claims["iat"]) = (json!(Uuid::from_u128(shopper)), json!(iat_s));
        keys.session(&forged(&json!({ "alg": "HS256" }), &claims, NEW)).expect("a session").family
    };
    let (one, later, other) = (from_before(1, 100), from_before(1, 200), from_before(2, 100));
    assert_eq!((one.id, one.began), (later.id, UnixMs(100_000)));
    assert_eq!(later.began, UnixMs(200_000));
    assert_ne!(one.id, other.id);
}

#[test]
fn a_token_is_good_for_one_thing_only() {
    let keys = keys(NEW);
    let token = keys.issue(ShopperId(Uuid::now_v7()), Audience::Socket, clock::now(), 60).expect("issued");
    assert_eq!(keys.session(&token).map(|session| session.shopper), Err(TokenError::Invalid));
}

#[test]
fn every_ticket_is_another_one_and_known_again() {
    let (keys, shopper, now) = (keys(NEW), ShopperId(Uuid::now_v7()), clock::now());
    let issue = || keys.issue(shopper, Audience::Socket, now, 60).expect("issued");
    let (first, second) = (issue(), issue());
    let ticket = keys.ticket(&first).expect("a ticket");
    assert_eq!(keys.ticket(&first), Ok(ticket));
    assert_eq!(ticket.shopper, shopper);
    assert_ne!(keys.ticket(&second).expect("another").id, ticket.id, "of the same shopper in the same second");
    let session = keys.issue(shopper, Audience::Shop, now, 60).expect("issued");
    assert_eq!(keys.ticket(&session), Err(TokenError::Invalid));
}

#[test]
fn rotated_keys_still_verify_and_foreign_ones_never() {
    let shopper = ShopperId(Uuid::now_v7());
    let token = keys(OLD).issue(shopper, Audience::Shop, clock::now(), 60).expect("issued");
    let rotated = keys(&format!("{NEW},{OLD}"));
    assert_eq!(rotated.session(&token).map(|session| session.shopper), Ok(shopper));
    assert_eq!(keys(NEW).session(&token).map(|session| session.shopper), Err(TokenError::Invalid));
    let fresh = rotated.issue(shopper, Audience::Shop, clock::now(), 60).expect("issued");
    assert_eq!(keys(NEW).session(&fresh).map(|session| session.shopper), Ok(shopper), "the newest signs");
}

/// A token that no code of ours would make.
fn forged(header: &serde_json::Value, claims: &serde_json::Value, secret: &str) -> String {
    use base64::Engine;
    let part = |value: &serde_json::Value| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), signed.as_bytes());
    format!("{signed}.{}", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(mac))
}

fn claims() -> serde_json::Value {
    let now_s = clock::now().0 / 1_000;
    json!({ "iss": "flashline", "aud": "flashline:shop", "sub": Uuid::nil(), "iat": now_s, "exp": now_s + 60 })
}

#[test]
fn which_key_has_signed_is_found_by_trying_and_not_by_name() {
    let keys = keys(&format!("{NEW},{OLD}"));
    for header in [json!({ "alg": "HS256" }), json!({ "alg": "HS256", "kid": "a name of before" })] {
        for secret in [NEW, OLD] {
            let token = forged(&header, &claims(), secret);
            assert_eq!(keys.session(&token).map(|session| session.shopper), Ok(ShopperId(Uuid::nil())), "{header}");
        }
        let foreign = forged(&header, &claims(), "somebody else's secret of thirty-two characters");
        assert_eq!(keys.session(&foreign).map(|session| session.shopper), Err(TokenError::Invalid), "{header}");
    }
}

#[test]
fn every_claim_is_needed_and_looked_at() {
    let keys = keys(NEW);
    let now_s = clock::now().0 / 1_000;
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = claims();
        claims[name] = value;
        keys.session(&forged(&json!({ "alg": "HS256" }), &claims, NEW)).map(|session| session.shopper)
    };
    assert!(with("more", json!(1)).is_ok());
    assert!(with("exp", json!(now_s - LEEWAY_S + 2)).is_ok(), "clocks may differ by the leeway");
    assert_eq!(with("exp", json!(now_s - LEEWAY_S - 2)), Err(TokenError::Expired));
    for (claim, wrong) in [
        ("iss", json!("somebody")),
        ("aud", json!("flashline:socket")),
        ("aud", json!("other")),
        ("sub", json!("' OR 1=1")),
        ("sid", json!("' OR 1=1")),
        ("began_ms", json!(-1)),
        ("nbf", json!(now_s + 3_600)),
        ("exp", json!("tomorrow")),
        ("exp", json!(-1)),
    ] {
        assert!(with(claim, wrong.clone()).is_err(), "{claim}: {wrong}");
    }
    for claim in ["iss", "aud", "sub", "exp"] {
        assert!(with(claim, json!(null)).is_err(), "{claim} is needed");
    }
}

#[test]
fn tampering_and_other_algorithms_are_refused() {
    let keys = keys(NEW);
    let token = keys.issue(ShopperId(Uuid::now_v7()), Audience::Shop, clock::now(), 60).expect("issued");
    let (rest, _) = token.rsplit_once('.').expect("three parts");
    for bad in [format!("{rest}."), rest.to_owned(), String::new(), "..".to_owned(), format!("{token}.{token}")] {
        assert_eq!(keys.session(&bad).map(|session| session.shopper), Err(TokenError::Invalid), "{bad}");
    }
    // Signed with the right key, but in the name of another algorithm.
    for algorithm in ["none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256", ""] {
        let token = forged(&json!({ "alg": algorithm }), &claims(), NEW);
        assert_eq!(keys.session(&token).map(|session| session.shopper), Err(TokenError::Invalid), "{algorithm}");
    }
}

proptest! {
    #[test]
    fn no_text_is_a_token_nor_panics(
        text in ".{0,400}", parts in proptest::collection::vec("[A-Za-z0-9_=-]{0,80}", 0..5),
    ) {
        let keys = keys(NEW);
        for token in [text, parts.join(".")] {
            prop_assert_eq!(keys.session(&token).map(|session| session.shopper), Err(TokenError::Invalid));
        }
    }

    #[test]
    fn a_token_with_one_byte_changed_is_none(at in 0usize..400, byte in any::<u8>()) {
        let keys = keys(NEW);
        let token = keys.issue(ShopperId(Uuid::nil()), Audience::Shop, clock::now(), 60).expect("issued");
        let mut bytes = token.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(changed) = String::from_utf8(bytes) && changed != token {
            prop_assert_eq!(keys.session(&changed).map(|session| session.shopper), Err(TokenError::Invalid));
        }
    }
}
