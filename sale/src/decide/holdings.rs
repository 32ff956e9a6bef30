//! What shoppers hold, and how a round changes it.

use std::collections::HashMap;

use super::fewer;
use crate::ids::ShopperId;

/// Units that shoppers hold, bought or wait for.
pub(super) struct Holdings {
    held: HashMap<ShopperId, u32>,
    changes: HashMap<ShopperId, i64>,
    /// Shoppers with changes, in the order of their first.
    changed: Vec<ShopperId>,
}

impl Holdings {
    /// `expected` is how many shoppers may come.
    pub(super) fn new(mut held: HashMap<ShopperId, u32>, expected: usize) -> Self {
        held.reserve(expected);
        Self { held, changes: HashMap::with_capacity(expected), changed: Vec::with_capacity(expected) }
    }

    pub(super) fn of(&self, shopper: ShopperId) -> u32 {
        self.held.get(&shopper).copied().unwrap_or(0)
    }

    pub(super) fn take(&mut self, shopper: ShopperId, units: u32) {
        let held = self.held.entry(shopper).or_default();
        *held = held.saturating_add(units);
        self.change(shopper, i64::from(units));
    }

    pub(super) fn free(&mut self, shopper: ShopperId, units: u32) {
        if let Some(held) = self.held.get_mut(&shopper) {
            *held = fewer(*held, units);
        }
        self.change(shopper, -i64::from(units));
    }

    fn change(&mut self, shopper: ShopperId, units: i64) {
        *self.changes.entry(shopper).or_insert_with(|| {
            self.changed.push(shopper);
            0
        }) += units;
    }

    /// What changed on balance, in units; none is zero.
    pub(super) fn into_changes(self) -> Vec<(ShopperId, i64)> {
        let changes = self.changed.into_iter().filter_map(|shopper| Some((shopper, *self.changes.get(&shopper)?)));
        changes.filter(|(_, units)| *units != 0).collect()
    }
}
