//! Who holds the units of a sale, and whose reservations come to nothing.

use sale::ids::{EventId, ShopperId};
use sale::provenance::Origin;
use sqlx::PgPool;

/// What is held, in units; and reservations that came to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Units held unpaid.
    pub holding: i64,
    /// Units waited for.
    pub waiting: i64,
    /// Units paid for.
    pub bought: i64,
    /// Reservations that ran out, were given back unpaid, or could not be paid for.
    pub came_to_nothing: i64,
}

/// The blocks of addresses from which most is held or came to nothing, with the number of shoppers that came from there.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn by_origin(pool: &PgPool, event: EventId, limit: i64) -> sqlx::Result<Vec<(Origin, i64, Held)>> {
    let rows = sqlx::query!(
        r#"SELECT origin AS "origin!", count(DISTINCT shopper_id) AS "shoppers!",
                  coalesce(sum(quantity) FILTER (WHERE state = 'active'), 0) AS "holding!",
                  coalesce(sum(quantity) FILTER (WHERE state = 'standby'), 0) AS "waiting!",
                  coalesce(sum(quantity) FILTER (WHERE state = 'converted'), 0) AS "bought!",
                  count(*) FILTER (WHERE in_vain) AS "came_to_nothing!"
           FROM (SELECT origin, shopper_id, quantity, state,
                        state = 'expired' OR state = 'cancelled' AND grant_ IS NOT NULL AND NOT ended_why ? 'refunded' AS in_vain
                 FROM reservations WHERE event_id = $1 AND origin IS NOT NULL) AS of_sale GROUP BY origin
           ORDER BY coalesce(sum(quantity) FILTER (WHERE state = 'active'), 0) + count(*) FILTER (WHERE in_vain) DESC,
                    origin LIMIT $2"#,
        event.0,
        limit
    );
    let rows = rows.fetch_all(pool).await?.into_iter().map(|row| {
        let origin = row.origin.try_into().map(Origin).map_err(|_| sqlx::Error::Decode("origin: 16 bytes".into()))?;
        let held = Held {
            holding: row.holding,
            waiting: row.waiting,
            bought: row.bought,
            came_to_nothing: row.came_to_nothing,
        };
        Ok((origin, row.shoppers, held))
    });
    rows.collect()
}

/// The shoppers who hold most, or of whose reservations most came to nothing.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn by_shopper(pool: &PgPool, event: EventId, limit: i64) -> sqlx::Result<Vec<(ShopperId, Held)>> {
    let rows = sqlx::query!(
        r#"SELECT shopper_id,
                  coalesce(sum(quantity) FILTER (WHERE state = 'active'), 0) AS "holding!",
                  coalesce(sum(quantity) FILTER (WHERE state = 'standby'), 0) AS "waiting!",
                  coalesce(sum(quantity) FILTER (WHERE state = 'converted'), 0) AS "bought!",
                  count(*) FILTER (WHERE in_vain) AS "came_to_nothing!"
           FROM (SELECT origin, shopper_id, quantity, state,
                        state = 'expired' OR state = 'cancelled' AND grant_ IS NOT NULL AND NOT ended_why ? 'refunded' AS in_vain
                 FROM reservations WHERE event_id = $1) AS of_sale GROUP BY shopper_id
           ORDER BY coalesce(sum(quantity) FILTER (WHERE state = 'active'), 0) + count(*) FILTER (WHERE in_vain) DESC,
                    shopper_id LIMIT $2"#,
        event.0,
        limit
    );
    let rows = rows.fetch_all(pool).await?.into_iter().map(|row| {
        let held = Held {
            holding: row.holding,
            waiting: row.waiting,
            bought: row.bought,
            came_to_nothing: row.came_to_nothing,
        };
        (ShopperId(row.shopper_id), held)
    });
    Ok(rows.collect())
}
