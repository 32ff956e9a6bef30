//! One message's worth of commands.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use broker::Awaited;
use sale::command::{Command, LineBatch};
use sale::ids::{AttemptId, DoorId, ShopperId};
use sale::wire::{self, WireError};
use tokio::sync::oneshot;

use super::{LineCounters, NotInLine, Queued};
use crate::awaited::AwaitedAnswers;

/// The replies that wait for a message's confirm. Dropped, they say "unknown".
pub(super) struct Replies {
    replies: Vec<oneshot::Sender<Result<(), NotInLine>>>,
    /// Attempts sent up to and with this message.
    sent: u64,
    at: Instant,
    /// Its attempts.
    attempts: Vec<(ShopperId, AttemptId)>,
    /// Those whose answers requests wait for here, until the message is confirmed.
    awaited: Vec<AttemptId>,
    answers: Arc<AwaitedAnswers>,
}

impl Replies {
    /// Says that all of it is in the line.
    pub(super) fn confirm(mut self, counts: &LineCounters) {
        counts.marks.lock().unwrap_or_else(PoisonError::into_inner).note(self.sent, self.at);
        counts.undecided().confirm(&self.attempts);
        self.awaited.clear();
        for reply in self.replies.drain(..) {
            let _ = reply.send(Ok(()));
        }
    }

    /// Of a message with one command.
    #[cfg(test)]
    pub(super) fn of_one() -> (Self, oneshot::Receiver<Result<(), NotInLine>>) {
        let (reply, answer) = oneshot::channel();
        let replies = vec![reply];
        let (attempts, awaited, answers) = (Vec::new(), Vec::new(), Arc::default());
        (Self { replies, sent: 1, at: Instant::now(), attempts, awaited, answers }, answer)
    }
}

impl Drop for Replies {
    fn drop(&mut self) {
        if !self.awaited.is_empty() {
            self.replies.clear();
            self.answers.give_up(&self.awaited);
        }
    }
}

/// Makes one message of what has gathered, in order.
///
/// The message carries the time at which its first command was admitted, so that an attempt admitted just
/// before the window closed is not refused because it waited for the batch; and never an earlier time than
/// the message before it.
pub(super) fn make(
    door: DoorId,
    counts: &LineCounters,
    answers: &Arc<AwaitedAnswers>,
    gathered: &mut Vec<Queued>,
) -> Result<(Vec<u8>, Awaited, Replies), WireError> {
    let first = gathered.first().map_or(0, |entry| entry.entering.admitted_at.0);
    let admitted_at = counts.admitted_at.fetch_max(first, Ordering::Relaxed).max(first);
    let (mut marks, mut awaited) = (Awaited::default(), Vec::new());
    for (index, entry) in gathered.iter().enumerate() {
        if let Some(attempt) = entry.entering.awaited() {
            marks.mark(index);
            awaited.push(attempt);
        }
    }
    let attempts: Vec<_> = gathered.iter().filter_map(|entry| entry.entering.attempt()).collect();
    let (commands, replies): (Vec<Command>, Vec<_>) =
        gathered.drain(..).map(|entry| (entry.entering.command, entry.reply)).unzip();
    let sent = attempts.len() as u64;
    let door_attempts = counts.sent.fetch_add(sent, Ordering::Relaxed) + sent;
    let batch = LineBatch { door, door_attempts, admitted_at: sale::time::UnixMs(admitted_at), commands };
    let answers = Arc::clone(answers);
    let replies = Replies { replies, sent: door_attempts, at: Instant::now(), attempts, awaited, answers };
    Ok((wire::encode(&batch)?, marks, replies))
}

/// Refuses what has gathered: it certainly is not in the line.
pub(super) fn refuse(counts: &LineCounters, answers: &AwaitedAnswers, gathered: &mut Vec<Queued>) {
    let awaited: Vec<AttemptId> = gathered.iter().filter_map(|entry| entry.entering.awaited()).collect();
    for entry in gathered.drain(..) {
        if entry.entering.attempt().is_some() {
            counts.entered.fetch_sub(1, Ordering::Relaxed);
        }
        let _ = entry.reply.send(Err(NotInLine::Down));
    }
    answers.give_up(&awaited);
}

#[cfg(test)]
mod tests {
    use super::*;
    use sale::command::{Attempt, CancelCause};
    use sale::ids::{AttemptId, ItemNo, ShopperId};
    use sale::time::UnixMs;
    use uuid::Uuid;

    use crate::line::Entering;

    fn attempt(n: u128) -> Command {
        let id = AttemptId(Uuid::from_u128(n));
        Command::Attempt(Attempt { id, shopper: ShopperId(Uuid::nil()), item: ItemNo(0), quantity: 1, coupon: None })
    }

    fn entry(command: Command, at: u64) -> (Queued, oneshot::Receiver<Result<(), NotInLine>>) {
        let (reply, confirmed) = oneshot::channel();
        (Queued { entering: Entering { admitted_at: UnixMs(at), ..Entering::now(command) }, reply }, confirmed)
    }

    fn message(counts: &LineCounters, commands: &[(Command, u64)]) -> LineBatch {
        let mut gathered = commands.iter().map(|(command, at)| entry(command.clone(), *at).0).collect();
        let (bytes, ..) = make(DoorId(Uuid::nil()), counts, &Arc::default(), &mut gathered).expect("a message");
        assert!(gathered.is_empty());
        wire::decode(&bytes).expect("decodes")
    }

    #[test]
    fn a_message_keeps_the_order_counts_attempts_and_never_goes_back_in_time() {
        let counts = LineCounters::default();
        let cancel = Command::Cancel { attempt: AttemptId(Uuid::nil()), cause: CancelCause::Shopper };
        let first = message(&counts, &[(attempt(1), 50), (cancel, 51), (attempt(2), 60)]);
        assert_eq!((first.door_attempts, first.admitted_at), (2, UnixMs(50)));
        assert!(matches!(&first.commands[2], Command::Attempt(second) if second.id.0.as_u128() == 2));
        let second = message(&counts, &[(attempt(3), 40)]);
        assert_eq!((second.door_attempts, second.admitted_at), (3, UnixMs(50)));
    }

    #[test]
    fn a_message_says_which_answers_are_awaited_here() {
        let mut gathered: Vec<Queued> = (0..3).map(|n| entry(attempt(n), 1).0).collect();
        gathered[1].entering.awaited = true;
        let (_, awaited, _) =
            make(DoorId(Uuid::nil()), &LineCounters::default(), &Arc::default(), &mut gathered).expect("a message");
        assert_eq!([0, 1, 2].map(|index| awaited.has(index)), [false, true, false]);
    }

    #[tokio::test]
    async fn dropped_replies_say_unknown_and_refused_ones_say_so() {
        let counts = LineCounters::default();
        counts.entered.store(2, Ordering::Relaxed);
        let (kept, mut confirmed) = entry(attempt(1), 1);
        let (.., replies) = make(DoorId(Uuid::nil()), &counts, &Arc::default(), &mut vec![kept]).expect("a message");
        drop(replies);
        assert!(confirmed.try_recv().is_err());
        let (refused, answer) = entry(attempt(2), 2);
        refuse(&counts, &AwaitedAnswers::default(), &mut vec![refused]);
        assert_eq!(answer.await, Ok(Err(NotInLine::Down)));
        assert_eq!(counts.entered.load(Ordering::Relaxed), 1);
    }
}
