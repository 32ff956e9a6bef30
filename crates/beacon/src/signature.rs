//! Whether a chain has signed a round: BLS12-381, signatures in G1, as drand does it on chains of this scheme.

use blst::BLST_ERROR;
use blst::min_sig::{PublicKey, Signature};
use sale::draw;
use sha2::{Digest, Sha256};

/// What drand calls it: each round by itself, signatures in G1, hashed to the curve as RFC 9380 says.
pub const SCHEME: &str = "bls-unchained-g1-rfc9380";

/// What the hashes to the curve are for (RFC 9380, section 3.1).
const DOMAIN: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

/// Whether the owners of a public key have signed a round. What is no signature, or no key, has signed nothing.
pub fn has_signed(key: &draw::PublicKey, round: u64, signature: &draw::Signature) -> bool {
    let (Ok(key), Ok(signature)) = (PublicKey::key_validate(&key.0), Signature::sig_validate(&signature.0, true))
    else {
        return false;
    };
    let message = Sha256::digest(round.to_be_bytes());
    signature.verify(false, &message, DOMAIN, &[], &key, false) == BLST_ERROR::BLST_SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::quicknet;

    /// Rounds of quicknet as relays tell them: number, signature, randomness.
    const TOLD: &[(u64, &str, &str)] = &[
        (
            1_000,
            "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
            "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
        ),
        (
            657_413,
            "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b",
            "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587",
        ),
    ];

    #[test]
    fn rounds_of_the_real_chain_are_of_the_real_chain() {
        let key = quicknet().public_key;
        for (round, signature, randomness) in TOLD {
            let signature: draw::Signature = signature.parse().expect("digits");
            assert!(has_signed(&key, *round, &signature), "{round}");
            assert_eq!(signature.randomness().to_string(), *randomness, "{round}");
        }
    }

    #[test]
    fn what_the_chain_did_not_sign_is_not_of_it() {
        let key = quicknet().public_key;
        let (round, signature, _) = TOLD[1];
        let signature: draw::Signature = signature.parse().expect("digits");
        assert!(!has_signed(&key, round + 1, &signature), "another round");
        for at in 0..48 {
            let mut other = signature;
            other.0[at] ^= 1;
            assert!(!has_signed(&key, round, &other), "byte {at}");
        }
        let mut turned = signature;
        turned.0[0] ^= 0x20; // the other point with this x
        assert!(!has_signed(&key, round, &turned));
        let mut infinity = [0; 48];
        infinity[0] = 0xc0;
        assert!(!has_signed(&key, round, &draw::Signature(infinity)));
        let mut nobody = [0; 96];
        nobody[0] = 0xc0;
        assert!(!has_signed(&draw::PublicKey(nobody), round, &draw::Signature(infinity)), "whose key is nothing");
    }
}
