//! How long the intervals of a history are: short around the opening, where everything happens at once.

use chrono::{DateTime, Utc};

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The length of an interval so long before or after the opening. A sale of two days has some 4,000, each day more adds 144.
const fn length_ms(from_opening_ms: i64) -> i64 {
    match from_opening_ms {
        0..600_000 => SECOND_MS,
        600_000..7_200_000 => 10 * SECOND_MS,
        7_200_000..172_800_000 => MINUTE_MS,
        _ => HOUR_MS / 6,
    }
}

/// The end of the interval that a moment lies in.
pub(super) fn end(at: DateTime<Utc>, opens_at: DateTime<Utc>) -> DateTime<Utc> {
    let at_ms = at.timestamp_millis();
    let length = length_ms((at_ms - opens_at.timestamp_millis()).abs());
    DateTime::from_timestamp_millis((at_ms.div_euclid(length) + 1) * length).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(ms).expect("a time")
    }

    #[test]
    fn intervals_grow_with_the_distance_from_the_opening() {
        let opening = at(1_800_000_000_500);
        for (after_ms, end_ms) in [
            (0, 1_800_000_001_000),
            (499, 1_800_000_001_000),
            (500, 1_800_000_002_000),
            (-1_000, 1_800_000_000_000),
            (600_000, 1_800_000_610_000),
            (7_200_000, 1_800_007_260_000),
            (172_800_000, 1_800_173_400_000),
        ] {
            assert_eq!(end(at(1_800_000_000_500 + after_ms), opening), at(end_ms), "after {after_ms} ms");
        }
    }

    #[test]
    fn a_sale_of_any_length_has_few_intervals_and_they_never_turn_back_after_the_opening() {
        let opening = at(1_800_000_000_000);
        let mut ends = Vec::new();
        for after_s in 0..30 * 86_400 {
            ends.push(end(at(1_800_000_000_000 + after_s * 1_000), opening));
        }
        assert!(ends.is_sorted());
        ends.dedup();
        assert!(ends.len() < 9_000, "{}", ends.len());
    }
}
