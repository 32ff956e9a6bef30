//! The words of enums: one for each variant, the same in API, database, metrics and page.

use std::fmt;

/// A word that none of the variants has. Whoever reads it must say so: there is no default.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {word:?} is none of {known}")]
pub struct UnknownWord {
    /// What it should be the word of.
    pub what: &'static str,
    /// As it was read.
    pub word: String,
    /// All words there are.
    pub known: String,
}

/// An enum whose variants have words. Given by [`words!`](crate::words!).
pub trait Word: Copy + fmt::Display + 'static {
    /// All there are.
    const ALL: &'static [Self];

    /// Its word in API, database, metrics and page.
    fn word(self) -> &'static str;

    /// The one with this word.
    ///
    /// # Errors
    /// When none has it.
    fn of_word(word: &str) -> Result<Self, UnknownWord>;

    /// The words of those that `which` holds for: for a query with `= ANY($1)`.
    fn words_of(which: impl Fn(Self) -> bool) -> Vec<&'static str> {
        Self::ALL.iter().copied().filter(|value| which(*value)).map(Self::word).collect()
    }
}

/// Gives each variant of an enum its word.
#[macro_export]
macro_rules! words {
    ($type:ident: $what:literal { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its word in API, database, metrics and page.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The one with this word.
            ///
            /// # Errors
            /// When none has it.
            pub fn of_word(word: &str) -> Result<Self, $crate::words::UnknownWord> {
                Self::ALL.iter().copied().find(|known| known.word() == word).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|known| known.word()).collect();
                    $crate::words::UnknownWord { what: $what, word: word.to_owned(), known: known.join(", ") }
                })
            }
        }

        impl $crate::words::Word for $type {
            const ALL: &'static [Self] = $type::ALL;

            fn word(self) -> &'static str {
                $type::word(self)
            }

            fn of_word(word: &str) -> Result<Self, $crate::words::UnknownWord> {
                $type::of_word(word)
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

pub use words;

#[cfg(test)]
mod tests {
    use crate::role::Role;

    #[test]
    fn a_word_is_read_strictly_and_an_unknown_one_is_an_error_that_names_the_known() {
        for role in Role::ALL {
            assert_eq!(Role::of_word(role.word()), Ok(*role));
        }
        for word in ["", "Owner", "admin", "auditor"] {
            let error = Role::of_word(word).expect_err(word);
            assert!(error.to_string().contains("viewer, support, manager, owner, shop"), "{error}");
        }
    }
}
