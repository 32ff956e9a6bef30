//! What is in the links that end mail: about which sale, to which address (as a keyed digest), and a proof that it was us who wrote
//! the link. It needs no session and nothing that is kept, so it works for as long as the key is the same.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sale::ids::EventId;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::keys::{Keys, mac};

/// Bytes of the proof: nobody finds one by trying.
const PROOF: usize = 16;
const ID: usize = 16;
const DIGEST: usize = 32;

/// Which mail is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignOff {
    /// About this sale.
    pub event: EventId,
    /// To the address of this digest ([`Keys::address_digest`]).
    pub address: [u8; DIGEST],
}

impl Keys {
    /// The end of a link.
    pub fn sign_off(&self, what: &SignOff) -> String {
        URL_SAFE_NO_PAD.encode([what.event.0.as_bytes(), &what.address[..], &self.proof(what)].concat())
    }

    /// What a link ends, if we wrote it.
    pub fn read_sign_off(&self, text: &str) -> Option<SignOff> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (event, rest) = bytes.split_at_checked(ID)?;
        let (address, proof) = rest.split_at_checked(DIGEST)?;
        let what = SignOff { event: EventId(Uuid::from_slice(event).ok()?), address: address.try_into().ok()? };
        bool::from(proof.ct_eq(&self.proof(&what))).then_some(what)
    }

    fn proof(&self, what: &SignOff) -> [u8; PROOF] {
        let mut proof = [0; PROOF];
        let parts = [what.event.0.to_string(), hex::encode(what.address)];
        proof.copy_from_slice(&mac(&self.sign_off, &[&parts[0], &parts[1]])[..PROOF]);
        proof
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn a_link_ends_what_it_was_written_for_and_nothing_else() {
        let keys = Keys::new(&SecretString::from("a key of at least thirty-two characters")).expect("keys");
        let others = Keys::new(&SecretString::from("another key of thirty-two characters")).expect("keys");
        let what = SignOff { event: EventId(Uuid::from_u128(7)), address: [8; DIGEST] };
        let link = keys.sign_off(&what);
        assert_eq!(keys.read_sign_off(&link), Some(what));
        assert_eq!(others.read_sign_off(&link), None);
        let bytes = URL_SAFE_NO_PAD.decode(&link).expect("bytes");
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(keys.read_sign_off(&URL_SAFE_NO_PAD.encode(&other)), None, "byte {at}");
        }
        for wrong in [&link[..20], &link[..64], &format!("{link}AA"), ""] {
            assert_eq!(keys.read_sign_off(wrong), None, "{wrong}");
        }
    }
}
