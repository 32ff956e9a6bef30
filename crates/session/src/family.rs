//! Which session a token is of. A renewal is another token of the same session, so that a session ends whole.

use sale::ids::{SessionId, ShopperId};
use sale::time::UnixMs;
use uuid::{Builder, Uuid};

use crate::sha256;

/// A session: a token and all its renewals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// What it is known by.
    pub id: SessionId,
    /// When it began, by the clock of the door at which it did.
    pub began: UnixMs,
}

impl Family {
    /// A new one.
    pub fn begin(now: UnixMs) -> Self {
        Self { id: SessionId(Uuid::now_v7()), began: now }
    }

    /// The session of a token from before sessions had ids, or of a door that knows of none: all of those of a shopper are one
    /// session.
    pub(crate) fn id_from_before(shopper: ShopperId) -> SessionId {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&sha256(format!("flashline session from before {shopper}").as_bytes())[..16]);
        SessionId(Builder::from_custom_bytes(bytes).into_uuid())
    }
}
