//! How many attempts one core decides in a second, round by round: `cargo bench -p loadgen`.

#![allow(missing_docs, reason = "criterion's macros make items without")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use loadgen::bench::core::{NOW, ROUND, attempts, rules};
use sale::pricing::{Cut, Discount, Tier};
use sale::record::Record;
use sale::{ReadSet, decide};

fn bench(criterion: &mut Criterion) {
    let commands = attempts();
    let mut group = criterion.benchmark_group("decide");
    group.throughput(Throughput::Elements(ROUND)).measurement_time(Duration::from_secs(4));
    let tiers =
        vec![Tier { units: 100, cut: Cut::PercentOff(5_000) }, Tier { units: 200, cut: Cut::PercentOff(3_000) }];
    let rules = |allocation, standby_max| rules(Discount::Tiers(tiers.clone()), allocation, standby_max);
    let plenty = rules(u32::MAX, 0);
    let run = |rules: &sale::rules::SaleRules, read: ReadSet| {
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
