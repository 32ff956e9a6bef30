//! One sign-in, from the way to the provider to the way back. The browser keeps a secret of it in a cookie, and everything that must be
//! remembered of it follows from that secret: so any door can end what another began, and no other browser can.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::hmac::{HMAC_SHA256, Key, sign};
use sale::ids::EventId;
use subtle::ConstantTimeEq;

/// What follows from the secret, one each.
const STATE: &[u8] = b"flashline sign-in state 1\n";
const NONCE: &[u8] = b"flashline sign-in nonce 1";
const VERIFIER: &[u8] = b"flashline sign-in verifier 1";
/// Letters of a secret: 32 bytes in base64url.
const SECRET_LETTERS: usize = 43;

/// A sign-in, by its secret.
pub(super) struct Login {
    secret: String,
    key: Key,
}

impl Login {
    /// A new one, that nobody can foretell.
    pub(super) fn new() -> Self {
        Self::of(base64(rand::random::<[u8; 32]>()))
    }

    /// The one that a browser brings back.
    pub(super) fn known(secret: &str) -> Option<Self> {
        let is_one = secret.len() == SECRET_LETTERS && BASE64_URL_SAFE_NO_PAD.decode(secret).is_ok();
        is_one.then(|| Self::of(secret.to_owned()))
    }

    fn of(secret: String) -> Self {
        let key = Key::new(HMAC_SHA256, secret.as_bytes());
        Self { secret, key }
    }

    /// What the browser keeps.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    /// What the provider gives back with its answer. It begins with the sale that the shopper comes from, if they come from one, so that
    /// the page finds back to it; and it is bound to it.
    pub(super) fn state(&self, event: Option<EventId>) -> String {
        let event = event.map(|event| event.to_string()).unwrap_or_default();
        format!("{event}.{}", self.derived(&[STATE, event.as_bytes()].concat()))
    }

    /// Whether a state is of this sign-in.
    pub(super) fn began(&self, state: &str) -> bool {
        let event = state.split_once('.').map(|(event, _)| event.parse());
        let ours = match event {
            Some(Ok(event)) => self.state(Some(event)),
            _ => self.state(None),
        };
        ours.as_bytes().ct_eq(state.as_bytes()).into()
    }

    /// What the ID token must say.
    pub(super) fn nonce(&self) -> String {
        self.derived(NONCE)
    }

    /// What proves to the provider that who brings the code has asked for it (RFC 7636).
    pub(super) fn verifier(&self) -> String {
        self.derived(VERIFIER)
    }

    fn derived(&self, what: &[u8]) -> String {
        base64(sign(&self.key, what))
    }
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_sign_in_is_ended_by_who_has_its_secret_and_nobody_else() {
        let event = EventId(Uuid::from_u128(7));
        let (mine, other) = (Login::new(), Login::new());
        let back = Login::known(mine.secret()).expect("a secret");
        for from in [Some(event), None] {
            let state = mine.state(from);
            assert!(back.began(&state) && !other.began(&state), "{state}");
            assert!(!back.began(&format!("{state}x")) && !back.began(&state[..state.len() - 1]));
        }
        assert!(mine.state(Some(event)).starts_with(&format!("{event}.")), "the page finds back");
        let (_, rest) =
            mine.state(Some(event)).split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).expect("two");
        for elsewhere in [format!(".{rest}"), format!("{}.{rest}", Uuid::from_u128(8)), rest, String::new()] {
            assert!(!back.began(&elsewhere), "{elsewhere}: bound to its sale");
        }
        assert_eq!((back.nonce(), back.verifier()), (mine.nonce(), mine.verifier()));
        assert_ne!(mine.nonce(), mine.verifier());
        assert_eq!(mine.verifier().len(), 43, "as long as RFC 7636 wants it");
    }

    #[test]
    fn what_is_no_secret_is_none() {
        for wrong in ["", "x", &"x".repeat(42), &"x".repeat(44), &"/".repeat(43), &"ä".repeat(21)] {
            assert!(Login::known(wrong).is_none(), "{wrong}");
        }
    }
}
