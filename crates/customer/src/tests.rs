use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::testing::{AUDIENCE, Behaviour, File, ISSUER, Pair, Shop, base64, claims, customers, jwks};
use crate::{Customer, Customers, Refusal, shopper_of};

/// A shop with a key of each kind, in a file.
async fn shop() -> ([Pair; 3], Customers, File) {
    let pairs = Pair::of_each();
    let file = File::with(&jwks(&pairs.each_ref().map(|pair| pair.jwk(pair.algorithm()))));
    let customers = customers(file.path()).await.expect("keys");
    (pairs, customers, file)
}

fn is_unreadable(whom: &Result<Customer, Refusal>) -> bool {
    matches!(whom, Err(Refusal::Unreadable(_)))
}

#[tokio::test]
async fn whichever_key_signs_a_customer_is_one_shopper() {
    let (pairs, customers, _file) = shop().await;
    let expected = Customer { shopper: shopper_of(ISSUER, "kundin 4711 ✓"), reference: "kundin 4711 ✓".to_owned() };
    for pair in &pairs {
        let token = pair.good_token(pair.algorithm(), "kundin 4711 ✓");
        assert_eq!(customers.whom(&token).await, Ok(expected.clone()), "{}", pair.algorithm());
        let nameless = pair.token(&json!({ "alg": pair.algorithm() }), &claims("kundin 4711 ✓"));
        assert_eq!(customers.whom(&nameless).await, Ok(expected.clone()), "{} without kid", pair.algorithm());
    }
    let other = customers.whom(&pairs[0].good_token("RS256", "kundin 4712")).await.expect("another");
    assert_ne!(other.shopper, expected.shopper);
    assert!(!format!("{other:?}").contains("4712"), "what the shop calls them is not for logs");
}

#[tokio::test]
async fn the_algorithm_is_the_keys_whatever_the_token_says() {
    let (pairs, customers, _file) = shop().await;
    for pair in &pairs {
        let own = pair.algorithm();
        for other in ["RS256", "ES256", "EdDSA"].into_iter().filter(|other| *other != own) {
            // By the name of the key that signed, of the one that the algorithm belongs to, and of none.
            for header in
                [json!({ "alg": other, "kid": own }), json!({ "alg": other, "kid": other }), json!({ "alg": other })]
            {
                let whom = customers.whom(&pair.token(&header, &claims("eve"))).await;
                assert!(matches!(whom, Err(Refusal::UnknownKey | Refusal::Signature)), "{own} as {header}: {whom:?}");
            }
        }
        for other in ["none", "None", "", "rs256", "RS1", "HS256", "HS512", "RS512", "PS256", "ES384"] {
            let whom = customers.whom(&pair.token(&json!({ "alg": other, "kid": own }), &claims("eve"))).await;
            assert!(is_unreadable(&whom), "{other}: {whom:?}");
        }
    }
    // Signed with what everybody can read: the public key as the secret of an HMAC.
    let public = pairs[2].jwk("EdDSA");
    let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, public["x"].as_str().expect("text").as_bytes());
    let signed = format!("{}.{}", base64(r#"{"alg":"HS256","kid":"EdDSA"}"#), base64(claims("eve").to_string()));
    let forged = format!("{signed}.{}", base64(ring::hmac::sign(&secret, signed.as_bytes())));
    assert!(is_unreadable(&customers.whom(&forged).await));
    let unsigned = format!("{}.{}.", base64(r#"{"alg":"none"}"#), base64(claims("eve").to_string()));
    assert!(is_unreadable(&customers.whom(&unsigned).await));
    // A key that the token brings along, or says where to find, is none of the issuer's.
    let own = Pair::ed25519();
    let brought = json!({ "alg": "EdDSA", "kid": "EdDSA", "jwk": own.jwk("EdDSA"), "jku": "https://evil.example" });
    assert_eq!(customers.whom(&own.token(&brought, &claims("eve"))).await, Err(Refusal::Signature));
    let critical = pairs[2].token(&json!({ "alg": "EdDSA", "kid": "EdDSA", "crit": ["b64"] }), &claims("eve"));
    assert!(is_unreadable(&customers.whom(&critical).await));
}

#[tokio::test]
async fn an_id_token_is_of_its_sign_in_and_for_nobody_else() {
    let (pairs, customers, _file) = shop().await;
    let with = async |changed: Value| {
        let mut claims = claims("anna");
        claims.as_object_mut().expect("claims").extend(changed.as_object().expect("changes").clone());
        let token = pairs[1].token(&json!({ "alg": "ES256", "kid": "ES256" }), &claims);
        customers.whom_signed_in(&token, "n-0").await
    };
    for good in [
        json!({ "nonce": "n-0" }),
        json!({ "nonce": "n-0", "azp": AUDIENCE }),
        json!({ "nonce": "n-0", "aud": [AUDIENCE] }),
        json!({ "nonce": "n-0", "aud": ["other", AUDIENCE], "azp": AUDIENCE }),
    ] {
        assert!(with(good.clone()).await.is_ok(), "{good}");
    }
    for (wrong, why) in [
        (json!({}), Refusal::Nonce),
        (json!({ "nonce": "n-1" }), Refusal::Nonce),
        (json!({ "nonce": "n-0", "azp": "other" }), Refusal::Audience),
        (json!({ "nonce": "n-0", "aud": ["other", AUDIENCE] }), Refusal::Audience),
        (json!({ "nonce": "n-0", "aud": "other" }), Refusal::Audience),
    ] {
        assert_eq!(with(wrong.clone()).await, Err(why), "{wrong}");
    }
}

#[tokio::test]
async fn every_claim_is_needed_and_looked_at() {
    let (pairs, customers, _file) = shop().await;
    let (pair, now_s) = (&pairs[1], clock::now().0 / 1_000);
    let with = async |name: &str, value: Value| {
        let mut claims = claims("anna");
        claims[name] = value;
        customers.whom(&pair.token(&json!({ "alg": "ES256", "kid": "ES256" }), &claims)).await
    };
    for (claim, good) in [
        ("more", json!([1])),
        ("aud", json!([AUDIENCE, "other"])),
        ("exp", json!(now_s - 3)),
        ("exp", json!(now_s as f64 + 0.5)),
        ("nbf", json!(now_s + 3)),
        ("nbf", Value::Null),
        ("iat", Value::Null),
        ("sub", json!("x".repeat(255))),
        ("sub", json!("ü".repeat(255))),
    ] {
        assert!(with(claim, good.clone()).await.is_ok(), "{claim}: {good}");
    }
    for (claim, wrong, expected) in [
        ("iss", json!("https://shop.example/"), Refusal::Issuer),
        ("aud", json!("other"), Refusal::Audience),
        ("aud", json!([]), Refusal::Audience),
        ("exp", json!(now_s - 7), Refusal::Expired),
        ("exp", json!(-1), Refusal::Expired),
        ("nbf", json!(now_s + 60), Refusal::Early),
    ] {
        assert_eq!(with(claim, wrong.clone()).await, Err(expected), "{claim}: {wrong}");
    }
    for (claim, wrong) in [
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
        ("sub", json!("a\u{0}b")),
        ("sub", json!("a\nb")),
        ("sub", json!(4711)),
        ("exp", json!("tomorrow")),
        ("nbf", json!("yesterday")),
        ("aud", json!(1)),
        ("iss", json!([ISSUER])),
    ] {
        assert!(is_unreadable(&with(claim, wrong.clone()).await), "{claim}: {wrong}");
    }
    for claim in ["exp", "iss", "aud", "sub"] {
        assert!(is_unreadable(&with(claim, Value::Null).await), "{claim} is needed");
    }
}

#[tokio::test]
async fn a_key_that_is_too_weak_or_not_for_signatures_is_left_out() {
    let (good, other) = (Pair::ed25519(), Pair::ed25519());
    let with = |key: &str, value: Value| {
        let mut jwk = other.jwk("other");
        jwk[key] = value;
        jwk
    };
    let weak = json!({ "kty": "RSA", "kid": "weak", "n": base64([255; 128]), "e": "AQAB" });
    let padded = json!({ "kty": "RSA", "kid": "padded", "n": base64([[0; 128], [255; 128]].concat()), "e": "AQAB" });
    let secret = json!({ "kty": "oct", "kid": "secret", "alg": "HS256", "k": base64([7; 32]) });
    let short = json!({ "kty": "EC", "crv": "P-256", "kid": "short", "x": base64([1; 31]), "y": base64([1; 32]) });
    let misfit = [
        with("use", json!("enc")),
        with("alg", json!("RS256")),
        with("key_ops", json!(["encrypt"])),
        with("x", json!("AA")),
    ];
    for unfit in [weak, padded, secret, short].into_iter().chain(misfit) {
        let alone = File::with(&jwks(std::slice::from_ref(&unfit)));
        let problem = customers(alone.path()).await.err().map(|error| format!("{error:#}")).unwrap_or_default();
        assert!(problem.starts_with("FLASHLINE_CUSTOMER_JWKS: has no key that can be used"), "{unfit}: {problem}");
        let beside = File::with(&jwks(&[unfit, good.jwk("good")]));
        let customers = customers(beside.path()).await.expect("the other is good");
        assert!(customers.whom(&good.good_token("good", "anna")).await.is_ok());
        assert_eq!(customers.whom(&other.good_token("other", "anna")).await, Err(Refusal::UnknownKey));
    }
}

#[tokio::test]
async fn a_new_key_is_found_at_once_and_nobody_can_make_us_ask_all_the_time() {
    let (old, new) = (Pair::rsa(), Pair::p256());
    let shop = Shop::open(Behaviour::Serves(jwks(&[old.jwk("old")]))).await;
    let customers = customers(&shop.url).await.expect("opened without asking");
    assert_eq!(shop.asked(), 0);
    assert!(customers.whom(&old.good_token("old", "anna")).await.is_ok());
    assert!(customers.whom(&old.good_token("old", "anna")).await.is_ok());
    assert_eq!(shop.asked(), 1, "known keys are not asked for");
    // Within ten seconds nobody asks again, whatever key is named: not a hundred at once.
    let made_up: Vec<String> = (0..100).map(|number| new.good_token(&format!("made up {number}"), "eve")).collect();
    for token in &made_up {
        assert_eq!(customers.whom(token).await, Err(Refusal::UnknownKey));
    }
    assert_eq!(shop.asked(), 1);
    shop.becomes(Behaviour::Serves(jwks(&[old.jwk("old"), new.jwk("new")])));
    // The clock of the store is the machine's.
    let began = Instant::now();
    let found = loop {
        match customers.whom(&new.good_token("new", "anna")).await {
            Ok(found) => break found,
            Err(refusal) => assert_eq!(refusal, Refusal::UnknownKey),
        }
        assert!(began.elapsed() < Duration::from_secs(20), "not found");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!((found.shopper, shop.asked()), (shopper_of(ISSUER, "anna"), 2));
    assert!(customers.whom(&old.good_token("old", "anna")).await.is_ok(), "the old one goes on");
}

#[tokio::test]
async fn without_keys_nobody_can_say_and_with_those_of_before_most_can() {
    let pair = Pair::ed25519();
    let token = pair.good_token("key", "anna");
    let good = jwks(&[pair.jwk("key")]);
    let elsewhere = Shop::open(Behaviour::Serves(good.clone())).await;
    let oversized = format!("{}{}", good, " ".repeat(70_000));
    for bad in [
        Behaviour::Fails,
        Behaviour::Redirects(elsewhere.url.clone()),
        Behaviour::Serves("{}".to_owned()),
        Behaviour::Serves("<html>".to_owned()),
        Behaviour::Serves(oversized),
        Behaviour::Sleeps(Duration::from_secs(60)),
    ] {
        let shop = Shop::open(bad.clone()).await;
        let customers = customers(&shop.url).await.expect("opened");
        let began = Instant::now();
        assert_eq!(customers.whom(&token).await, Err(Refusal::KeysAway));
        assert!(began.elapsed() < Duration::from_secs(8), "bounded");
        assert_eq!(customers.whom(&token).await, Err(Refusal::KeysAway), "and at once: nobody asks again yet");
        assert_eq!(shop.asked(), 1);
    }
    assert_eq!(elsewhere.asked(), 0, "a redirect leads nowhere");

    let shop = Shop::open(Behaviour::Serves(good)).await;
    let customers = customers(&shop.url).await.expect("opened");
    assert!(customers.whom(&token).await.is_ok());
    shop.becomes(Behaviour::Fails);
    let shutdown = CancellationToken::new();
    let asked_in_vain = async {
        while shop.asked() < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(customers.whom(&token).await.is_ok(), "what was read last is believed");
        shutdown.cancel();
    };
    tokio::join!(asked_in_vain, customers.keep_current(shutdown.clone()));
}

#[tokio::test]
async fn a_file_is_read_at_the_start_and_when_it_changes_and_a_broken_one_changes_nothing() {
    for (path, problem) in [("/nowhere/keys.json", "cannot read"), ("/", "FLASHLINE_CUSTOMER_JWKS")] {
        let said = customers(path).await.err().map(|error| format!("{error:#}")).unwrap_or_default();
        assert!(said.starts_with("FLASHLINE_CUSTOMER_JWKS") && said.contains(problem), "{path}: {said}");
    }
    let (first, second) = (Pair::ed25519(), Pair::p256());
    let file = File::with(&jwks(&[first.jwk("first")]));
    let customers = customers(file.path()).await.expect("read");
    let shutdown = CancellationToken::new();
    let becomes = async |token: String, what: Result<(), Refusal>| {
        let began = Instant::now();
        while customers.whom(&token).await.map(drop) != what {
            assert!(began.elapsed() < Duration::from_secs(20), "never {what:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let changes = async {
        becomes(first.good_token("first", "anna"), Ok(())).await;
        file.write("{ half of");
        tokio::time::sleep(Duration::from_secs(3)).await;
        becomes(first.good_token("first", "anna"), Ok(())).await;
        file.write(&jwks(&[second.jwk("second")]));
        becomes(second.good_token("second", "anna"), Ok(())).await;
        // A key that was taken away is believed no longer.
        becomes(first.good_token("first", "anna"), Err(Refusal::UnknownKey)).await;
        shutdown.cancel();
    };
    tokio::join!(changes, customers.keep_current(shutdown.clone()));
}

proptest! {
    #[test]
    fn no_text_is_a_token_nor_panics(
        text in ".{0,400}", parts in proptest::collection::vec("[A-Za-z0-9_=-]{0,80}", 0..5), at in 0usize..400, byte in any::<u8>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let pair = Pair::ed25519();
            let file = File::with(&jwks(&[pair.jwk("key")]));
            let customers = customers(file.path()).await.expect("read");
            for token in [text, parts.join("."), "x".repeat(9_000)] {
                prop_assert!(is_unreadable(&customers.whom(&token).await));
            }
            let token = pair.good_token("key", "anna");
            prop_assert!(customers.whom(&token).await.is_ok());
            let mut bytes = token.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(changed) = String::from_utf8(bytes) && changed != token {
                prop_assert!(customers.whom(&changed).await.is_err());
            }
            Ok(())
        })?;
    }
}
