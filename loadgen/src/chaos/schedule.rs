//! What happens when, from a seed alone.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use sale::gateway::GatewayKind;

use super::fault::{Family, Fault, all};

/// Faults in one run.
const FAULTS_MAX: usize = 3;
/// When a fault begins, counted from the first click, and how long it lasts, in milliseconds.
const BEGINS_MS: Range<u64> = 200..4_000;
const LASTS_MS: Range<u64> = 200..2_500;
/// How long those last that show only after a while.
const AWAY: Duration = Duration::from_secs(60);
const BUSY: Duration = Duration::from_secs(5);
const FULL: Duration = Duration::from_secs(3);
/// The order in which the first faults of seeds one after the other take their turns.
const TURNS_SEED: u64 = 7;

/// One sale in so many is paid through Stripe, the others through the sandbox.
const ON_STRIPE_ONE_IN: u64 = 3;

/// One sale in so many starts by draw: those of the first clicks are in its lobby, and it opens while something still happens.
const BY_DRAW_ONE_IN: u64 = 4;

/// One sale in so many has limits on hoarding, which its crowd goes beyond.
const WITH_LIMITS_ONE_IN: u64 = 2;

/// One fault and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Happening {
    pub(super) fault: Fault,
    pub(super) begins: Duration,
    pub(super) ends: Duration,
}

impl Happening {
    fn random(fault: Fault, random: &mut StdRng) -> Self {
        let begins = Duration::from_millis(random.random_range(BEGINS_MS));
        let lasts = Duration::from_millis(random.random_range(LASTS_MS));
        let lasts = match fault {
            Fault::AwayPostgres => AWAY,
            Fault::BusyPostgres => BUSY,
            Fault::FullDisk(_) => FULL,
            _ => lasts,
        };
        Self { fault, begins, ends: begins + lasts }
    }
}

/// First a family, then one of it: most faults there are are of the network.
fn draw(faults: &[Fault], random: &mut StdRng) -> Fault {
    let family = Family::ALL[random.random_range(0..Family::ALL.len())];
    let of_family: Vec<Fault> = faults.iter().copied().filter(|fault| fault.family() == family).collect();
    of_family[random.random_range(0..of_family.len())]
}

/// The faults of one run. The same seed gives the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub(super) seed: u64,
    pub(super) happenings: Vec<Happening>,
    /// What the sale is paid through.
    pub(super) gateway: GatewayKind,
    /// Whether it starts by draw.
    pub(super) by_draw: bool,
    /// Whether it has limits on hoarding.
    pub(super) has_limits: bool,
}

impl Schedule {
    /// From a seed: one to three faults, each at another place. The first takes its turn, so that as many seeds in a
    /// row as there are faults meet every one; the others are drawn.
    pub fn of(seed: u64) -> Self {
        let mut turns = all();
        turns.shuffle(&mut StdRng::seed_from_u64(TURNS_SEED));
        let first = turns[usize::try_from(seed % turns.len() as u64).unwrap_or(0)];
        let mut random = StdRng::seed_from_u64(seed);
        let mut places = HashSet::from([first.place()]);
        let mut happenings = vec![Happening::random(first, &mut random)];
        let count = if first.is_alone() { 1 } else { random.random_range(1..=FAULTS_MAX) };
        while happenings.len() < count {
            let fault = draw(&turns, &mut random);
            let happening = Happening::random(fault, &mut random);
            if !fault.is_alone() && places.insert(fault.place()) {
                happenings.push(happening);
            }
        }
        let on_stripe = seed.is_multiple_of(ON_STRIPE_ONE_IN);
        let gateway = if on_stripe { GatewayKind::Stripe } else { GatewayKind::Sandbox };
        // Whoever is in a lobby waits for the record.
        let needs_record = happenings.iter().any(|happening| happening.fault == Fault::AwayPostgres);
        let by_draw = seed % BY_DRAW_ONE_IN == 1 && !needs_record;
        let has_limits = (seed / BY_DRAW_ONE_IN).is_multiple_of(WITH_LIMITS_ONE_IN);
        Self { seed, happenings, gateway, by_draw, has_limits }
    }

    /// Until the last fault is over, from the first click.
    pub(super) fn lasts(&self) -> Duration {
        self.happenings.iter().map(|happening| happening.ends).max().unwrap_or_default()
    }

    /// Takes out what needs a disk to fill. Whether there was any.
    pub(super) fn leave_out_disks(&mut self) -> bool {
        let before = self.happenings.len();
        self.happenings.retain(|happening| !matches!(happening.fault, Fault::FullDisk(_)));
        self.happenings.len() < before
    }

    /// Whether heartbeats are late, and only that.
    pub(super) fn is_busy(&self) -> bool {
        self.happenings.iter().any(|happening| happening.fault == Fault::BusyPostgres)
    }

    /// When PostgreSQL is away for long, if it is.
    pub(super) fn without_postgres(&self) -> Option<Range<Duration>> {
        let away = self.happenings.iter().find(|happening| happening.fault == Fault::AwayPostgres);
        away.map(|happening| happening.begins..happening.ends)
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

impl fmt::Display for Schedule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "seed {:>4}  {:<7}", self.seed, self.gateway.word())?;
        if self.by_draw {
            write!(out, "  by draw")?;
        }
        if self.has_limits {
            write!(out, "  with limits")?;
        }
        for happening in &self.happenings {
            let (begins, ends) = (happening.begins.as_secs_f64(), happening.ends.as_secs_f64());
            write!(out, "  {begins:.1}-{ends:.1} s {}", happening.fault.name())?;
        }
        Ok(())
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
    fn as_many_seeds_in_a_row_as_there_are_faults_meet_every_one() {
        let count = all().len() as u64;
        assert!(count <= 200, "{count} faults");
        for start in [0, 1, 1_000] {
            let firsts: Vec<Fault> =
                (start..start + count).map(|seed| Schedule::of(seed).happenings[0].fault).collect();
            assert!(all().iter().all(|fault| firsts.contains(fault)));
        }
    }

    #[test]
    fn what_takes_long_happens_alone() {
        for schedule in (1..=400).map(Schedule::of) {
            let alone = schedule.happenings.iter().any(|met| met.fault.is_alone());
            assert!(!alone || schedule.happenings.len() == 1);
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
