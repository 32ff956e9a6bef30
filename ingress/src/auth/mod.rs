//! Who is asking: a shopper by session token, an admin by API token.

mod admin;
mod bearer;
mod identity;
pub(crate) mod refusals;
mod shopper;
pub(crate) mod tokens;

pub(crate) use admin::{Manager, Owner, Shop, Viewer};
pub(crate) use identity::{Admin, RoleSchema};
pub(crate) use shopper::{Renewing, Shopper, shopper};
