//! The simulated crowd, the verifier of the promises, and the stack they run on.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`stack`] | the whole system as separate processes on private servers, to start, kill and restart |
//! | [`api`] | the admin's and the shopper's side of the HTTP API |
//! | [`shopper`] | one simulated shopper, from opening the page to the paid order |
//! | [`diary`] | what a shopper saw |
//! | [`crowd`] | many shoppers, arriving open-loop |
//! | [`verify`] | did the system keep its promises? From diaries, PostgreSQL, Redis and the gateway |
//! | [`report`] | what came out, for machines and for people |
//! | [`demo`] | all of it, in one command |
//! | `campaign` | runs from seeds, on several systems side by side |
//! | [`chaos`] | the same while things break, hundreds of times |
//! | [`story`] | sales in which nothing breaks and people do whatever they may, hundreds of them |
//! | [`bench`] | how fast it is, beside the alternatives |
//! | [`stand`] | the running system for tests that come from outside |

pub mod api;
pub mod bench;
mod campaign;
pub mod chaos;
pub mod crowd;
pub mod demo;
pub mod diary;
pub mod report;
pub mod shopper;
pub mod stack;
pub mod stand;
pub mod story;
pub mod verify;
