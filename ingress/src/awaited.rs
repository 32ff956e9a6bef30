//! Answers that requests wait for at this door: the response is the answer, if the line decides in time.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sale::answer::News;
use sale::ids::{AttemptId, EventId};
use sale::record::Record;
use sale::report::{Repeats, RoundReport};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::line::{NotInLine, Submitted};
use crate::meters::{self, WaitEnd};

/// All of them, by their attempts.
#[derive(Default)]
pub(crate) struct AwaitedAnswers(Mutex<Requests>);

#[derive(Default)]
struct Requests {
    waiting: HashMap<AttemptId, ForOne>,
    /// Nobody may wait any more: this process is leaving.
    closed: bool,
}

/// The requests that wait for one attempt: nearly always one.
struct ForOne {
    event: EventId,
    first: oneshot::Sender<Record>,
    others: Vec<oneshot::Sender<Record>>,
}

impl ForOne {
    fn tell(self, record: Record) {
        for request in self.others {
            let _ = request.send(record.clone());
        }
        let _ = self.first.send(record);
    }
}

/// An answer that a request waits for, until this is dropped.
pub(crate) struct Expected {
    answers: Arc<AwaitedAnswers>,
    attempt: AttemptId,
    coming: Option<oneshot::Receiver<Record>>,
}

/// What came of waiting.
pub(crate) enum Arrived {
    /// How the attempt stands once it was answered.
    InTime(Record),
    /// Nothing yet: it is in the line.
    TooLate,
    /// The answer may have been missed, or nobody may wait any more: it is to be looked up. It is in the line.
    Missed,
}

impl Expected {
    /// Waits for the answer to what was submitted; at least until that is known to be in the line.
    ///
    /// # Errors
    /// When it is not known to be in the line.
    pub(crate) async fn arrives_within(mut self, wait: Duration, submitted: Submitted) -> Result<Arrived, NotInLine> {
        let began = Instant::now();
        let mut confirmed = pin!(submitted.confirmed());
        // An answer says more than a confirm: whoever has it needs no confirm.
        let arrived = tokio::select! {
            biased;
            arrived = self.arrives() => {
                if let Arrived::Missed = arrived {
                    confirmed.await?;
                }
                arrived
            }
            in_line = &mut confirmed => {
                in_line?;
                timeout_at(began + wait, self.arrives()).await.unwrap_or(Arrived::TooLate)
            }
        };
        meters::WAITS.one(match arrived {
            Arrived::InTime(_) => WaitEnd::Answered,
            Arrived::TooLate => WaitEnd::TooLate,
            Arrived::Missed => WaitEnd::Missed,
        });
        Ok(arrived)
    }

    async fn arrives(&mut self) -> Arrived {
        let Some(coming) = &mut self.coming else { return Arrived::Missed };
        let told = coming.await;
        self.coming = None;
        told.map_or(Arrived::Missed, Arrived::InTime)
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        if let Some(mut coming) = self.coming.take() {
            coming.close();
            self.answers.lock().forget_who_left(self.attempt);
        }
    }
}

impl Requests {
    fn forget_who_left(&mut self, attempt: AttemptId) {
        let Some(of) = self.waiting.get_mut(&attempt) else { return };
        of.others.retain(|request| !request.is_closed());
        if of.first.is_closed() {
            match of.others.pop() {
                Some(another) => of.first = another,
                None => drop(self.waiting.remove(&attempt)),
            }
        }
    }
}

impl AwaitedAnswers {
    /// Expects the answer to an attempt. What was said before counts for nothing: so expect it first, and then send the
    /// attempt on its way.
    pub(crate) fn expect(self: &Arc<Self>, event: EventId, attempt: AttemptId) -> Expected {
        let (tell, coming) = oneshot::channel();
        let mut requests = self.lock();
        if !requests.closed {
            match requests.waiting.get_mut(&attempt) {
                Some(of) => of.others.push(tell),
                None => drop(requests.waiting.insert(attempt, ForOne { event, first: tell, others: Vec::new() })),
            }
        }
        Expected { answers: Arc::clone(self), attempt, coming: Some(coming) }
    }

    /// Tells those whom a round has answered how their attempts stand after it.
    pub(crate) fn hear_round(&self, report: RoundReport) {
        let mut answered = HashMap::new();
        let mut requests = self.lock();
        if requests.waiting.is_empty() {
            return;
        }
        for outcome in report.outcomes {
            match outcome.news {
                News::Answer(answer) => {
                    if let Some(waiting) = requests.waiting.remove(&outcome.attempt) {
                        let record = Record::new(outcome.attempt, outcome.shopper, answer);
                        answered.insert(outcome.attempt, (waiting, record));
                    }
                }
                News::Change(change) => {
                    if let Some((_, record)) = answered.get_mut(&outcome.attempt) {
                        record.apply(&change);
                    }
                }
            }
        }
        drop(requests);
        answered.into_values().for_each(|(waiting, record)| waiting.tell(record));
    }

    /// Tells those whose attempts came again how they stand.
    pub(crate) fn hear_repeats(&self, repeats: Repeats) {
        for record in repeats.records {
            let waiting = self.lock().waiting.remove(&record.id);
            waiting.into_iter().for_each(|waiting| waiting.tell(record.clone()));
        }
    }

    /// Rounds were missed, of one event or of any: whoever waits for them must look.
    pub(crate) fn missed(&self, of: Option<EventId>) {
        self.lock().waiting.retain(|_, waiting| of.is_some_and(|event| event != waiting.event));
    }

    /// Nobody may wait from now on.
    pub(crate) fn close(&self) {
        let mut requests = self.lock();
        requests.closed = true;
        requests.waiting.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Requests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sale::answer::{Answer, Change, Outcome, StandbyEnd};
    use sale::ids::{ItemNo, ShopperId};
    use sale::record::{Head, State};
    use sale::time::UnixMs;
    use uuid::Uuid;

    const SHOPPER: ShopperId = ShopperId(Uuid::nil());

    fn event(n: u128) -> EventId {
        EventId(Uuid::from_u128(n))
    }

    fn attempt(n: u128) -> AttemptId {
        AttemptId(Uuid::from_u128(n))
    }

    fn standby() -> Answer {
        Answer::Standby { item: ItemNo(0), quantity: 1, number: 0, place: 1, coupon: None }
    }

    fn round(news: impl IntoIterator<Item = (u128, News)>) -> RoundReport {
        let outcomes = news.into_iter().map(|(n, news)| Outcome { attempt: attempt(n), shopper: SHOPPER, news });
        let (head, decided_at) = (Head::default(), UnixMs(0));
        RoundReport { event: event(1), epoch: 1, decided_at, outcomes: outcomes.collect(), head }
    }

    async fn heard(mut expected: Expected) -> Option<Record> {
        match expected.arrives().await {
            Arrived::InTime(record) => Some(record),
            Arrived::TooLate | Arrived::Missed => None,
        }
    }

    #[tokio::test]
    async fn everybody_who_waits_for_an_attempt_hears_how_it_stands_after_the_round() {
        let answers = Arc::<AwaitedAnswers>::default();
        let (one, twice) = (answers.expect(event(1), attempt(7)), answers.expect(event(1), attempt(7)));
        let other = answers.expect(event(1), attempt(8));
        let ended = News::Change(Change::StandbyEnded(StandbyEnd::SoldOut));
        answers.hear_round(round([(9, News::Answer(standby())), (7, News::Answer(standby())), (7, ended)]));
        for waited in [heard(one).await, heard(twice).await] {
            assert_eq!(waited.map(|record| record.state), Some(State::StandbyEnded(StandbyEnd::SoldOut)));
        }
        let again = Record::new(attempt(8), SHOPPER, standby());
        answers.hear_repeats(Repeats { event: event(1), epoch: 1, records: vec![again.clone()] });
        assert_eq!(heard(other).await, Some(again));
        assert!(answers.lock().waiting.is_empty());
    }

    #[tokio::test]
    async fn a_change_without_its_answer_is_no_answer() {
        let answers = Arc::<AwaitedAnswers>::default();
        let _waits = answers.expect(event(1), attempt(7));
        answers.hear_round(round([(7, News::Change(Change::Expired))]));
        assert_eq!(answers.lock().waiting.len(), 1);
    }

    #[tokio::test]
    async fn whoever_leaves_is_forgotten_and_the_others_are_not() {
        let answers = Arc::<AwaitedAnswers>::default();
        let (first, second) = (answers.expect(event(1), attempt(7)), answers.expect(event(1), attempt(7)));
        drop(first);
        answers.hear_round(round([(7, News::Answer(standby()))]));
        assert!(heard(second).await.is_some());
        drop(answers.expect(event(1), attempt(8)));
        assert!(answers.lock().waiting.is_empty());
    }

    #[tokio::test]
    async fn what_may_have_been_missed_is_to_be_looked_up() {
        let answers = Arc::<AwaitedAnswers>::default();
        let (missed, kept) = (answers.expect(event(1), attempt(7)), answers.expect(event(2), attempt(8)));
        answers.missed(Some(event(1)));
        assert_eq!(heard(missed).await, None);
        assert_eq!(answers.lock().waiting.len(), 1);
        answers.close();
        assert_eq!(heard(kept).await, None);
        assert_eq!(heard(answers.expect(event(1), attempt(9))).await, None, "nobody waits while we leave");
    }
}
