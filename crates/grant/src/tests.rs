use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use super::*;

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

fn part(text: &str) -> Value {
    serde_json::from_slice(&bytes(text)).expect("JSON")
}

/// What a shop does: the key by its id, the signature, the claims.
fn checked(grant: &str, keys: &Value) -> Option<Value> {
    let (signed, signature) = grant.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header = part(header);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("flashline-grant+jwt")));
    let key = keys["keys"].as_array()?.iter().find(|key| key["kid"] == header["kid"])?;
    let point = [vec![4], bytes(key["x"].as_str()?), bytes(key["y"].as_str()?)].concat();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.verify(signed.as_bytes(), &bytes(signature)).ok()?;
    Some(part(claims))
}

fn price() -> PriceView {
    let line = view::PriceLineView { units: 2, unit_minor: 2_250, tier: Some(1) };
    PriceView { currency: "EUR".to_owned(), total_minor: 4_500, lines: vec![line], coupon: None }
}

fn signed(keys: &GrantKeys) -> String {
    let grant = Grant {
        audience: "https://shop.example",
        reservation: AttemptId(Uuid::from_u128(1)),
        event: EventId(Uuid::from_u128(2)),
        sku: "lamp",
        quantity: 2,
        price: &price(),
        deadline: UnixMs(1_900_000_299_999),
        shopper: ShopperId(Uuid::from_u128(3)),
        customer: Some("customer-7"),
    };
    keys.sign(&grant, UnixMs(1_900_000_000_000)).expect("signed")
}

#[test]
fn a_grant_says_what_is_documented_and_any_library_can_check_it() {
    let key = new_key().expect("a key");
    let keys = GrantKeys::read([key.as_str()]).expect("keys");
    let claims = checked(&signed(&keys), &keys.published()).expect("good");
    let Some(Value::String(_)) = claims.get("jti") else { panic!("no jti: {claims}") };
    let mut expected = json!({
        "iss": "flashline", "aud": "https://shop.example", "iat": 1_900_000_000, "exp": 1_900_000_299,
        "sub": "00000000-0000-0000-0000-000000000001", "event": "00000000-0000-0000-0000-000000000002",
        "sku": "lamp", "quantity": 2, "deadline_ms": 1_900_000_299_999u64,
        "price": { "currency": "EUR", "total_minor": 4_500, "lines": [{ "units": 2, "unit_minor": 2_250, "tier": 1 }] },
        "shopper": "00000000-0000-0000-0000-000000000003", "customer": "customer-7",
    });
    expected["jti"] = claims["jti"].clone();
    assert_eq!(claims, expected);
}

#[test]
fn the_first_key_signs_and_all_are_published_while_they_are_rotated() {
    let (old, new) = (new_key().expect("a key"), new_key().expect("a key"));
    let before = GrantKeys::read([old.as_str()]).expect("keys");
    let rotating = GrantKeys::read([new.as_str(), old.as_str()]).expect("keys");
    let after = GrantKeys::read([new.as_str()]).expect("keys");
    assert!(checked(&signed(&before), &rotating.published()).is_some());
    assert!(checked(&signed(&rotating), &after.published()).is_some(), "signed with the new one");
    assert!(checked(&signed(&before), &after.published()).is_none(), "the old one is gone");
    assert!(!rotating.published().to_string().contains("\"d\""), "no private part");
}

#[test]
fn what_is_no_key_is_refused_and_never_shown() {
    for text in ["", "-----BEGIN PRIVATE KEY-----\nMTIz\n-----END PRIVATE KEY-----\n", "secret"] {
        let error = GrantKeys::read([text]).err().expect("refused");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    assert_eq!(GrantKeys::read([]).err(), Some(KeyError::Missing));
}
