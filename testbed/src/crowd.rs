//! Many shoppers at once. Arrivals are open-loop: each click has its time before anything is sent, and
//! latency counts from that time, so that a slow system cannot slow its own measurement down.

use std::net::IpAddr;
use std::time::Duration;

use hdrhistogram::Histogram;
use reqwest::header::{HeaderName, HeaderValue};
use sale::ids::EventId;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::api::NewSale;
use crate::diary::Diary;
use crate::shopper::{self, Mood, Plan, Then, World};

/// Of a test's crowd: time to open the page, and time to stay after the last click.
const GATHER: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(45);
/// Of every client: a request that takes longer is made again.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);
/// From the last page that is opened to the first click.
const BREATH: Duration = Duration::from_millis(200);

/// How a crowd behaves.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// What each shopper is up to.
    pub plans: Vec<Plan>,
    /// Over how long they open the page and their socket, before the first click.
    pub gather: Duration,
    /// Over how long they click: a third of them in the first tenth.
    pub click: Duration,
    /// When everybody goes home, counted from the last click.
    pub patience: Duration,
}

/// What came of it.
pub struct Outcome {
    /// When the crowd's clock began, which the times in diaries are counted from.
    pub began: Instant,
    /// What each shopper saw.
    pub diaries: Vec<Diary>,
    /// From the first click to the last answer, in seconds.
    pub seconds: f64,
    /// From the scheduled click to the response, in microseconds.
    pub accepted_us: Histogram<u64>,
    /// From the scheduled click to the answer, in microseconds.
    pub answered_us: Histogram<u64>,
}

impl Outcome {
    /// When nobody was there but those in a test.
    pub fn of_nobody() -> Self {
        summary(Instant::now(), Vec::new())
    }

    /// Together with a crowd that came later to the same sale: everybody's times on the clock of the first.
    pub fn and(self, later: Self) -> Self {
        let ahead_ms = later.began.saturating_duration_since(self.began).as_secs_f64() * 1_000.0;
        let mut diaries = later.diaries;
        for seen in diaries.iter_mut().map(|diary| &mut diary.seen) {
            seen.scheduled_ms += ahead_ms;
            seen.sent_ms += ahead_ms;
            seen.accepted = seen.accepted.map(|(at_ms, attempt)| (at_ms + ahead_ms, attempt));
            seen.answered_ms = seen.answered_ms.map(|at_ms| at_ms + ahead_ms);
        }
        diaries.extend(self.diaries);
        summary(self.began, diaries)
    }

    /// How many shoppers ended in a state.
    pub fn count(&self, state: &str) -> usize {
        self.diaries.iter().filter(|diary| diary.seen.state == state).count()
    }

    /// How many were told the number of an order that is paid.
    pub fn paid(&self) -> usize {
        self.diaries.iter().filter(|diary| diary.seen.order_number.is_some()).count()
    }
}

impl Crowd {
    /// A crowd for tests: each buys one unit of one item, and does with it what `then` says of their number; they click
    /// within some seconds, every tenth of them twice. They open the page within a second before, and go home 45 s after
    /// the last click.
    pub fn buying(sale: &NewSale, shoppers: usize, seconds: f64, then: impl Fn(usize) -> Then) -> Self {
        let plan = |index: usize| Plan {
            sku: sale.items[index % sale.items.len()].sku.clone(),
            quantity: 1,
            coupon: None,
            then: then(index),
            double_click: index.is_multiple_of(10),
            waits: !index.is_multiple_of(3),
            types_for: Duration::ZERO,
            from: None,
        };
        Self {
            plans: (0..shoppers).map(plan).collect(),
            gather: GATHER,
            click: Duration::from_secs_f64(seconds),
            patience: PATIENCE,
        }
    }

    /// Lets the crowd loose on a sale.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub async fn run(&self, base_urls: &[String], event: EventId) -> anyhow::Result<Outcome> {
        self.run_watched(base_urls, event, || {}).await
    }

    /// The same, and says so whenever one of them goes home.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub async fn run_watched(
        &self,
        base_urls: &[String],
        event: EventId,
        goes_home: impl FnMut(),
    ) -> anyhow::Result<Outcome> {
        let (_calm, mood) = watch::channel(Mood::Calm);
        self.play(mood, base_urls, event, goes_home).await
    }

    /// The same in a mood that changes.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub async fn run_in(
        &self,
        mood: watch::Receiver<Mood>,
        base_urls: &[String],
        event: EventId,
    ) -> anyhow::Result<Outcome> {
        self.play(mood, base_urls, event, || {}).await
    }

    async fn play(
        &self,
        mood: watch::Receiver<Mood>,
        base_urls: &[String],
        event: EventId,
        mut goes_home: impl FnMut(),
    ) -> anyhow::Result<Outcome> {
        let began = Instant::now();
        let first_click = began + self.gather + BREATH;
        let tls = tls::Settings::default().load()?.anonymous_config()?;
        let browser = |from: Option<IpAddr>| {
            let forwarded = from.and_then(|from| HeaderValue::try_from(from.to_string()).ok());
            let headers = forwarded.into_iter().map(|from| (HeaderName::from_static("x-forwarded-for"), from));
            let client = reqwest::Client::builder().timeout(ANSWERED_WITHIN).tcp_nodelay(true);
            let client = client.default_headers(headers.collect());
            client.tls_backend_preconfigured(tls.clone()).build()
        };
        let ends = first_click + self.click + self.patience;
        let world = World::new(browser(None)?, base_urls, event, (began, ends), mood);
        let mut lives = JoinSet::new();
        for (index, plan) in self.plans.iter().enumerate() {
            let share = index as f64 / self.plans.len().max(1) as f64;
            let opens_page_at = began + self.gather.mul_f64(share);
            let clicks_at = first_click + self.click.mul_f64(when(rand::random_range(0.0..1.0)));
            // A connection of their own, opened with the page, as a browser has: in a rush nobody opens one.
            let mut world = world.clone();
            world.client = browser(plan.from)?;
            lives.spawn(shopper::live(world, plan.clone(), clicks_at, opens_page_at));
        }
        let mut diaries = Vec::with_capacity(self.plans.len());
        while let Some(life) = lives.join_next().await {
            diaries.extend(life?);
            goes_home();
        }
        Ok(summary(began, diaries))
    }
}

/// A third in the first tenth of the time, the others evenly after it.
fn when(chance: f64) -> f64 {
    if chance < 1.0 / 3.0 { chance * 0.3 } else { 0.1 + (chance - 1.0 / 3.0) * 1.35 }
}

fn summary(began: Instant, diaries: Vec<Diary>) -> Outcome {
    let histogram =
        || Histogram::new_with_bounds(1, 600_000_000, 3).unwrap_or_else(|_| Histogram::new(3).expect("3 digits"));
    let (mut accepted_us, mut answered_us) = (histogram(), histogram());
    let (mut first_ms, mut last_ms) = (f64::MAX, 0f64);
    for seen in diaries.iter().map(|diary| &diary.seen) {
        first_ms = first_ms.min(seen.scheduled_ms);
        let since = |at_ms: f64| ((at_ms - seen.scheduled_ms).max(0.0) * 1_000.0) as u64;
        if let Some((at_ms, _)) = seen.accepted {
            accepted_us.saturating_record(since(at_ms));
        }
        if let (Some(at_ms), Some(_)) = (seen.answered_ms, seen.accepted) {
            answered_us.saturating_record(since(at_ms));
            last_ms = last_ms.max(at_ms);
        }
    }
    Outcome { began, diaries, seconds: ((last_ms - first_ms) / 1_000.0).max(0.001), accepted_us, answered_us }
}
