//! What waits to be sent to each socket. News are kept in order and bounded; of progress only the latest
//! counts, so a slow reader skips what is out of date.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sale::ids::{AttemptId, EventId, ShopperId};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::meters;
use crate::traced::Push;

/// News that may wait for one socket. More means that its reader is gone or far too slow.
const NEWS_MAX: usize = 64;
/// Sockets of one shopper (tabs, devices). With one more, the oldest is closed.
const SOCKETS_PER_SHOPPER_MAX: usize = 8;

/// News on their way to one socket.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// About which attempt, to be looked up again after an interruption.
    pub(crate) about: (EventId, AttemptId),
    pub(crate) text: Utf8Bytes,
    pub(crate) push: Push,
}

/// An event's progress, as one of its broadcasts tells it.
#[derive(Clone, Debug)]
pub(crate) struct ProgressText {
    pub(crate) event: EventId,
    /// Which of the event's broadcasts.
    pub(crate) broadcast: u64,
    pub(crate) text: Utf8Bytes,
}

/// Why a socket is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Close {
    /// Its news piled up.
    TooSlow,
    /// The shopper opened too many others since.
    TooMany,
}

/// What there is to do for a socket.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    pub(crate) news: VecDeque<Letter>,
    pub(crate) progress: Vec<(EventId, Utf8Bytes)>,
    pub(crate) close: Option<Close>,
    /// News may have been missed: look all known attempts up again.
    pub(crate) look_again: bool,
}

/// The mailbox of one socket.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    waiting: Mutex<Pending>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Pending {
    mail: Mail,
    /// The last broadcast that was put here, of an event that is watched.
    told: Option<(EventId, u64)>,
}

impl Pending {
    fn add(&mut self, letter: Letter) {
        let mail = &mut self.mail;
        if mail.news.len() < NEWS_MAX {
            mail.news.push_back(letter);
        } else {
            meters::NEWS_DROPPED.one();
            mail.close = Some(Close::TooSlow);
        }
    }

    /// Whether broadcasts of an event come here.
    fn watches(&self, event: EventId) -> bool {
        self.told.is_some_and(|(watched, _)| watched == event)
    }

    /// A broadcast comes once. The latest progress of an event replaces what the reader has not got to.
    fn tell(&mut self, progress: &ProgressText) {
        let broadcast = Some((progress.event, progress.broadcast));
        if std::mem::replace(&mut self.told, broadcast) == broadcast {
            return;
        }
        let text = progress.text.clone();
        match self.mail.progress.iter_mut().find(|(known, _)| *known == progress.event) {
            Some((_, waiting)) => {
                meters::PROGRESS_SKIPPED.one();
                *waiting = text;
            }
            None => self.mail.progress.push((progress.event, text)),
        }
    }
}

impl Mail {
    fn is_empty(&self) -> bool {
        self.news.is_empty() && self.progress.is_empty() && self.close.is_none() && !self.look_again
    }
}

impl Mailbox {
    /// Waits for mail and takes it. Safe to cancel.
    pub(crate) async fn take(&self) -> Mail {
        loop {
            {
                let mail = &mut lock(&self.waiting).mail;
                if !mail.is_empty() {
                    return std::mem::take(mail);
                }
            }
            self.arrived.notified().await;
        }
    }

    /// Applies a change, and wakes the socket only if there is mail.
    fn put(&self, change: impl FnOnce(&mut Pending)) {
        let has_mail = {
            let mut waiting = lock(&self.waiting);
            change(&mut waiting);
            !waiting.mail.is_empty()
        };
        if has_mail {
            self.arrived.notify_one();
        }
    }

    /// News, and with them the progress of an event that is watched here: one write for both.
    fn put_news(&self, letter: Letter, progress: Option<&ProgressText>) {
        self.put(|waiting| {
            waiting.add(letter);
            if let Some(progress) = progress.filter(|progress| waiting.watches(progress.event)) {
                waiting.tell(progress);
            }
        });
    }

    /// News that may go out with the next broadcast of the event that they are about, within a second: nobody is woken
    /// for them. Where that event is not watched, nothing would take them along: they go now.
    fn put_along(&self, letter: Letter) {
        let event = letter.about.0;
        let mut waiting = lock(&self.waiting);
        waiting.add(letter);
        if !waiting.watches(event) || waiting.mail.close.is_some() {
            drop(waiting);
            self.arrived.notify_one();
        }
    }
}

/// All sockets: by shopper for news, by event for progress.
#[derive(Default)]
pub(crate) struct Mailboxes {
    by_shopper: Mutex<HashMap<ShopperId, Vec<Arc<Mailbox>>>>,
    by_event: Mutex<HashMap<EventId, Vec<Arc<Mailbox>>>>,
}

impl Mailboxes {
    /// A mailbox for a new socket of a shopper.
    pub(crate) fn open(&self, shopper: ShopperId) -> Arc<Mailbox> {
        let mailbox = Arc::new(Mailbox::default());
        let mut by_shopper = lock(&self.by_shopper);
        let sockets = by_shopper.entry(shopper).or_default();
        if sockets.len() >= SOCKETS_PER_SHOPPER_MAX {
            sockets.remove(0).put(|waiting| waiting.mail.close = Some(Close::TooMany));
        }
        sockets.push(Arc::clone(&mailbox));
        mailbox
    }

    /// Forgets a socket that closed.
    pub(crate) fn close(&self, shopper: ShopperId, mailbox: &Arc<Mailbox>, watched: &[EventId]) {
        self.unwatch(mailbox, watched);
        remove(&mut lock(&self.by_shopper), shopper, mailbox);
    }

    /// Sends an event's progress here from now on.
    pub(crate) fn watch(&self, mailbox: &Arc<Mailbox>, events: &[EventId]) {
        let mut by_event = lock(&self.by_event);
        for event in events {
            by_event.entry(*event).or_default().push(Arc::clone(mailbox));
        }
    }

    /// No longer.
    pub(crate) fn unwatch(&self, mailbox: &Arc<Mailbox>, events: &[EventId]) {
        lock(&mailbox.waiting).told = None;
        let mut by_event = lock(&self.by_event);
        for event in events {
            remove(&mut by_event, *event, mailbox);
        }
    }

    /// Whether anybody waits for this shopper's news here.
    pub(crate) fn has(&self, shopper: ShopperId) -> bool {
        lock(&self.by_shopper).contains_key(&shopper)
    }

    /// News for all sockets of a shopper, and the progress of the event that they are about.
    pub(crate) fn tell(&self, shopper: ShopperId, letter: &Letter, progress: Option<&ProgressText>) {
        if let Some(sockets) = lock(&self.by_shopper).get(&shopper) {
            sockets.iter().for_each(|mailbox| mailbox.put_news(letter.clone(), progress));
        }
    }

    /// News for all sockets of a shopper who hears them elsewhere first: they go along with the next broadcast.
    pub(crate) fn tell_along(&self, shopper: ShopperId, letter: &Letter) {
        if let Some(sockets) = lock(&self.by_shopper).get(&shopper) {
            sockets.iter().for_each(|mailbox| mailbox.put_along(letter.clone()));
        }
    }

    /// Progress for some of those who watch an event, by their places, which change when sockets close.
    pub(crate) fn tell_watchers(&self, places: Range<usize>, progress: &ProgressText) {
        // Copied so that sockets that come and go need not wait.
        let some = lock(&self.by_event).get(&progress.event).and_then(|all| all.get(places).map(<[_]>::to_vec));
        some.iter().flatten().for_each(|mailbox| mailbox.put(|waiting| waiting.tell(progress)));
    }

    /// Events that somebody watches, and how many do.
    pub(crate) fn watched(&self) -> Vec<(EventId, usize)> {
        lock(&self.by_event).iter().map(|(event, watchers)| (*event, watchers.len())).collect()
    }

    /// News may have been missed: everybody looks again.
    pub(crate) fn look_again(&self) {
        for sockets in lock(&self.by_shopper).values() {
            sockets.iter().for_each(|mailbox| mailbox.put(|waiting| waiting.mail.look_again = true));
        }
    }
}

fn remove<K: Eq + std::hash::Hash>(all: &mut HashMap<K, Vec<Arc<Mailbox>>>, key: K, mailbox: &Arc<Mailbox>) {
    if let Some(sockets) = all.get_mut(&key) {
        if let Some(index) = sockets.iter().position(|known| Arc::ptr_eq(known, mailbox)) {
            sockets.swap_remove(index);
        }
        if sockets.is_empty() {
            all.remove(&key);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn letter(text: &str) -> Letter {
        Letter {
            about: (EventId(Uuid::nil()), AttemptId(Uuid::nil())),
            text: text.to_owned().into(),
            push: Push::default(),
        }
    }

    fn progress(event: EventId, broadcast: u64, text: &str) -> ProgressText {
        ProgressText { event, broadcast, text: text.to_owned().into() }
    }

    #[tokio::test]
    async fn news_are_kept_and_progress_is_replaced() {
        let mailboxes = Mailboxes::default();
        let (shopper, event) = (ShopperId(Uuid::from_u128(1)), EventId(Uuid::from_u128(2)));
        let mailbox = mailboxes.open(shopper);
        mailboxes.watch(&mailbox, &[event]);
        for n in 0..3 {
            mailboxes.tell(shopper, &letter(&format!("news {n}")), None);
            mailboxes.tell_watchers(0..1, &progress(event, n, &format!("progress {n}")));
        }
        let mail = mailbox.take().await;
        assert_eq!(
            mail.news.iter().map(|letter| letter.text.as_str()).collect::<Vec<_>>(),
            ["news 0", "news 1", "news 2"]
        );
        assert_eq!(mail.progress, [(event, Utf8Bytes::from("progress 2"))]);
    }

    #[tokio::test]
    async fn a_slice_of_the_watchers_is_told_and_no_other() {
        let mailboxes = Mailboxes::default();
        let event = EventId(Uuid::from_u128(2));
        let watchers: Vec<_> = (0..5).map(|n| mailboxes.open(ShopperId(Uuid::from_u128(n)))).collect();
        watchers.iter().for_each(|mailbox| mailboxes.watch(mailbox, &[event]));
        assert_eq!(mailboxes.watched(), [(event, 5)]);
        mailboxes.tell_watchers(1..3, &progress(event, 1, "progress"));
        mailboxes.tell_watchers(4..6, &progress(event, 1, "beyond"));
        let told: Vec<bool> = watchers.iter().map(|mailbox| !lock(&mailbox.waiting).mail.progress.is_empty()).collect();
        assert_eq!(told, [false, true, true, false, false], "places that have gone are nobody's");
    }

    #[tokio::test]
    async fn a_broadcast_comes_once_with_news_or_without() {
        let mailboxes = Mailboxes::default();
        let (shopper, event) = (ShopperId(Uuid::from_u128(1)), EventId(Uuid::from_u128(2)));
        let mailbox = mailboxes.open(shopper);
        let told = || async { mailbox.take().await.progress.len() };
        mailboxes.tell(shopper, &letter("news"), Some(&progress(event, 1, "not watched")));
        assert_eq!(told().await, 0);
        mailboxes.watch(&mailbox, &[event]);
        mailboxes.tell_watchers(0..1, &progress(event, 1, "by itself"));
        assert_eq!(told().await, 1);
        mailboxes.tell(shopper, &letter("news"), Some(&progress(event, 1, "the same")));
        assert_eq!(told().await, 0);
        mailboxes.tell(shopper, &letter("news"), Some(&progress(event, 2, "with news")));
        assert_eq!(told().await, 1);
        mailboxes.tell_watchers(0..1, &progress(event, 2, "the same"));
        assert!(lock(&mailbox.waiting).mail.progress.is_empty());
        mailboxes.unwatch(&mailbox, &[event]);
        mailboxes.tell(shopper, &letter("news"), Some(&progress(event, 3, "no longer watched")));
        assert_eq!(told().await, 0);
    }

    #[tokio::test]
    async fn news_that_are_heard_elsewhere_first_wake_nobody_and_go_along_with_the_next_broadcast() {
        let mailboxes = Mailboxes::default();
        let (shopper, event) = (ShopperId(Uuid::from_u128(1)), letter("").about.0);
        let mailbox = mailboxes.open(shopper);
        mailboxes.tell_along(shopper, &letter("nothing is watched: nothing would take it along"));
        assert_eq!(mailbox.take().await.news.len(), 1);
        mailboxes.watch(&mailbox, &[event]);
        mailboxes.tell_watchers(0..1, &progress(event, 1, "first"));
        mailbox.take().await;
        let waits = tokio::spawn({
            let mailbox = Arc::clone(&mailbox);
            async move { mailbox.take().await }
        });
        tokio::task::yield_now().await; // it waits now
        mailboxes.tell_along(shopper, &letter("along"));
        tokio::task::yield_now().await;
        assert!(!waits.is_finished(), "nobody is woken");
        mailboxes.tell_watchers(0..1, &progress(event, 2, "second"));
        let mail = waits.await.expect("mail");
        assert_eq!((mail.news.len(), mail.progress.len()), (1, 1), "in one write");
    }

    #[tokio::test]
    async fn a_reader_that_does_not_read_is_closed_rather_than_lied_to() {
        let mailboxes = Mailboxes::default();
        let shopper = ShopperId(Uuid::from_u128(1));
        let mailbox = mailboxes.open(shopper);
        for _ in 0..=NEWS_MAX {
            mailboxes.tell(shopper, &letter("news"), None);
        }
        let mail = mailbox.take().await;
        assert_eq!((mail.news.len(), mail.close), (NEWS_MAX, Some(Close::TooSlow)));
    }

    #[tokio::test]
    async fn nobody_hears_anybody_elses_news_and_closing_forgets() {
        let mailboxes = Mailboxes::default();
        let (one, other) = (ShopperId(Uuid::from_u128(1)), ShopperId(Uuid::from_u128(2)));
        let (first, second) = (mailboxes.open(one), mailboxes.open(other));
        mailboxes.tell(one, &letter("for one"), None);
        assert_eq!(first.take().await.news.len(), 1);
        assert!(lock(&second.waiting).mail.news.is_empty());
        mailboxes.close(one, &first, &[]);
        assert!(!mailboxes.has(one) && mailboxes.has(other));
    }

    #[tokio::test]
    async fn one_tab_too_many_closes_the_oldest() {
        let mailboxes = Mailboxes::default();
        let shopper = ShopperId(Uuid::from_u128(1));
        let oldest = mailboxes.open(shopper);
        let _others: Vec<_> = (0..SOCKETS_PER_SHOPPER_MAX).map(|_| mailboxes.open(shopper)).collect();
        assert_eq!(oldest.take().await.close, Some(Close::TooMany));
    }
}
