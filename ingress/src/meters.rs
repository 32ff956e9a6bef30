//! What the ingress measures.

use meter::{Counter, Counters, EventGauge, Gauge, Gauges, Histogram, Label, Meter, Unit, labels};

use crate::problems::Kind;

/// How an attempt was answered at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DoorAnswer {
    /// 202: it is in the line for good.
    Accepted,
    /// 200: the line has answered it.
    Answered,
    /// With a problem.
    Refused(Kind),
}

impl Label for DoorAnswer {
    const ALL: &'static [Self] = &[
        Self::Accepted,
        Self::Answered,
        Self::Refused(Kind::SoldOut),
        Self::Refused(Kind::RateLimited),
        Self::Refused(Kind::TooManyUndecided),
        Self::Refused(Kind::TooManyGuesses),
        Self::Refused(Kind::LineFull),
        Self::Refused(Kind::LineUnavailable),
        Self::Refused(Kind::Unauthorized),
        Self::Refused(Kind::TokenExpired),
        Self::Refused(Kind::SessionEnded),
        Self::Refused(Kind::Malformed),
        Self::Refused(Kind::Invalid),
        Self::Refused(Kind::NotFound),
        Self::Refused(Kind::NotStarted),
        Self::Refused(Kind::LobbyClosed),
        Self::Refused(Kind::SaleEnded),
        Self::Refused(Kind::SaleStopped),
        Self::Refused(Kind::AccessCodeWrong),
        Self::Refused(Kind::SignInRequired),
        Self::Refused(Kind::NotInvited),
        Self::Refused(Kind::ProofNeeded),
        Self::Refused(Kind::HostedCheckNeeded),
        Self::Refused(Kind::KeyReused),
        Self::Refused(Kind::RequestTimeout),
        Self::Refused(Kind::TooLarge),
        Self::Refused(Kind::UnsupportedMediaType),
        Self::Refused(Kind::Unavailable),
        Self::Refused(Kind::Internal),
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Answered => "answered",
            Self::Refused(kind) => kind.word(),
        }
    }
}

labels! {
    /// How a wait for an answer ended.
    pub(crate) enum WaitEnd {
        Answered = "answered",
        TooLate = "too_late",
        InVain = "in_vain",
        Missed = "missed",
    }
}

labels! {
    /// Why the line does not take an attempt.
    pub(crate) enum LineRefusal {
        Full = "full",
        Down = "down",
        Unknown = "unknown",
    }
}

labels! {
    /// Codes that only some people know.
    pub(crate) enum Code {
        Access = "access_code",
        Coupon = "coupon",
        Email = "email",
    }
}

labels! {
    /// Why messages were not confirmed.
    pub(crate) enum SendFailure {
        Nacked = "nacked",
        Unconfirmed = "unconfirmed",
        Blocked = "blocked",
        Unroutable = "unroutable",
        Channel = "channel",
        Connection = "connection",
        Ended = "ended",
        Message = "message",
    }
}

labels! {
    /// What is limited.
    pub(crate) enum Limited {
        Address = "address",
        Pages = "pages",
        Shopper = "shopper",
        Lists = "lists",
        Event = "event",
        EmailCodes = "email_codes",
        Mails = "mails",
        SignOuts = "sign_outs",
    }
}

labels! {
    /// What became of a customer's token, or of a sign-in with an account; or that somebody signed in by e-mail.
    pub(crate) enum SignIn {
        SignedIn = "signed_in",
        Expired = "expired",
        Foreign = "foreign",
        Invalid = "invalid",
        UnknownKey = "unknown_key",
        KeysAway = "keys_away",
        ByEmail = "by_email",
        ByAccount = "by_account",
        AccountUnknown = "account_unknown",
        AccountRefused = "account_refused",
        AccountInvalid = "account_invalid",
        AccountClient = "account_client",
        AccountAway = "account_away",
    }
}

labels! {
    /// What somebody has ended by signing out.
    pub(crate) enum SignOut {
        Session = "session",
        All = "all",
    }
}

labels! {
    /// What became of a wish for a code by e-mail.
    pub(crate) enum CodeAsked {
        Sent = "sent",
        TooMany = "too_many",
    }
}

labels! {
    /// What became of a proof of work.
    pub(crate) enum ProofEnd {
        Solved = "solved",
        Malformed = "malformed",
        Expired = "expired",
        Forged = "forged",
        Unsolved = "unsolved",
        TooEasy = "too_easy",
        Used = "used",
        Others = "others",
    }
}

labels! {
    /// What became of a token of the hosted check.
    pub(crate) enum HostedEnd {
        Passed = "passed",
        Refused = "refused",
        Stale = "stale",
        Elsewhere = "elsewhere",
        Misconfigured = "misconfigured",
        Away = "away",
        Busy = "busy",
    }
}

labels! {
    /// Why an organiser was refused.
    pub(crate) enum AdminRefusal {
        UnknownToken = "unknown_token",
        UnknownSession = "unknown_session",
        WrongCredentials = "wrong_credentials",
        ExpiredToken = "expired_token",
        Role = "role",
    }
}

pub(crate) static ATTEMPTS: Counters<DoorAnswer> = Counters::new(
    "flashline_ingress_attempts_total",
    "answer",
    Unit::Count,
    "Attempts by the door's answer: answered (200, by the line), accepted (202, in the line for good), or the kind of problem",
);
pub(crate) static CHALLENGES: Counter =
    Counter::new("flashline_ingress_challenges_total", Unit::Count, "Challenges for a proof of work that were given");
pub(crate) static PROOFS: Counters<ProofEnd> = Counters::new(
    "flashline_ingress_proofs_total",
    "end",
    Unit::Count,
    "Proofs of work that were shown; solved: good; the others were refused",
);
pub(crate) static HOSTED_CHECKS: Counters<HostedEnd> = Counters::new(
    "flashline_ingress_hosted_checks_total",
    "end",
    Unit::Count,
    "Tokens of the hosted check; passed: their provider says yes; misconfigured (it does not take our secret or request) and away \
     (no answer): it could not say; busy: it was not asked; the others were refused",
);
pub(crate) static SESSIONS_REFUSED: Counter = Counter::new(
    "flashline_ingress_sessions_refused_total",
    Unit::Count,
    "Sessions that were not begun, for want of the proof of work, or the hosted check, that their sale asks for",
);
pub(crate) static WAITS: Counters<WaitEnd> = Counters::new(
    "flashline_ingress_waits_total",
    "ended",
    Unit::Count,
    "Attempts that would wait for their answer, by how that ended: answered; too_late; in_vain (the line stands still or \
     takes longer: they did not wait); missed (the answer, if there was one, was not heard here)",
);
pub(crate) static LINE_REFUSALS: Counters<LineRefusal> = Counters::new(
    "flashline_ingress_line_refusals_total",
    "why",
    Unit::Count,
    "Commands answered with 503: the inbox is full, the broker is away, or it did not confirm in time",
);
pub(crate) static BATCH_COMMANDS: Histogram =
    Histogram::new("flashline_ingress_batch_commands", Unit::Count, "Commands in one message to a line");
pub(crate) static BATCHES_IN_FLIGHT: Gauge = Gauge::new(
    "flashline_ingress_batches_in_flight",
    Unit::Count,
    "Messages that wait for the broker's confirm, in the line that sent last",
);
pub(crate) static CONFIRM: Histogram = Histogram::new(
    "flashline_ingress_confirm_seconds",
    Unit::Seconds,
    "From sending a message to a line to the broker's confirm",
);
pub(crate) static PUBLISH_FAILURES: Counters<SendFailure> = Counters::new(
    "flashline_ingress_publish_failures_total",
    "why",
    Unit::Count,
    "Messages that the broker did not confirm, and so lost their channel; what was unconfirmed is unknown",
);
pub(crate) static SENDERS_DIED: Counter =
    Counter::new("flashline_ingress_senders_died_total", Unit::Count, "Senders of a line that died of a bug");
pub(crate) static LINE_BACKLOG: EventGauge = EventGauge::new(
    "flashline_ingress_line_backlog_commands",
    Unit::Count,
    "Commands in this process that wait for a message to their line",
);
pub(crate) static LINE_WAITING: EventGauge = EventGauge::new(
    "flashline_ingress_line_waiting_attempts",
    Unit::Count,
    "Attempts taken here that the line has not answered yet, of sales that are open",
);
pub(crate) static LINE_OLDEST: EventGauge = EventGauge::new(
    "flashline_ingress_line_oldest_seconds",
    Unit::Seconds,
    "Age of the oldest attempt taken here that the line has not answered yet, of sales that are open",
);
pub(crate) static LINE_SILENCE: EventGauge = EventGauge::new(
    "flashline_ingress_line_silence_seconds",
    Unit::Seconds,
    "Since a dispenser was last heard of a line that should move",
);
pub(crate) static LINE_PAUSED: EventGauge = EventGauge::new(
    "flashline_ingress_line_paused",
    Unit::Count,
    "Whether the organiser has paused the sale: its line stands still, and keeps everybody's place",
);
pub(crate) static RATE_LIMITED: Counters<Limited> =
    Counters::new("flashline_ingress_rate_limited_total", "by", Unit::Count, "Requests refused by a token bucket");
pub(crate) static RATE_BUCKETS: Gauges<Limited> =
    Gauges::new("flashline_ingress_rate_buckets", "by", Unit::Count, "Token buckets that are not full again");
pub(crate) static WRONG_CODES: Counters<Code> = Counters::new(
    "flashline_ingress_wrong_codes_total",
    "code",
    Unit::Count,
    "Access codes, coupons and codes by e-mail that are not valid",
);
pub(crate) static SIGN_INS: Counters<SignIn> = Counters::new(
    "flashline_ingress_sign_ins_total",
    "as",
    Unit::Count,
    "Customer tokens by what came of them; keys_away: which keys the shop has could not be read; by_email: with a code, instead; by_account: at the OpenID provider, account_…: not",
);
pub(crate) static SIGN_OUTS: Counters<SignOut> = Counters::new(
    "flashline_ingress_sign_outs_total",
    "of",
    Unit::Count,
    "Sessions that were ended by signing out; all: all of one shopper at once",
);
pub(crate) static CODES_ASKED: Counters<CodeAsked> = Counters::new(
    "flashline_ingress_email_codes_total",
    "as",
    Unit::Count,
    "Codes by e-mail that were asked for; sent: given to the order-workers to send; too_many: not sent, after so many to that address",
);
pub(crate) static ADMIN_REFUSALS: Counters<AdminRefusal> = Counters::new(
    "flashline_ingress_admin_refusals_total",
    "why",
    Unit::Count,
    "Admin calls refused for who made them; the audit log says from where",
);
pub(crate) static PAYMENTS_REFUSED: Counter = Counter::new(
    "flashline_ingress_payments_refused_total",
    Unit::Count,
    "Payments not taken, because too many of the same address, card or shopper were declined of late",
);
pub(crate) static PAYMENTS_REQUESTED: Counter =
    Counter::new("flashline_ingress_payments_requested_total", Unit::Count, "Payments that shoppers asked for");

pub(crate) static ALL: &[&dyn Meter] = &[
    &crate::requests::Described,
    &ATTEMPTS,
    &CHALLENGES,
    &PROOFS,
    &HOSTED_CHECKS,
    &SESSIONS_REFUSED,
    &WAITS,
    &LINE_REFUSALS,
    &BATCH_COMMANDS,
    &BATCHES_IN_FLIGHT,
    &CONFIRM,
    &PUBLISH_FAILURES,
    &SENDERS_DIED,
    &LINE_BACKLOG,
    &LINE_WAITING,
    &LINE_OLDEST,
    &LINE_SILENCE,
    &LINE_PAUSED,
    &RATE_LIMITED,
    &RATE_BUCKETS,
    &WRONG_CODES,
    &SIGN_INS,
    &SIGN_OUTS,
    &CODES_ASKED,
    &ADMIN_REFUSALS,
    &PAYMENTS_REFUSED,
    &PAYMENTS_REQUESTED,
];
