//! Whose request it is, as far as addresses tell.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::HeaderMap;
use wiring::address::Network;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address: the connection's, unless that is a trusted proxy; then the right-most hop of
/// `X-Forwarded-For` that is not one. What stands left of it, anybody could have written.
pub(crate) fn client_address(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
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
    use proptest::prelude::*;

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

    use axum::http::HeaderValue;

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
