//! Every bound of an event is named when it is broken.

use super::*;
use sale::time::UnixMs;
use serde_json::{Value, json};

fn now() -> UnixMs {
    UnixMs(1_893_456_000_000) // 2030-01-01
}

fn good() -> Value {
    json!({
        "name": "Spring", "currency": "EUR",
        "opens_at": "2030-01-02T10:00:00Z", "closes_at": "2030-01-02T12:00:00Z", "scheduled": true,
        "hold_seconds": 300, "grace_seconds": 300, "per_shopper_max": 4, "quantity_max": 2, "standby_max": 100,
        "items": [{ "sku": "MUG", "allocation": 100, "discount": { "tiers": [
            { "units": 10, "cut": { "percent_off": 5000 } }, { "units": 20, "cut": { "amount_off": 100 } } ] } }],
        "coupons": [{ "code": "SPRING", "cut": { "fixed_price": 500 }, "uses_max": 10 }],
        "access_codes": ["vip"]
    })
}

fn problems(change: impl FnOnce(&mut Value)) -> String {
    let mut value = good();
    change(&mut value);
    let spec: EventSpec = serde_json::from_value(value).expect("readable");
    spec.definition(GatewayKind::Sandbox).problems(now()).join("; ")
}

#[test]
fn a_good_event_has_no_problems() {
    assert_eq!(problems(|_| {}), "");
    assert_eq!(problems(|event| event["items"][0]["discount"] = json!("none")), "");
}

#[test]
fn every_bound_is_named() {
    let long = "x".repeat(201);
    let cases: Vec<(&str, Value, &str)> = vec![
        ("/name", json!(""), "name:"),
        ("/name", json!(long), "name:"),
        ("/name", json!("a\u{0}b"), "name: control"),
        ("/currency", json!("eur"), "currency:"),
        ("/closes_at", json!("2030-01-02T10:00:00Z"), "closes_at: later"),
        ("/closes_at", json!("2030-01-02T10:00:00.000999Z"), "closes_at: later"),
        ("/closes_at", json!("2030-03-02T10:00:00Z"), "closes_at: at most 31"),
        ("/opens_at", json!("2020-01-02T10:00:00Z"), "closes_at: at most 31"),
        ("/hold_seconds", json!(0), "hold_seconds: from 1"),
        ("/per_shopper_max", json!(1001), "per_shopper_max:"),
        ("/per_shopper_max", json!(1), "quantity_max: at most per_shopper_max"),
        ("/quantity_max", json!(0), "quantity_max:"),
        ("/standby_max", json!(-1), "standby_max:"),
        ("/items", json!([]), "items: 1 to 64"),
        ("/items/0/allocation", json!(-1), "items[0].allocation"),
        ("/items/0/allocation", json!(10_000_001), "units in all"),
        ("/items/0/list_minor", json!(-5), "items[0].list_minor"),
        ("/items/0/list_minor", json!(i64::MAX), "items[0].list_minor"),
        ("/items/0/list_minor", json!(500_000_000_001i64), "items[0].list_minor"),
        ("/items/0/allocation", json!(i32::MAX), "units in all"),
        ("/grace_seconds", json!(-1), "grace_seconds: from 0"),
        ("/grace_seconds", json!(3_601), "grace_seconds:"),
        ("/hold_seconds", json!(i64::MAX), "hold_seconds:"),
        ("/hold_seconds", json!(i64::MIN), "hold_seconds:"),
        ("/per_shopper_max", json!(i32::MAX), "per_shopper_max:"),
        ("/opens_at", json!("-262143-01-01T00:00:00Z"), "opens_at: after 1970"),
        ("/closes_at", json!("+262142-12-31T23:59:59Z"), "closes_at: at most"),
        ("/coupons/0/cut", json!({ "amount_off": i64::MAX }), "coupons[0].cut: amounts"),
        ("/coupons/0/cut", json!({ "fixed_price": i64::MIN }), "coupons[0].cut: amounts"),
        ("/items/0/sku", json!(""), "items[0].sku"),
        ("/items/0/discount", json!({ "flat": { "percent_off": 10_001 } }), "items[0].discount.flat: percent_off"),
        ("/items/0/discount", json!({ "tiers": [] }), "tiers: 1 to 32"),
        ("/items/0/discount/tiers/1/units", json!(0), "tiers[1].units"),
        ("/items/0/discount/tiers/0/cut", json!({ "amount_off": -1 }), "tiers[0].cut: amounts"),
        ("/coupons/0/code", json!("two words"), "coupons[0].code"),
        ("/coupons/0/uses_max", json!(-1), "coupons[0].uses_max"),
        ("/access_codes/0", json!(" "), "access_codes[0]:"),
        ("/access_codes/0", json!("\u{200b}"), "access_codes[0]:"),
        ("/name", json!(" \u{200b}"), "name: nothing"),
        ("/currency", json!("ZZZ"), "currency:"),
    ];
    for (path, value, expected) in cases {
        let field = path.to_owned();
        let found = problems(|event| match event.pointer_mut(&field) {
            Some(place) => *place = value,
            None => event["items"][0]["list_minor"] = value,
        });
        assert!(found.contains(expected), "{path}: {found:?} does not say {expected:?}");
    }
}

#[test]
fn where_the_shops_checkout_is_is_said_for_what_is_handed_over_and_for_nothing_else() {
    let with = |checkout: &str, url: Value| {
        problems(|event| {
            event["checkout"] = json!(checkout);
            event["checkout_url"] = url;
        })
    };
    assert_eq!(with("handed_over", json!("https://shop.example/checkout")), "");
    assert!(with("handed_over", Value::Null).contains("checkout_url: where"));
    assert!(with("handed_over", json!("http://shop.example/")).contains("checkout_url: an absolute URL"));
    for other in ["reservation", "direct_order"] {
        assert_eq!(with(other, Value::Null), "");
        assert!(with(other, json!("https://shop.example/")).contains("checkout_url: only"));
    }
}

#[test]
fn nothing_comes_twice() {
    let twice = problems(|event| {
        let item = event["items"][0].clone();
        event["items"] = json!([item, item]);
    });
    assert!(twice.contains("items[1].sku: twice"), "{twice}");
    let coupons = problems(|event| {
        event["coupons"] =
            json!([{ "code": "A", "cut": { "amount_off": 1 } }, { "code": "a", "cut": { "amount_off": 1 } }]);
    });
    assert!(coupons.contains("coupons[1].code: twice"), "{coupons}");
}

#[test]
fn a_past_event_and_unknown_fields_are_refused() {
    let past = problems(|event| {
        event["opens_at"] = json!("2029-12-30T10:00:00Z");
        event["closes_at"] = json!("2029-12-31T10:00:00Z");
    });
    assert!(past.contains("closes_at: in the future"), "{past}");
    let mut value = good();
    value["surprise"] = json!(1);
    assert!(serde_json::from_value::<EventSpec>(value).is_err());
}
