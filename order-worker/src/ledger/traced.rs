//! The other end of an attempt's trace: its answer into PostgreSQL.

use std::fmt;

use broker::Delivery;
use broker::Destination;
use trace::{Operation, Span};

/// The spans of the sampled attempts that one transaction records, until it is committed.
pub(super) struct Recording(Vec<Span>);

impl Recording {
    pub(super) fn begin(partition: u8, batch: &[Delivery]) -> Self {
        let places = batch.iter().flat_map(|delivery| delivery.traces.iter());
        let record = |(_, place)| {
            let mut span = Span::under(Some(place), Operation::Record, Destination::Ledger(partition));
            span.set("messaging.batch.message_count", i64::try_from(batch.len()).unwrap_or(i64::MAX));
            span
        };
        Self(places.map(record).collect())
    }

    pub(super) fn fail(&mut self, why: &impl fmt::Display) {
        self.0.iter_mut().for_each(|span| span.fail(why));
    }
}
