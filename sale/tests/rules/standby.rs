//! What sales may say of those who were on standby.

use sale::command::Command;
use sale::record::State;

use crate::script::HOLD_MS;
use crate::stories::{happens, sale, wants};

#[test]
fn who_was_on_standby_may_be_given_longer_to_pay() {
    let mut store = sale(1);
    store.rules.standby_hold_ms = Some(3 * HOLD_MS);
    let ((first, buys), (second, waits)) = (wants(1, 1), wants(2, 1));
    happens(&mut store, 0, buys);
    happens(&mut store, 1, waits);
    happens(&mut store, HOLD_MS + 1, Command::Tick);
    assert_eq!(store.state(first), &State::Expired, "whoever was there has as long as ever");
    happens(&mut store, 4 * HOLD_MS + 1, Command::Tick);
    assert!(matches!(store.state(second), State::Held(_)));
    happens(&mut store, 4 * HOLD_MS + 2, Command::Tick);
    assert_eq!(store.state(second), &State::Expired);
}
