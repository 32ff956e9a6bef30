//! A sale attacked by somebody who never pays: a thousand sessions on ten addresses, first in line, and again after each time to
//! pay. How many units people have bought after two times to pay, without the limits on hoarding and with them.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde_json::{Value, json};
use testbed::{Crowd, NewSale, Testbed, Then};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::Programme;

const UNITS: u32 = 300;
const PEOPLE: usize = 1_500;
const SESSIONS: usize = 1_000;
const ADDRESSES: usize = 10;
const HOLD_S: u64 = 15;
/// When the sale opens after the crowd begins to gather, and how long all gather.
const OPENS: Duration = Duration::from_secs(8);
const GATHER: Duration = Duration::from_secs(6);
/// People click within this time of the opening, a third of them in its first tenth; the attacker's scripts at once.
const PEOPLE_CLICK: Duration = Duration::from_secs(4);
const SCRIPTS_CLICK: Duration = Duration::from_millis(200);
const SETTLE: Duration = Duration::from_secs(2);

impl Programme<'_> {
    pub(in crate::bench) async fn hoarders(&mut self) -> anyhow::Result<()> {
        let limits = json!({ "unpaid_max": 2, "address_unpaid_max": 10, "rest_seconds": 600, "address_percent": 2 });
        for (name, hoarding) in [("without limits", Value::Null), ("with limits", limits)] {
            let bought = attacked(&self.flashline.testbed, hoarding.clone()).await?;
            let percent = f64::from(bought) * 100.0 / f64::from(UNITS);
            println!(
                "hoarders, {name}: people have bought {bought} of {UNITS} after two times to pay ({percent:.0} %)"
            );
            if !hoarding.is_null() {
                let measure = "hoarders: bought by people after two times to pay, with limits";
                self.report.at_least(measure, percent, 80.0, "%");
            }
        }
        Ok(())
    }
}

async fn attacked(testbed: &Testbed, hoarding: Value) -> anyhow::Result<u32> {
    let sale = NewSale {
        opens_in_ms: i64::try_from(OPENS.as_millis())?,
        hold_seconds: HOLD_S,
        standby_max: 10_000,
        hoarding,
        ..NewSale::of_one(UNITS)
    };
    let event = testbed.admin.create(&sale).await?;
    let opens = Instant::now() + OPENS;
    let people = Crowd::buying(&sale, PEOPLE, 0.0, |_| Then::pays());
    let people = from_each(people, PEOPLE, [10, 1]);
    let mut crowds = JoinSet::new();
    let hold = Duration::from_secs(HOLD_S);
    let patience = 3 * hold;
    let attack = |at: Instant| {
        let scripts = Crowd::buying(&sale, SESSIONS, 0.0, |_| Then::Abandon);
        let crowd = Crowd { gather: GATHER, click: SCRIPTS_CLICK, patience, ..from_each(scripts, ADDRESSES, [10, 2]) };
        (at, crowd)
    };
    let people = Crowd { gather: GATHER, click: PEOPLE_CLICK, patience, ..people };
    // Before anybody else; and again when what they hold has run out.
    let attacks = [attack(opens), attack(opens + hold), attack(opens + 2 * hold)];
    for (clicks_at, crowd) in attacks.into_iter().chain([(opens + SCRIPTS_CLICK / 2, people)]) {
        let doors = testbed.base_urls.clone();
        crowds.spawn(async move {
            sleep_until(clicks_at - GATHER).await;
            crowd.run(&doors, event).await
        });
    }
    sleep_until(opens + 2 * hold + SETTLE).await;
    let sold = testbed.head(event).await.map_or(0, |head| head.items.iter().map(|counts| counts.sold).sum());
    crowds.shutdown().await;
    Ok(sold)
}

/// Each plan from one of so many addresses.
fn from_each(crowd: Crowd, addresses: usize, [first, second]: [u8; 2]) -> Crowd {
    let address = |index: usize| {
        let [.., third, fourth] = (index % addresses).to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(first, second, third, fourth))
    };
    let plans = crowd.plans.into_iter().enumerate();
    let plans = plans.map(|(index, plan)| testbed::Plan { from: Some(address(index)), ..plan });
    Crowd { plans: plans.collect(), ..crowd }
}
