//! Passwords: hashed with Argon2id, as OWASP asks for, a few at a time. Each takes 19 MiB and some hundredths of a second of a core, and
//! selling goes on beside it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use service::address::AddressKey;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::problems::{ApiError, Kind};

/// Characters of a password.
const PASSWORD_MIN: usize = 12;
pub(crate) const PASSWORD_MAX: usize = 128;
/// Hashed at a time.
const AT_ONCE: usize = 2;
/// Who hash or wait for it at a time: in all, and from one address, so that a flood from there keeps nobody else out.
const ASKING_MAX: usize = 64;
const ASKING_OF_ADDRESS_MAX: usize = 8;
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
#[derive(Default)]
pub(crate) struct Passwords {
    turns: Turns,
}

/// Those who hash and those who wait for it.
struct Turns {
    hashing: Semaphore,
    asking: Mutex<HashMap<AddressKey, usize>>,
}

/// Somebody's turn to hash.
pub(crate) struct Turn<'p> {
    _asking: Asking<'p>,
    _hashing: SemaphorePermit<'p>,
}

/// Counts somebody among those who hash or wait, as long as they do.
struct Asking<'p> {
    turns: &'p Turns,
    address: AddressKey,
}

impl Default for Turns {
    fn default() -> Self {
        Self { hashing: Semaphore::new(AT_ONCE), asking: Mutex::default() }
    }
}

impl Turns {
    /// Counts one more, if there is room for it.
    fn ask(&self, address: AddressKey) -> Option<Asking<'_>> {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = asking.get(&address).copied().unwrap_or_default();
        if asking.values().sum::<usize>() >= ASKING_MAX || of_address >= ASKING_OF_ADDRESS_MAX {
            return None;
        }
        asking.insert(address, of_address + 1);
        Some(Asking { turns: self, address })
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut asking = self.turns.asking.lock().unwrap_or_else(PoisonError::into_inner);
        match asking.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(asking.remove(&self.address)),
        }
    }
}

impl Passwords {
    /// Waits for a turn to hash. Come before anything is counted or looked up: who gets none has failed at nothing.
    ///
    /// # Errors
    /// When too many wait, in all or from this address.
    pub(crate) async fn turn(&self, from: IpAddr) -> Result<Turn<'_>, ApiError> {
        let busy = || Kind::Unavailable.because("too many sign in at the moment; try again").retry_after_s(2);
        let asking = self.turns.ask(from.into()).ok_or_else(busy)?;
        let hashing = tokio::time::timeout(TURN_WITHIN, self.turns.hashing.acquire())
            .await
            .map_err(|_| busy())?
            .map_err(ApiError::internal)?;
        Ok(Turn { _asking: asking, _hashing: hashing })
    }
}

impl Turn<'_> {
    /// A hash of a password, as a PHC string.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) async fn hash(&self, password: String) -> Result<String, ApiError> {
        let salt: [u8; 16] = rand::random();
        apart(move || {
            let hash = argon()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(ApiError::internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password is that of a hash. Takes as long where there is none.
    ///
    /// # Errors
    /// When it cannot be compared.
    pub(crate) async fn is_right(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        apart(move || {
            let is_known = hash.is_some();
            let hash = hash.as_deref().unwrap_or(NOBODYS);
            Ok(argon()?.verify_password(password.as_bytes(), hash).is_ok() && is_known)
        })
        .await
    }
}

/// Off the threads that answer.
async fn apart<T: Send + 'static>(hash: impl FnOnce() -> Result<T, ApiError> + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(hash).await.map_err(ApiError::internal)?
}

fn argon() -> Result<Argon2<'static>, ApiError> {
    let (memory, passes, lanes) = PARAMETERS;
    let parameters = Params::new(memory, passes, lanes, None).map_err(ApiError::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use argon2::password_hash::phc::PasswordHash;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[tokio::test]
    async fn a_password_is_that_of_its_hash_alone() {
        let passwords = Passwords::default();
        let turn = passwords.turn(HERE).await.expect("room");
        let hash = turn.hash("correct horse battery".to_owned()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let is_right = async |password: &str, hash| turn.is_right(password.to_owned(), hash).await.expect("told");
        assert!(is_right("correct horse battery", Some(hash.clone())).await);
        assert!(!is_right("correct horse batterz", Some(hash)).await);
        assert!(!is_right("correct horse battery", None).await);
    }

    #[tokio::test]
    async fn a_flood_from_one_address_keeps_nobody_else_out() {
        let passwords = Passwords::default();
        let mut flood: Vec<_> = (0..100).map(|_| Box::pin(passwords.turn(HERE))).collect();
        let mut turns = Vec::new();
        let mut refused = 0;
        for asked in &mut flood {
            match futures_util::poll!(asked) {
                Poll::Ready(Ok(turn)) => turns.push(turn),
                Poll::Ready(Err(_)) => refused += 1,
                Poll::Pending => {}
            }
        }
        assert_eq!((turns.len(), refused), (AT_ONCE, 100 - ASKING_OF_ADDRESS_MAX));
        let mut else_where = Box::pin(passwords.turn(ELSEWHERE));
        assert!(futures_util::poll!(&mut else_where).is_pending(), "it has room to wait");
        drop(flood);
        drop(turns);
        else_where.await.expect("its turn");
        assert!(passwords.turns.asking.lock().expect("not poisoned").is_empty(), "nobody is counted for ever");
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
