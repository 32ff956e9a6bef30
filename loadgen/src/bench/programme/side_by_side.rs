//! Every contender in turn, as fast as it goes. All of a round are measured over the same connections, one after the other,
//! so that a slow minute of the machine hits them all.

use std::time::Duration;

use super::{GRANTED, Programme, RUSH, SHOPPERS};
use crate::bench::arena::{Contender, Goods, strangers};
use crate::bench::contenders::Kind;
use crate::bench::drive::{Load, Run, drive};
use crate::bench::figures::{Figures, median_per_s};
use crate::bench::http::Contract;

/// A rush is measured over each of these numbers of connections.
const CONNECTIONS: [usize; 2] = [512, 1_024];

/// The alternatives, and which `appendfsync` they run on. All of them answer in their response.
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
const OTHER_DB: [&str; 4] = ["db pessimistic", "db optimistic", "db unit rows", "db advisory"];
/// Flashline, by how it answers.
const OURS: [(&str, Contract); 2] = [("flashline response", Contract::Response), ("flashline push", Contract::Push)];

impl Programme<'_> {
    pub(in crate::bench) async fn contenders(&mut self) -> anyhow::Result<()> {
        let load = Load::Saturate(Duration::from_secs(self.options.seconds));
        for round in 1..=self.options.rounds {
            for connections in CONNECTIONS {
                self.turn(round, RUSH, connections, &load).await?;
            }
            self.turn(round, GRANTED, CONNECTIONS[0], &load).await?;
        }
        self.compare();
        Ok(())
    }

    /// Everybody once.
    async fn turn(&mut self, round: u32, goods: Goods, connections: usize, load: &Load) -> anyhow::Result<()> {
        let against = &self.options.against;
        for (name, kind, appendfsync) in ALTERNATIVES {
            if !against.is_empty() && !against.iter().any(|wanted| wanted == name) {
                continue;
            }
            // What is sold makes no difference to these two.
            if goods == GRANTED && matches!(kind, Kind::Echo | Kind::QueueNaive) {
                continue;
            }
            let run = self.alternative(kind, goods, appendfsync, connections, load).await?;
            self.note(round, name, goods, connections, &run);
        }
        for (name, contract) in OURS {
            let run = self.flashline(goods, contract, connections, load).await?;
            self.note(round, name, goods, connections, &run);
        }
        Ok(())
    }

    fn compare(&mut self) {
        for connections in CONNECTIONS {
            let rush = self.report.rush.get(&connections).cloned().unwrap_or_default();
            let per_s = |name: &str| rush.get(name).map_or(f64::NAN, |runs| median_per_s(runs));
            let best_other_db = OTHER_DB.into_iter().map(per_s).fold(f64::NAN, f64::max);
            let (response, push) = (per_s("flashline response"), per_s("flashline push"));
            let mut ratio = |contract: &str, of: &str, ratio: f64, target: f64| {
                self.report.at_least(format!("rush over {connections}, {contract}: times {of}"), ratio, target, "");
            };
            ratio("response", "redis-lua always", response / per_s("redis-lua always"), 0.8);
            ratio("response", "echo", response / per_s("echo"), 0.30);
            ratio("response", "db statement", response / per_s("db statement"), 9.0);
            ratio("response", "the best other db", response / best_other_db, 4.0);
            ratio("push", "redis-lua always", push / per_s("redis-lua always"), 0.55);
        }
    }

    async fn alternative(
        &self,
        kind: Kind,
        goods: Goods,
        appendfsync: &str,
        connections: usize,
        load: &Load,
    ) -> anyhow::Result<Run> {
        self.set_appendfsync(appendfsync).await?;
        let testbed = &self.flashline.testbed;
        let contender = Contender::start(kind, &testbed.servers, goods, &testbed.session_key).await?;
        let shoppers = strangers(SHOPPERS, &testbed.session_key)?;
        let run = drive(&contender.door(connections), &shoppers, load).await?;
        self.set_appendfsync("always").await?;
        Ok(run)
    }

    async fn set_appendfsync(&self, value: &str) -> anyhow::Result<()> {
        let mut redis = self.flashline.testbed.servers.redis()?;
        redis::cmd("CONFIG").arg(&["SET", "appendfsync", value]).exec_async(&mut redis).await?;
        Ok(())
    }

    fn note(&mut self, round: u32, name: &'static str, goods: Goods, connections: usize, run: &Run) {
        let figures = Figures::of(run);
        let word = if goods == GRANTED { "granted" } else { "rush" };
        println!("round {round}  {name:<20} {word:<8} {connections:>5} {}", super::line(&figures));
        let all = if goods == GRANTED { &mut self.report.granted } else { &mut self.report.rush };
        all.entry(connections).or_default().entry(name).or_default().push(figures);
    }
}
