//! What is done to a whole system (the crate `testbed`) from the command line: the demo, the campaigns, the benchmark.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`demo`] | a sample sale to a crowd, judged, in one command |
//! | [`report`] | what came out of it, for machines and for people |
//! | `campaign` | runs from seeds, on several systems side by side |
//! | [`chaos`] | the same while things break, hundreds of times |
//! | [`story`] | sales in which nothing breaks and people do whatever they may, hundreds of them |
//! | [`bench`] | how fast it is, beside the alternatives |
//! | [`up`] | the running system for tests that come from outside |

pub mod bench;
mod campaign;
pub mod chaos;
pub mod demo;
pub mod report;
pub mod story;
pub mod up;
