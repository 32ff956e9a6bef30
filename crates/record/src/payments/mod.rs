//! Payments: each a durable row that moves one step at a time. What leads where is in [`sale::payment`].

mod begun;
pub(crate) mod due;
mod requests;
mod shop;
mod shown;
mod steps;

pub use begun::count_begun;
pub use due::{Calls, Payment, call, claim_due, try_later};
pub use requests::{About, Declines, Earlier, Request, Tried, count_declines, find_by_key, lock, request, tried};
pub use shop::{Confirmation, ShopPayment, confirm_by_shop, latest_by_shop};
pub use shown::{Latest, ShownPayment, latest_of};
pub use steps::{
    accepted, begin, capture_failed, captured, confirm, confirm_again, declined, give_up, lost, opened, refused,
    voided, why_lost, with_bank,
};
