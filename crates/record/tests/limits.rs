//! What the schema allows is what the rules of a sale allow.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sale::definition::{
    CODE_LENGTH_MAX, COUPONS_MAX, GRACE_SECONDS_MAX, HOLD_SECONDS_MAX, ITEMS_MAX, NAME_LENGTH_MAX, PAYMENT_TRIES_MAX,
    PER_SHOPPER_MAX, SKU_LENGTH_MAX, STANDBY_MAX,
};
use sale::money::{AMOUNT_MINOR_MAX, UNITS_MAX};
use sale::role::Role;
use sale::rules::CheckoutModel;

/// The migrations one after the other.
fn schema() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sql");
    let files = fs::read_dir(folder).expect("the migrations").map(|file| file.expect("a file").path());
    let by_name: BTreeMap<_, _> = files.map(|path| (path.clone(), fs::read_to_string(path).expect("text"))).collect();
    by_name.into_values().collect()
}

/// The bounds that the last `CHECK` of a column sets, among those with a column of this name.
fn bounds(schema: &str, column: &str) -> Vec<(i64, i64)> {
    let start = format!("({column} BETWEEN ");
    let found = schema.match_indices(&start).filter_map(|(at, start)| {
        let (bounds, _) = schema[at + start.len()..].split_once(')')?;
        let (min, max) = bounds.split_once(" AND ")?;
        Some((min.parse().ok()?, max.parse().ok()?))
    });
    found.collect()
}

#[test]
fn the_schema_has_the_limits_of_the_rules() {
    let schema = schema();
    let length = |length: usize| i64::try_from(length).expect("small");
    for (column, min, max) in [
        ("length(sku)", 1, length(SKU_LENGTH_MAX)),
        ("length(code)", 1, length(CODE_LENGTH_MAX)),
        ("list_minor", 0, AMOUNT_MINOR_MAX),
        ("hold_ms", 1_000, HOLD_SECONDS_MAX * 1_000),
        ("grace_ms", 0, GRACE_SECONDS_MAX * 1_000),
        ("per_shopper_max", 1, PER_SHOPPER_MAX.into()),
        ("quantity_max", 1, PER_SHOPPER_MAX.into()),
        ("standby_max", 0, STANDBY_MAX.into()),
        ("payment_tries", 1, PAYMENT_TRIES_MAX.into()),
        ("item_no", 0, length(ITEMS_MAX) - 1),
        ("coupon_no", 0, length(COUPONS_MAX) - 1),
        ("allocation", 0, UNITS_MAX.into()),
    ] {
        assert_eq!(bounds(&schema, column).last(), Some(&(min, max)), "{column}");
    }
    let names = bounds(&schema, "length(name)");
    assert!(names.contains(&(1, length(NAME_LENGTH_MAX))), "{names:?}");
}

#[test]
fn the_schema_has_the_words_of_the_rules() {
    let schema = schema();
    let list = |column: &str, words: Vec<&str>| format!("({column} IN ('{}'))", words.join("', '"));
    for words in [
        list("checkout", CheckoutModel::ALL.iter().map(|checkout| checkout.word()).collect()),
        list("role", Role::ALL.iter().map(|role| role.word()).collect()),
    ] {
        assert!(schema.contains(&words), "{words}");
    }
}
