//! People who go on coming for as long as something happens: how long that takes depends on the machine.

use std::time::Duration;

use sale::ids::EventId;
use testbed::api::NewItem;
use testbed::{Crowd, NewSale, Outcome, Then, unique};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Latecomers want something of which there is plenty, so that there is always something to decide.
const PLENTY: u32 = 10_000;
/// They come in waves: so many people, over so long, at most so often.
const WAVE: usize = 20;
const WAVE_LASTS: Duration = Duration::from_secs(2);
const WAVES_MAX: usize = 120;

/// A crowd that is followed by latecomers until it is told that it is over.
pub(crate) struct Coming {
    over: watch::Sender<bool>,
    run: JoinHandle<anyhow::Result<Vec<Outcome>>>,
}

/// What came of it.
pub(crate) struct Came {
    /// All that anybody saw.
    pub(crate) outcome: Outcome,
    /// How many came after the crowd.
    pub(crate) late: usize,
    /// How many of those had a unit.
    pub(crate) late_reserved: usize,
}

/// The sale, with an item for latecomers besides.
pub(crate) fn with_plenty(mut sale: NewSale) -> NewSale {
    let plenty = NewItem { sku: unique("plenty"), allocation: PLENTY, ..sale.items[0].clone() };
    sale.items.push(plenty);
    sale
}

impl Coming {
    /// So many people want the scarce item of a sale that has plenty of another; they click within some seconds, and come to
    /// these doors.
    pub(crate) fn to(sale: &NewSale, event: EventId, doors: Vec<String>, people: usize, seconds: f64) -> Self {
        let (over, mut is_over) = watch::channel(false);
        let of = |item: usize, people: usize, seconds: f64, then: fn(usize) -> Then| {
            let only = NewSale { items: vec![sale.items[item].clone()], ..sale.clone() };
            let (crowd, doors) = (Crowd::buying(&only, people, seconds, then), doors.clone());
            async move { crowd.run(&doors, event).await }
        };
        let crowd = of(0, people, seconds, Then::mixed);
        let mut waves = Vec::new();
        for _ in 0..WAVES_MAX {
            waves.push(of(1, WAVE, WAVE_LASTS.as_secs_f64(), |_| Then::Abandon));
        }
        let run = tokio::spawn(async move {
            let mut runs = vec![tokio::spawn(crowd)];
            let _ = tokio::time::timeout(Duration::from_secs_f64(seconds), is_over.wait_for(|is_over| *is_over)).await;
            for wave in waves {
                if *is_over.borrow() {
                    break;
                }
                runs.push(tokio::spawn(wave));
                let _ = tokio::time::timeout(WAVE_LASTS, is_over.wait_for(|is_over| *is_over)).await;
            }
            let mut outcomes = Vec::new();
            for run in runs {
                outcomes.push(run.await??);
            }
            Ok(outcomes)
        });
        Self { over, run }
    }

    /// Nobody comes any more. Returns when everybody has gone home.
    pub(crate) async fn ends(self) -> Came {
        assert!(!self.run.is_finished(), "all of it happened while people came");
        self.over.send_replace(true);
        let mut outcomes = self.run.await.expect("the crowd survives").expect("ran").into_iter();
        let crowd = outcomes.next().expect("a crowd");
        let late = outcomes.reduce(Outcome::and).unwrap_or_else(Outcome::of_nobody);
        let reserved = late.diaries.iter().filter(|diary| diary.seen.answers.contains("reserved")).count();
        Came { late: late.diaries.len(), late_reserved: reserved, outcome: crowd.and(late) }
    }
}
