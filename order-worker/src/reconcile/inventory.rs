//! The counts in Redis against the rows in PostgreSQL.

use std::time::Duration;

use record::reconciliation;
use sale::ids::EventId;

use super::{Difference, DifferenceKind};
use crate::Context;

/// Reads of one event, while its record is still catching up with Redis, before it counts as not quiet.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// Compares an event as of the same round in both. Nothing for one that is too busy: the next comparison may find it
/// quiet.
pub(super) async fn compare(context: &Context, event: EventId) -> anyhow::Result<Option<Difference>> {
    let mut redis = context.redis.clone();
    for _ in 0..TRIES {
        let Some(head) = ::inventory::read_head(&mut redis, event).await? else {
            let detail = "Redis holds no inventory of this event".into();
            return Ok(Some(Difference::new(DifferenceKind::NoInventory, event, detail)));
        };
        let units = reconciliation::units(&context.pool, event).await?;
        let Some(units) = units.filter(|units| units.seq == head.seq) else {
            tokio::time::sleep(BETWEEN_TRIES).await;
            continue;
        };
        for (item, counts) in (0i32..).zip(&head.items) {
            let (held, sold) = (units.held(item), units.sold(item));
            if (held, sold) != (i64::from(counts.held), i64::from(counts.sold)) {
                let detail = format!(
                    "item {item}: Redis has {} held and {} sold, PostgreSQL {held} and {sold}, at round {}",
                    counts.held, counts.sold, head.seq
                );
                return Ok(Some(Difference::new(DifferenceKind::InventoryDiffers, event, detail)));
            }
        }
        return Ok(None);
    }
    Ok(None)
}
