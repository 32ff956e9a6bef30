//! A sale that starts by draw, with a million in its lobby: how long after the opening all of them are decided.

use std::time::{Duration, Instant};

use testbed::{Kind as Service, NewSale};

use super::Programme;
use crate::bench::arena::HOLD_S;
use crate::bench::drive::{Load, drive};
use crate::bench::http::Contract;
use crate::bench::shoppers::Shoppers;
use crate::bench::usage::resident_bytes;

/// One entry each.
const ENTRIES: u32 = 1_000_000;
/// A tenth is granted, as many get a place on standby, the others are told that nothing is left.
const STOCK: u32 = 100_000;
/// How long the lobby is open, and closed before the opening, in milliseconds. Some of the first goes into making the requests.
const LOBBY_MS: i64 = 180_000;
const CLOSED_MS: i64 = 20_000;
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl Programme<'_> {
    pub(in crate::bench) async fn draw(&mut self) -> anyhow::Result<()> {
        let sale = NewSale {
            lobby_ms: Some((-1_000, LOBBY_MS)),
            opens_in_ms: LOBBY_MS + CLOSED_MS,
            hold_seconds: HOLD_S,
            standby_max: STOCK,
            open_for_ms: 4 * 3_600_000,
            ..NewSale::of_one(STOCK)
        };
        let opens = Instant::now() + Duration::from_millis(u64::try_from(sale.opens_in_ms)?);
        let testbed = &self.flashline.testbed;
        let event = testbed.admin.create(&sale).await?;
        let shoppers = Shoppers::new(0..ENTRIES, &testbed.session_key, event, &sale.items[0].sku)?;
        let door = self.flashline.door(self.options.connections, Contract::Success);
        let run = drive(&door, &shoppers.into(), &Load::at_once(ENTRIES as usize)).await?;
        println!("{} enter the lobby: {:.0}/s, refused {:?}", run.accepted.len(), run.per_s(), run.refused);
        anyhow::ensure!(Instant::now() < opens, "the lobby closed before all had entered");

        tokio::time::sleep_until(opens.into()).await;
        let give_up = opens + PATIENCE;
        let (mut entered, mut sealed_s) = (None, None);
        loop {
            let lobby = testbed.head(event).await.map(|head| head.lobby).unwrap_or_default();
            let all = *entered.get_or_insert(lobby.entered);
            if lobby.entered < all {
                sealed_s.get_or_insert(opens.elapsed().as_secs_f64());
            }
            if lobby.entered == 0 && lobby.closed {
                break;
            }
            anyhow::ensure!(Instant::now() < give_up, "{lobby:?} {PATIENCE:?} after the opening");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let took_s = opens.elapsed().as_secs_f64();
        let memory = testbed
            .pids(Service::Dispenser)
            .into_iter()
            .map(resident_bytes)
            .max_by_key(|bytes| bytes.as_ref().copied().unwrap_or_default());
        let memory_mib = memory.transpose()?.unwrap_or_default() as f64 / f64::from(1 << 20);
        println!("{entered:?} entries: the first after {sealed_s:?} s, all after {took_s:.1} s, {memory_mib:.0} MiB");
        self.report.at_most("draw: 1,000,000 entries decided after the opening", took_s, 60.0, "s");
        self.report.at_most("draw: memory of the dispenser", memory_mib, 512.0, "MiB");
        self.report.at_least("draw: entries", f64::from(entered.unwrap_or_default()), f64::from(ENTRIES), "");
        Ok(())
    }
}
