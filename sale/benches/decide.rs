//! How many attempts one core decides in a second, round by round: `cargo bench -p sale`.

#![allow(missing_docs, reason = "criterion's macros make items without")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use sale::command::{Attempt, Command};
use sale::ids::{AttemptId, EventId, ItemNo, ShopperId};
use sale::money::Currency;
use sale::pricing::{Cut, Discount, Tier};
use sale::record::Record;
use sale::rules::{CheckoutModel, Item, SaleRules};
use sale::time::{Pauses, UnixMs};
use sale::{ReadSet, decide};
use uuid::Uuid;

/// As many as the dispenser takes at once when it is busy.
const ROUND: usize = 1_024;
const NOW: UnixMs = UnixMs(1_000_000);

fn rules(allocation: u32, standby_max: u32) -> SaleRules {
    let tiers =
        vec![Tier { units: 100, cut: Cut::PercentOff(5_000) }, Tier { units: 200, cut: Cut::PercentOff(3_000) }];
    SaleRules {
        event: EventId(Uuid::nil()),
        version: 1,
        currency: "EUR".parse::<Currency>().expect("a currency"),
        scheduled: true,
        opens_at: UnixMs(0),
        closes_at: UnixMs(u64::MAX),
        stopped_at: None,
        pauses: Pauses::default(),
        checkout: CheckoutModel::Reservation,
        hold_ms: 60_000,
        per_shopper_max: 2,
        quantity_max: 2,
        standby_max,
        items: vec![Item { sku: "lamp".into(), list_minor: 4_500, discount: Discount::Tiers(tiers), allocation }],
        coupons: Vec::new(),
    }
}

/// Attempts of as many shoppers; ids as evenly spread as real ones.
fn attempts() -> Vec<Command> {
    let id = |salt: u64, number: usize| {
        let mixed = (number as u64 ^ salt).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Uuid::from_u64_pair(mixed, mixed.rotate_left(32))
    };
    let attempt = |number| Attempt {
        id: AttemptId(id(1, number)),
        shopper: ShopperId(id(1 << 40, number)),
        item: ItemNo(0),
        quantity: 1,
        coupon: None,
    };
    (0..ROUND).map(attempt).map(Command::Attempt).collect()
}

fn bench(criterion: &mut Criterion) {
    let commands = attempts();
    let mut group = criterion.benchmark_group("decide");
    group.throughput(Throughput::Elements(ROUND as u64)).measurement_time(Duration::from_secs(4));
    let plenty = rules(u32::MAX, 0);
    let run = |rules: &SaleRules, read: ReadSet| {
        let commands = commands.iter().map(|command| (NOW, command));
        black_box(decide(rules, read, commands, NOW))
    };
    let granted = run(&plenty, ReadSet::default()).writes.expect("grants are written");
    let known: Vec<Record> = granted.records;
    let repeated = ReadSet {
        records: known.iter().map(|record| (record.id.key(), record.clone())).collect(),
        ..ReadSet::default()
    };
    for (name, rules, read) in [
        ("sold out", rules(0, 0), ReadSet::default()),
        ("granted", plenty.clone(), ReadSet::default()),
        ("standby", rules(1, u32::MAX), ReadSet::default()),
        ("repeated", plenty, repeated),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(|| read.clone(), |read| drop(run(&rules, read)), BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
