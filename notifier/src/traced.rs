//! The end of an attempt's trace: its answer on the way to the shopper's sockets.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use broker::Destination;
use sale::ids::EventId;
use trace::{Operation, Span, SpanRef};

/// The span of a push, from the message to the sockets: it ends with the last of them. Nothing when the attempt is
/// not sampled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Push(Option<Arc<Mutex<Span>>>);

impl Push {
    pub(crate) fn begin(event: EventId, place: Option<SpanRef>) -> Self {
        Self(place.map(|_| Arc::new(Mutex::new(Span::under(place, Operation::Push, Destination::Rounds(event))))))
    }

    fn fail(&self, why: &impl fmt::Display) {
        if let Some(span) = &self.0 {
            span.lock().unwrap_or_else(PoisonError::into_inner).fail(why);
        }
    }
}

/// The pushes that one write to a socket carries out.
pub(crate) struct Pushes(Vec<Push>);

impl Pushes {
    pub(crate) fn of<'a>(all: impl Iterator<Item = &'a Push>) -> Self {
        Self(all.filter(|push| push.0.is_some()).cloned().collect())
    }

    pub(crate) fn fail(&self, why: &impl fmt::Display) {
        self.0.iter().for_each(|push| push.fail(why));
    }
}
