//! When a sale is over, and nothing is owed any more: said once in the record, by the writer of its line. Until then the
//! sale stays with all services, whatever the clock says.

use std::time::Duration;

use record::to_i64;
use sale::record::Head;
use sale::rules::{SaleRules, Status};
use sale::time::UnixMs;
use sqlx::PgPool;
use tokio::time::Instant;

/// How far the line's time must be past the end: what entered it before has been answered then, and doors have heard.
const QUIET_MS: u64 = 10_000;
/// Between two looks at what the record says is owed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Looks now and then whether a sale is settled, until it is.
#[derive(Default)]
pub(crate) struct Settling {
    asked_at: Option<Instant>,
}

impl Settling {
    /// Looks, if it is time. `recorded` is the last round of the record.
    pub(crate) async fn look(&mut self, pool: &PgPool, rules: &SaleRules, head: &Head, recorded: u64, now: UnixMs) {
        if !is_at_rest(rules, head, recorded, now) {
            return;
        }
        if self.asked_at.is_some_and(|asked| asked.elapsed() < LOOK_EVERY) {
            return;
        }
        self.asked_at = Some(Instant::now());
        if let Err(error) = settle(pool, rules, head).await {
            tracing::debug!(event = %rules.event, %error, "whether anything is owed cannot be read");
        }
    }
}

/// Whether the line owes nothing: it is over, moved on since, holds nothing, and all of it is recorded.
fn is_at_rest(rules: &SaleRules, head: &Head, recorded: u64, now: UnixMs) -> bool {
    let over_at = match rules.status(now) {
        Status::Stopped => rules.stopped_at.unwrap_or(now),
        Status::Ended => rules.closes_at,
        Status::Draft | Status::Upcoming | Status::Active | Status::Paused => return false,
    };
    let quiet = head.line > rules.pauses.line_time(over_at).plus_ms(QUIET_MS);
    let nothing_open =
        |counts: &sale::record::ItemCounts| (counts.held, counts.capturing, counts.standby_len) == (0, 0, 0);
    quiet && recorded == head.seq && head.items.iter().all(nothing_open)
}

/// Says that a sale is settled, unless the record knows of anything still owed.
async fn settle(pool: &PgPool, rules: &SaleRules, head: &Head) -> sqlx::Result<()> {
    sqlx::query!(
        r#"UPDATE sale_events e SET settled_at = coalesce(settled_at, now()), version = version + (settled_at IS NULL)::int
           WHERE e.id = $1 AND (e.version = $2 OR settled_at IS NOT NULL)
             AND EXISTS (SELECT FROM event_lines l WHERE l.event_id = e.id AND l.seq = $3)
             AND NOT EXISTS (SELECT FROM reservations r WHERE r.event_id = e.id AND r.state IN ('active', 'standby'))
             AND NOT EXISTS (SELECT FROM payments p WHERE p.event_id = e.id AND p.state IN
                             ('requested', 'authorising', 'authorised', 'confirming', 'capturing', 'voiding'))
             AND NOT EXISTS (SELECT FROM refunds f JOIN orders o ON o.id = f.order_id
                             WHERE o.event_id = e.id AND (f.state IN ('requested', 'pending')
                               OR (f.state = 'refunded' AND f.put_back AND f.put_back_at IS NULL)))
             AND NOT EXISTS (SELECT FROM outbox b WHERE b.event_id = e.id)"#,
        rules.event.0,
        rules.version,
        to_i64(head.seq)
    )
    .execute(pool)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sale::ids::EventId;
    use sale::record::ItemCounts;
    use sale::rules::CheckoutModel;
    use sale::time::{LineMs, Pause, Pauses};
    use uuid::Uuid;

    fn rules() -> SaleRules {
        SaleRules {
            event: EventId(Uuid::nil()),
            version: 1,
            currency: "EUR".parse().expect("a currency"),
            scheduled: true,
            opens_at: UnixMs(0),
            closes_at: UnixMs(1_000_000),
            stopped_at: None,
            pauses: Pauses::default(),
            checkout: CheckoutModel::Reservation,
            hold_ms: 1_000,
            per_shopper_max: 1,
            quantity_max: 1,
            standby_max: 1,
            items: Vec::new(),
            coupons: Vec::new(),
        }
    }

    fn head(line: u64, counts: ItemCounts) -> Head {
        Head { seq: 5, line: LineMs(line), items: vec![counts], ..Head::default() }
    }

    #[test]
    fn a_line_owes_nothing_once_it_is_over_has_moved_on_and_holds_nothing() {
        let (late, rest) = (UnixMs(2_000_000), head(1_900_000, ItemCounts::default()));
        assert!(is_at_rest(&rules(), &rest, 5, late));
        assert!(!is_at_rest(&rules(), &rest, 4, late), "not recorded to its end");
        assert!(!is_at_rest(&rules(), &head(1_009_000, ItemCounts::default()), 5, late), "its time stands still");
        for open in [
            ItemCounts { held: 1, ..ItemCounts::default() },
            ItemCounts { capturing: 1, ..ItemCounts::default() },
            ItemCounts { standby_len: 1, ..ItemCounts::default() },
        ] {
            assert!(!is_at_rest(&rules(), &head(1_900_000, open), 5, late));
        }
        let paused = Pauses(vec![Pause { from: UnixMs(999_000), until: None }]);
        assert!(!is_at_rest(&SaleRules { pauses: paused, ..rules() }, &rest, 5, late), "a pause holds the end");
        let stopped = SaleRules { stopped_at: Some(UnixMs(10)), ..rules() };
        assert!(is_at_rest(&stopped, &head(20_000, ItemCounts::default()), 5, UnixMs(50_000)));
    }
}
