//! The rules of a flash sale, and the words everyone uses for them.
//!
//! This crate is pure: no I/O, no clock, no randomness, no async. What a rule needs to know is an
//! argument; what it decides is a return value. So the rules can be tested by the million.
//!
//! ```text
//! attempt ─▶ command ─▶ [ decide(rules, read set, commands, now) ] ─▶ outcomes + write set
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`ids`] | one type per kind of identifier |
//! | [`time`] | wall time, the line's time, and how pauses separate the two |
//! | [`money`], [`pricing`] | minor units, discount rules, tiers, what a grant costs |
//! | [`payment`] | where payments, refunds and orders stand, and how they go on |
//! | [`definition`] | what an organiser says a sale should be, its limits, and why it cannot be |
//! | [`rules`] | everything an admin configured about one sale event |
//! | [`buyer`] | what buyers are asked for before they pay, and what they give |
//! | [`checkout`] | where a shop's own checkout is |
//! | [`check`] | whether guests of a sale have to show work |
//! | [`participation`] | who may take part in a sale |
//! | [`role`], [`scope`] | what organisers and the shop may do; some of it |
//! | [`admission`] | what the door checks before an attempt may enter the line |
//! | [`command`] | what travels *to* the dispenser through the event's queue |
//! | [`answer`] | what a shopper is told: the answer, and later changes |
//! | [`record`] | what is remembered of one attempt, and of the event as a whole |
//! | [`provenance`] | where an attempt comes from, and who answers for it |
//! | [`hoarding`], [`counted`] | by whom others are served first; what that is decided by |
//! | [`series`] | what one shopper may have in several sales together |
//! | [`lobby`], [`opening`] | when entries are taken, and what happens to them before the line goes on |
//! | [`draw`] | the order in which the entries of a lobby are decided, and how it is checked |
//! | [`decide()`] | the state machine: the only place where stock moves |
//! | [`notice`] | what a shop is told, and when |
//! | [`notification`] | what a shopper is told whose page is closed, and whether it is still true |
//! | [`report`] | what travels *from* the dispenser: rounds, barriers, progress |
//! | [`position`] | how far a line has come, and what is newer |
//! | [`wire`] | bytes on the broker, versioned |
//! | [`words`] | one word for each variant of an enum, everywhere |
//!
//! What may never happen: for an item, `held + sold` above `allocated`.

pub mod admission;
pub mod answer;
pub mod buyer;
pub mod check;
pub mod checkout;
pub mod command;
pub mod counted;
mod decide;
pub mod definition;
pub mod draw;
pub mod gateway;
pub mod hoarding;
pub mod ids;
pub mod lobby;
pub mod money;
pub mod notice;
pub mod notification;
pub mod opening;
pub mod participation;
pub mod payment;
pub mod position;
pub mod pricing;
pub mod provenance;
pub mod record;
pub mod report;
pub mod role;
pub mod rules;
pub mod scope;
pub mod series;
pub mod time;
pub mod wire;
pub mod words;

pub use counted::Counted;
pub use decide::{CLOCKS_APART_MS, Decision, ReadSet, WriteSet, came_at, decide};
