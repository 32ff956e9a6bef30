//! Where attempts come from, as the line and the record know it: sealed.
//!
//! A block of addresses (an IPv4 address, or the /64 of an IPv6 address) is one block of AES-128, deterministically and in place
//! of the address, as `ipcrypt-deterministic` has it (draft-denis-ipcrypt). Each sale has a key of its own, so that nobody can
//! follow an address from one sale to the next, and none can be read without the doors' secret.

use std::net::{IpAddr, Ipv6Addr};

use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit};
use aes::{Aes128, Block};
use ring::hmac::{HMAC_SHA256, Key, sign};
use sale::ids::EventId;
use sale::provenance::Origin;
use secrecy::{ExposeSecret, SecretString};

const PURPOSE: &[u8] = b"flashline origin";

/// Seals addresses, and opens seals.
pub(crate) struct Origins {
    key: Key,
}

impl Origins {
    /// From the configured secret.
    pub(crate) fn new(secret: &SecretString) -> Self {
        let key = sign(&Key::new(HMAC_SHA256, secret.expose_secret().as_bytes()), PURPOSE);
        Self { key: Key::new(HMAC_SHA256, key.as_ref()) }
    }

    /// The block that an address is of, sealed for a sale.
    pub(crate) fn seal(&self, event: EventId, address: IpAddr) -> Origin {
        let mut block = Block::from(first_of_block(address).octets());
        self.cipher(event).encrypt_block(&mut block);
        Origin(block.into())
    }

    /// The block that was sealed for a sale, as people write it; nothing where it was sealed with another secret.
    pub(crate) fn open(&self, event: EventId, origin: Origin) -> Option<String> {
        let mut block = Block::from(origin.0);
        self.cipher(event).decrypt_block(&mut block);
        let address = Ipv6Addr::from(<[u8; 16]>::from(block));
        match IpAddr::V6(address).to_canonical() {
            IpAddr::V4(address) => Some(address.to_string()),
            IpAddr::V6(address) => (address == first_of_block(address.into())).then(|| format!("{address}/64")),
        }
    }

    fn cipher(&self, event: EventId) -> Aes128 {
        let tag = sign(&self.key, event.0.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&tag.as_ref()[..16]);
        Aes128::new(&key.into())
    }
}

fn first_of_block(address: IpAddr) -> Ipv6Addr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_block_has_one_seal_in_a_sale_another_elsewhere_and_can_be_opened() {
        let origins = Origins::new(&SecretString::from("a secret of the doors"));
        let (here, elsewhere) = (EventId(Uuid::from_u128(1)), EventId(Uuid::from_u128(2)));
        let seal = |text| origins.seal(here, address(text));
        assert_eq!(seal("203.0.113.7"), seal("::ffff:203.0.113.7"));
        assert_ne!(seal("203.0.113.7"), seal("203.0.113.8"));
        assert_eq!(seal("2001:db8:1:2::1"), seal("2001:db8:1:2:ffff::9"));
        assert_ne!(seal("203.0.113.7"), origins.seal(elsewhere, address("203.0.113.7")));
        assert_eq!(origins.open(here, seal("203.0.113.7")).as_deref(), Some("203.0.113.7"));
        assert_eq!(origins.open(here, seal("2001:db8:1:2::1")).as_deref(), Some("2001:db8:1:2::/64"));
        let other = Origins::new(&SecretString::from("another secret"));
        assert_ne!(other.seal(here, address("203.0.113.7")), seal("203.0.113.7"));
        assert_eq!(other.open(here, seal("203.0.113.7")), None, "nor is it told as another address");
    }
}
