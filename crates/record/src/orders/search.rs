//! Looking for orders by what people have of them: a number, a name, an address, an id.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use sale::payment::OrderState;
use sqlx::PgConnection;
use uuid::Uuid;

use super::asked::{Asked, Filter};
use crate::custom_plan::end_of;

/// An order that was found.
struct Found {
    id: Uuid,
    created_at: DateTime<Utc>,
}

/// Buyers that a text may find at most: who looks for more than that has to say more.
const BUYERS_MAX: i64 = 5_000;

/// More buyers are found by a text than can be looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyBuyers;

/// The latest orders for which a condition holds, besides what else was asked for. Where few are found, the index of the condition is to be
/// read, and what it finds be put in order: `"sorted"`. Where many may be, or the index has the order: by the time at which they were made.
macro_rules! found_by {
    ($db:ident, $asked:ident, "sorted", $condition:literal, $($value:expr),+) => {
        // No index has this order: PostgreSQL hopes else to meet what is looked for soon among the latest of all.
        found_by!($db, $asked, $condition, "o.created_at + interval '0'", $($value),+)
    };
    ($db:ident, $asked:ident, "by time", $condition:literal, $($value:expr),+) => {
        found_by!($db, $asked, $condition, "o.created_at", $($value),+)
    };
    ($db:ident, $asked:ident, $condition:literal, $order:literal, $($value:expr),+) => {
        sqlx::query_as!(
            Found,
            "SELECT o.id, o.created_at FROM orders o WHERE " + $condition + "
               AND ($1::uuid IS NULL OR o.event_id = $1)
               AND ($2::text IS NULL OR o.state = $2)
               AND ($3::timestamptz IS NULL OR o.created_at >= $3)
               AND ($4::timestamptz IS NULL OR o.created_at < $4)
               AND ($5::timestamptz IS NULL OR (o.created_at, o.id) < ($5, $6::uuid))
             ORDER BY " + $order + " DESC, o.id DESC LIMIT $7",
            $asked.filter.event.map(|event| event.0),
            $asked.filter.state.map(OrderState::word),
            $asked.filter.from,
            $asked.filter.until,
            $asked.after.map(|place| place.created_at),
            $asked.after.map(|place| place.order.0),
            $asked.limit,
            $($value),+
        )
        .fetch_all(&mut *$db)
        .await?
    };
}

/// The ids of the latest orders that `text` finds, `limit` at most.
pub(super) async fn search(
    db: &mut PgConnection,
    asked: &Asked<'_>,
    text: &str,
) -> sqlx::Result<Result<Vec<Uuid>, TooManyBuyers>> {
    let mut found = match Uuid::try_parse(text) {
        Ok(id) => {
            found_by!(db, asked, "sorted", "(o.id = $8 OR o.shopper_id = $8 OR o.reservation_id = $8)", id)
        }
        Err(_) => of_order(db, asked, text).await?,
    };
    found.extend(found_by!(
        db,
        asked,
        "sorted",
        "o.shopper_id = ANY (ARRAY (SELECT c.shopper_id FROM customers c WHERE c.subject = $8))",
        text
    ));
    let buyers = if asked.filter.by_buyers { buyers(db, asked.filter, text).await? } else { Vec::new() };
    if buyers.len() > usize::try_from(BUYERS_MAX).unwrap_or(usize::MAX) {
        return Ok(Err(TooManyBuyers));
    }
    if !buyers.is_empty() {
        found.extend(found_by!(db, asked, "sorted", "o.reservation_id = ANY ($8)", &buyers));
    }
    found.sort_unstable_by_key(|order| Reverse((order.created_at, order.id)));
    found.dedup_by_key(|order| order.id);
    found.truncate(usize::try_from(asked.limit).unwrap_or(usize::MAX));
    Ok(Ok(found.into_iter().map(|order| order.id).collect()))
}

/// By the beginning of its number, by its SKU, and by what the shop knows it by.
async fn of_order(db: &mut PgConnection, asked: &Asked<'_>, text: &str) -> sqlx::Result<Vec<Found>> {
    let number = number(text);
    let end = end_of(&number);
    let mut found = if is_of_many(&number) {
        found_by!(db, asked, "by time", r#"o.number COLLATE "C" >= $8 AND o.number COLLATE "C" < $9"#, &number, &end)
    } else {
        found_by!(db, asked, "sorted", r#"o.number COLLATE "C" >= $8 AND o.number COLLATE "C" < $9"#, &number, &end)
    };
    found.extend(found_by!(db, asked, "by time", "o.sku = $8", text));
    found.extend(found_by!(db, asked, "sorted", "o.reference = $8", text));
    if let Some(words) = words(text) {
        found.extend(of_names(db, asked, &words).await?);
    }
    Ok(found)
}

/// By words of what was bought, and of what the sale is called.
async fn of_names(db: &mut PgConnection, asked: &Asked<'_>, words: &str) -> sqlx::Result<Vec<Found>> {
    let mut found = found_by!(
        db,
        asked,
        "by time",
        "o.sku = ANY (ARRAY (SELECT p.sku FROM products p WHERE folded_words(p.name) @@ to_tsquery('simple', folded($8))))",
        words
    );
    found.extend(found_by!(
        db,
        asked,
        "by time",
        "o.event_id = ANY (ARRAY (SELECT e.id FROM sale_events e WHERE folded_words(e.name) @@ to_tsquery('simple', folded($8))))",
        words
    ));
    Ok(found)
}

/// Reservations by the beginning of the address that their buyer gave, or by words of the name, each of which may be cut short; one more than
/// there may be, at most.
async fn buyers(db: &mut PgConnection, filter: &Filter<'_>, text: &str) -> sqlx::Result<Vec<Uuid>> {
    let event = filter.event.map(|event| event.0);
    let mut found = sqlx::query_scalar!(
        r#"SELECT b.reservation_id FROM buyers b
           WHERE b.buyer->>'email' <> '' AND lower(b.buyer->>'email') COLLATE "C" >= lower($1)
             AND lower(b.buyer->>'email') COLLATE "C" < lower($2) AND ($3::uuid IS NULL OR b.event_id = $3) LIMIT $4"#,
        text,
        end_of(text),
        event,
        BUYERS_MAX + 1
    )
    .fetch_all(&mut *db)
    .await?;
    if let Some(words) = words(text) {
        let named = sqlx::query_scalar!(
            "SELECT b.reservation_id FROM buyers b
             WHERE b.buyer->>'name' <> '' AND folded_words(b.buyer->>'name') @@ to_tsquery('simple', folded($1))
               AND ($2::uuid IS NULL OR b.event_id = $2) LIMIT $3",
            words,
            event,
            BUYERS_MAX + 1
        );
        found.extend(named.fetch_all(db).await?);
    }
    Ok(found)
}

/// Whether every order's number may begin so, or every tenth: then the latest of them are soon met by their time.
fn is_of_many(number: &str) -> bool {
    "FL-".starts_with(number.get(..3).unwrap_or(number)) && number.len() <= 4
}

/// The beginning of a number, as numbers are written: `100`, `fl100` and `fl-100` are `FL-100`.
fn number(text: &str) -> String {
    match text.get(..2) {
        Some(begin) if begin.eq_ignore_ascii_case("fl") => {
            let upper = text.to_ascii_uppercase();
            match upper.get(2..) {
                Some(digits) if digits.starts_with(|sign: char| sign.is_ascii_digit()) => format!("FL-{digits}"),
                _ => upper,
            }
        }
        _ if text.bytes().all(|byte| byte.is_ascii_digit()) => format!("FL-{text}"),
        _ => text.to_owned(),
    }
}

/// All words of a text, each the beginning of one, as PostgreSQL asks for them; none in a text without any, or in an address.
fn words(text: &str) -> Option<String> {
    let folded = text.to_lowercase();
    let words = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(|word| format!("'{word}':*")).collect();
    (!words.is_empty() && !text.contains('@')).then(|| words.join(" & "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_as_people_write_them() {
        for (typed, is) in [
            ("1000", "FL-1000"),
            ("fl-10", "FL-10"),
            ("fl10", "FL-10"),
            ("FL", "FL"),
            ("Ada", "Ada"),
            ("f", "f"),
            ("é", "é"),
        ] {
            assert_eq!(number(typed), is);
        }
    }

    #[test]
    fn what_all_numbers_begin_with_is_read_by_time() {
        assert!(["F", "FL-", "FL-1"].into_iter().all(is_of_many));
        assert!(!["FL-10", "FX-1", "Ada", "FL-100001"].into_iter().any(is_of_many));
    }

    #[test]
    fn names_are_found_by_their_words_and_nothing_typed_is_an_operator() {
        assert_eq!(words("Ada LOVE").as_deref(), Some("'ada':* & 'love':*"));
        assert_eq!(words("O'Brien & !x | (y)").as_deref(), Some("'o':* & 'brien':* & 'x':* & 'y':*"));
        assert_eq!(words("王小明").as_deref(), Some("'王小明':*"));
        assert_eq!((words("  -- "), words("ada@example.com")), (None, None));
    }
}
