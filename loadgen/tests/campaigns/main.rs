//! A few runs of each campaign, always the same.

mod chaos;
mod stories;
