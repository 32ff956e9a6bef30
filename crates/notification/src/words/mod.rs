//! The sentences of each language. What stands in braces is filled in.

mod ar;
mod de;
mod en;
mod zh;

use email::Language;

/// Of every kind, its title and its text; of what is bought, also its text where nothing is to be paid.
pub(crate) struct Words {
    pub(crate) opens: [&'static str; 2],
    pub(crate) lobby_opens: [&'static str; 2],
    pub(crate) in_lobby: [&'static str; 2],
    pub(crate) your_turn: [&'static str; 3],
    pub(crate) time_runs_out: [&'static str; 3],
    pub(crate) confirmed: [&'static str; 3],
    pub(crate) refunded: [&'static str; 2],
    pub(crate) came_back: [&'static str; 2],
    /// Before a receipt.
    pub(crate) receipt: &'static str,
    /// In a receipt: the order's number, the sum, whom to ask.
    pub(crate) order: &'static str,
    pub(crate) total: &'static str,
    pub(crate) contact: &'static str,
    /// The link to the sale.
    pub(crate) action: &'static str,
    /// Why somebody gets this, and how it ends.
    pub(crate) because_asked: &'static str,
    pub(crate) because_bought: &'static str,
    pub(crate) stop: &'static str,
}

pub(crate) fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::De => &de::WORDS,
        Language::Zh => &zh::WORDS,
        Language::Ar => &ar::WORDS,
    }
}
