//! The positions of items and coupons: what the line and the records know them by, so they never move.

use std::collections::{HashMap, HashSet};

use sale::ids::EventId;
use sqlx::PgConnection;

use super::spec::{CouponSpec, EventSpec, ItemSpec};
use crate::problems::{ApiError, Kind};

/// The numbers of a replaced event's items: known SKUs keep theirs, new ones follow. None may be missing
/// once the event is scheduled; a draft starts over.
pub(super) async fn items<'s>(
    transaction: &mut PgConnection,
    event: EventId,
    spec: &'s EventSpec,
    scheduled: bool,
) -> Result<Vec<(i32, &'s ItemSpec)>, ApiError> {
    if !scheduled {
        sqlx::query!("DELETE FROM sale_items WHERE event_id = $1", event.0).execute(transaction).await?;
        return Ok((0..).zip(&spec.items).collect());
    }
    let known = sqlx::query_scalar!("SELECT sku FROM sale_items WHERE event_id = $1 ORDER BY item_no", event.0)
        .fetch_all(transaction)
        .await?;
    number(known, &spec.items, |item| item.sku.clone())
        .map_err(|sku| Kind::Conflict.because(format!("items: {sku} cannot be taken out of a scheduled sale")))
}

/// The numbers of a replaced event's coupons, in the same way.
pub(super) async fn coupons<'s>(
    transaction: &mut PgConnection,
    event: EventId,
    spec: &'s EventSpec,
    scheduled: bool,
) -> Result<Vec<(i32, &'s CouponSpec)>, ApiError> {
    if !scheduled {
        sqlx::query!("DELETE FROM coupons WHERE event_id = $1", event.0).execute(transaction).await?;
        return Ok((0..).zip(&spec.coupons).collect());
    }
    let known = sqlx::query_scalar!(
        r#"SELECT lower(code) AS "code!" FROM coupons WHERE event_id = $1 ORDER BY coupon_no"#,
        event.0
    )
    .fetch_all(transaction)
    .await?;
    number(known, &spec.coupons, |coupon| coupon.code.to_ascii_lowercase()).map_err(|code| {
        Kind::Conflict.because(format!("coupons: {code} cannot be taken out of a scheduled sale; set uses_max to 0"))
    })
}

/// Known names keep their position, new ones follow; fails with a known name that is missing.
fn number<T>(known: Vec<String>, wanted: &[T], name: impl Fn(&T) -> String) -> Result<Vec<(i32, &T)>, String> {
    let wanted_names: HashSet<String> = wanted.iter().map(&name).collect();
    if let Some(missing) = known.iter().find(|known| !wanted_names.contains(*known)) {
        return Err(missing.clone());
    }
    let mut next = i32::try_from(known.len()).unwrap_or(i32::MAX);
    let positions: HashMap<String, i32> = known.into_iter().zip(0..).collect();
    let mut numbered = Vec::with_capacity(wanted.len());
    for item in wanted {
        let position = positions.get(&name(item)).copied().unwrap_or_else(|| {
            next += 1;
            next - 1
        });
        numbered.push((position, item));
    }
    Ok(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_keep_their_numbers_and_new_ones_follow() {
        let known = || vec!["A".to_owned(), "B".to_owned()];
        let numbers = |wanted: &[&str]| {
            number(known(), wanted, |name| (*name).to_owned())
                .map(|numbered| numbered.into_iter().map(|(number, _)| number).collect::<Vec<i32>>())
        };
        assert_eq!(numbers(&["B", "C", "A", "D"]), Ok(vec![1, 2, 0, 3]));
        assert_eq!(numbers(&["B", "C"]), Err("A".to_owned()));
    }
}
