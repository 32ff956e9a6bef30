//! How a sale went, from its opening on: what its line had come to at the end of each interval in which anything happened.
//!
//! [`write`] adds what new rounds say, in the transaction that records them, and [`keep_sold_out`] when nothing was left; [`between`] reads as many points as somebody wants to
//! see, each by one look into the index, however long the sale is.

mod interval;
mod read;
mod sold_out;
mod write;

pub use read::{Extent, between, extent, newest};
pub use sold_out::{SoldOut, SoldOuts, keep_sold_out, sold_outs};
pub use write::write;

use chrono::{DateTime, Utc};

/// What a line had come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// The end of the interval.
    pub at: DateTime<Utc>,
    /// The last round in it; zero is before the first.
    pub seq: i64,
    /// Attempts answered.
    pub served: i64,
    /// Of these, with a reservation.
    pub reserved: i64,
    /// With a place on standby.
    pub standby: i64,
    /// Sold out.
    pub sold_out: i64,
    /// Refused.
    pub refused: i64,
    /// Granted from standby later.
    pub from_standby: i64,
    /// Reservations whose deadline passed.
    pub expired: i64,
    /// Reservations and places given back.
    pub cancelled: i64,
    /// Reservations paid.
    pub converted: i64,
    /// Units that were ever granted.
    pub granted_units: i64,
    /// Units that the sale may sell.
    pub allocated_units: i64,
    /// Units held unpaid.
    pub held_units: i64,
    /// Units sold.
    pub sold_units: i64,
    /// Shoppers on standby.
    pub waiting: i64,
    /// Entries in the lobby.
    pub entered: i64,
    /// What the sold units were sold for, in minor units.
    pub sold_minor: i64,
}

impl Point {
    /// Units neither held nor sold.
    pub fn left_units(&self) -> i64 {
        (self.allocated_units - self.held_units - self.sold_units).max(0)
    }

    /// Units that were granted and came back: given back, expired, or put back after a refund.
    pub fn returned_units(&self) -> i64 {
        (self.granted_units - self.held_units - self.sold_units).max(0)
    }
}
