//! Who is asking: a shopper by session token, an admin by API token or by the cookie of a session.

mod about;
mod admin;
mod bearer;
pub(crate) mod cookie;
mod identity;
pub(crate) mod refusals;
mod shopper;
pub(crate) mod tokens;

pub(crate) use admin::{MayAsk, MayHandOver, MayOwn, MayRead, MayReadBuyers, MayRefund, MayRun};
pub(crate) use identity::{Admin, PersonOfCall, RightSchema, RoleSchema};
pub(crate) use shopper::{InSession, Leaving, Renewing, Shopper, session, signed_out};
