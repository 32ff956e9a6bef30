//! How many guests' sessions began at an address of late, or showed their work there. An IPv6 /64 is one address.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use moka::sync::Cache;
use service::address::AddressKey;

/// How long sessions count, from the first.
const COUNTED_FOR: Duration = Duration::from_secs(600);
/// Addresses counted at once. Beyond, those counted first are forgotten.
const KEYS_MAX: u64 = 100_000;
/// How often the work doubles at most: many people may share an address, and an old phone should not take minutes.
const LEVEL_MAX: u32 = 4;

pub(super) struct Pressure {
    pressed_from: u32,
    begun: Cache<AddressKey, Arc<AtomicU32>>,
}

impl Pressure {
    pub(super) fn new(pressed_from: u32) -> Self {
        let begun = Cache::builder().max_capacity(KEYS_MAX).time_to_live(COUNTED_FOR).build();
        Self { pressed_from, begun }
    }

    pub(super) fn count(&self, address: IpAddr) {
        self.begun.get_with(address.into(), Arc::default).fetch_add(1, Ordering::Relaxed);
    }

    /// Whether many began there.
    pub(super) fn is_pressed(&self, address: IpAddr) -> bool {
        self.of(address) >= self.pressed_from
    }

    /// How often the least work is doubled: once when many began there, and with every doubling of that.
    pub(super) fn level(&self, address: IpAddr) -> u32 {
        let times = self.of(address) / self.pressed_from.max(1);
        times.checked_ilog2().map_or(0, |doublings| doublings + 1).min(LEVEL_MAX)
    }

    fn of(&self, address: IpAddr) -> u32 {
        self.begun.get(&AddressKey::from(address)).map_or(0, |count| count.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_more_sessions_begin_more_work_is_asked_for_and_nowhere_else() {
        let pressure = Pressure::new(10);
        let at = |text: &str| text.parse::<IpAddr>().expect("an address");
        let (home, same_house, elsewhere) = (at("2001:db8::1"), at("2001:db8::2:3"), at("2001:db8:0:1::1"));
        let mut levels = Vec::new();
        for begun in 0..10_000 {
            if [0, 9, 10, 19, 20, 40, 80, 160, 320, 5_000].contains(&begun) {
                levels.push(pressure.level(same_house));
            }
            assert_eq!(pressure.is_pressed(home), begun >= 10);
            pressure.count(home);
        }
        assert_eq!(levels, [0, 0, 1, 1, 2, 3, 4, 4, 4, 4]);
        assert_eq!((pressure.level(elsewhere), pressure.is_pressed(elsewhere)), (0, false));
    }
}
