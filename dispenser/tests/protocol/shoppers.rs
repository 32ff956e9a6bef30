//! What shoppers are told: by the notifier from what is announced (`notifier/src/hear.rs`), and by whoever looks at
//! the inventory (`notifier/src/catch_up.rs`). Somebody looks after every commit.

use crate::record::Report;
use crate::sale::{Answer, News, Outcome, Records};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Shoppers {
    /// The newest writer heard, and its last round passed on.
    epoch: u8,
    round: (u8, u8),
    /// How each attempt stands, as the rounds told it.
    pub(crate) told: Records,
    answers: [Option<Answer>; crate::sale::ATTEMPTS_MAX],
    /// Somebody got two different answers.
    pub(crate) contradicted: bool,
}

impl Shoppers {
    pub(crate) fn hear_barrier(&mut self, epoch: u8) {
        self.epoch = self.epoch.max(epoch);
    }

    pub(crate) fn hear_round(&mut self, report: &Report) {
        let round = (report.head.incarnation, report.head.seq);
        if report.epoch < self.epoch || round <= self.round {
            return;
        }
        (self.epoch, self.round) = (report.epoch, round);
        report.outcomes.iter().for_each(|outcome| self.told.apply(outcome));
        self.answered(&report.outcomes);
    }

    pub(crate) fn hear_repeats(&mut self, epoch: u8, repeats: &[Outcome]) {
        if epoch >= self.epoch {
            self.epoch = epoch;
            self.answered(repeats);
        }
    }

    /// Answers that somebody saw, wherever.
    pub(crate) fn answered(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            let (News::Answer(answer) | News::Drawn(answer)) = outcome.news else { continue };
            let first = self.answers[outcome.attempt].get_or_insert(answer);
            // That an entry is in the lobby gives way, and may be said again by who does not know better.
            if *first == Answer::Entered {
                *first = answer;
            }
            self.contradicted |= answer != Answer::Entered && *first != answer;
        }
    }
}
