//! What is published about events, and the routing keys by which it is heard.

use sale::ids::EventId;

/// Ledger queues. Rounds of one event always go through the same one.
pub const LEDGER_PARTITIONS: u8 = 4;

/// The ledger queue that an event's rounds go through.
pub fn ledger_partition(event: EventId) -> u8 {
    // The last byte of a UUIDv7 is random, so this spreads.
    event.0.as_bytes()[15] % LEDGER_PARTITIONS
}

/// What is published about an event. Its word is the first part of the routing key, the event the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Rounds and barriers ([`sale::report::Entry`]); the part between is the ledger queue that records them.
    Rounds,
    /// Answers given again ([`sale::report::Repeats`]).
    Repeats,
    /// How far the line has come ([`sale::report::Progress`]).
    Progress,
    /// News of orders and payments ([`sale::report::OrderNews`]).
    Orders,
    /// Nothing: the rules changed, look again.
    Rules,
}

impl Topic {
    const ALL: [Self; 5] = [Self::Rounds, Self::Repeats, Self::Progress, Self::Orders, Self::Rules];

    const fn word(self) -> &'static str {
        match self {
            Self::Rounds => "round",
            Self::Repeats => "repeat",
            Self::Progress => "progress",
            Self::Orders => "order",
            Self::Rules => "rules",
        }
    }

    /// The routing key of what is published about an event.
    pub fn key(self, event: EventId) -> String {
        match self {
            Self::Rounds => format!("{}.{}.{event}", self.word(), ledger_partition(event)),
            _ => format!("{}.{event}", self.word()),
        }
    }

    /// The binding of those who want it of all events.
    pub const fn of_all_events(self) -> &'static str {
        match self {
            Self::Rounds => "round.#",
            Self::Repeats => "repeat.*",
            Self::Progress => "progress.*",
            Self::Orders => "order.*",
            Self::Rules => "rules.*",
        }
    }

    /// The binding of a ledger queue.
    pub(crate) fn rounds_of_partition(partition: u8) -> String {
        format!("{}.{partition}.*", Self::Rounds.word())
    }

    /// What a routing key is of; `None` for none of ours.
    pub fn of_key(key: &str) -> Option<Self> {
        let word = key.split('.').next()?;
        Self::ALL.into_iter().find(|topic| topic.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use sale::ids::EventId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_key_tells_its_topic_and_is_bound_by_it() {
        let event = EventId(Uuid::from_u128(7));
        for topic in Topic::ALL {
            let key = topic.key(event);
            assert_eq!(Topic::of_key(&key), Some(topic), "{key}");
            let bound = topic.of_all_events().trim_end_matches(['#', '*']);
            assert!(key.starts_with(bound) && key.ends_with(&event.to_string()), "{key}");
        }
        assert_eq!(Topic::of_key("surprise.7"), None);
        let (key, bound) = (Topic::Rounds.key(event), Topic::rounds_of_partition(ledger_partition(event)));
        assert!(key.starts_with(bound.trim_end_matches('*')), "{key} {bound}");
    }
}
