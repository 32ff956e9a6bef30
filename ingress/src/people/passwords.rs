//! Passwords: hashed with Argon2id, as OWASP asks for, a few at a time. Each takes 19 MiB and some hundredths of a second of a core, and
//! selling goes on beside it.

use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::problems::{ApiError, Kind};

/// Characters of a password.
const PASSWORD_MIN: usize = 12;
pub(crate) const PASSWORD_MAX: usize = 128;
/// Hashed at a time.
const AT_ONCE: usize = 2;
/// How long one waits for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(5);
/// Of which the memory is KiB.
const PARAMETERS: (u32, u32, u32) = (19_456, 2, 1);
/// Compared where nobody is known: a hash of these parameters, of no password that anybody has.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdCEhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Whether a password can be chosen; `field` is where it was typed.
///
/// # Errors
/// When it is too short, or too long.
pub(crate) fn check_password(field: &str, password: &str) -> Result<(), ApiError> {
    if (PASSWORD_MIN..=PASSWORD_MAX).contains(&password.chars().count()) {
        return Ok(());
    }
    Err(Kind::Invalid.because(format!("{field}: from {PASSWORD_MIN} to {PASSWORD_MAX} characters")))
}

/// Who hashes.
pub(crate) struct Passwords {
    turns: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE) }
    }
}

impl Passwords {
    /// A hash of a password, as a PHC string.
    ///
    /// # Errors
    /// When too many wait.
    pub(crate) async fn hash(&self, password: String) -> Result<String, ApiError> {
        let salt: [u8; 16] = rand::random();
        self.in_turn(move || {
            let hash = argon()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(ApiError::internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password is that of a hash. Takes as long where there is none.
    ///
    /// # Errors
    /// When too many wait.
    pub(crate) async fn is_right(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        self.in_turn(move || {
            let is_known = hash.is_some();
            let hash = hash.as_deref().unwrap_or(NOBODYS);
            Ok(argon()?.verify_password(password.as_bytes(), hash).is_ok() && is_known)
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        hash: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let busy = || Kind::Unavailable.because("too many sign in at the moment; try again").retry_after_s(5);
        let _turn = tokio::time::timeout(TURN_WITHIN, self.turns.acquire())
            .await
            .map_err(|_| busy())?
            .map_err(ApiError::internal)?;
        tokio::task::spawn_blocking(hash).await.map_err(ApiError::internal)?
    }
}

fn argon() -> Result<Argon2<'static>, ApiError> {
    let (memory, passes, lanes) = PARAMETERS;
    let parameters = Params::new(memory, passes, lanes, None).map_err(ApiError::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::phc::PasswordHash;

    use super::*;

    #[tokio::test]
    async fn a_password_is_that_of_its_hash_alone() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery".to_owned()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let is_right = async |password: &str, hash| passwords.is_right(password.to_owned(), hash).await.expect("told");
        assert!(is_right("correct horse battery", Some(hash.clone())).await);
        assert!(!is_right("correct horse batterz", Some(hash)).await);
        assert!(!is_right("correct horse battery", None).await);
    }

    /// Or an address that nobody has would be answered sooner than one that somebody has.
    #[test]
    fn nobodys_hash_takes_as_long_as_anybodys() {
        let nobodys = PasswordHash::new(NOBODYS).expect("a hash");
        let parameters = Params::try_from(&nobodys).expect("parameters");
        assert_eq!((parameters.m_cost(), parameters.t_cost(), parameters.p_cost()), PARAMETERS);
        assert!(nobodys.salt.is_some() && nobodys.hash.is_some());
    }
}
