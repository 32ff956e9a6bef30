//! One thing that somebody does.

use std::fmt;

use super::outline::clock;

/// What a shopper asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) item: usize,
    pub(super) quantity: u32,
    pub(super) coupon: bool,
}

impl fmt::Display for Wish {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} of item {}{}", self.quantity, self.item, if self.coupon { " with the coupon" } else { "" })
    }
}

/// What an organiser does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Opens the form of the sale, and so takes a copy of it.
    TakeCopy,
    /// Saves the form.
    SaveCopy,
    Schedule,
    Pause,
    Resume,
    Stop,
    Restock {
        item: usize,
        units: u32,
    },
    /// Gives the money for a shopper's latest order back.
    Refund {
        shopper: usize,
        put_back: bool,
    },
    /// Looks at every listing.
    Look,
}

/// What a shopper does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Clicks: with a new key it is a new wish, with a known one it is repeated, or the key is reused.
    Click { key: usize, wish: Wish, door: usize },
    /// Pays what is reserved.
    Pay { key: usize, card: &'static str },
    /// Gives a reservation or a place on standby back.
    GiveBack { key: usize },
    /// Asks where the attempts stand.
    Ask { door: usize },
    /// Opens another tab, with a socket of its own.
    OpenTab,
    /// Closes every tab: from then on the page only asks.
    CloseTabs,
    /// Comes back with the first session.
    ComeBack,
}

/// Who does what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Organiser(Order),
    Shopper(usize, Deed),
}

/// One step of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Seconds from the beginning of the story.
    pub(super) at_s: u64,
    pub(super) act: Act,
}

/// Shoppers are called A, B, C, …
pub(super) fn name(shopper: usize) -> char {
    char::from(b'A' + u8::try_from(shopper % 26).unwrap_or(0))
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:>10}  ", clock(self.at_s))?;
        match self.act {
            Act::Organiser(order) => match order {
                Order::TakeCopy => write!(out, "the organiser opens the form"),
                Order::SaveCopy => write!(out, "the organiser saves the form"),
                Order::Schedule => write!(out, "the organiser schedules the sale"),
                Order::Pause => write!(out, "the organiser pauses the sale"),
                Order::Resume => write!(out, "the organiser resumes the sale"),
                Order::Stop => write!(out, "the organiser stops the sale"),
                Order::Restock { item, units } => write!(out, "the organiser adds {units} to item {item}"),
                Order::Refund { shopper, put_back } => {
                    let back = if put_back { ", and puts the units back" } else { "" };
                    write!(out, "the organiser refunds {}{back}", name(shopper))
                }
                Order::Look => write!(out, "everybody looks at the sale"),
            },
            Act::Shopper(shopper, deed) => {
                write!(out, "{} ", name(shopper))?;
                match deed {
                    Deed::Click { key, wish, door } => write!(out, "clicks at door {door} for {wish}, key {key}"),
                    Deed::Pay { key, card } => write!(out, "pays for key {key} with {card}"),
                    Deed::GiveBack { key } => write!(out, "gives key {key} back"),
                    Deed::Ask { door } => write!(out, "asks door {door} for all answers"),
                    Deed::OpenTab => write!(out, "opens another tab"),
                    Deed::CloseTabs => write!(out, "closes all tabs"),
                    Deed::ComeBack => write!(out, "comes back with the first session"),
                }
            }
        }
    }
}
