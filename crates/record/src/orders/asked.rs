//! Which orders are asked for, and from where on.

use chrono::{DateTime, Utc};
use sale::ids::{EventId, OrderId};
use sale::payment::OrderState;

/// Which orders.
#[derive(Clone, Debug, Default)]
pub struct Filter<'f> {
    /// Of this event.
    pub event: Option<EventId>,
    /// In this state.
    pub state: Option<OrderState>,
    /// What orders are looked for by.
    pub q: Option<&'f str>,
    /// Also by what buyers gave.
    pub by_buyers: bool,
    /// Made at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Made before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// A place in the list of orders: what comes after it is older.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    pub(super) created_at: DateTime<Utc>,
    pub(super) order: OrderId,
}

/// What was asked for.
pub(super) struct Asked<'a> {
    pub filter: &'a Filter<'a>,
    pub after: Option<Cursor>,
    pub limit: i64,
}
