use sale::answer::{Answer, Grant, News, Outcome};
use sale::ids::{AttemptId, ItemNo, ShopperId};
use sale::pricing::Price;
use sale::record::{ItemCounts, Tally};
use sale::time::{LineMs, UnixMs};
use uuid::Uuid;

use super::*;
use crate::decided::Decided;
use crate::granted::Granted;
use crate::notices::Wanted;

const OPENS_MS: u64 = 1_800_000_000_000;

fn line(seq: u64, granted: u64, history_until: Option<u64>) -> LockedLine {
    LockedLine {
        barrier_epoch: 1,
        seq,
        direct_order: false,
        in_series: false,
        sold_out: false,
        wanted: Wanted::default(),
        is_followed: false,
        opens_at: clock::to_utc(UnixMs(OPENS_MS)),
        granted: Granted(granted),
        sold_out_items: Vec::new(),
        decided: Decided::after(None, DateTime::default()),
        history_until: history_until.map(|after_ms| clock::to_utc(UnixMs(OPENS_MS + after_ms))),
    }
}

/// A round that grants two units.
fn round(seq: u64, after_ms: u64) -> RoundReport {
    let grant =
        Grant { item: ItemNo(0), quantity: 2, price: Price::default(), deadline: UnixMs(0), deadline_line: LineMs(0) };
    let news = News::Answer(Answer::Reserved(grant));
    RoundReport {
        event: EventId(Uuid::nil()),
        epoch: 1,
        decided_at: UnixMs(OPENS_MS + after_ms),
        outcomes: vec![Outcome { attempt: AttemptId(Uuid::nil()), shopper: ShopperId(Uuid::nil()), news }],
        head: Head {
            seq,
            tally: Tally { served: seq, ..Tally::default() },
            items: vec![ItemCounts { allocated: 10, held: 1, ..ItemCounts::default() }],
            ..Head::default()
        },
    }
}

fn after_ms(point: &Point) -> i64 {
    point.at.timestamp_millis() - i64::try_from(OPENS_MS).expect("small")
}

#[test]
fn the_last_round_of_an_interval_counts_and_the_first_point_is_before_all() {
    let (points, granted) = points(&line(0, 0, None), &[round(1, 100), round(2, 900), round(3, 1_100)]);
    let seen: Vec<_> = points.iter().map(|point| (after_ms(point), point.seq, point.granted_units)).collect();
    assert_eq!(seen, [(0, 0, 0), (1_000, 2, 4), (2_000, 3, 6)]);
    assert_eq!((granted, points[0].left_units(), points[2].returned_units()), (Granted(6), 10, 5));
}

#[test]
fn what_comes_later_in_the_line_is_never_shown_before() {
    let (points, granted) = points(&line(7, 20, Some(5_000)), &[round(8, 3_200), round(9, 4_700), round(10, 5_300)]);
    let seen: Vec<_> = points.iter().map(|point| (after_ms(point), point.seq)).collect();
    assert_eq!((seen, granted), (vec![(5_000, 9), (6_000, 10)], Granted(26)));
}
