//! The present truth about attempts, for whoever connects late or again. Subscribe first, then read: what
//! happens in between comes twice, and is the same both times.

use std::time::Duration;

use broker::HeardLines;
use catalogue::Catalogue;
use inventory::Connection;
use sale::ids::{AttemptId, EventId, ShopperId};
use tokio::sync::Semaphore;
use view::AttemptView;

use crate::meters;

/// Reads under way at once: after an interruption everybody wants to know at the same time.
const READS_AT_ONCE: usize = 64;
const TRIES: u32 = 4;
const BETWEEN_TRIES: Duration = Duration::from_millis(500);

pub(crate) struct CatchUp {
    redis: Connection,
    catalogue: Catalogue,
    heard: HeardLines,
    places: Semaphore,
}

impl CatchUp {
    pub(crate) fn new(redis: Connection, catalogue: Catalogue, heard: HeardLines) -> Self {
        Self { redis, catalogue, heard, places: Semaphore::new(READS_AT_ONCE) }
    }

    /// How a shopper's own attempts stand. Others' are left out; so are all when Redis does not answer (the
    /// page can poll).
    pub(crate) async fn read(&self, shopper: ShopperId, attempts: &[(EventId, AttemptId)]) -> Vec<AttemptView> {
        let Ok(_place) = self.places.acquire().await else { return Vec::new() };
        let mut views = Vec::new();
        let mut events: Vec<EventId> = attempts.iter().map(|(event, _)| *event).collect();
        events.dedup();
        for event in events {
            let named: Vec<AttemptId> =
                attempts.iter().filter(|(of, _)| *of == event).map(|(_, attempt)| *attempt).collect();
            let mut redis = self.redis.clone();
            for _ in 0..TRIES {
                let Some(sale) = self.catalogue.get(event) else {
                    if self.catalogue.is_loaded() {
                        break; // no such sale; one that is too young to be known is told of once it is
                    }
                    tokio::time::sleep(BETWEEN_TRIES).await;
                    continue;
                };
                match inventory::read_records(&mut redis, event, &named, self.heard.of(event)).await {
                    // No inventory: not begun, being rebuilt, or put back. Then nothing is certain here; the page can poll.
                    Ok(None) => break,
                    Ok(Some(records)) => {
                        for (attempt, record) in named.iter().zip(records) {
                            match record {
                                Some(record) if record.shopper == shopper => {
                                    views.push(AttemptView::of_record(&sale.rules, &record, clock::now()));
                                }
                                Some(_) => {}
                                None => views.push(AttemptView::in_line(event, *attempt)),
                            }
                        }
                        break;
                    }
                    Err(error) => {
                        retry::again("catch-up");
                        tracing::debug!(%event, %error, "catch-up: will try again");
                        tokio::time::sleep(BETWEEN_TRIES).await;
                    }
                }
            }
        }
        meters::CATCH_UPS.one();
        views
    }
}
