//! Each fault: its name, and where it happens.

use testbed::shopper::Mood;
use testbed::{Kind, Server};

use super::network::{KINDS, SERVERS, Way, Weather};
use super::repeat::{Again, Said};

/// Something that goes wrong, and later is right again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Kill -9 of a process; started again at the end.
    Kill(Kind, usize),
    /// A process stands still, and wakes up late.
    Stall(Kind, usize),
    /// A process's clock is minutes off.
    Skew(Kind, usize, i32),
    /// Kill -9 of a server; started again at the end.
    KillServer(Server),
    /// A server stands still.
    StallServer(Server),
    /// A server restarts in good order.
    RestartServer(Server),
    /// Not one byte more fits on a server's disk.
    FullDisk(Server),
    /// Redis loses everything.
    WipeRedis,
    /// At the end Redis comes back as it was at the beginning.
    OldRedis,
    /// RabbitMQ takes no more messages (`connection.blocked`).
    MemoryAlarm,
    /// RabbitMQ ends every connection.
    EndConnections,
    /// The queue of every listener (notifiers, doors, catalogues) is deleted.
    DeleteListeners,
    /// The queue that the order-worker records from is deleted, with what is in it.
    DeleteLedger,
    /// The queue of the line is deleted while nothing is in it.
    DeleteLine,
    /// PostgreSQL ends every session.
    EndSessions,
    /// PostgreSQL is so busy that nobody can say that they live.
    BusyPostgres,
    /// PostgreSQL is away for a minute.
    AwayPostgres,
    /// The organiser pauses the sale while every dispenser stands still: they wake up in the pause.
    PauseUnheard,
    /// A message that nobody can read stands in the line.
    Poison,
    /// Messages come again.
    Repeat(Said, Again),
    /// The weather between a server and everybody is bad.
    Network(Server, Weather),
    /// The weather on one way is bad.
    Way(Way, Weather),
    /// What shoppers do to their sockets.
    Sockets(Mood),
}

/// What kind of fault it is, for the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    Processes,
    Servers,
    Messages,
    Network,
    Ways,
    Shoppers,
}

impl Family {
    pub(super) const ALL: [Self; 6] =
        [Self::Processes, Self::Servers, Self::Messages, Self::Network, Self::Ways, Self::Shoppers];

    pub(super) fn name(self) -> &'static str {
        match self {
            Family::Processes => "Processes",
            Family::Servers => "Servers",
            Family::Messages => "Messages and queues",
            Family::Network => "The network between a server and all services",
            Family::Ways => "The network between one kind of service and one server",
            Family::Shoppers => "Shoppers",
        }
    }
}

/// Clocks of these are so many minutes off: of the first process ahead, of the second behind.
const SKEW_MINUTES: [i32; 2] = [3, -3];

/// Every fault there is.
pub(super) fn all() -> Vec<Fault> {
    let of_process = |kind| {
        (0..2).flat_map(move |index| {
            [Fault::Kill(kind, index), Fault::Stall(kind, index), Fault::Skew(kind, index, SKEW_MINUTES[index])]
        })
    };
    let of_server = |server| {
        let weather = Weather::BAD.map(|weather| Fault::Network(server, weather));
        [Fault::KillServer(server), Fault::StallServer(server), Fault::RestartServer(server)].into_iter().chain(weather)
    };
    let within = KINDS.into_iter().flat_map(|kind| SERVERS.map(|server| Way::Within(kind, server)));
    let ways = within.chain([Way::Shoppers(Kind::Ingress), Way::Shoppers(Kind::Notifier)]);
    let repeats = [Said::Line, Said::Outcomes]
        .into_iter()
        .flat_map(|said| [Again::AtOnce, Again::Late].map(|again| Fault::Repeat(said, again)));
    let others = [
        Fault::FullDisk(Server::Redis),
        Fault::FullDisk(Server::Postgres),
        Fault::WipeRedis,
        Fault::OldRedis,
        Fault::MemoryAlarm,
        Fault::EndConnections,
        Fault::DeleteListeners,
        Fault::DeleteLedger,
        Fault::DeleteLine,
        Fault::EndSessions,
        Fault::BusyPostgres,
        Fault::AwayPostgres,
        Fault::PauseUnheard,
        Fault::Poison,
        Fault::Sockets(Mood::Slow),
        Fault::Sockets(Mood::Storm),
        Fault::Sockets(Mood::Vanish),
    ];
    KINDS
        .into_iter()
        .flat_map(of_process)
        .chain(SERVERS.into_iter().flat_map(of_server))
        .chain(ways.flat_map(|way| Weather::BAD.map(|weather| Fault::Way(way, weather))))
        .chain(repeats)
        .chain(others)
        .collect()
}

impl Fault {
    /// For people.
    pub(super) fn name(self) -> String {
        match self {
            Fault::Kill(kind, _) => format!("{}: kill -9", kind.name()),
            Fault::Stall(kind, _) => format!("{}: stalls, and wakes up late", kind.name()),
            Fault::Skew(kind, _, minutes) => format!("{}: its clock is {minutes:+} minutes off", kind.name()),
            Fault::KillServer(server) => format!("{}: kill -9", server.name()),
            Fault::StallServer(server) => format!("{}: stalls", server.name()),
            Fault::RestartServer(server) => format!("{}: restart", server.name()),
            Fault::FullDisk(server) => format!("{}: its disk is full", server.name()),
            Fault::WipeRedis => "Redis: wiped".to_owned(),
            Fault::OldRedis => "Redis: put back from an older copy".to_owned(),
            Fault::MemoryAlarm => "RabbitMQ: memory alarm".to_owned(),
            Fault::EndConnections => "RabbitMQ: connections ended".to_owned(),
            Fault::DeleteListeners => "the queues of all listeners (notifiers, doors) deleted".to_owned(),
            Fault::DeleteLedger => "the order-worker's queue deleted, with the rounds in it".to_owned(),
            Fault::DeleteLine => "the line's queue deleted while empty".to_owned(),
            Fault::EndSessions => "PostgreSQL: sessions ended".to_owned(),
            Fault::BusyPostgres => "PostgreSQL: nobody can say that they live".to_owned(),
            Fault::AwayPostgres => "PostgreSQL: away for a minute".to_owned(),
            Fault::PauseUnheard => "a pause that the dispensers sleep through".to_owned(),
            Fault::Poison => "a poison message in the line".to_owned(),
            Fault::Repeat(said, again) => format!("every message {} comes {}", said.name(), again.name()),
            Fault::Network(server, weather) => format!("all → {}: {}", server.name(), weather.name()),
            Fault::Way(way, weather) => format!("{}: {}", way.name(), weather.name()),
            Fault::Sockets(Mood::Slow) => "shoppers do not read their sockets".to_owned(),
            Fault::Sockets(Mood::Vanish) => "shoppers vanish without closing, and come back".to_owned(),
            Fault::Sockets(Mood::Storm | Mood::Calm) => {
                "all shoppers drop and reconnect at once, again and again".to_owned()
            }
        }
    }

    /// Where it happens: two at one place would undo each other.
    pub(super) fn place(self) -> String {
        match self {
            Fault::Kill(kind, index) | Fault::Stall(kind, index) | Fault::Skew(kind, index, _) => {
                format!("{} {index}", kind.name())
            }
            Fault::KillServer(server)
            | Fault::StallServer(server)
            | Fault::RestartServer(server)
            | Fault::FullDisk(server)
            | Fault::Network(server, _)
            | Fault::Way(Way::Within(_, server), _) => server.name().to_owned(),
            Fault::WipeRedis | Fault::OldRedis => Server::Redis.name().to_owned(),
            Fault::MemoryAlarm
            | Fault::EndConnections
            | Fault::DeleteListeners
            | Fault::DeleteLedger
            | Fault::DeleteLine
            | Fault::Repeat(..) => Server::RabbitMq.name().to_owned(),
            Fault::EndSessions | Fault::BusyPostgres | Fault::AwayPostgres => Server::Postgres.name().to_owned(),
            Fault::Poison | Fault::PauseUnheard => "line".to_owned(),
            Fault::Way(way @ Way::Shoppers(_), _) => way.name(),
            Fault::Sockets(_) => "sockets".to_owned(),
        }
    }

    pub(super) fn family(self) -> Family {
        match self {
            Fault::Kill(..) | Fault::Stall(..) | Fault::Skew(..) | Fault::PauseUnheard => Family::Processes,
            Fault::Repeat(..)
            | Fault::Poison
            | Fault::DeleteListeners
            | Fault::DeleteLedger
            | Fault::DeleteLine
            | Fault::EndConnections => Family::Messages,
            Fault::Network(..) => Family::Network,
            Fault::Way(Way::Within(..), _) => Family::Ways,
            Fault::Way(Way::Shoppers(_), _) | Fault::Sockets(_) => Family::Shoppers,
            _ => Family::Servers,
        }
    }

    /// Whether it happens alone: it takes long, or must be sure of what else goes on.
    pub(super) fn is_alone(self) -> bool {
        matches!(self, Fault::AwayPostgres | Fault::BusyPostgres | Fault::DeleteLine | Fault::PauseUnheard)
    }
}
