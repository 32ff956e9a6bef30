//! The steps of one round, as operators see them: how long each takes, and its span. A round has a span of its own, with
//! its steps in it, and one for each sampled attempt, in that attempt's trace. There are none when no attempt of the round
//! is sampled.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use broker::Destination;
use meter::Label;
use sale::answer::Answer;
use sale::command::Command;
use sale::ids::{AttemptId, EventId};
use tokio::time::Instant;
use trace::{Carried, Operation, Span, SpanKind};

use crate::batch::Batch;
use crate::meters::{self, Step};

/// Around the steps of a round under way.
#[derive(Default)]
pub(crate) struct Steps {
    event: Option<EventId>,
    span: Span,
    /// By attempt, in the order of the line: a click that came twice may be in a round twice.
    attempts: HashMap<AttemptId, VecDeque<Span>>,
}

/// What an announcement carries, and the spans that end with its confirm.
#[derive(Default)]
pub(crate) struct AnnouncedSpans {
    pub(crate) outcomes: Carried,
    pub(crate) repeats: Carried,
    publish: Span,
    round: Span,
}

impl AnnouncedSpans {
    pub(crate) fn fail(&mut self, why: &impl fmt::Display) {
        self.publish.fail(why);
        self.round.fail(why);
    }
}

impl Steps {
    pub(crate) fn begin(event: EventId, batch: &Batch) -> Self {
        let Batch { commands, traces, .. } = batch;
        if traces.is_empty() {
            return Self::default();
        }
        let line = Destination::Line(event);
        let span = Span::linked(traces, Operation::Process, line, commands.len());
        let mut attempts: HashMap<AttemptId, VecDeque<Span>> = HashMap::new();
        for (index, place) in traces.iter() {
            if let Some((attempt, _)) = commands.get(index).and_then(Command::attempt) {
                let mut answer = Span::under(Some(place), Operation::Answer, line);
                answer.set("flashline.attempt_id", attempt.id.to_string());
                answer.link(span.place());
                attempts.entry(attempt.id).or_default().push_back(answer);
            }
        }
        Self { event: Some(event), span, attempts }
    }

    /// Waits for one step of the round on a server: `redis` or `postgresql`.
    pub(crate) async fn on<T, E: fmt::Display>(
        &self,
        system: &'static str,
        name: Step,
        step: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let mut span = self.span.child(name.word(), SpanKind::Client);
        span.set("db.system.name", system);
        let began = Instant::now();
        let done = step.await.inspect_err(|error| span.fail(error))?;
        meters::ROUND_STEPS.took(name, began.elapsed());
        Ok(done)
    }

    /// Decides, in memory.
    pub(crate) fn decide<T>(&self, step: impl FnOnce() -> T) -> T {
        let _span = self.span.child("decide", SpanKind::Internal);
        step()
    }

    /// Ends the spans of the attempts that are answered here, and says what is to be carried with the answers.
    pub(crate) fn answer<'a>(&mut self, told: impl Iterator<Item = (AttemptId, Option<&'a Answer>)>) -> Carried {
        let mut carried = Carried::default();
        if self.attempts.is_empty() {
            return carried;
        }
        for (index, (attempt, answer)) in told.enumerate() {
            let Some(answer) = answer else { continue };
            if let Some(mut span) = self.attempts.get_mut(&attempt).and_then(VecDeque::pop_front) {
                span.set("flashline.answer", answer.word());
                carried.add(index, span.place());
            }
        }
        carried
    }

    /// The round is decided and committed: what remains is to tell.
    pub(crate) fn announce(self, outcomes: Carried, repeats: Carried) -> AnnouncedSpans {
        let mut publish = Span::default();
        if let Some(event) = self.event {
            publish = Span::under(self.span.place(), Operation::Publish, Destination::Rounds(event));
        }
        AnnouncedSpans { outcomes, repeats, publish, round: self.span }
    }
}
