//! What waits to be sent to each socket. News are kept in order and bounded; of progress only the latest
//! counts, so a slow reader skips what is out of date.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sale::ids::{AttemptId, EventId, ShopperId};
use session::Family;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::meters;
use crate::traced::Push;

/// News that may wait for one socket. More means that its reader is gone or far too slow.
const NEWS_MAX: usize = 64;
/// News that may wait to be taken along by a broadcast: with more, they go at once, as nobody is to be closed for them.
const ALONG_MAX: usize = NEWS_MAX / 4;
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
    /// Its session was ended.
    SessionEnded,
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
#[derive(Debug)]
pub(crate) struct Mailbox {
    session: Family,
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

    /// Has the socket closed.
    pub(crate) fn close(&self, why: Close) {
        self.put(|waiting| waiting.mail.close = Some(why));
    }

    /// Takes what there is, even if that is nothing.
    pub(crate) fn take_now(&self) -> Mail {
        std::mem::take(&mut lock(&self.waiting).mail)
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
        if !waiting.watches(event) || waiting.mail.news.len() >= ALONG_MAX || waiting.mail.close.is_some() {
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
    /// A mailbox for a new socket of a shopper, opened in a session of theirs.
    pub(crate) fn open(&self, shopper: ShopperId, session: Family) -> Arc<Mailbox> {
        let mailbox = Arc::new(Mailbox { session, waiting: Mutex::default(), arrived: Notify::new() });
        let mut by_shopper = lock(&self.by_shopper);
        let sockets = by_shopper.entry(shopper).or_default();
        if sockets.len() >= SOCKETS_PER_SHOPPER_MAX {
            sockets.remove(0).close(Close::TooMany);
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

    /// Has those sockets closed whose sessions are over.
    pub(crate) fn close_ended(&self, is_over: impl Fn(ShopperId, Family) -> bool) {
        for (shopper, sockets) in lock(&self.by_shopper).iter() {
            for mailbox in sockets.iter().filter(|mailbox| is_over(*shopper, mailbox.session)) {
                mailbox.close(Close::SessionEnded);
            }
        }
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
mod tests;
