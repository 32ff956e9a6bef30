//! What is measured, in which order, and what it should come to.

mod growth;

use std::time::Duration;

use testbed::Kind as Service;

use super::arena::{Contender, Flashline, Goods, strangers};
use super::contenders::Kind;
use super::drive::{Load, Run, drive};
use super::figures::{Figures, median_per_s};
use super::report::{Machine, Report, Waiting};
use super::sockets::Count;
use super::usage::resident_bytes;
use super::waiters::Waiters;
use super::{Options, core};

const SHOPPERS: u32 = 10_000;
/// More than any run sells.
const PLENTY: u32 = 10_000_000;
const GRANTED: Goods = Goods { stock: PLENTY, per_shopper: 1_000 };
const RUSH: Goods = Goods { stock: PLENTY, per_shopper: 2 };
const MINUTE: Duration = Duration::from_secs(60);
/// Open sockets of one notifier.
const WAITING: u32 = 18_000;
/// After the sockets are open, before memory is read.
const SETTLE: Duration = Duration::from_secs(3);
/// A broadcast goes out in 24 slices, one every 25 ms, each with what is known by then: it has reached
/// everybody this long after its first slice, plus the time that a message is under way.
const SLICES_MS: u64 = 600;

/// The alternatives, and which `appendfsync` they run on.
const ALTERNATIVES: [(&str, Kind, &str); 9] = [
    ("echo", Kind::Echo, "always"),
    ("db statement", Kind::DbStatement, "always"),
    ("db pessimistic", Kind::DbPessimistic, "always"),
    ("db optimistic", Kind::DbOptimistic, "always"),
    ("db unit rows", Kind::DbUnitRows, "always"),
    ("db advisory", Kind::DbAdvisory, "always"),
    ("redis-lua always", Kind::RedisLua, "always"),
    ("redis-lua everysec", Kind::RedisLua, "everysec"),
    ("queue-naive", Kind::QueueNaive, "always"),
];
const DB: [&str; 5] = ["db statement", "db pessimistic", "db optimistic", "db unit rows", "db advisory"];

/// A run of everything, and what has come out so far.
pub(super) struct Programme<'o> {
    options: &'o Options,
    flashline: Flashline,
    report: Report,
}

impl<'o> Programme<'o> {
    pub(super) async fn new(options: &'o Options) -> anyhow::Result<Self> {
        let flashline = Flashline::start(options, 1).await?;
        Ok(Self { options, flashline, report: Report { machine: Machine::here(), ..Report::default() } })
    }

    /// The pure decision function.
    pub(super) fn core(&mut self) {
        self.report.core = core::measure();
        let slowest = self.report.core.values().copied().fold(f64::MAX, f64::min);
        self.report.at_least("core: decisions a second on one core", slowest, 5e6, "/s");
    }

    /// Every contender in turn, several times, so that a slow minute of the machine hits them all.
    pub(super) async fn contenders(&mut self) -> anyhow::Result<()> {
        for round in 1..=self.options.rounds {
            for (name, kind, appendfsync) in ALTERNATIVES {
                let granted = self.alternative(kind, GRANTED, appendfsync).await?;
                self.note(round, name, false, &granted);
                if kind == Kind::Echo || kind == Kind::QueueNaive {
                    continue; // it makes no difference to them
                }
                let rush = self.alternative(kind, RUSH, appendfsync).await?;
                self.note(round, name, true, &rush);
            }
            let load = Load::Saturate(Duration::from_secs(self.options.seconds));
            for (goods, is_rush) in [(GRANTED, false), (RUSH, true)] {
                let run = self.flashline(goods, &load).await?;
                self.note(round, "flashline", is_rush, &run);
            }
        }
        self.compare();
        Ok(())
    }

    fn compare(&mut self) {
        for rush in [false, true] {
            let word = if rush { "rush" } else { "all granted" };
            let per_s = |name: &str| {
                let all =
                    if rush && self.report.rush.contains_key(name) { &self.report.rush } else { &self.report.granted };
                all.get(name).map_or(f64::NAN, |runs| median_per_s(runs))
            };
            let ours = per_s("flashline");
            let best_db = DB.into_iter().map(per_s).fold(0.0, f64::max);
            let ratios = [
                ("echo", ours / per_s("echo"), 0.30),
                ("redis-lua always", ours / per_s("redis-lua always"), 1.0),
                ("the best db-only", ours / best_db, 8.0),
                ("queue-naive", ours / per_s("queue-naive"), 5.0),
            ];
            for (name, ratio, target) in ratios {
                self.report.at_least(format!("{word}: times {name}"), ratio, target, "");
            }
        }
    }

    /// The throughput of a minute: accepted, decided in order, pushed.
    pub(super) async fn minute(&mut self) -> anyhow::Result<()> {
        let run = self.flashline(RUSH, &Load::Saturate(MINUTE)).await?;
        let figures = self.keep("a minute", &run);
        let echo = self.report.granted.get("echo").map(|runs| median_per_s(runs));
        let target = if echo.is_none_or(|per_s| per_s >= 100_000.0) { 2e6 } else { 1e6 };
        self.report.at_least("attempts in 60 s", figures.per_s * MINUTE.as_secs_f64(), target, "");
        self.report.at_most("unanswered in 60 s", figures.unanswered as f64, 0.0, "");
        Ok(())
    }

    pub(super) async fn latency(&mut self) -> anyhow::Result<()> {
        let steady = Load::rate(5_000.0, Duration::from_secs(20));
        let steady = self.flashline(RUSH, &steady).await?;
        let steady = self.keep("5,000 a second", &steady);
        let answer = steady.answer.percentiles;
        self.report.at_most("5,000 a second: p50", answer.p50, 5.0, "ms");
        self.report.at_most("5,000 a second: p95", answer.p95, 15.0, "ms");
        self.report.at_most("5,000 a second: p99", answer.p99, 50.0, "ms");
        self.report.at_most("5,000 a second: 202 p95", steady.accept.percentiles.p95, 10.0, "ms");

        let most = self.flashline(RUSH, &Load::Saturate(Duration::from_secs(self.options.seconds))).await?.per_s();
        let half = self.flashline(RUSH, &Load::rate(most / 2.0, Duration::from_secs(15))).await?;
        let half = self.keep("half of the maximum", &half);
        self.report.at_most("half of the maximum: p95", half.answer.percentiles.p95, 30.0, "ms");

        let spike = Load::steps(&[(100.0, Duration::from_secs(3)), (10_000.0, Duration::from_secs(6))]);
        let spike = self.flashline(RUSH, &spike).await?;
        let spike = self.keep("spike", &spike);
        let worst = |from: usize| spike.p95_by_second.iter().skip(from).copied().fold(0.0, f64::max);
        self.report.at_most("spike: p95 of its worst second", worst(3), 100.0, "ms");
        self.report.at_most("spike: p95 from its third second on", worst(5), 30.0, "ms");

        let opening = Load::rate(f64::from(SHOPPERS), Duration::from_secs(1));
        let opening = self.flashline(RUSH, &opening).await?;
        let opening = self.keep("opening", &opening);
        self.report.at_most("opening: p95", opening.answer.percentiles.p95, 500.0, "ms");
        self.report.at_least("opening: answered", opening.answered as f64, f64::from(SHOPPERS), "");

        let dying = self.while_dispensers_die().await?;
        let dying = self.keep("dispensers die", &dying);
        self.report.at_most("takeover: the longest wait", dying.answer.percentiles.max / 1_000.0, 5.0, "s");
        self.report.at_most("takeover: unanswered", dying.unanswered as f64, 0.0, "");
        Ok(())
    }

    /// Whichever of the two is the writer: first one is killed and started again, then the other.
    async fn while_dispensers_die(&mut self) -> anyhow::Result<Run> {
        let opened = self.flashline.open(RUSH, SHOPPERS).await?;
        let door = self.flashline.door(self.options.connections);
        let load = Load::rate(2_000.0, Duration::from_secs(16));
        let running = drive(&door, &opened.shoppers, &load);
        let testbed = &mut self.flashline.testbed;
        let killing = async {
            for index in 0..2 {
                tokio::time::sleep(Duration::from_secs(3)).await;
                testbed.process(Service::Dispenser, index).kill();
                tokio::time::sleep(Duration::from_secs(3)).await;
                testbed.process(Service::Dispenser, index).start()?;
            }
            anyhow::Ok(())
        };
        let (run, killed) = tokio::join!(running, killing);
        killed?;
        run
    }

    /// Waiting shoppers on one notifier, then on three, while outcomes are pushed to them.
    pub(super) async fn waiting(&mut self) -> anyhow::Result<()> {
        for notifiers in [1, 3] {
            self.flashline.testbed.stop().await?;
            self.flashline = Flashline::start(self.options, notifiers).await?;
            let waiting = self.wait(notifiers).await?;
            let who = format!("{} waiting on {notifiers}", waiting.shoppers);
            self.report.at_most(format!("{who}: memory each"), waiting.kib_each, 8.0, "KiB");
            self.report.at_most(format!("{who}: broadcast"), waiting.broadcast_ms_max as f64, 1_000.0, "ms");
            self.report.at_least(format!("{who}: outcomes a second"), waiting.outcomes_per_s, 4_900.0, "/s");
            self.report.at_most(format!("{who}: sockets lost"), waiting.broken as f64, 0.0, "");
            println!("{waiting:?}");
            self.report.waiting.push(waiting);
        }
        Ok(())
    }

    async fn wait(&self, notifiers: usize) -> anyhow::Result<Waiting> {
        let (event, sku) = self.flashline.create(RUSH).await?;
        let memory = || -> anyhow::Result<u64> {
            self.flashline.testbed.pids(Service::Notifier).into_iter().map(resident_bytes).sum()
        };
        let before = memory()?;
        let key = &self.flashline.testbed.session_key;
        let mut crowds = Vec::new();
        for crowd in 0..u32::try_from(notifiers)? {
            let who = crowd * WAITING..(crowd + 1) * WAITING;
            crowds.push(Waiters::start(event, who, &self.flashline.testbed.socket_urls, key).await?);
        }
        tokio::time::sleep(SETTLE).await;
        let bytes = memory()?.saturating_sub(before);
        let shoppers = u64::from(WAITING) * notifiers as u64;
        look(&mut crowds).await?;
        let clickers = super::shoppers::Shoppers::new(0..u32::try_from(shoppers)?, key, event, &sku)?;
        // Their answers go to the sockets of the waiters, who count them.
        let mut door = self.flashline.door(self.options.connections);
        door.pushes = false;
        let lasts = Duration::from_secs(10);
        drive(&door, &clickers.into(), &Load::rate(5_000.0, lasts)).await?;
        tokio::time::sleep(SETTLE).await;
        let heard = look(&mut crowds).await?;
        Ok(Waiting {
            shoppers,
            notifiers,
            kib_each: bytes as f64 / shoppers as f64 / 1024.0,
            broadcast_ms_max: SLICES_MS + heard.progress_ms_max,
            outcomes_per_s: heard.answers as f64 / lasts.as_secs_f64(),
            broken: heard.broken,
        })
    }

    /// Stops the system. Gives the report.
    pub(super) async fn finish(mut self) -> anyhow::Result<Report> {
        self.flashline.testbed.stop().await?;
        Ok(self.report)
    }

    async fn alternative(&self, kind: Kind, goods: Goods, appendfsync: &str) -> anyhow::Result<Run> {
        self.set_appendfsync(appendfsync).await?;
        let testbed = &self.flashline.testbed;
        let contender = Contender::start(kind, &testbed.servers, goods, &testbed.session_key).await?;
        let shoppers = strangers(SHOPPERS, &testbed.session_key)?;
        let load = Load::Saturate(Duration::from_secs(self.options.seconds));
        let run = drive(&contender.door(self.options.connections), &shoppers, &load).await?;
        self.set_appendfsync("always").await?;
        Ok(run)
    }

    async fn set_appendfsync(&self, value: &str) -> anyhow::Result<()> {
        let mut redis = self.flashline.testbed.servers.redis()?;
        redis::cmd("CONFIG").arg(&["SET", "appendfsync", value]).exec_async(&mut redis).await?;
        Ok(())
    }

    async fn flashline(&self, goods: Goods, load: &Load) -> anyhow::Result<Run> {
        let opened = self.flashline.open(goods, SHOPPERS).await?;
        let run = drive(&self.flashline.door(self.options.connections), &opened.shoppers, load).await?;
        let Count { broken, .. } = opened.sockets.count();
        anyhow::ensure!(broken == 0, "{broken} sockets were closed during the run");
        Ok(run)
    }

    fn note(&mut self, round: u32, name: &'static str, rush: bool, run: &Run) {
        let figures = Figures::of(run);
        let word = if rush { "rush" } else { "granted" };
        println!("round {round}  {name:<20} {word:<8} {}", line(&figures));
        let all = if rush { &mut self.report.rush } else { &mut self.report.granted };
        all.entry(name).or_default().push(figures);
    }

    fn keep(&mut self, name: &'static str, run: &Run) -> Figures {
        let figures = Figures::of(run);
        println!("{name:<38} {}", line(&figures));
        self.report.runs.insert(name, figures.clone());
        figures
    }
}

/// What all crowds heard.
async fn look(crowds: &mut [Waiters]) -> anyhow::Result<Count> {
    let mut all = Count::default();
    for crowd in crowds {
        let heard = crowd.count().await?;
        all.answers += heard.answers;
        all.progress += heard.progress;
        all.progress_ms_max = all.progress_ms_max.max(heard.progress_ms_max);
        all.broken += heard.broken;
    }
    Ok(all)
}

fn line(figures: &Figures) -> String {
    let answer = figures.answer.percentiles;
    format!(
        "{:>8.0}/s  p50 {:>6.1}  p95 {:>6.1}  p99 {:>6.1} ms  client {:>2.0} %  unanswered {}  refused {:?}",
        figures.per_s,
        answer.p50,
        answer.p95,
        answer.p99,
        figures.client_share * 100.0,
        figures.unanswered,
        figures.refused
    )
}
