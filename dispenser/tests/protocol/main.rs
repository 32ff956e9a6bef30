//! The dispense protocol as a model (`docs/model.md`), explored exhaustively for small sales: its promises hold in every
//! order of steps, and one breaks when a guard is taken out.
//!
//! The larger sizes take minutes:
//!
//! ```text
//! cargo test -p dispenser --test protocol -- --ignored --nocapture --test-threads 1
//! ```

mod exploring;
mod guards;
mod inventory;
mod model;
mod promises;
mod record;
mod sale;
mod shoppers;
mod writer;

use exploring::Size;
use guards::Guard;
use promises::*;
use sale::Command::{self, Attempt, Cancel, Enter, LobbyOver, Tick};

const TWO: &[Command] = &[Attempt(0), Attempt(1)];
/// A unit is given back, and goes to the next on standby.
const GIVEN_BACK: &[Command] = &[Attempt(0), Attempt(1), Cancel(0)];
const EXPIRING: &[Command] = &[Attempt(0), Attempt(1), Tick];
/// A double click: the same attempt comes again, long after the first was acked.
const CLICKED_TWICE: &[Command] = &[Attempt(0), Attempt(1), Attempt(0)];

/// Two enter the lobby, and somebody comes after the opening.
const LOBBY: &[Command] = &[Enter(0), Enter(1), LobbyOver, Attempt(2)];
/// The same, and nothing says that the lobby is over before the opening does.
const OPENED: &[Command] = &[Enter(0), Enter(1), Attempt(2)];

mod keeps_every_promise {
    use super::*;

    #[test]
    fn around_hand_overs() {
        Size::of(GIVEN_BACK).handed_over(1).keeps_every_promise(&[HANDED_OVER, REFUSED, GRANTED, TAKEN_OVER, ALL_DONE]);
        Size::of(TWO).handed_over(2).repeated(1).keeps_every_promise(&[HANDED_OVER, REFUSED, TAKEN_OVER, ALL_DONE]);
    }

    #[test]
    fn when_a_reservation_expires() {
        Size::of(EXPIRING).handed_over(1).keeps_every_promise(&[HANDED_OVER, EXPIRED, GRANTED, ALL_DONE]);
    }

    #[test]
    fn when_redis_comes_back_older() {
        let reached = [HANDED_OVER, REFUSED, REBUILT, ANSWERED_AGAIN, TAKEN_OVER, ALL_DONE];
        Size::of(TWO).handed_over(1).put_back(1).repeated(1).keeps_every_promise(&reached);
        Size::of(GIVEN_BACK).handed_over(1).put_back(1).keeps_every_promise(&[REBUILT, GRANTED, ALL_DONE]);
    }

    #[test]
    fn when_somebody_clicks_twice() {
        Size::of(CLICKED_TWICE).handed_over(1).put_back(1).keeps_every_promise(&[REBUILT, ANSWERED_AGAIN, ALL_DONE]);
    }

    #[test]
    fn in_a_draw() {
        Size::of(LOBBY).handed_over(1).keeps_every_promise(&[HANDED_OVER, REFUSED, TAKEN_OVER, DRAWN_ON, ALL_DONE]);
        Size::of(OPENED).handed_over(1).repeated(1).keeps_every_promise(&[HANDED_OVER, DRAWN_ON, ALL_DONE]);
    }

    #[test]
    fn in_a_draw_when_redis_comes_back_older() {
        Size::of(LOBBY).put_back(1).keeps_every_promise(&[REBUILT, DRAWN_ON, ALL_DONE]);
    }

    #[test]
    #[ignore = "a minute"]
    fn in_a_draw_when_redis_comes_back_older_around_a_hand_over() {
        Size::of(OPENED).handed_over(1).put_back(1).keeps_every_promise(&[REBUILT, DRAWN_ON, ALL_DONE]);
    }

    #[test]
    #[ignore = "minutes"]
    fn when_all_of_it_happens_twice() {
        Size::of(TWO).handed_over(2).put_back(2).keeps_every_promise(&[HANDED_OVER, REBUILT, TAKEN_OVER, ALL_DONE]);
    }

    #[test]
    #[ignore = "minutes"]
    fn when_redis_comes_back_older_around_two_hand_overs() {
        Size::of(TWO).handed_over(2).put_back(1).keeps_every_promise(&[REBUILT, TAKEN_OVER, ALL_DONE]);
    }

    #[test]
    #[ignore = "minutes"]
    fn when_redis_comes_back_older_twice() {
        Size::of(GIVEN_BACK).handed_over(1).put_back(2).keeps_every_promise(&[REBUILT, GRANTED, ALL_DONE]);
    }
}

mod needed;
