//! Places at a door, shared fairly: nobody fills it alone.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::address::{AddressKey, Network};

/// How many connections one address may have open at once. Cheap to clone.
#[derive(Clone)]
pub struct Crowding(Arc<Inner>);

struct Inner {
    /// 0 is any number.
    each_max: u32,
    exempt: Vec<Network>,
    open: Mutex<HashMap<AddressKey, u32>>,
}

impl Crowding {
    /// At most `each_max` for one address, 0 for any number; `exempt` are proxies, who come for many.
    pub fn new(each_max: u32, exempt: Vec<Network>) -> Self {
        Self(Arc::new(Inner { each_max, exempt, open: Mutex::default() }))
    }

    /// Nobody is counted.
    pub fn off() -> Self {
        Self::new(0, Vec::new())
    }

    /// A place for one more connection of an address, until it is dropped; `None` when it has enough of them.
    pub fn admit(&self, address: IpAddr) -> Option<Admitted> {
        if self.0.each_max == 0 || self.is_exempt(address) {
            return Some(Admitted(None));
        }
        let key = AddressKey::from(address);
        let mut open = self.0.open();
        let count = open.entry(key).or_default();
        if *count >= self.0.each_max {
            return None;
        }
        *count += 1;
        Some(Admitted(Some((Arc::clone(&self.0), key))))
    }

    /// Whether this is a proxy's address.
    pub fn is_exempt(&self, address: IpAddr) -> bool {
        self.0.exempt.iter().any(|network| network.contains(address))
    }
}

impl Inner {
    fn open(&self) -> MutexGuard<'_, HashMap<AddressKey, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place that is taken.
pub struct Admitted(Option<(Arc<Inner>, AddressKey)>);

impl Drop for Admitted {
    fn drop(&mut self) {
        let Some((crowding, key)) = &self.0 else { return };
        if let Entry::Occupied(mut taken) = crowding.open().entry(*key) {
            *taken.get_mut() -= 1;
            if *taken.get() == 0 {
                taken.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let crowding = Crowding::new(2, vec!["10.0.0.0/8".parse().expect("a network")]);
        let first = crowding.admit(address("192.0.2.1"));
        let second = crowding.admit(address("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(crowding.admit(address("192.0.2.1")).is_none());
        assert!(crowding.admit(address("192.0.2.2")).is_some(), "others have theirs");
        let proxied: Vec<_> = (0..9).map(|_| crowding.admit(address("10.1.2.3"))).collect();
        assert!(proxied.iter().all(Option::is_some), "a proxy comes for many");
        drop(first);
        assert!(crowding.admit(address("192.0.2.1")).is_some());
        drop((second, proxied));
        assert!(crowding.0.open().is_empty(), "nothing is kept of those who left");
    }

    #[test]
    fn an_ipv6_household_is_one() {
        let crowding = Crowding::new(1, Vec::new());
        let place = crowding.admit(address("2001:db8:1:2::1"));
        assert!(place.is_some() && crowding.admit(address("2001:db8:1:2:ffff::9")).is_none());
        assert!((0..9).map(|_| Crowding::off().admit(address("::1"))).all(|place| place.is_some()));
    }
}
