//! Notifications: telling shoppers whose page is closed, by mail and by Web Push.
//!
//! ```text
//! round, order, refund ─▶ outbox (in its transaction) ─▶ still true? ─▶ in words ─▶ mail server, push service
//! clock (opens soon)   ─▶                                   └▶ later, or never
//! ```
//! Each waits as a row, and is leased by whoever tries it: an order-worker may die anywhere, and another sends the same again under
//! the same id. What it says is read at that moment.
//!
//! What may never happen: that something is told which is not true when it is sent, or to somebody who does not want it any more.

mod by_mail;
mod by_push;
mod services;
mod told;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use look::Looks;
use record::catalogue::{self, Sale};
use record::notifications::{self, Channel, Due, End, Recipient};
use record::{PgPool, lag};
use sale::ids::EventId;
use tls::Trust;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::errands::Errands;
use crate::mails::Post;
use crate::meters::{self, NotificationEnd};
use crate::pages::Pages;
use crate::{Context, pause};
use by_push::Pushes;
use told::Saying;

/// Notifications that are tried at once, by mail and by Web Push each.
const AT_ONCE: usize = 32;
/// Longer than a try takes: nobody else tries a notification that long.
const LEASE: Duration = Duration::from_secs(40);
/// Before the second try; then twice as long each time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Between any two tries.
const AGAIN_LATEST: Duration = Duration::from_secs(300);
/// How often to look which sales open soon, and what waits.
const WATCH_EVERY: Duration = Duration::from_secs(2);

const BY_MAIL: &[Channel] = &[Channel::Mail, Channel::Buyer];
const BY_PUSH: &[Channel] = &[Channel::Push];

/// What it takes to tell shoppers.
pub(crate) struct Desk {
    pool: PgPool,
    pages: Pages,
    post: Option<Post>,
    pushes: Option<Pushes>,
    channels: Vec<Channel>,
}

/// What came of a try.
enum Tried {
    Ended(End),
    /// Not at the moment; when its server says how long to wait, not before that.
    Again(Option<Duration>),
    /// It was not tried: its server is left alone for so long.
    HeldBack(Duration),
}

impl Desk {
    /// As configured; nothing, where shoppers are told neither by mail nor by Web Push.
    ///
    /// # Errors
    /// When the settings do not go together. The message names the setting.
    pub(crate) fn open(
        config: &Config,
        context: &Context,
        trust: &Trust,
        looks: &Looks,
    ) -> anyhow::Result<Option<Self>> {
        // Connections of its own: whoever waits for a code does not stand behind a crowd that is told of an opening.
        let post = Post::open(&config.emails, &config.mail, trust, looks)?;
        let pushes = Pushes::open(&config.push, trust)?;
        let (by_mail, by_push) = (post.as_ref().map(|_| BY_MAIL), pushes.as_ref().map(|_| BY_PUSH));
        let channels = [by_mail, by_push].into_iter().flatten().flatten().copied().collect::<Vec<_>>();
        let is_open = !channels.is_empty();
        let (pool, pages) = (context.pool.clone(), context.pages.clone());
        Ok(is_open.then_some(Self { pool, pages, post, pushes, channels }))
    }
}

/// What is due by some channels. Those of one kind do not stand behind those of another.
pub(crate) struct Notifications {
    desk: Arc<Desk>,
    channels: &'static [Channel],
}

impl Notifications {
    /// By mail, and by Web Push, where each is configured.
    pub(crate) fn of(desk: &Arc<Desk>) -> impl Iterator<Item = Self> {
        let kinds: [&[Channel]; 2] = [BY_MAIL, BY_PUSH];
        let open = kinds.map(|kind| kind.iter().all(|channel| desk.channels.contains(channel)).then_some(kind));
        let desk = Arc::clone(desk);
        open.into_iter().flatten().map(move |channels| Self { desk: Arc::clone(&desk), channels })
    }
}

impl Errands for Notifications {
    const NAME: &'static str = "notifications";

    async fn start_due(&mut self, under_way: &mut JoinSet<()>) -> anyhow::Result<usize> {
        let free = AT_ONCE.saturating_sub(under_way.len());
        if free == 0 {
            return Ok(0);
        }
        let due = notifications::claim(&self.desk.pool, self.channels, LEASE, i64::try_from(free)?).await?;
        let started = due.len();
        let mut sales: HashMap<EventId, Option<Arc<Sale>>> = HashMap::new();
        for due in due {
            // Read anew each time: what an organiser did a moment ago counts.
            let sale = match sales.entry(due.event) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(unknown) => {
                    let sale = catalogue::load(&self.desk.pool, due.event).await?.map(Arc::new);
                    unknown.insert(sale).clone()
                }
            };
            let desk = Arc::clone(&self.desk);
            under_way.spawn(async move {
                let Some(sale) = sale else { return };
                try_one(&desk, &due, &sale).await;
            });
        }
        Ok(started)
    }
}

/// Tries a notification, and notes what came of it. No log names who it is for.
async fn try_one(desk: &Desk, due: &Due, sale: &Sale) {
    let noted = match told::said(desk, due, sale, clock::now()).await {
        _ if matches!(due.to, Recipient::Nobody) => end(desk, due, End::Unsubscribed).await,
        Ok(Saying::Never) => end(desk, due, End::Untrue).await,
        Ok(Saying::Later(at)) => notifications::put_off(&desk.pool, due.id, clock::to_utc(at)).await,
        Ok(Saying::Tell(written, until)) => {
            let began = Instant::now();
            let tried = match &due.to {
                Recipient::Push(target) => Ok(by_push::send(desk, due, target, &written, until).await),
                Recipient::Mail(_) | Recipient::Buyer(_) | Recipient::Nobody => {
                    by_mail::send(desk, due, sale, &written).await
                }
            };
            meters::NOTIFICATION.took(began.elapsed());
            match tried {
                Err(error) => Err(error),
                Ok(Tried::Ended(as_what)) => end(desk, due, as_what).await,
                Ok(Tried::Again(asked_for)) => {
                    retry::again("notification");
                    meters::NOTIFICATIONS.one(NotificationEnd::Failed);
                    let after = pause_after(due.tries).max(asked_for.unwrap_or_default());
                    notifications::again(&desk.pool, due.id, after).await
                }
                Ok(Tried::HeldBack(after)) => notifications::hold_back(&desk.pool, due.id, after).await,
            }
        }
        Err(error) => Err(error),
    };
    if let Err(error) = noted {
        retry::again("notifications");
        tracing::warn!(%error, "what became of a notification is not noted: it is tried again");
    }
}

async fn end(desk: &Desk, due: &Due, end: End) -> record::Result<()> {
    notifications::ended(&desk.pool, due.id, end).await?;
    meters::NOTIFICATIONS.one(end.into());
    Ok(())
}

/// How long until the next try: so that many which failed together are not tried together.
fn pause_after(tries: i32) -> Duration {
    pause::after(tries, AGAIN_AFTER, AGAIN_LATEST, 0.5..1.0)
}

/// Looks which sales open soon, and what waits, until told to stop: no timer opens a sale, so somebody has to look.
pub(crate) async fn watch(desk: Arc<Desk>, lead: Duration, shutdown: CancellationToken) -> anyhow::Result<()> {
    while tokio::time::timeout(WATCH_EVERY, shutdown.cancelled()).await.is_err() {
        if let Err(error) = notifications::opening_soon(&desk.pool, lead).await {
            retry::again("openings");
            tracing::warn!(%error, "could not look which sales open soon, will try again");
        }
        match lag::notifications(&desk.pool, &desk.channels).await {
            Ok(waiting) => {
                meters::NOTIFICATIONS_WAITING.set(waiting.count as f64);
                meters::NOTIFICATIONS_OLDEST.set(waiting.oldest_s);
            }
            Err(error) => {
                retry::again("watch");
                tracing::debug!(%error, "could not look which notifications wait");
            }
        }
    }
    Ok(())
}
