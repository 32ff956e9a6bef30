//! What the dispenser measures.

use meter::{Counter, Counters, EventGauge, Gauge, Histogram, Histograms, Label, Meter, Unit, labels};
use sale::answer::{Answer, Change, News, Outcome};

labels! {
    /// A step of a round with a server; and the whole round.
    pub(crate) enum Step {
        Read = "read",
        Claim = "claim",
        Commit = "commit",
        Announce = "announce",
        Whole = "whole",
    }
}

labels! {
    /// What is published about a line.
    pub(crate) enum Announced {
        Round = "round",
        Repeats = "repeats",
        Progress = "progress",
    }
}

labels! {
    /// What becomes of attempts.
    pub(crate) enum Decided {
        Reserved = "reserved",
        Standby = "standby",
        SoldOut = "sold_out",
        Refused = "refused",
        GrantedFromStandby = "granted_from_standby",
        Expired = "expired",
        Cancelled = "cancelled",
        Converted = "converted",
        ConfirmRefused = "confirm_refused",
        StandbyEnded = "standby_ended",
        Settled = "settled",
        HeldOn = "held_on",
        LetGo = "let_go",
        Entered = "entered",
        Behind = "behind",
    }
}

labels! {
    /// Why a line starts over.
    pub(crate) enum Restart {
        Fenced = "fenced",
        Superseded = "superseded",
        OldRules = "old_rules",
        Broker = "broker",
        Redis = "redis",
        Database = "database",
        Series = "series",
        Barrier = "barrier",
        Unreadable = "unreadable",
    }
}

pub(crate) static LINES: Gauge =
    Gauge::new("flashline_dispenser_lines", Unit::Count, "Lines that this process serves or stands by for");
pub(crate) static LINE_WRITER: EventGauge =
    EventGauge::new("flashline_dispenser_line_writer", Unit::Count, "1 while this process is the line's writer");
pub(crate) static LINE_LAG: EventGauge = EventGauge::new(
    "flashline_dispenser_line_lag_seconds",
    Unit::Seconds,
    "How long the oldest message of the last round had been on its way, from its sender to its commit",
);
pub(crate) static OUTBOX: EventGauge = EventGauge::new(
    "flashline_dispenser_outbox_rounds",
    Unit::Count,
    "Committed rounds that are not known to be recorded: the outbox keeps them",
);
pub(crate) static UNCONFIRMED: EventGauge = EventGauge::new(
    "flashline_dispenser_unconfirmed_rounds",
    Unit::Count,
    "Committed rounds whose announcement the broker has not confirmed",
);
pub(crate) static LINE_MESSAGES: EventGauge = EventGauge::new(
    "flashline_dispenser_line_messages",
    Unit::Count,
    "Messages that wait in the broker's queue of a line, besides those taken ahead",
);
pub(crate) static WAIT: Histogram = Histogram::new(
    "flashline_dispenser_wait_seconds",
    Unit::Seconds,
    "From an attempt's admission at the door to its committed decision",
);
pub(crate) static ROUND_COMMANDS: Histogram =
    Histogram::new("flashline_dispenser_round_commands", Unit::Count, "Commands decided in one round");
pub(crate) static ROUND_STEPS: Histograms<Step> = Histograms::new(
    "flashline_dispenser_round_seconds",
    "step",
    Unit::Seconds,
    "Time of a round, whole and by its steps with a server: read, claim (in a series), commit, announce (waiting for a place)",
);
pub(crate) static CONFIRM: Histogram = Histogram::new(
    "flashline_dispenser_confirm_seconds",
    Unit::Seconds,
    "From publishing an announcement to the broker's confirm of all of it",
);
pub(crate) static ANNOUNCEMENTS: Counters<Announced> = Counters::new(
    "flashline_dispenser_announcements_total",
    "kind",
    Unit::Count,
    "Messages published about lines: rounds with their outcomes, answers given again, progress",
);
pub(crate) static OUTCOMES: Counters<Decided> = Counters::new(
    "flashline_dispenser_outcomes_total",
    "kind",
    Unit::Count,
    "Committed outcomes: answers to attempts, and later changes",
);
pub(crate) static PARKED: Counter = Counter::new(
    "flashline_dispenser_parked_total",
    Unit::Count,
    "Messages of a line that nobody can read, put aside for a person",
);
pub(crate) static ANNOUNCED_AGAIN: Counter = Counter::new(
    "flashline_dispenser_announced_again_total",
    Unit::Count,
    "Rounds announced again because the record stood still behind what was confirmed",
);
pub(crate) static TAKEOVERS: Counter =
    Counter::new("flashline_dispenser_takeovers_total", Unit::Count, "Lines taken over");
pub(crate) static TAKEOVER: Histogram = Histogram::new(
    "flashline_dispenser_takeover_seconds",
    Unit::Seconds,
    "From claiming a line to the end of the takeover, a rebuild included",
);
pub(crate) static REBUILDS: Counter = Counter::new(
    "flashline_dispenser_rebuilds_total",
    Unit::Count,
    "Inventories rebuilt from PostgreSQL because Redis had lost them or came back older",
);
pub(crate) static ROUNDS_LOST: Counter = Counter::new(
    "flashline_dispenser_rounds_lost_total",
    Unit::Count,
    "Takeovers that found rounds neither recorded nor kept: the record has a hole",
);
pub(crate) static RESTARTS: Counters<Restart> = Counters::new(
    "flashline_dispenser_line_restarts_total",
    "why",
    Unit::Count,
    "Lines started over, by reason; fenced: Redis refused the commit of a writer that had lost its place; old_rules: or had not heard of a pause, a stop or an edit; series: what shoppers claim in the sale's series could not be read or written",
);
pub(crate) static LINES_DIED: Counter =
    Counter::new("flashline_dispenser_lines_died_total", Unit::Count, "Lines that died of a bug");
pub(crate) static CLEARED: Counter = Counter::new(
    "flashline_dispenser_sales_cleared_total",
    Unit::Count,
    "Sales long settled whose line and inventory were cleared away",
);
pub(crate) static LINES_TO_TICK: Gauge =
    Gauge::new("flashline_dispenser_lines_to_tick", Unit::Count, "Lines that this process must tick every second");
pub(crate) static TICKS: Counter =
    Counter::new("flashline_dispenser_ticks_total", Unit::Count, "Ticks that the broker has confirmed");
pub(crate) static TICK_FAILURES: Counter =
    Counter::new("flashline_dispenser_tick_failures_total", Unit::Count, "Ticks that did not reach their line");

pub(crate) static ALL: &[&dyn Meter] = &[
    &LINES,
    &LINE_WRITER,
    &LINE_LAG,
    &OUTBOX,
    &UNCONFIRMED,
    &LINE_MESSAGES,
    &WAIT,
    &ROUND_COMMANDS,
    &ROUND_STEPS,
    &CONFIRM,
    &ANNOUNCEMENTS,
    &OUTCOMES,
    &PARKED,
    &ANNOUNCED_AGAIN,
    &TAKEOVERS,
    &TAKEOVER,
    &REBUILDS,
    &ROUNDS_LOST,
    &RESTARTS,
    &LINES_DIED,
    &CLEARED,
    &LINES_TO_TICK,
    &TICKS,
    &TICK_FAILURES,
];

impl From<&News> for Decided {
    fn from(news: &News) -> Self {
        match news {
            News::Answer(answer) | News::AnswerTo(answer, _) | News::Change(Change::Drawn(answer, _)) => match answer {
                Answer::Reserved(_) => Self::Reserved,
                Answer::Standby { .. } => Self::Standby,
                Answer::Behind { .. } => Self::Behind,
                Answer::SoldOut { .. } => Self::SoldOut,
                Answer::Refused(_) => Self::Refused,
                Answer::Entered { .. } => Self::Entered,
            },
            News::Change(Change::Granted(_)) => Self::GrantedFromStandby,
            News::Change(Change::Expired) => Self::Expired,
            News::Change(Change::Cancelled(_)) => Self::Cancelled,
            News::Change(Change::Converted(_)) => Self::Converted,
            News::Change(Change::ConfirmRefused(..)) => Self::ConfirmRefused,
            News::Change(Change::StandbyEnded(_)) => Self::StandbyEnded,
            News::Change(Change::Settled(_)) => Self::Settled,
            News::Change(Change::HeldOn(_)) => Self::HeldOn,
            News::Change(Change::LetGo(_)) => Self::LetGo,
        }
    }
}

/// Outcomes of a round by kind, counted in one go.
pub(crate) struct OutcomeCounts([u64; Decided::ALL.len()]);

impl OutcomeCounts {
    pub(crate) fn of(outcomes: &[Outcome]) -> Self {
        let mut tally = [0; Decided::ALL.len()];
        for outcome in outcomes {
            tally[Decided::from(&outcome.news) as usize] += 1;
        }
        Self(tally)
    }

    /// Once they are committed.
    pub(crate) fn count(self) {
        for (kind, count) in Decided::ALL.iter().zip(self.0).filter(|(_, count)| *count > 0) {
            OUTCOMES.add(*kind, count);
        }
    }
}
