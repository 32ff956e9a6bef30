//! What organisers may do.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// What an API token allows. Each role may do all that the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also runs sales.
    Manager,
    /// Also refunds and manages tokens.
    Owner,
}

words!(Role: "role" { Viewer = "viewer", Manager = "manager", Owner = "owner" });
