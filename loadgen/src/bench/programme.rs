//! What is measured, in which order, and what it should come to.

mod draw;
mod growth;
mod hoarders;
mod side_by_side;

use std::time::Duration;

use testbed::Kind as Service;

use super::arena::{Flashline, Goods};
use super::drive::{Door, Load, Run, drive};
use super::figures::{Figures, median_per_s};
use super::http::Contract;
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

    /// The throughput of a minute: accepted, decided in order, answered.
    pub(super) async fn minute(&mut self) -> anyhow::Result<()> {
        let load = Load::Saturate(MINUTE);
        let echo = self.report.rush.get(&self.options.connections).and_then(|rush| rush.get("echo"));
        let echo = echo.map(|runs| median_per_s(runs));
        for (name, contract, target) in
            [("a minute, response", Contract::Response, 18.0), ("a minute, push", Contract::Push, 14.0)]
        {
            let run = self.flashline(RUSH, contract, self.options.connections, &load).await?;
            let figures = self.keep(name, &run);
            if let Some(echo) = echo {
                let times = figures.per_s * MINUTE.as_secs_f64() / echo;
                self.report.at_least(format!("{name}: times what echo makes in a second"), times, target, "");
            }
            self.report.at_most(format!("{name}: unanswered"), figures.unanswered as f64, 0.0, "");
        }
        Ok(())
    }

    pub(super) async fn latency(&mut self) -> anyhow::Result<()> {
        let connections = self.options.connections;
        let fast = Load::Saturate(Duration::from_secs(self.options.seconds));
        for (name, contract, p50, p95) in
            [("response", Contract::Response, 4.0, 12.0), ("push", Contract::Push, 6.0, 15.0)]
        {
            let load = Load::rate(5_000.0, Duration::from_secs(20));
            let run = self.flashline(RUSH, contract, connections, &load).await?;
            let run = self.keep(format!("5,000 a second, {name}"), &run);
            let answer = run.answer.percentiles;
            self.report.at_most(format!("5,000 a second, {name}: p50"), answer.p50, p50, "ms");
            self.report.at_most(format!("5,000 a second, {name}: p95"), answer.p95, p95, "ms");

            let most = self.flashline(RUSH, contract, connections, &fast).await?.per_s();
            let half = Load::rate(most / 2.0, Duration::from_secs(15));
            let half = self.flashline(RUSH, contract, connections, &half).await?;
            let half = self.keep(format!("half of the maximum, {name}"), &half);
            self.report.at_most(format!("half of the maximum, {name}: p95"), half.answer.percentiles.p95, 30.0, "ms");

            let spike = Load::steps(&[(100.0, Duration::from_secs(3)), (10_000.0, Duration::from_secs(6))]);
            let spike = self.flashline(RUSH, contract, connections, &spike).await?;
            let spike = self.keep(format!("spike, {name}"), &spike);
            let worst = |from: usize| spike.p95_by_second.iter().skip(from).copied().fold(0.0, f64::max);
            self.report.at_most(format!("spike, {name}: p95 of its worst second"), worst(3), 100.0, "ms");
            self.report.at_most(format!("spike, {name}: p95 from its third second on"), worst(5), 40.0, "ms");
        }

        let open_pages = self.flashline.door(connections, Contract::Response);
        let run = self.with_pages_open(RUSH, &open_pages, &fast).await?;
        self.keep("as fast as it goes, response, with 10,000 pages open", &run);

        let opening = Load::rate(f64::from(SHOPPERS), Duration::from_secs(1));
        let opening = self.flashline(RUSH, Contract::Push, connections, &opening).await?;
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
        let door = self.flashline.door(self.options.connections, Contract::Push);
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
            self.report.at_most(format!("{who}: memory each"), waiting.kib_each, 6.0, "KiB");
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
        let door = self.flashline.door(self.options.connections, Contract::Success);
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

    /// Whoever hears at a socket has one open; whoever has the answer in the response needs none, as with the others.
    async fn flashline(
        &self,
        goods: Goods,
        contract: Contract,
        connections: usize,
        load: &Load,
    ) -> anyhow::Result<Run> {
        let door = self.flashline.door(connections, contract);
        if contract != Contract::Push {
            return drive(&door, &self.flashline.shoppers(goods, SHOPPERS).await?, load).await;
        }
        self.with_pages_open(goods, &door, load).await
    }

    /// The same, with a page open for each shopper.
    async fn with_pages_open(&self, goods: Goods, door: &Door, load: &Load) -> anyhow::Result<Run> {
        let opened = self.flashline.open(goods, SHOPPERS).await?;
        let run = drive(door, &opened.shoppers, load).await?;
        let Count { broken, .. } = opened.sockets.count();
        anyhow::ensure!(broken == 0, "{broken} sockets were closed during the run");
        Ok(run)
    }

    fn keep(&mut self, name: impl Into<String>, run: &Run) -> Figures {
        let (name, figures) = (name.into(), Figures::of(run));
        println!("{name:<44} {}", line(&figures));
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
