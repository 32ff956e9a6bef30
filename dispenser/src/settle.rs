//! When a sale is over, and nothing is owed any more: said once in the record, by the writer of its line. Until then the
//! sale stays with all services, whatever the clock says.

use std::time::Duration;

use record::lines;
use sale::record::Head;
use sale::rules::SaleRules;
use sqlx::PgPool;
use tokio::time::Instant;

/// Between two looks at what the record says is owed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Looks now and then whether a sale is settled, until it is.
#[derive(Default)]
pub(crate) struct Settling {
    asked_at: Option<Instant>,
}

impl Settling {
    /// Looks, if it is time. `recorded` is the last round of the record.
    pub(crate) async fn look(&mut self, pool: &PgPool, rules: &SaleRules, head: &Head, recorded: u64) {
        if recorded != head.seq || !head.is_at_rest(rules, clock::now()) {
            return;
        }
        if self.asked_at.is_some_and(|asked| asked.elapsed() < LOOK_EVERY) {
            return;
        }
        self.asked_at = Some(Instant::now());
        if let Err(error) = lines::settle(pool, rules.event, rules.version, head).await {
            tracing::debug!(event = %rules.event, %error, "whether anything is owed cannot be read");
        }
    }
}
