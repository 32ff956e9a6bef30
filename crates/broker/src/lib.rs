//! RabbitMQ: the names everyone agrees on ([`topology`]), connections ([`Broker`]), the publisher with
//! confirms ([`Publisher`]), consumers ([`Subscription`], [`Listener`]), and what is said of all lines ([`Ear`]).

mod awaited;
mod connections;
mod destination;
mod ear;
mod listener;
mod meters;
mod opening;
mod probe;
mod publisher;
mod subscription;
mod topic;
pub mod topology;
mod traces;

use deadpool::managed::PoolError;

pub use awaited::Awaited;
pub use connections::{Broker, Settings};
pub use destination::Destination;
pub use ear::{Ear, HeardLines, Said};
pub use listener::{Listener, Notice};
pub use probe::watch;
pub use publisher::{Message, Pending, Publisher};
pub use subscription::{Delivery, Subscription};
pub use topic::{LEDGER_PARTITIONS, Topic, ledger_partition};

/// Why the broker could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// No connection to be had.
    #[error("broker connection: {0}")]
    Connection(#[from] PoolError<lapin::Error>),
    /// The connection gave no channel in time.
    #[error("broker connection: no channel in time")]
    NoChannel,
    /// The channel or connection failed.
    #[error("broker: {0}")]
    Channel(#[from] lapin::Error),
    /// No queue takes such a message.
    #[error("message returned as unroutable: {0}")]
    Unroutable(String),
    /// The broker could not store the message.
    #[error("message refused by the broker")]
    Nacked,
    /// No confirm in time. Unknown, not failed: a publish given up on may still be delivered.
    #[error("no confirm from the broker within {0} ms")]
    Unconfirmed(u128),
    /// The stream of deliveries ended, the queue has no consumer any more, or an ack did not reach the broker.
    #[error("subscription ended")]
    Ended,
}
