//! How counts stand in the columns of PostgreSQL.

/// A count as a `bigint` has it. Beyond its range, which no count of ours comes near, is its greatest.
pub fn to_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count from a `bigint`. Below zero, which none of ours is ever written, is none.
pub fn to_u64(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
