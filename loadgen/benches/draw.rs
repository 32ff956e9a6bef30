//! How long it takes to close a lobby of a million entries, and to put them in order: `cargo bench -p loadgen --bench draw`.

#![allow(missing_docs, reason = "criterion's macros make items without")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sale::draw::{Entries, EntryDigest, Secret, Seed};
use sale::ids::{AttemptId, EventId};
use uuid::Uuid;

const ENTRIES: u64 = 1_000_000;

fn bench(criterion: &mut Criterion) {
    let event = EventId(Uuid::from_u128(1));
    let entered: Vec<EntryDigest> =
        (0..ENTRIES).map(|n| EntryDigest::of(event, AttemptId(Uuid::from_u128(n.into())))).collect();
    let mut group = criterion.benchmark_group("draw");
    group.throughput(Throughput::Elements(ENTRIES)).sample_size(10).measurement_time(Duration::from_secs(20));
    group.bench_function("close", |bencher| {
        bencher.iter(|| black_box(Entries::closed(entered.iter().copied()).root()));
    });
    let entries = Entries::closed(entered.iter().copied());
    let seed = Seed::of(event, &Secret([7; 32]), entries.root(), entries.count(), None);
    group.bench_function("order", |bencher| bencher.iter(|| black_box(seed.order(entered.iter().copied()))));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
