//! Sessions whose tokens were verified of late: a page sends the same one with every click, and most of the work of a click
//! at the door would be to find again that it is genuine.

use std::time::Duration;

use recent::Generations;
use sale::ids::ShopperId;

use crate::{Session, SessionKeys, TokenError, sha256};

/// Sessions in a generation: about a hundred bytes each.
const KNOWN_MAX: usize = 100_000;
/// How long a generation gathers sessions at most.
const KNOWN_FOR: Duration = Duration::from_secs(15 * 60);

/// The keys of sessions, and what they were found to say of late, by the digests of the tokens.
pub struct KnownSessions {
    keys: SessionKeys,
    known: Generations<[u8; 32], Session>,
}

impl KnownSessions {
    /// None is known yet.
    pub fn new(keys: SessionKeys) -> Self {
        Self { keys, known: Generations::new(KNOWN_MAX, KNOWN_FOR) }
    }

    /// To issue tokens, and for all that is asked for more rarely.
    pub fn keys(&self) -> &SessionKeys {
        &self.keys
    }

    /// Whose session this is the token of.
    ///
    /// # Errors
    /// As [`SessionKeys::session`].
    pub fn whose(&self, token: &str) -> Result<ShopperId, TokenError> {
        self.session(token).map(|session| session.shopper)
    }

    /// The session that this is the token of.
    ///
    /// # Errors
    /// As [`SessionKeys::session`].
    pub fn session(&self, token: &str) -> Result<Session, TokenError> {
        let seen = sha256(token.as_bytes());
        if let Some(session) = self.known.get(&seen).filter(Session::lasts) {
            return Ok(session);
        }
        let session = self.keys.session(token)?;
        self.known.put(seen, session);
        Ok(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sale::time::UnixMs;
    use uuid::Uuid;

    use crate::Audience;

    #[test]
    fn a_genuine_token_is_known_and_no_other() {
        let keys = SessionKeys::parse(&"a key of at least thirty-two characters".into()).expect("keys");
        let (sessions, shopper) = (KnownSessions::new(keys.clone()), ShopperId(Uuid::from_u128(1)));
        let token = |ago_s: u64| {
            let began = UnixMs(clock::now().0 - ago_s * 1_000);
            keys.issue(shopper, Audience::Shop, began, 60).expect("issued")
        };
        let (fresh, ended) = (token(0), token(120));
        for _ in 0..2 {
            assert_eq!(sessions.whose(&fresh), Ok(shopper));
            assert_eq!(sessions.whose(&ended), Err(TokenError::Expired));
            assert_eq!(sessions.whose(&format!("{fresh}x")), Err(TokenError::Invalid));
        }
    }

    #[test]
    fn a_known_session_ends_when_its_token_does() {
        let keys = SessionKeys::parse(&"a key of at least thirty-two characters".into()).expect("keys");
        let (sessions, shopper) = (KnownSessions::new(keys.clone()), ShopperId(Uuid::from_u128(1)));
        // It ends with the leeway, about a second from now.
        let token = keys.issue(shopper, Audience::Shop, UnixMs(clock::now().0 - 64_000), 60).expect("issued");
        assert_eq!(sessions.whose(&token), Ok(shopper));
        std::thread::sleep(Duration::from_millis(2_100));
        assert_eq!(sessions.whose(&token), Err(TokenError::Expired));
    }
}
