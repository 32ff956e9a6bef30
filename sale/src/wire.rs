//! Bytes on the broker: one byte of version, then postcard.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version every message starts with. Raise it with any change to the types that travel; but not for a variant at the end of
/// an enum that only news have, which an older reader may miss: it drops that one message.
pub const VERSION: u8 = 2;

/// Bytes that are no message of ours, or of a version we do not speak.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// No bytes at all.
    #[error("empty message")]
    Empty,
    /// Another version.
    #[error("message of version {0}, this process speaks {VERSION}")]
    Version(u8),
    /// Not what the type asks for.
    #[error("malformed message: {0}")]
    Malformed(#[from] postcard::Error),
}

/// The bytes of a message.
///
/// # Errors
/// When a type cannot be serialised; none of this crate's types is such.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, WireError> {
    Ok(postcard::to_extend(message, vec![VERSION])?)
}

/// The message in some bytes. Bytes left over are an error.
///
/// # Errors
/// When the bytes are empty, of another version, or malformed.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
    match decode_first(bytes)? {
        (message, []) => Ok(message),
        _ => Err(WireError::Malformed(postcard::Error::DeserializeBadEncoding)),
    }
}

/// The message that some bytes begin with, and the rest of them.
///
/// # Errors
/// When the bytes are empty, of another version, or malformed.
pub fn decode_first<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), WireError> {
    match bytes {
        [] => Err(WireError::Empty),
        [VERSION, body @ ..] => Ok(postcard::take_from_bytes(body)?),
        [version, ..] => Err(WireError::Version(*version)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Refusal;
    use crate::command::{Attempt, CancelCause, Command, LineBatch};
    use crate::ids::{AttemptId, CouponNo, DoorId, ItemNo, PaymentId, ShopperId};
    use crate::record::{Head, Record};
    use crate::report::{Entry, OrderChange, OrderNews, Progress, Repeats, RoundReport};
    use crate::time::UnixMs;
    use proptest::prelude::*;
    use uuid::Uuid;

    /// Everything that is read from the broker, from Redis or from a row.
    fn decode_all(bytes: &[u8]) {
        let _ = (decode::<LineBatch>(bytes), decode::<Command>(bytes), decode::<Progress>(bytes));
        let _ = (decode::<RoundReport>(bytes), decode::<Repeats>(bytes), decode::<Entry>(bytes));
        let _ = (decode::<OrderNews>(bytes), decode::<Record>(bytes), decode::<Head>(bytes));
    }

    fn command() -> impl Strategy<Value = Command> {
        let attempt = || any::<u128>().prop_map(|id| AttemptId(Uuid::from_u128(id)));
        let payment = || any::<u128>().prop_map(|id| PaymentId(Uuid::from_u128(id)));
        let wish = (attempt(), any::<u128>(), any::<u16>(), any::<u32>(), any::<Option<u16>>());
        prop_oneof![
            wish.prop_map(|(id, shopper, item, quantity, coupon)| {
                let (shopper, coupon) = (ShopperId(Uuid::from_u128(shopper)), coupon.map(CouponNo));
                Command::Attempt(Attempt { id, shopper, item: ItemNo(item), quantity, coupon })
            }),
            (attempt(), payment()).prop_map(|(attempt, payment)| Command::Confirm { attempt, payment }),
            (attempt(), payment()).prop_map(|(attempt, payment)| {
                Command::Cancel { attempt, cause: CancelCause::CaptureFailed(payment) }
            }),
            Just(Command::Tick),
        ]
    }

    fn batch() -> impl Strategy<Value = LineBatch> {
        let commands = proptest::collection::vec(command(), 0..20);
        (any::<u128>(), any::<u64>(), any::<u64>(), commands).prop_map(
            |(door, door_attempts, admitted_at, commands)| LineBatch {
                door: DoorId(Uuid::from_u128(door)),
                door_attempts,
                admitted_at: UnixMs(admitted_at),
                commands,
            },
        )
    }

    /// So many cases at least, or what PROPTEST_CASES asks for.
    fn cases(least: u32) -> ProptestConfig {
        let asked = ProptestConfig::default();
        ProptestConfig { cases: asked.cases.max(least), ..asked }
    }

    proptest! {
        #![proptest_config(cases(2_000))]

        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            decode_all(&bytes);
            decode_all(&[&[VERSION], bytes.as_slice()].concat());
        }

        /// Lengths that promise far more than there is must not be believed.
        #[test]
        fn a_promise_of_a_million_commands_is_not_believed(head in proptest::collection::vec(any::<u8>(), 0..40)) {
            decode_all(&[&[VERSION], head.as_slice(), &[0xff; 9], &[0x01]].concat());
        }

        #[test]
        fn every_batch_comes_back(batch in batch()) {
            let bytes = encode(&batch).expect("encodes");
            prop_assert_eq!(decode::<LineBatch>(&bytes).expect("decodes"), batch);
        }

        #[test]
        fn a_broken_batch_is_refused_or_another_but_never_a_panic(
            batch in batch(), at in any::<usize>(), byte in any::<u8>(), cut in any::<bool>(),
        ) {
            let mut bytes = encode(&batch).expect("encodes");
            let at = at % bytes.len();
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            decode_all(&bytes);
            prop_assert!(!cut || decode::<LineBatch>(&bytes).is_err(), "a part is not the whole");
        }
    }

    /// What services of this version said before a change was added is read as ever, and the other way round.
    #[test]
    fn what_becomes_of_an_order_keeps_its_number() {
        let amount_minor = 0;
        let changes = [
            OrderChange::Paid { order_number: String::new(), total_minor: 0 },
            OrderChange::Declined { tries_left: 0 },
            OrderChange::Voided,
            OrderChange::Refunded { amount_minor },
            OrderChange::ActionNeeded,
            OrderChange::RefundFailed { amount_minor },
        ];
        let number = |change| encode(change).expect("encodes")[1];
        assert_eq!(changes.each_ref().map(number), [0, 1, 2, 3, 4, 5]);
    }

    /// The same of why attempts are refused: the last came later.
    #[test]
    fn why_an_attempt_is_refused_keeps_its_number() {
        let number = |why: Refusal| encode(&why).expect("encodes")[1];
        assert_eq!(
            [Refusal::NotStarted, Refusal::HeldBack, Refusal::SeriesLimit { has: 1, most: 2 }].map(number),
            [0, 9, 10]
        );
    }

    #[test]
    fn a_message_comes_back_whole_and_alone() {
        let batch = LineBatch {
            door: DoorId(Uuid::nil()),
            door_attempts: 3,
            admitted_at: UnixMs(7),
            commands: vec![Command::Tick],
        };
        let mut bytes = encode(&batch).expect("encodes");
        assert_eq!(decode::<LineBatch>(&bytes).expect("decodes"), batch);
        bytes.push(0);
        assert!(matches!(decode::<LineBatch>(&bytes), Err(WireError::Malformed(_))));
        bytes[0] = 9;
        assert!(matches!(decode::<LineBatch>(&bytes), Err(WireError::Version(9))));
    }
}
