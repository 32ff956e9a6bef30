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
//! | [`checkout`] | where a shop's own checkout is |
//! | [`role`] | what organisers and the shop may do |
//! | [`admission`] | what the door checks before an attempt may enter the line |
//! | [`command`] | what travels *to* the dispenser through the event's queue |
//! | [`answer`] | what a shopper is told: the answer, and later changes |
//! | [`record`] | what is remembered of one attempt, and of the event as a whole |
//! | [`decide()`] | the state machine: the only place where stock moves |
//! | [`notice`] | what a shop is told, and when |
//! | [`report`] | what travels *from* the dispenser: rounds, barriers, progress |
//! | [`position`] | how far a line has come, and what is newer |
//! | [`wire`] | bytes on the broker, versioned |
//! | [`words`] | one word for each variant of an enum, everywhere |
//!
//! What may never happen: for an item, `held + sold` above `allocated`.

pub mod admission;
pub mod answer;
pub mod checkout;
pub mod command;
mod decide;
pub mod definition;
pub mod gateway;
pub mod ids;
pub mod money;
pub mod notice;
pub mod payment;
pub mod position;
pub mod pricing;
pub mod record;
pub mod report;
pub mod role;
pub mod rules;
pub mod time;
pub mod wire;
pub mod words;

pub use decide::{Decision, ReadSet, WriteSet, decide};
