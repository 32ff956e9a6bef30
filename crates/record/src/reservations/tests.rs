//! What rounds leave in the rows, and what is read from them again.

use sale::answer::{ConfirmRefusal, StandbyEnd};
use sale::command::{CancelCause, HeldOnFor};
use sale::hoarding::HeldBack;
use sale::ids::{CodeNo, EventId, ItemNo};
use sale::pricing::Price;
use sale::provenance::Origin;
use sale::record::{BEHIND, Head, Record};
use sale::time::LineMs;
use sqlx::types::Json;
use uuid::Uuid;

use super::*;
use crate::reservations::Row;

fn round(seq: u64, news: Vec<(u128, News)>) -> RoundReport {
    let outcome =
        |(id, news)| Outcome { attempt: AttemptId(Uuid::from_u128(id)), shopper: ShopperId(Uuid::from_u128(9)), news };
    RoundReport {
        event: EventId(Uuid::from_u128(1)),
        epoch: 1,
        decided_at: UnixMs(1_000 * seq),
        outcomes: news.into_iter().map(outcome).collect(),
        head: Head { seq, ..Head::default() },
    }
}

fn grant() -> Grant {
    Grant {
        item: ItemNo(0),
        quantity: 2,
        price: Price::default(),
        deadline: UnixMs(9_000),
        deadline_line: LineMs(9_000),
    }
}

fn waits() -> Answer {
    Answer::Standby { item: ItemNo(0), quantity: 2, number: 4, place: 1, coupon: None }
}

fn standby() -> News {
    News::Answer(waits())
}

fn attempt() -> AttemptId {
    AttemptId(Uuid::from_u128(5))
}

fn payment() -> PaymentId {
    PaymentId(Uuid::from_u128(7))
}

/// The changes of some rounds, each with one piece of news for the same attempt.
fn changes(first: u64, news: Vec<News>) -> Changes {
    let mut changes = Changes::default();
    for (seq, news) in (first..).zip(news) {
        changes.add(&round(seq, vec![(5, news)])).expect("can be written");
    }
    changes
}

#[test]
fn a_whole_life_in_one_batch_is_one_row() {
    let granted = News::Change(Change::Granted(grant()));
    let changes = changes(1, vec![standby(), granted, News::Change(Change::Converted(payment()))]);
    let row = &changes.new[&attempt()];
    let converted = ReservationState::Converted;
    assert_eq!((row.state, row.answered_seq, row.granted_seq, row.changed_seq), (converted, 1, Some(2), 3));
    assert_eq!((row.standby_number, row.payment), (Some(4), Some(payment())));
    assert_eq!(changes.accepted(), [payment()]);
    assert!(changes.changed.is_empty());
    assert_eq!((changes.granted(), changes.lost()), (vec![attempt()], vec![]));
}

#[test]
fn money_that_is_taken_leaves_a_reservation_converted() {
    let changes = changes(8, vec![News::Change(Change::Settled(payment()))]);
    let row = &changes.changed[&attempt()];
    let converted = ReservationState::Converted;
    assert_eq!((row.state, row.settled_at, row.ended_at), (converted, Some(UnixMs(8_000)), None));
    assert!(changes.accepted().is_empty(), "it is not taken again");
}

#[test]
fn a_change_to_an_older_reservation_touches_only_what_changed() {
    let changes = changes(8, vec![News::Change(Change::Expired)]);
    let row = &changes.changed[&attempt()];
    assert_eq!((row.state, row.ended_at), (ReservationState::Expired, Some(UnixMs(8_000))));
    assert_eq!((&row.answer, &row.grant), (&None, &None));
    assert_eq!(changes.lost(), [attempt()]);
}

#[test]
fn answers_without_stock_make_no_row() {
    let changes = changes(1, vec![News::Answer(Answer::SoldOut { item: ItemNo(0) })]);
    assert!(changes.new.is_empty() && changes.changed.is_empty());
}

#[test]
fn a_payment_that_was_not_accepted_changes_no_reservation() {
    let refused = Change::ConfirmRefused(payment(), ConfirmRefusal::Unknown);
    let changes = changes(3, vec![News::Change(refused)]);
    assert!(changes.new.is_empty() && changes.changed.is_empty());
    assert_eq!(changes.refused(), [(payment(), Failure::UnknownReservation)]);
}

#[test]
fn more_units_than_a_row_can_hold_are_an_error() {
    let answer = Answer::Reserved(Grant { quantity: u32::MAX, ..grant() });
    let mut changes = Changes::default();
    assert!(matches!(changes.add(&round(1, vec![(5, News::Answer(answer))])), Err(sqlx::Error::Encode(_))));
}

/// A row as it would be selected after these changes were written.
fn selected(row: &Changed) -> Row {
    Row {
        id: row.id.0,
        event_id: Uuid::from_u128(1),
        shopper_id: row.shopper.0,
        state: row.state.word().to_owned(),
        answer: Json(row.answer.clone().expect("a new row has its answer")),
        grant: row.grant.clone().map(Json),
        grace: row.grace.flatten().map(Json),
        payment_id: row.payment.map(|payment| payment.0),
        settled: row.settled_at.is_some(),
        ended_why: row.ended_why.clone(),
        origin: row.provenance.origin.map(|origin| origin.0.to_vec()),
        code_no: row.provenance.code.map(|code| code.0.into()),
    }
}

/// What is written and read again is what the rule says of the same news: `Record::apply`.
#[test]
fn what_is_read_is_what_was_written() {
    let (granted, converted) = (Change::Granted(grant()), Change::Converted(payment()));
    let what_for = HeldOnFor::Payment(payment());
    let held_on = Change::HeldOn(Grace { what_for, until: UnixMs(9_500), until_line: LineMs(9_400) });
    let behind = Answer::Behind {
        item: ItemNo(0),
        quantity: 2,
        number: BEHIND + 4,
        coupon: None,
        why: HeldBack::AddressShare,
        rests_until: LineMs(4),
    };
    let lives: Vec<(Answer, Vec<Change>)> = vec![
        (behind.clone(), vec![]),
        (behind, vec![granted.clone(), Change::Expired]),
        (waits(), vec![]),
        (waits(), vec![granted.clone()]),
        (waits(), vec![Change::StandbyEnded(StandbyEnd::SaleStopped)]),
        (waits(), vec![Change::Cancelled(CancelCause::Shopper)]),
        (waits(), vec![granted.clone(), converted.clone(), Change::Settled(payment())]),
        (Answer::Reserved(grant()), vec![]),
        (Answer::Reserved(grant()), vec![Change::Expired]),
        (Answer::Reserved(grant()), vec![converted.clone()]),
        (Answer::Reserved(grant()), vec![converted.clone(), Change::Cancelled(CancelCause::CaptureFailed(payment()))]),
        (Answer::Reserved(grant()), vec![held_on.clone()]),
        (waits(), vec![granted, held_on.clone(), Change::LetGo(grant())]),
        (Answer::Reserved(grant()), vec![held_on, converted]),
        (Answer::Reserved(grant()), vec![Change::ConfirmRefused(payment(), ConfirmRefusal::Cancelled)]),
    ];
    let provenance = Provenance { origin: Some(Origin([3; 16])), code: Some(CodeNo(6)) };
    let known = [Provenance::default(), provenance].into_iter();
    for ((answer, life), provenance) in lives.iter().flat_map(|life| known.clone().map(move |known| (life, known))) {
        let mut record = Record::new(attempt(), ShopperId(Uuid::from_u128(9)), answer.clone());
        record.provenance = provenance;
        life.iter().for_each(|change| record.apply(change));
        let answered = News::of_answer(answer.clone(), provenance);
        let news = std::iter::once(answered).chain(life.iter().cloned().map(News::Change)).collect();
        let read = selected(&changes(1, news).new[&attempt()]).into_record();
        assert_eq!(read.expect("can be read"), record);
    }
}

#[test]
fn a_row_in_a_state_that_nobody_knows_is_an_error() {
    let mut row = selected(&changes(1, vec![standby()]).new[&attempt()]);
    row.state = "paid".to_owned();
    assert!(row.into_record().is_err());
    assert!(ReservationState::ALL.iter().all(|state| ReservationState::of_word(state.word()) == Ok(*state)));
}
