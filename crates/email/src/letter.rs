//! What is to be sent to whom. It waits in the record sealed: whoever reads the database learns neither address nor code.

use ring::aead::{Aad, NONCE_LEN, Nonce};
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::code::Code;
use crate::keys::Keys;

/// What a sealed address is bound to, so that it is taken for no letter.
const ADDRESS: &[u8] = b"address";

/// What a letter is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// Chinese, simplified.
    Zh,
    /// Arabic.
    Ar,
}

/// A code on its way to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub to: Address,
    /// What it tells.
    pub code: Code,
    /// In which language.
    pub language: Language,
}

/// As it is sealed. A change of it needs a new purpose of the key: it is no more than minutes old.
#[derive(Serialize, Deserialize)]
struct Inside<'t> {
    to: &'t str,
    code: &'t str,
    language: Language,
}

/// It was sealed with another key, or is no letter at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a letter was sealed with another FLASHLINE_EMAIL_KEY, or cannot be read")]
pub struct Unsealable;

impl Language {
    /// As the record, HTML and browsers name it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Zh => "zh",
            Self::Ar => "ar",
        }
    }

    /// By its word, with or without a region; none, of one that nothing is written in.
    pub fn of_word(word: &str) -> Option<Self> {
        let word = word.trim().split(['-', '_']).next().unwrap_or_default();
        [Self::En, Self::De, Self::Zh, Self::Ar].into_iter().find(|language| language.word().eq_ignore_ascii_case(word))
    }

    /// Of what a browser asks for (`Accept-Language`), the first that something is written in: as the pages choose theirs.
    pub fn asked_for(accepted: &str) -> Self {
        let words = accepted.split(',').filter_map(|one| one.split(';').next());
        words.filter_map(Self::of_word).next().unwrap_or_default()
    }
}

impl Keys {
    /// Seals a letter.
    ///
    /// # Errors
    /// Never in practice: it is short enough for the cipher.
    pub fn seal(&self, letter: &Letter) -> Result<Vec<u8>, Unsealable> {
        let inside = Inside { to: letter.to.as_str(), code: letter.code.as_str(), language: letter.language };
        self.seal_bytes(b"", postcard::to_stdvec(&inside).map_err(|_| Unsealable)?)
    }

    /// Seals an address, to be told of a sale there.
    ///
    /// # Errors
    /// As with [`Self::seal`].
    pub fn seal_address(&self, address: &Address) -> Result<Vec<u8>, Unsealable> {
        self.seal_bytes(ADDRESS, address.as_str().as_bytes().to_vec())
    }

    /// Opens an address.
    ///
    /// # Errors
    /// When it was not sealed with this key.
    pub fn open_address(&self, sealed: &[u8]) -> Result<Address, Unsealable> {
        let text = self.open_bytes(ADDRESS, sealed)?;
        std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok()).ok_or(Unsealable)
    }

    /// What is sealed for one use cannot be opened for another.
    fn seal_bytes(&self, used_for: &[u8], mut text: Vec<u8>) -> Result<Vec<u8>, Unsealable> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let fresh = Nonce::assume_unique_for_key(nonce);
        self.seal.seal_in_place_append_tag(fresh, Aad::from(used_for), &mut text).map_err(|_| Unsealable)?;
        Ok([&nonce[..], &text].concat())
    }

    fn open_bytes(&self, used_for: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or(Unsealable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unsealable)?;
        let mut text = text.to_vec();
        let length = self.seal.open_in_place(nonce, Aad::from(used_for), &mut text).map_err(|_| Unsealable)?.len();
        text.truncate(length);
        Ok(text)
    }

    /// Opens a letter.
    ///
    /// # Errors
    /// When it was not sealed with this key.
    pub fn open(&self, sealed: &[u8]) -> Result<Letter, Unsealable> {
        let text = self.open_bytes(b"", sealed)?;
        let inside: Inside<'_> = postcard::from_bytes(&text).map_err(|_| Unsealable)?;
        let (to, code) = (inside.to.parse().map_err(|_| Unsealable)?, inside.code.parse().map_err(|_| Unsealable)?);
        Ok(Letter { to, code, language: inside.language })
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn a_letter_is_read_with_its_key_and_with_no_other() {
        let keys = Keys::new(&SecretString::from("a key of at least thirty-two characters")).expect("keys");
        let others = Keys::new(&SecretString::from("another key of thirty-two characters")).expect("keys");
        let to: Address = "anna@example.org".parse().expect("an address");
        let letter = Letter { to, code: Code::new(), language: Language::Ar };
        let sealed = keys.seal(&letter).expect("sealed");
        assert_eq!(keys.open(&sealed).as_ref(), Ok(&letter));
        assert_eq!(others.open(&sealed), Err(Unsealable));
        assert_ne!(keys.seal(&letter).expect("sealed"), sealed, "nobody sees that two are the same");
        assert!(!sealed.windows(4).any(|part| part == b"anna"));
        let address = keys.seal_address(&letter.to).expect("sealed");
        assert_eq!(keys.open_address(&address), Ok(letter.to.clone()));
        assert_eq!(others.open_address(&address), Err(Unsealable));
        assert_eq!((keys.open(&address), keys.open_address(&sealed)), (Err(Unsealable), Err(Unsealable)));
        let mut bent = sealed;
        bent[20] ^= 1;
        for wrong in [&bent[..], b"", b"short", &[0; 64]] {
            assert_eq!(keys.open(wrong), Err(Unsealable));
        }
    }
}
