//! One type per kind of identifier, so that none can stand in for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }
    };
}

uuid_id! {
    /// A sale event: one line, one stock, one window. UUIDv7.
    EventId
}
uuid_id! {
    /// A series of sales. UUIDv7.
    SeriesId
}
uuid_id! {
    /// A shopper, as named by the session token: a guest by a UUIDv7, a customer of the shop by a UUIDv8 that is the same
    /// in every session of theirs.
    ShopperId
}
uuid_id! {
    /// A session: a shopper's token with all its renewals. UUIDv7; of one that began before sessions had ids, a UUIDv8 of its
    /// shopper.
    SessionId
}
uuid_id! {
    /// A payment: one try to pay for one reservation. UUIDv7.
    PaymentId
}
uuid_id! {
    /// An order. UUIDv7.
    OrderId
}
uuid_id! {
    /// A refund: one try to give the money of one order back. UUIDv7. The gateway knows the refund by it.
    RefundId
}
uuid_id! {
    /// One ingress process since its start. The line estimates places from each door's own count.
    DoorId
}
uuid_id! {
    /// A purchase attempt. Not random: the first half names the shopper's `Idempotency-Key` within the
    /// event, the second half names the request's body and seals the whole, so that the same click is
    /// always the same attempt and an id nobody was given is recognised without a look-up.
    ///
    /// An attempt that is granted stock *is* the reservation: there is no second id for it.
    AttemptId
}

/// The first half of an [`AttemptId`]: shopper and `Idempotency-Key` within an event.
///
/// Two attempts with one key and different ids are the same key used with different bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttemptKey(pub [u8; 8]);

impl AttemptId {
    /// The half that names the shopper's `Idempotency-Key`.
    pub fn key(&self) -> AttemptKey {
        let mut half = [0; 8];
        half.copy_from_slice(&self.0.as_bytes()[..8]);
        AttemptKey(half)
    }
}

/// The position of an item (SKU) in its event, from 0. Items are never removed or reordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemNo(pub u16);

impl ItemNo {
    /// As an index into the event's items.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The position of a coupon in its event, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CouponNo(pub u16);

impl CouponNo {
    /// As an index into the event's coupons.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The number of an access code in its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeNo(pub u32);
