//! What is believed of clocks.

use sale::CLOCKS_APART_MS;
use sale::answer::{Answer, Refusal};
use sale::pricing::Discount;
use sale::rules::SaleRules;

use crate::script::{BEGIN, item, rules};
use crate::store::Store;
use crate::stories::wants;

/// The clock of a door, or of the writer, has jumped: what it says of a message is not believed.
#[test]
fn a_door_whose_clock_is_ahead_opens_no_sale_and_ends_none() {
    let later = SaleRules {
        opens_at: BEGIN.plus_ms(90_000),
        closes_at: BEGIN.plus_ms(180_000),
        ..rules(vec![item(3, Discount::None)], Vec::new())
    };
    for ahead_ms in [120_000, 600_000] {
        let mut store = Store::new(later.clone());
        let (id, command) = wants(1, 1);
        store.deliver(&[(BEGIN.plus_ms(ahead_ms), command)], BEGIN);
        assert_eq!(store.records[&id.key()].answer, Answer::Refused(Refusal::NotStarted), "{ahead_ms} ms ahead");
    }
    let mut store = Store::new(later);
    let (id, command) = wants(1, 1);
    store.deliver(&[(BEGIN.plus_ms(90_000), command)], BEGIN.plus_ms(90_000 - CLOCKS_APART_MS));
    assert!(matches!(store.records[&id.key()].answer, Answer::Reserved(_)), "a second more or less is no jump");
}
