//! States that are stored and shown as words: one enum each, and a text that is none of its words is an error.

use std::fmt;
use std::str::FromStr;

/// A text that is not one of the words of a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} has no state {word:?}")]
pub struct UnknownWord {
    /// The type that was asked for.
    pub what: &'static str,
    /// The text, cut to a length that can be logged.
    pub word: String,
}

/// How much of an unknown word is worth telling, in characters.
const TOLD_MAX: usize = 40;

impl UnknownWord {
    /// For a type and the text that it does not know.
    pub fn new(what: &'static str, text: &str) -> Self {
        Self { what, word: text.chars().take(TOLD_MAX).collect() }
    }
}

/// An enum whose values are words. Made by [`words!`](crate::words), which keeps list, words and parsing together.
pub trait Word: Copy + fmt::Display + FromStr<Err = UnknownWord> + 'static {
    /// Every value.
    const ALL: &'static [Self];

    /// The word.
    fn word(self) -> &'static str;

    /// The words of the values that `which` holds for, for a query with `= ANY($1)`.
    fn words_of(which: impl Fn(Self) -> bool) -> Vec<&'static str> {
        Self::ALL.iter().copied().filter(|value| which(*value)).map(Self::word).collect()
    }
}

/// Declares an enum whose values are words: `ALL`, `word()`, `Display`, and a strict `FromStr`.
#[macro_export]
macro_rules! words {
    (
        $(#[$doc:meta])*
        pub enum $name:ident { $($(#[$value_doc:meta])* $value:ident = $word:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$value_doc])* $value,)+ }

        impl $name {
            /// The word that is stored and shown.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }
        }

        impl $crate::payment::Word for $name {
            const ALL: &'static [Self] = &[$(Self::$value,)+];

            fn word(self) -> &'static str {
                $name::word(self)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::payment::UnknownWord;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$value),)+
                    _ => Err($crate::payment::UnknownWord::new(stringify!($name), text)),
                }
            }
        }
    };
}
