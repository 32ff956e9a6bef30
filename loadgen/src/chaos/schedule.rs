//! What happens when, from a seed alone.

use std::collections::HashSet;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::fault::{Fault, all};

/// Faults in one run.
const FAULTS_MAX: usize = 3;
/// When a fault begins, counted from the first click, and how long it lasts, in milliseconds.
const BEGINS_MS: std::ops::Range<u64> = 200..4_000;
const LASTS_MS: std::ops::Range<u64> = 200..2_500;

/// One fault and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Happening {
    pub(super) fault: Fault,
    pub(super) begins: Duration,
    pub(super) ends: Duration,
}

/// The faults of one run. The same seed gives the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub(super) seed: u64,
    pub(super) happenings: Vec<Happening>,
}

impl Schedule {
    /// From a seed: one to three faults, each at another place.
    pub fn of(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let (faults, mut places) = (all(), HashSet::new());
        let count = random.random_range(1..=FAULTS_MAX);
        let mut happenings = Vec::new();
        while happenings.len() < count {
            let Some(fault) = faults.choose(&mut random).copied() else { break };
            let begins = Duration::from_millis(random.random_range(BEGINS_MS));
            let ends = begins + Duration::from_millis(random.random_range(LASTS_MS));
            if places.insert(fault.place()) {
                happenings.push(Happening { fault, begins, ends });
            }
        }
        Self { seed, happenings }
    }

    /// Every beginning and end, in order of time: `(when, which, whether it begins)`.
    pub(super) fn steps(&self) -> Vec<(Duration, Fault, bool)> {
        let both = |happening: &Happening| {
            [(happening.begins, happening.fault, true), (happening.ends, happening.fault, false)]
        };
        let mut steps: Vec<_> = self.happenings.iter().flat_map(both).collect();
        steps.sort_by_key(|(at, ..)| *at);
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_replays_its_schedule_and_two_hundred_meet_every_fault() {
        let schedules: Vec<Schedule> = (1..=200).map(Schedule::of).collect();
        assert_eq!(schedules[16], Schedule::of(17));
        assert_ne!(schedules[16].happenings, schedules[17].happenings);
        for fault in all() {
            let met = schedules.iter().flat_map(|schedule| &schedule.happenings).any(|met| met.fault == fault);
            assert!(met, "{} never happens", fault.name());
        }
    }

    #[test]
    fn faults_of_a_run_are_at_different_places_and_end_after_they_begin() {
        for schedule in (1..=200).map(Schedule::of) {
            let places: HashSet<_> = schedule.happenings.iter().map(|met| met.fault.place()).collect();
            assert_eq!(places.len(), schedule.happenings.len());
            assert!(schedule.happenings.iter().all(|met| met.begins < met.ends));
        }
    }
}
