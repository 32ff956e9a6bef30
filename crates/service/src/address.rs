//! Addresses of clients, as limits count them, and proxies whose word on them is taken.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;

const FORWARDED_FOR: &str = "x-forwarded-for";

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

/// The client's address: the connection's, unless that is a trusted proxy; then the right-most hop of
/// `X-Forwarded-For` that is not one. What stands left of it, anybody could have written.
pub fn client_address(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let mut nearest = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical());
    if trusted.is_empty() {
        return nearest;
    }
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let lines: Vec<&str> = headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok()).collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    for hop in hops {
        if !is_trusted(nearest) {
            break;
        }
        match hop_address(hop.trim()) {
            Some(address) => nearest = address,
            None => break, // nobody we trust wrote this
        }
    }
    nearest
}

/// Some proxies add the port.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
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

    proptest! {
        #[test]
        fn what_anybody_may_write_counts_for_nothing(
            lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..4),
            peer in any::<IpAddr>(),
        ) {
            let mut headers = HeaderMap::new();
            for line in lines {
                if let Ok(line) = HeaderValue::from_bytes(&line) {
                    headers.append(FORWARDED_FOR, line);
                }
            }
            let peer = SocketAddr::new(peer, 1);
            prop_assert_eq!(client_address(Some(peer), &headers, &[]), peer.ip().to_canonical());
            // A proxy is believed, and yet nothing that is no address is taken for one.
            let everybody: Vec<Network> = vec!["::/0".parse().expect("network"), "0.0.0.0/0".parse().expect("network")];
            client_address(Some(peer), &headers, &everybody);
        }

        #[test]
        fn the_left_of_the_client_counts_for_nothing(
            claimed in "[0-9a-f:., ]{0,40}", client in any::<Ipv4Addr>(),
        ) {
            prop_assume!(!client.is_private());
            let proxy: SocketAddr = "10.0.0.1:1".parse().expect("address");
            let ours: Network = "10.0.0.0/8".parse().expect("network");
            let mut headers = HeaderMap::new();
            headers.append(FORWARDED_FOR, HeaderValue::try_from(format!("{claimed},{client}")).expect("a header"));
            prop_assert_eq!(client_address(Some(proxy), &headers, &[ours]), IpAddr::V4(client));
        }
    }

    fn client(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().expect("network")).collect();
        client_address(Some(peer.parse().expect("peer")), &headers, &trusted).to_string()
    }

    #[test]
    fn the_client_is_the_rightmost_hop_that_is_not_ours() {
        let ours = ["10.0.0.0/8", "fd00::/8"];
        let cases: [(&str, &[&str], &[&str], &str); 11] = [
            ("198.51.100.7:1", &[], &[], "198.51.100.7"),
            ("198.51.100.7:1", &["1.1.1.1"], &[], "198.51.100.7"),
            ("198.51.100.7:1", &["1.1.1.1"], &ours, "198.51.100.7"),
            ("10.1.2.3:1", &["203.0.113.9"], &ours, "203.0.113.9"),
            ("10.1.2.3:1", &["1.1.1.1, 203.0.113.9, 10.9.9.9"], &ours, "203.0.113.9"),
            ("10.1.2.3:1", &["1.1.1.1", "203.0.113.9 ,10.9.9.9"], &ours, "203.0.113.9"),
            ("10.1.2.3:1", &["10.0.0.5"], &ours, "10.0.0.5"),
            ("10.1.2.3:1", &["203.0.113.9, nonsense"], &ours, "10.1.2.3"),
            ("10.1.2.3:1", &[], &ours, "10.1.2.3"),
            ("[fd00::1]:1", &["[2001:db8::5]:443"], &ours, "2001:db8::5"),
            ("[::ffff:10.0.0.1]:1", &["203.0.113.9:1234"], &ours, "203.0.113.9"),
        ];
        for (peer, forwarded, trusted, expected) in cases {
            assert_eq!(client(peer, forwarded, trusted), expected, "{peer} {forwarded:?}");
        }
    }
}
