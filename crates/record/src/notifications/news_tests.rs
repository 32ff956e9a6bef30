use sale::answer::{Answer, Change, News, Outcome};
use sale::command::CancelCause;
use sale::ids::ItemNo;
use sale::pricing::Price;
use sale::provenance::Provenance;
use sale::record::Head;
use sale::time::LineMs;

use super::*;

const SALE: Uuid = Uuid::from_u128(1);
const OPENS_AT: UnixMs = UnixMs(10_000);

fn grant() -> Grant {
    let (price, deadline) = (Price::default(), 60_000);
    Grant { item: ItemNo(0), quantity: 1, price, deadline: UnixMs(deadline), deadline_line: LineMs(deadline) }
}

fn to_standby() -> News {
    let waits = Answer::Standby { item: ItemNo(0), quantity: 1, number: 1, place: 1, coupon: None };
    News::Change(Change::Drawn(waits, Provenance::default()))
}

/// What is found in one round of the attempts of one shopper, and of which subject.
fn found_in(decided_at: u64, news: Vec<(u128, News)>) -> (Vec<(NotificationKind, Uuid)>, Found) {
    let shopper = ShopperId(Uuid::from_u128(9));
    let outcomes =
        news.into_iter().map(|(id, news)| Outcome { attempt: AttemptId(Uuid::from_u128(id)), shopper, news });
    let (decided_at, head) = (UnixMs(decided_at), Head { seq: 1, ..Head::default() });
    let rounds = [RoundReport { event: EventId(SALE), epoch: 1, decided_at, outcomes: outcomes.collect(), head }];
    let found = in_rounds(EventId(SALE), OPENS_AT, 20_000, &rounds);
    (found.new.iter().map(|new| (new.kind, new.subject)).collect(), found)
}

#[test]
fn who_is_drawn_to_standby_and_granted_at_once_is_told_and_who_lost_it_at_once_is_not() {
    let granted = || News::Change(Change::Granted(grant()));
    let seven = Uuid::from_u128(7);
    let (new, found) = found_in(10_000, vec![(7, to_standby()), (7, granted())]);
    assert_eq!(new, [(NotificationKind::YourTurn, seven), (NotificationKind::TimeRunsOut, seven)]);
    assert_eq!((found.over, found.withdrawn), (vec![seven], Vec::new()));
    assert_eq!((found.new[0].due_at, found.new[1].due_at), (UnixMs(10_000), UnixMs(40_000)));
    let (new, found) = found_in(10_000, vec![(7, granted()), (8, granted()), (7, News::Change(Change::Expired))]);
    let eight = Uuid::from_u128(8);
    assert_eq!(new, [(NotificationKind::YourTurn, eight), (NotificationKind::TimeRunsOut, eight)]);
    assert_eq!(found.over, [seven]);
}

#[test]
fn the_lobby_is_told_of_the_sale_and_not_of_each_entry() {
    let entered = || News::Answer(Answer::Entered { item: ItemNo(0), quantity: 1, coupon: None });
    let withdrawn = News::Change(Change::Cancelled(CancelCause::Shopper));
    let (new, found) = found_in(5_000, vec![(7, entered()), (7, withdrawn), (8, entered()), (9, entered())]);
    assert_eq!(new, [(NotificationKind::InLobby, SALE), (NotificationKind::InLobby, SALE)]);
    assert_eq!(found.withdrawn, [Uuid::from_u128(9)]);
}
