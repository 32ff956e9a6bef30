//! Where an event's inventory lives in Redis.
//!
//! ```text
//! fl:{event}             hash    incarnation, epoch, seq (the fence), head (sale::record::Head as JSON)
//! fl:{event}:editing     hash    page -> who has the sale's form open (`editing.rs`); of no sale that nobody edits
//! fl:{event}:rules       string  the version of the rules that a writer must know at least
//! fl:{event}:I:live      hash    attempt key -> Record, of attempts that held stock or a place
//! fl:{event}:I:closed    hash    attempt key -> Record, of answers without stock, and of entries
//! fl:{event}:I:lobby     hash    shopper -> attempt, of entries that are yet to be drawn
//! fl:{event}:I:due       zset    attempt key by deadline (the line's ms), of live reservations
//! fl:{event}:I:wait:N    zset    attempt key by number, on standby for item N
//! fl:{event}:I:who       hash    shopper -> units held, bought or waited for; and what else is counted (`stored.rs`)
//! fl:{event}:I:nothing   zset    party by the deadline (the line's ms) of its latest reservation that came to nothing
//! fl:{event}:I:outbox    hash    seq -> RoundReport, committed, not known to be recorded
//! ```
//! `I` is the incarnation: a rebuild writes beside the old inventory and switches by writing the first key.
//! All keys of an event share one hash tag. Records are postcard with a version byte ([`sale::wire`]).

use sale::ids::{EventId, ItemNo};
use sale::record::Head;

/// The key that says which incarnation counts, and carries the fence.
pub fn root_key(event: EventId) -> String {
    format!("fl:{{{event}}}")
}

/// The key that says which version of the rules a writer must know. It outlives incarnations.
pub fn rules_key(event: EventId) -> String {
    format!("{}:rules", root_key(event))
}

/// The key that says who edits a sale. It ends by itself.
pub fn editing_key(event: EventId) -> String {
    format!("{}:editing", root_key(event))
}

/// The keys of one incarnation of an event's inventory.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
    /// Attempts that held stock or a place.
    pub live: String,
    /// Answers without stock, and entries. Kept as long as the rest: an answer that was given once is never given anew. Of an
    /// entry that was granted something since, what stands under `live` counts.
    pub closed: String,
    /// Entries that are yet to be drawn.
    pub lobby: String,
    /// Deadlines.
    pub due: String,
    /// What shoppers hold, and what else is counted.
    pub who: String,
    /// When reservations came to nothing last, by party.
    pub nothing: String,
    /// Rounds that are not known to be recorded.
    pub outbox: String,
}

impl Keys {
    /// The keys of an incarnation.
    pub fn new(event: EventId, incarnation: u64) -> Self {
        let prefix = format!("{}:{incarnation}", root_key(event));
        Self {
            live: format!("{prefix}:live"),
            closed: format!("{prefix}:closed"),
            lobby: format!("{prefix}:lobby"),
            due: format!("{prefix}:due"),
            who: format!("{prefix}:who"),
            nothing: format!("{prefix}:nothing"),
            outbox: format!("{prefix}:outbox"),
            prefix,
        }
    }

    /// The standby line of one item.
    pub fn wait(&self, item: ItemNo) -> String {
        format!("{}:wait:{}", self.prefix, item.0)
    }

    /// Every key of the incarnation, whose head this is.
    pub fn all(self, head: &Head) -> Vec<String> {
        let items = (0..head.items.len()).filter_map(|index| u16::try_from(index).ok());
        let mut keys: Vec<String> = items.map(|number| self.wait(ItemNo(number))).collect();
        keys.extend([self.live, self.closed, self.lobby, self.due, self.who, self.nothing, self.outbox]);
        keys
    }
}
