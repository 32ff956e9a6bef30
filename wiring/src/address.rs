//! Addresses of clients, as limits count them, and networks that are trusted.

use std::net::IpAddr;
use std::str::FromStr;

/// A network of proxies whose word is taken, as `10.0.0.0/8`, `fd00::/8` or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: u128,
    prefix: u32,
}

impl Network {
    /// Whether an address lies in it.
    pub fn contains(self, address: IpAddr) -> bool {
        let differing = self.address ^ bits(address);
        self.prefix == 0 || differing >> (128 - self.prefix) == 0
    }
}

impl FromStr for Network {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let problem = || format!("{text:?} is no address or network like 10.0.0.0/8");
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().map_err(|_| problem())?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| problem())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        if prefix > width {
            return Err(problem());
        }
        // IPv4 lives in the last 32 of the 128 bits.
        Ok(Self { address: bits(address), prefix: prefix + (128 - width) })
    }
}

/// An address as limits count it: IPv4 one by one, IPv6 by /64 (what one household gets).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AddressKey(u128);

impl From<IpAddr> for AddressKey {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(_) => Self(bits(address)),
            IpAddr::V6(v6) => Self(u128::from(v6) >> 64 << 64),
        }
    }
}

fn bits(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), numbers in "[0-9a-f:.]{0,20}/?[0-9-]{0,4}") {
            let _ = (text.parse::<Network>(), numbers.parse::<Network>());
        }

        #[test]
        fn a_network_holds_its_own_address(address in any::<IpAddr>(), prefix in 0u32..=128) {
            let prefix = if address.is_ipv4() { prefix.min(32) } else { prefix };
            let network: Network = format!("{address}/{prefix}").parse().expect("a network");
            prop_assert!(network.contains(address));
        }
    }

    #[test]
    fn an_ipv6_household_counts_as_one_and_ipv4_addresses_do_not() {
        let key = |text: &str| AddressKey::from(text.parse::<IpAddr>().expect("address"));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
    }

    #[test]
    fn networks_are_read_strictly() {
        for good in ["10.0.0.0/8", "127.0.0.1", "::/0", "0.0.0.0/0", "fd00::/8"] {
            assert!(good.parse::<Network>().is_ok(), "{good}");
        }
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "x", "10.0.0.0/-1"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        let all_v4: Network = "0.0.0.0/0".parse().expect("network");
        assert!(all_v4.contains("8.8.8.8".parse().expect("address")));
        assert!(!all_v4.contains("2001:db8::1".parse().expect("address")));
    }
}
