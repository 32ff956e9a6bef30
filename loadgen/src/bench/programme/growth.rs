//! The same throughput whatever there is more of: stock, sales, people in line. And what each leaves in Redis.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use testbed::Kind as Service;

use super::{Programme, RUSH, SHOPPERS};
use crate::bench::arena::{Goods, Opened};
use crate::bench::drive::{Load, Run, drive};
use crate::bench::figures::median;
use crate::bench::http::Contract;

const EVENTS: u32 = 50;
/// Connections in the comparison of one sale with many: enough that people click in each of them all the time.
const CONNECTIONS: usize = 4_000;
/// Attempts that stand in line before the first of them is decided.
const LINE: usize = 1_000_000;
/// Between two kills of a dispenser.
const RECOVER: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// For the whole line to be answered.
const PATIENCE: Duration = Duration::from_secs(180);
/// After a run, before memory is read: what is only on its way to the record has gone.
const SETTLE: Duration = Duration::from_secs(2);

/// How a long line was answered.
struct Drained {
    /// Answers a second, while the door was as busy as it could be and the line at its longest.
    per_s: f64,
    /// The longest time without an answer, while each dispenser was killed once.
    silent: Duration,
    /// What Redis keeps for each attempt.
    redis_bytes: f64,
}

impl Programme<'_> {
    pub(in crate::bench) async fn growth(&mut self) -> anyhow::Result<()> {
        let load = Load::Saturate(Duration::from_secs(self.options.seconds));
        // In turns, because the machine has its moods.
        let (mut few, mut many, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
        let (mut one, mut fifty) = (Vec::new(), Vec::new());
        for _ in 0..self.options.rounds {
            let run = self.pushed(Goods { stock: 100, per_shopper: 1_000 }, &load).await?;
            few.push(self.keep("stock of 100", &run).per_s);
            tokio::time::sleep(SETTLE).await;
            let before = self.redis_bytes().await?;
            let run = self.pushed(Goods { stock: 1_000_000, per_shopper: 1_000 }, &load).await?;
            tokio::time::sleep(SETTLE).await;
            bytes.push((self.redis_bytes().await? - before) / run.answers.len() as f64);
            many.push(self.keep("stock of 1,000,000", &run).per_s);
            one.push(self.events(1, &load).await?);
            fifty.push(self.events(EVENTS, &load).await?);
            println!("one event: {:.0?}/s, {EVENTS}: {:.0?}/s", one.last(), fifty.last());
        }
        self.report.at_most("Redis: memory of a reservation", median(bytes), 512.0, "bytes");
        self.report.at_least("growth: stock 100 to 1,000,000", median(many) / median(few), 0.85, "");
        self.report.at_least("growth: 1 to 50 events", median(fifty) / median(one), 0.85, "");

        let short = self.pushed(RUSH, &load).await?.per_s();
        let long = self.long_line(&load).await?;
        self.report.at_least("growth: nobody to 1,000,000 in line", long.per_s / short, 0.85, "");
        self.report.at_most("takeover with 1,000,000 in line: silence", long.silent.as_secs_f64(), 5.0, "s");
        self.report.at_most("Redis: memory of a refusal", long.redis_bytes, 256.0, "bytes");
        Ok(())
    }

    async fn pushed(&self, goods: Goods, load: &Load) -> anyhow::Result<Run> {
        self.flashline(goods, Contract::Push, self.options.connections, load).await
    }

    async fn events(&self, events: u32, load: &Load) -> anyhow::Result<f64> {
        let mut opened = Vec::new();
        for _ in 0..events {
            opened.push(self.flashline.open(RUSH, SHOPPERS / events).await?);
        }
        let door = self.flashline.door(CONNECTIONS / events as usize, Contract::Push);
        let runs = try_join_all(opened.iter().map(|opened| drive(&door, &opened.shoppers, load))).await?;
        let answers: usize = runs.iter().map(|run| run.answers.len()).sum();
        let lasted = runs.iter().map(|run| run.lasted).max().unwrap_or_default();
        Ok(answers as f64 / lasted.as_secs_f64())
    }

    /// Fills a line while no dispenser lives, then has it answered: first while others go on clicking, then
    /// while each dispenser is killed once.
    async fn long_line(&mut self, load: &Load) -> anyhow::Result<Drained> {
        let before = self.redis_bytes().await?;
        let opened = self.flashline.open(RUSH, SHOPPERS).await?;
        for index in 0..2 {
            self.flashline.testbed.process(Service::Dispenser, index).kill();
        }
        // Nobody waits at the door for these answers; they are counted at the sockets.
        let door = self.flashline.door(self.options.connections, Contract::Success);
        let filled = drive(&door, &opened.shoppers, &Load::at_once(LINE)).await?;
        println!("{LINE} enter the line: {:.0}/s, refused {:?}", filled.per_s(), filled.refused);

        let testbed = &mut self.flashline.testbed;
        let expected = Cell::new(u64::MAX);
        let answering = async {
            for index in 0..2 {
                testbed.process(Service::Dispenser, index).start()?;
            }
            while opened.sockets.count().answers == 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            let (from, began) = (opened.sockets.count().answers, Instant::now());
            let busy = drive(&door, &opened.shoppers, load).await?;
            let per_s = (opened.sockets.count().answers - from) as f64 / began.elapsed().as_secs_f64();
            expected.set((filled.accepted.len() + busy.accepted.len()) as u64);
            for index in 0..2 {
                testbed.process(Service::Dispenser, index).kill();
                tokio::time::sleep(RECOVER).await;
                testbed.process(Service::Dispenser, index).start()?;
                tokio::time::sleep(RECOVER).await;
            }
            anyhow::Ok(per_s)
        };
        let watched = tokio::time::timeout(PATIENCE, longest_silence(&opened, &expected));
        let (per_s, silent) = tokio::join!(answering, watched);
        let (per_s, silent) = (per_s?, silent?);
        println!("answered at {per_s:.0}/s; the longest silence was {silent:?}");
        tokio::time::sleep(SETTLE).await;
        let redis_bytes = (self.redis_bytes().await? - before) / expected.get() as f64;
        Ok(Drained { per_s, silent, redis_bytes })
    }

    /// Memory that Redis uses for data.
    async fn redis_bytes(&self) -> anyhow::Result<f64> {
        let mut redis = self.flashline.testbed.redis()?;
        let info: redis::InfoDict = redis::cmd("INFO").arg("memory").query_async(&mut redis).await?;
        Ok(info.get::<u64>("used_memory_dataset").unwrap_or_default() as f64)
    }
}

/// Watches until all expected answers are there. Gives the longest time between two.
async fn longest_silence(opened: &Opened, expected: &Cell<u64>) -> Duration {
    let (mut known, mut since, mut longest) = (0, Instant::now(), Duration::ZERO);
    while known < expected.get() {
        tokio::time::sleep(LOOK_EVERY).await;
        let answers = opened.sockets.count().answers;
        if answers > known {
            if known > 0 {
                longest = longest.max(since.elapsed());
            }
            (known, since) = (answers, Instant::now());
        }
    }
    longest
}
