//! A system to which things happen, one sale after the other.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sale::definition::LOBBY_CLOSED_SECONDS_MIN;
use sale::gateway::GatewayKind;
use sale::ids::EventId;
use sale::time::UnixMs;
use serde_json::{Value, json};
use testbed::shopper::Mood;
use testbed::verify::Promise;
use testbed::{Crowd, Front, Kind, NewSale, Outcome, Plan, Testbed};
use tokio::sync::watch;
use tokio::time::Instant;

use super::felt::{Before, Felt};
use super::network::Network;
use super::schedule::Schedule;
use super::stage::Stage;

const SHOPPERS: usize = 250;
const STOCK: u32 = 40;
/// Where they come from.
const ADDRESSES: usize = 25;
/// The sale stays open so long after its last click.
const OPEN_ON: Duration = Duration::from_secs(56);
const GATHER: Duration = Duration::from_secs(1);
/// They click for so long, or for as long as something happens.
const CLICK: Duration = Duration::from_secs(4);
/// The lobby closes so long after the first click, and the sale opens as soon as it may.
const LOBBY: Duration = Duration::from_millis(700);
const LOBBY_CLOSED: Duration = Duration::from_secs(LOBBY_CLOSED_SECONDS_MIN);
/// Some click after the opening.
const CLICK_BY_DRAW: Duration = Duration::from_secs(7);
const PATIENCE: Duration = Duration::from_secs(45);
/// Of Redis and of PostgreSQL.
const DISK_MB: u32 = 600;
/// Of Stripe's answers one in so many is lost.
const LOST_ONE_IN: u32 = 8;
/// An answer is expected within this time of the 202 while PostgreSQL is away.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// A running system behind a network that can be disturbed.
pub struct Arena {
    testbed: Testbed,
    network: Network,
}

/// One run, judged.
pub struct Judged {
    pub(super) schedule: Schedule,
    pub(super) took: Duration,
    /// Promises, or why nothing could be judged.
    pub(super) verdict: Result<Vec<Promise>, String>,
    felt: Felt,
}

impl Judged {
    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        self.verdict.as_ref().is_ok_and(|promises| promises.iter().all(|promise| promise.kept))
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_good() { "kept  " } else { "BROKEN" };
        write!(out, "{word} {:>5.1} s  {}", self.took.as_secs_f64(), self.schedule)?;
        match &self.verdict {
            Err(why) => write!(out, "\n    not judged: {why}")?,
            Ok(promises) => {
                write!(out, "  {}", self.felt)?;
                for broken in promises.iter().filter(|promise| !promise.kept) {
                    write!(out, "\n    {}: {}", broken.promise, broken.detail)?;
                }
            }
        }
        Ok(())
    }
}

impl Arena {
    /// Two of every service. `name` is the server set.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn start(name: &str) -> anyhow::Result<Self> {
        // New ones: only those get disks.
        let servers = Testbed::builder().set(name).on_new_servers().on_disks(DISK_MB).up().await?;
        let mut network = Network::open(&servers).await?;
        let front = Front::choose(2, 2)?;
        let shown = network.in_front(front.clone()).await?;
        let described = Testbed::builder().on(servers).of_each(2).fronted(front, shown).on_stripe();
        // The crowd says where it comes from.
        let described = described.setting("FLASHLINE_TRUSTED_PROXIES", "127.0.0.1");
        let proxied = network.settings();
        let described =
            proxied.fold(described, |described, (kind, name, value)| described.setting_of(kind, name, value));
        let testbed = described.start().await?;
        testbed.stripe.iter().for_each(|stripe| stripe.loses_one_in(LOST_ONE_IN));
        Ok(Self { testbed, network })
    }

    /// A sale during which the schedule happens; afterwards everything runs again.
    pub async fn judge(&mut self, mut schedule: Schedule) -> Judged {
        if !self.testbed.servers.have_disks() && schedule.leave_out_disks() {
            println!("seed {}: no disk is filled, since this user may not mount one", schedule.seed);
        }
        let began = Instant::now();
        let mut felt = Felt::default();
        let verdict = self.sell(&schedule, &mut felt).await.map_err(|error| format!("{error:#}"));
        Judged { schedule, took: began.elapsed(), verdict, felt }
    }

    async fn sell(&mut self, schedule: &Schedule, felt: &mut Felt) -> anyhow::Result<Vec<Promise>> {
        self.testbed.ready().await?;
        let roster_changes = self.roster_changes().await;
        let before = Before::read(&self.testbed, &self.network).await?;
        let click = if schedule.by_draw { CLICK_BY_DRAW } else { CLICK }.max(schedule.lasts());
        // It ends soon after the crowd has gone: a hundred open sales are another load than one.
        let open_for_ms = i64::try_from((click + OPEN_ON).as_millis())?;
        let gateway = Some(schedule.gateway.word());
        let sale = NewSale { hold_seconds: 4, open_for_ms, gateway, ..NewSale::of_one(STOCK) };
        let sale = if schedule.by_draw { by_draw(sale) } else { sale };
        let sale = if schedule.has_limits { NewSale { hoarding: limits(), ..sale } } else { sale };
        let event = self.testbed.admin.create(&sale).await?;
        let skus = [sale.items[0].sku.clone()];
        let crowd = Crowd {
            plans: (0..SHOPPERS).map(|index| plan(index, &skus, schedule.gateway)).collect(),
            gather: GATHER,
            click,
            patience: PATIENCE,
        };
        let doors = self.testbed.base_urls.clone();
        let (mood, observed) = watch::channel(Mood::Calm);
        let first_click = Instant::now() + GATHER;
        let running = tokio::spawn(async move { crowd.run_in(observed, &doors, event).await });
        let (testbed, network) = (&mut self.testbed, &self.network);
        let repeated = Arc::<AtomicU64>::default();
        let (mood, going) = (Arc::new(mood), HashMap::new());
        let mut stage = Stage { testbed, network, event, mood, repeated: Arc::clone(&repeated), going, paused: None };
        let mut troubles = Vec::new();
        for (at, fault, begins) in schedule.steps() {
            tokio::time::sleep_until(first_click + at).await;
            let done = if begins { stage.begin(fault).await } else { stage.end(fault).await };
            if let Err(error) = done {
                troubles.push(format!("{}: {error:#}", fault.name()));
            }
        }
        let paused = stage.paused;
        drop(stage);
        self.mend().await?;
        let outcome = running.await??;
        anyhow::ensure!(troubles.is_empty(), "a fault could not be made or undone: {}", troubles.join("; "));
        let mut promises = self.testbed.judge(event, &outcome).await?.promises;
        let repeated = repeated.load(Ordering::Relaxed);
        *felt = Felt::since(before, &self.testbed, &self.network, event, &outcome, repeated).await?;
        if let Some((told, until)) = paused {
            promises.push(self.nobody_answered(event, told, until).await?);
        }
        promises.extend(schedule.without_postgres().map(|away| sales_go_on(&outcome, away)));
        if schedule.is_busy() {
            promises.push(Promise::of(
                "a busy PostgreSQL leaves the rosters alone",
                "every dispenser and order-worker".to_owned(),
                (self.roster_changes().await > roster_changes)
                    .then(|| "a roster changed".to_owned())
                    .into_iter()
                    .collect(),
            ));
        }
        Ok(promises)
    }

    /// While a sale is paused, everybody keeps their place.
    async fn nobody_answered(&self, event: EventId, told: UnixMs, until: UnixMs) -> anyhow::Result<Promise> {
        let decided = self.testbed.decided_within(event, told, until).await?;
        let wrong = format!("{decided} outcomes in {} ms of a pause", until.ms_since(told));
        let wrong = Some(wrong).filter(|_| decided > 0).into_iter().collect();
        Ok(Promise::of("a paused sale answers nobody", "the whole pause".to_owned(), wrong))
    }

    /// How often a process of ours, while it lives, has seen others come or go.
    async fn roster_changes(&self) -> f64 {
        let mut changes = 0.0;
        for kind in [Kind::Dispenser, Kind::OrderWorker] {
            changes += self.testbed.metrics(kind, "flashline_process_roster_changes_total").await.iter().sum::<f64>();
        }
        changes
    }

    /// What a supervisor would do: what has ended is started.
    async fn mend(&mut self) -> anyhow::Result<()> {
        self.network.clear();
        self.testbed.servers.mend().await?;
        self.testbed.revive()
    }

    /// Stops everything. Logs stay, and the data of servers that had no disks of their own.
    ///
    /// # Errors
    /// When something does not stop in good order.
    pub async fn end(mut self) -> anyhow::Result<()> {
        self.testbed.stop().await?;
        self.testbed.servers.down().await
    }
}

/// A random plan, from one of some addresses.
fn plan(index: usize, skus: &[String], gateway: GatewayKind) -> Plan {
    let from = IpAddr::V4(Ipv4Addr::new(10, 0, 0, (index % ADDRESSES) as u8));
    Plan { from: Some(from), ..Plan::random(skus, None).through(gateway) }
}

/// Limits that a crowd of that size goes beyond in each way.
fn limits() -> Value {
    json!({ "unpaid_max": 1, "address_unpaid_max": 2, "rest_seconds": 10, "address_percent": 5 })
}

/// The same sale, with a lobby that is open now.
fn by_draw(sale: NewSale) -> NewSale {
    let ms = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let closes_ms = ms(GATHER + LOBBY);
    // With what it takes to make the sale.
    let opens_in_ms = closes_ms + ms(LOBBY_CLOSED) + 100;
    NewSale { lobby_ms: Some((-1_000, closes_ms)), opens_in_ms, ..sale }
}

/// While PostgreSQL is away, whoever gets a 202 is answered all the same.
fn sales_go_on(outcome: &Outcome, away: Range<Duration>) -> Promise {
    let ms = |at: Duration| (GATHER + at).as_secs_f64() * 1_000.0;
    let within = ms(away.start)..ms(away.end - ANSWERED_WITHIN);
    let taken: Vec<f64> = outcome
        .diaries
        .iter()
        .filter_map(|diary| {
            let (accepted_ms, _) = diary.seen.accepted?;
            let answered_ms = diary.seen.answered_ms.unwrap_or(f64::MAX);
            within.contains(&accepted_ms).then_some(answered_ms - accepted_ms)
        })
        .collect();
    let late = taken.iter().filter(|took_ms| **took_ms > ANSWERED_WITHIN.as_secs_f64() * 1_000.0).count();
    let wrong = format!("{late} of {} accepted meanwhile had to wait for their answer", taken.len());
    Promise::of(
        "sales go on without PostgreSQL",
        format!("{} accepted meanwhile", taken.len()),
        Some(wrong).filter(|_| taken.is_empty() || late > 0).into_iter().collect(),
    )
}
