//! Exploring every order of steps, at one size, with all guards or without one.

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use crate::guards::{Guard, Guards};
use crate::model::{Faults, Protocol};
use crate::sale::{Command, Sale};

/// One size: what is sent down the line of a sale of one unit, and how often what goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) line: &'static [Command],
    pub(crate) closed_channels: u8,
    pub(crate) older_copies: u8,
    pub(crate) repeated_entries: u8,
}

impl Size {
    /// Nothing goes wrong.
    pub(crate) const fn of(line: &'static [Command]) -> Self {
        Self { line, closed_channels: 0, older_copies: 0, repeated_entries: 0 }
    }

    /// The line is handed over so often.
    pub(crate) const fn handed_over(self, closed_channels: u8) -> Self {
        Self { closed_channels, ..self }
    }

    /// Redis comes back older so often.
    pub(crate) const fn put_back(self, older_copies: u8) -> Self {
        Self { older_copies, ..self }
    }

    /// Entries come to the recorder again so often.
    pub(crate) const fn repeated(self, repeated_entries: u8) -> Self {
        Self { repeated_entries, ..self }
    }

    fn protocol(self, without: &'static [Guard]) -> Protocol {
        let Self { line, closed_channels, older_copies, repeated_entries } = self;
        Protocol {
            sale: Sale { stock: 1, standby_max: 2, line },
            faults: Faults { closed_channels, older_copies, repeated_entries },
            guards: Guards { without },
        }
    }

    /// Explores to the end: no promise is broken, and what is to come about does in some state.
    pub(crate) fn keeps_every_promise(self, reached: &[&'static str]) {
        let checker =
            self.protocol(&[]).checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
        println!("{self:?}: {} states, depth {}", checker.unique_state_count(), checker.max_depth());
        let model = checker.model();
        let found = checker.discoveries();
        for (name, path) in &found {
            assert!(!model.property(name).expectation.discovery_is_failure(), "broken: {name}, by {path}");
        }
        for name in reached {
            assert!(found.contains_key(name), "never: {name}");
        }
    }

    /// Explores until this promise is broken. Gives the number of steps that it takes.
    pub(crate) fn breaks(self, promise: &'static str, without: &'static [Guard]) {
        let broken = HasDiscoveries::AnyOf(BTreeSet::from([promise]));
        let checker = self.protocol(without).checker().threads(2).finish_when(broken).spawn_bfs().join();
        let steps = checker.discovery(promise).map(|path| path.into_actions().len());
        println!("without {without:?}, {self:?}: {} states, broken in {steps:?} steps", checker.unique_state_count());
        assert!(steps.is_some(), "not broken: {promise}");
    }
}
