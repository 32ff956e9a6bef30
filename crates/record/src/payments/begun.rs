//! For how many reservations a payment was begun.

use sale::ids::EventId;
use sqlx::PgPool;

use crate::{to_i64, to_u64};

/// Reservations of a sale for which a payment was begun, whatever came of it; `None` if they are more than `most`. Read from an index
/// alone, and no more of it than that.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn count_begun(pool: &PgPool, event: EventId, most: u64) -> sqlx::Result<Option<u64>> {
    let counted = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM (SELECT DISTINCT reservation_id FROM payments WHERE event_id = $1 LIMIT $2) AS begun"#,
        event.0,
        to_i64(most.saturating_add(1))
    );
    Ok(Some(to_u64(counted.fetch_one(pool).await?)).filter(|count| *count <= most))
}
