//! What organisers look at, in however many tabs: each is read once for all of them.

use std::time::Duration;

use sale::ids::EventId;

use super::figures::course::{History, Span};
use super::figures::recorded::RecordedFigures;
use super::report::view::Report;
use crate::shared::Shared;

/// A tab asks for figures every second.
const FIGURES_KEPT: Duration = Duration::from_millis(700);
const PAYINGS_KEPT: Duration = Duration::from_secs(5);
const HISTORIES_KEPT: Duration = Duration::from_secs(2);
/// Of a sale that is over, but for a refund now and then.
const REPORTS_KEPT: Duration = Duration::from_secs(10);

/// The answers of late.
pub(crate) struct Looks {
    pub(super) figures: Shared<EventId, RecordedFigures>,
    pub(super) payings: Shared<EventId, Option<u64>>,
    pub(super) histories: Shared<(EventId, Span), History>,
    pub(super) reports: Shared<EventId, Report>,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            figures: Shared::new(FIGURES_KEPT),
            payings: Shared::new(PAYINGS_KEPT),
            histories: Shared::new(HISTORIES_KEPT),
            reports: Shared::new(REPORTS_KEPT),
        }
    }
}
