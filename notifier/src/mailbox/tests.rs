use super::*;
use sale::time::UnixMs;
use uuid::Uuid;

fn letter(text: &str) -> Letter {
    Letter {
        about: (EventId(Uuid::nil()), AttemptId(Uuid::nil())),
        text: text.to_owned().into(),
        push: Push::default(),
    }
}

/// In a session of its own.
fn open(mailboxes: &Mailboxes, shopper: ShopperId) -> Arc<Mailbox> {
    mailboxes.open(shopper, Family::begin(UnixMs(0)))
}

fn progress(event: EventId, broadcast: u64, text: &str) -> ProgressText {
    ProgressText { event, broadcast, text: text.to_owned().into() }
}

#[tokio::test]
async fn news_are_kept_and_progress_is_replaced() {
    let mailboxes = Mailboxes::default();
    let (shopper, event) = (ShopperId(Uuid::from_u128(1)), EventId(Uuid::from_u128(2)));
    let mailbox = open(&mailboxes, shopper);
    mailboxes.watch(&mailbox, &[event]);
    for n in 0..3 {
        mailboxes.tell(shopper, &letter(&format!("news {n}")), None);
        mailboxes.tell_watchers(0..1, &progress(event, n, &format!("progress {n}")));
    }
    let mail = mailbox.take().await;
    assert_eq!(mail.news.iter().map(|letter| letter.text.as_str()).collect::<Vec<_>>(), ["news 0", "news 1", "news 2"]);
    assert_eq!(mail.progress, [(event, Utf8Bytes::from("progress 2"))]);
}

#[tokio::test]
async fn a_slice_of_the_watchers_is_told_and_no_other() {
    let mailboxes = Mailboxes::default();
    let event = EventId(Uuid::from_u128(2));
    let watchers: Vec<_> = (0..5).map(|n| open(&mailboxes, ShopperId(Uuid::from_u128(n)))).collect();
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
    let mailbox = open(&mailboxes, shopper);
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
    let mailbox = open(&mailboxes, shopper);
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
    let waits = tokio::spawn({
        let mailbox = Arc::clone(&mailbox);
        async move { mailbox.take().await }
    });
    tokio::task::yield_now().await;
    (0..ALONG_MAX).for_each(|_| mailboxes.tell_along(shopper, &letter("along")));
    assert_eq!(waits.await.expect("mail").news.len(), ALONG_MAX, "before they pile up");
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_closed_rather_than_lied_to() {
    let mailboxes = Mailboxes::default();
    let shopper = ShopperId(Uuid::from_u128(1));
    let mailbox = open(&mailboxes, shopper);
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
    let (first, second) = (open(&mailboxes, one), open(&mailboxes, other));
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
    let oldest = open(&mailboxes, shopper);
    let _others: Vec<_> = (0..SOCKETS_PER_SHOPPER_MAX).map(|_| open(&mailboxes, shopper)).collect();
    assert_eq!(oldest.take().await.close, Some(Close::TooMany));
}

#[tokio::test]
async fn when_a_session_ends_its_sockets_are_closed_and_no_others() {
    let mailboxes = Mailboxes::default();
    let (shopper, left) = (ShopperId(Uuid::from_u128(1)), Family::begin(UnixMs(0)));
    let tabs = [(); 2].map(|()| mailboxes.open(shopper, left));
    let phone = open(&mailboxes, shopper);
    mailboxes.close_ended(|_, session| session == left);
    for tab in tabs {
        assert_eq!(tab.take().await.close, Some(Close::SessionEnded));
    }
    assert_eq!(lock(&phone.waiting).mail.close, None);
}
