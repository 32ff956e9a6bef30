//! What is counted within a sale beside the units of shoppers: by an attempt's record alone.

use crate::answer::Answer;
use crate::command::CancelCause;
use crate::ids::{CodeNo, ItemNo, ShopperId};
use crate::provenance::{Origin, Party, Provenance};
use crate::record::{Record, State};

/// Something that is counted within a sale, and written down as a count of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counted {
    /// Units of an item that are held unpaid, or waited for among those who are not held back, from a block of addresses.
    UnpaidFrom(Origin, ItemNo),
    /// Units of an item that are waited for behind everybody else, from a block of addresses.
    BehindFrom(Origin, ItemNo),
    /// Reservations of a party that came to nothing, unpaid, less those that it paid.
    RunOuts(Party),
    /// Reservations, and places on standby, that use an access code.
    CodeUses(CodeNo),
}

impl Counted {
    /// All that is counted for an attempt of a shopper at an item, and where it comes from.
    pub fn of(shopper: ShopperId, item: ItemNo, provenance: Provenance) -> impl Iterator<Item = Self> {
        let from = provenance.origin.into_iter();
        let from = from.flat_map(move |origin| [Self::UnpaidFrom(origin, item), Self::BehindFrom(origin, item)]);
        let uses = provenance.code.map(Self::CodeUses);
        from.chain(uses).chain(Party::answering(shopper, provenance).map(Self::RunOuts))
    }

    /// What a record counts for, beside the units of its shopper: an inventory is rebuilt with the sum over all records.
    /// `came_to_nothing` says of one that is over whether units were held for it, and were not paid.
    pub fn by(record: &Record, came_to_nothing: bool) -> Vec<(Self, i64)> {
        let Some((item, units)) = record.units() else { return Vec::new() };
        let is_behind = matches!(record.answer, Answer::Behind { .. });
        let from = record.provenance.origin.and_then(|origin| match &record.state {
            State::Held(_) | State::HeldOn(..) => Some(Self::UnpaidFrom(origin, item)),
            State::Waiting if is_behind => Some(Self::BehindFrom(origin, item)),
            State::Waiting => Some(Self::UnpaidFrom(origin, item)),
            _ => None,
        });
        let code = record.provenance.code.filter(|_| record.counts_for_shopper());
        let run_outs = match &record.state {
            _ if came_to_nothing => 1,
            State::Sold(..) | State::Settled(..) | State::Cancelled(CancelCause::Refunded(_)) => -1,
            _ => 0,
        };
        let parties = Party::answering(record.shopper, record.provenance).filter(|_| run_outs != 0);
        let from = from.map(|from| (from, i64::from(units)));
        let uses = code.map(|code| (Self::CodeUses(code), 1));
        from.into_iter().chain(uses).chain(parties.map(|party| (Self::RunOuts(party), run_outs))).collect()
    }
}
