//! How a sale keeps units from being hoarded: by whom others are served first, and for how long.
//!
//! Whoever is held back stands behind everybody else ([`Answer::Behind`](crate::answer::Answer::Behind)), as long as there are places.
//! Decided in the line, from what was decided before: who let reservations run out, and what is held from where.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// The limits of a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hoarding {
    /// Reservations of one shopper that may come to nothing (run out, be given back, or their payment fail), less those that were paid. With these
    /// they are held back.
    pub unpaid_max: u32,
    /// The same for all who come from one block of addresses.
    pub address_unpaid_max: u32,
    /// For how long after the last one, in milliseconds.
    pub rest_ms: u64,
    /// While stock is short: of the units of an item, how many of 100 may be held unpaid, or waited for, from one block of
    /// addresses.
    pub address_percent: u32,
}

/// Why others are served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBack {
    /// As many reservations of the shopper came to nothing as may.
    Unpaid,
    /// As many as may did from these addresses.
    AddressUnpaid,
    /// As many units are held or waited for from these addresses as may be.
    AddressShare,
    /// The organiser put the shopper, or these addresses, aside.
    PutAside,
}

words!(HeldBack: "reason to be held back" {
    Unpaid = "unpaid",
    AddressUnpaid = "address_unpaid",
    AddressShare = "address_share",
    PutAside = "put_aside",
});

impl Hoarding {
    /// Of so many units of an item, those that may be held unpaid, or waited for, from one block of addresses while stock is short. What one
    /// shopper may have is never too much.
    pub fn share_of(&self, allocated: u32, per_shopper_max: u32) -> u32 {
        let share = u64::from(allocated) * u64::from(self.address_percent) / 100;
        u32::try_from(share).unwrap_or(u32::MAX).max(per_shopper_max)
    }

    /// Of an item of which so many units are allocated, those that may be waited for behind everybody else from one block of addresses: its
    /// share, or as many as half of the places on standby. So from no address all of the places are taken.
    pub fn behind_max(&self, allocated: u32, per_shopper_max: u32, standby_max: u32) -> u32 {
        self.share_of(allocated, per_shopper_max).max(standby_max / 2)
    }
}

/// Reservations of a party that came to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunOuts {
    /// How many, less those that were paid.
    pub unpaid: i64,
    /// The latest of their deadlines, by the line's clock; nothing where none has.
    pub last_ms: u64,
}

impl RunOuts {
    /// Until when the party is held back that may let so many run out, by the line's clock in milliseconds, if it is after
    /// `line_ms`.
    pub fn rest(&self, unpaid_max: u32, rest_ms: u64, line_ms: u64) -> Option<u64> {
        let until = self.last_ms.saturating_add(rest_ms);
        (self.unpaid >= i64::from(unpaid_max) && self.unpaid > 0 && until > line_ms).then_some(until)
    }
}
