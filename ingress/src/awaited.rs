//! Answers that requests wait for at this door: the response is the answer, if the line decides in time.
//!
//! A request is woken once, with what came of waiting. It needs no timer of its own, and it is not woken by the broker's
//! confirm, which says less than the answer.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sale::answer::News;
use sale::ids::{AttemptId, EventId};
use sale::record::Record;
use sale::report::{Repeats, RoundReport};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::meters::{self, WaitEnd};

/// All of them, by their attempts.
#[derive(Default)]
pub(crate) struct AwaitedAnswers(Mutex<Requests>);

#[derive(Default)]
struct Requests {
    /// Nearly always one for each attempt, and never none.
    waiting: HashMap<AttemptId, Vec<Waiting>>,
    /// Nobody may wait any more: this process is leaving.
    closed: bool,
}

/// A request that waits.
struct Waiting {
    event: EventId,
    until: Instant,
    tell: oneshot::Sender<Arrived>,
}

/// What came of waiting.
#[expect(clippy::large_enum_variant, reason = "nearly all are answers in time; none is kept")]
pub(crate) enum Arrived {
    /// How the attempt stands once it was answered.
    InTime(Record),
    /// Nothing yet.
    TooLate,
    /// The answer may have been missed, or nobody may wait any more: it is to be looked up.
    Missed,
}

/// An answer that a request waits for, until this is dropped.
pub(crate) struct Expected {
    answers: Arc<AwaitedAnswers>,
    attempt: AttemptId,
    coming: Option<oneshot::Receiver<Arrived>>,
}

impl Expected {
    /// Waits.
    pub(crate) async fn arrives(mut self) -> Arrived {
        let arrived = match &mut self.coming {
            Some(coming) => coming.await.unwrap_or(Arrived::Missed),
            None => Arrived::Missed,
        };
        self.coming = None;
        meters::WAITS.one(match arrived {
            Arrived::InTime(_) => WaitEnd::Answered,
            Arrived::TooLate => WaitEnd::TooLate,
            Arrived::Missed => WaitEnd::Missed,
        });
        arrived
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
        let Some(waiting) = self.waiting.get_mut(&attempt) else { return };
        waiting.retain(|request| !request.tell.is_closed());
        if waiting.is_empty() {
            self.waiting.remove(&attempt);
        }
    }
}

/// Tells all who wait for an attempt how it stands.
fn tell(mut waiting: Vec<Waiting>, record: Record) {
    let Some(last) = waiting.pop() else { return };
    for request in waiting {
        let _ = request.tell.send(Arrived::InTime(record.clone()));
    }
    let _ = last.tell.send(Arrived::InTime(record));
}

impl AwaitedAnswers {
    /// Expects the answer to an attempt, for so long. What was said before counts for nothing: so expect it first, and then
    /// send the attempt on its way.
    pub(crate) fn expect(self: &Arc<Self>, event: EventId, attempt: AttemptId, wait: Duration) -> Expected {
        let (tell, coming) = oneshot::channel();
        let mut requests = self.lock();
        if !requests.closed {
            let request = Waiting { event, until: Instant::now() + wait, tell };
            requests.waiting.entry(attempt).or_default().push(request);
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
                News::Answer(answer) | News::AnswerTo(answer, _) => {
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
        answered.into_values().for_each(|(waiting, record)| tell(waiting, record));
    }

    /// Tells those whose attempts came again how they stand.
    pub(crate) fn hear_repeats(&self, repeats: Repeats) {
        for record in repeats.records {
            let waiting = self.lock().waiting.remove(&record.id);
            waiting.into_iter().for_each(|waiting| tell(waiting, record.clone()));
        }
    }

    /// Lets those go who have waited for as long as they would, or wait for a line that `stands_still`. To be called every few
    /// milliseconds.
    pub(crate) fn let_go(&self, stands_still: &HashSet<EventId>) {
        let now = Instant::now();
        let is_in_vain = |request: &mut Waiting| request.until <= now || stands_still.contains(&request.event);
        self.lock().waiting.retain(|_, waiting| {
            for late in waiting.extract_if(.., is_in_vain) {
                let _ = late.tell.send(Arrived::TooLate);
            }
            !waiting.is_empty()
        });
    }

    /// These attempts may not be in the line: whoever waits for one must ask.
    pub(crate) fn give_up(&self, attempts: &[AttemptId]) {
        let mut requests = self.lock();
        attempts.iter().for_each(|attempt| drop(requests.waiting.remove(attempt)));
    }

    /// Rounds were missed, of one event or of any: whoever waits for them must look.
    pub(crate) fn missed(&self, of: Option<EventId>) {
        let is_heard = |request: &Waiting| of.is_some_and(|event| event != request.event);
        self.lock().waiting.retain(|_, waiting| waiting.iter().all(is_heard));
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

    const LONG: Duration = Duration::from_secs(60);

    async fn heard(expected: Expected) -> Option<Record> {
        match expected.arrives().await {
            Arrived::InTime(record) => Some(record),
            Arrived::TooLate | Arrived::Missed => None,
        }
    }

    #[tokio::test]
    async fn everybody_who_waits_for_an_attempt_hears_how_it_stands_after_the_round() {
        let answers = Arc::<AwaitedAnswers>::default();
        let (one, twice) = (answers.expect(event(1), attempt(7), LONG), answers.expect(event(1), attempt(7), LONG));
        let other = answers.expect(event(1), attempt(8), LONG);
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
        let _waits = answers.expect(event(1), attempt(7), LONG);
        answers.hear_round(round([(7, News::Change(Change::Expired))]));
        assert_eq!(answers.lock().waiting.len(), 1);
    }

    #[tokio::test]
    async fn whoever_leaves_is_forgotten_and_the_others_are_not() {
        let answers = Arc::<AwaitedAnswers>::default();
        let (first, second) = (answers.expect(event(1), attempt(7), LONG), answers.expect(event(1), attempt(7), LONG));
        drop(first);
        answers.hear_round(round([(7, News::Answer(standby()))]));
        assert!(heard(second).await.is_some());
        drop(answers.expect(event(1), attempt(8), LONG));
        assert!(answers.lock().waiting.is_empty());
    }

    #[tokio::test]
    async fn whoever_has_waited_long_enough_is_let_go_and_nobody_else() {
        let answers = Arc::<AwaitedAnswers>::default();
        let patient = answers.expect(event(1), attempt(7), LONG);
        let impatient = answers.expect(event(1), attempt(7), Duration::ZERO);
        answers.let_go(&HashSet::new());
        assert!(matches!(impatient.arrives().await, Arrived::TooLate));
        let paused = answers.expect(event(2), attempt(8), LONG);
        answers.let_go(&HashSet::from([event(2)]));
        assert!(matches!(paused.arrives().await, Arrived::TooLate));
        answers.hear_round(round([(7, News::Answer(standby()))]));
        assert!(heard(patient).await.is_some());
    }

    #[tokio::test]
    async fn whoever_waits_for_what_may_not_be_in_the_line_must_ask() {
        let answers = Arc::<AwaitedAnswers>::default();
        let (lost, kept) = (answers.expect(event(1), attempt(7), LONG), answers.expect(event(1), attempt(8), LONG));
        answers.give_up(&[attempt(7), attempt(9)]);
        assert_eq!(heard(lost).await, None);
        answers.hear_round(round([(8, News::Answer(standby()))]));
        assert!(heard(kept).await.is_some());
    }

    #[tokio::test]
    async fn what_may_have_been_missed_is_to_be_looked_up() {
        let answers = Arc::<AwaitedAnswers>::default();
        let (missed, kept) = (answers.expect(event(1), attempt(7), LONG), answers.expect(event(2), attempt(8), LONG));
        answers.missed(Some(event(1)));
        assert_eq!(heard(missed).await, None);
        assert_eq!(answers.lock().waiting.len(), 1);
        answers.close();
        assert_eq!(heard(kept).await, None);
        assert_eq!(heard(answers.expect(event(1), attempt(9), LONG)).await, None, "nobody waits while we leave");
    }
}
