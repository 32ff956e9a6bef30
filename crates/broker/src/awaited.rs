//! The header in which a message carries which of what it holds is awaited at a door. The body stays as it is: whoever does
//! not read the header tells everybody, which is never wrong, only more work.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};

const HEADER: &str = "flashline-awaited";
/// What one message can mark at most; the rest is not marked. A header of AMQP must fit into one frame.
const MARKED_MAX: usize = 64 * 1024;

/// Which attempts of what a message holds are awaited at a door, by their index in it: their answer goes into a response,
/// and needs no push of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Awaited(Vec<u8>);

impl Awaited {
    /// Marks what is at an index.
    pub fn mark(&mut self, index: usize) {
        if index >= MARKED_MAX {
            return;
        }
        let (byte, bit) = (index / 8, index % 8);
        if self.0.len() <= byte {
            self.0.resize(byte + 1, 0);
        }
        self.0[byte] |= 1 << bit;
    }

    /// Whether what is at an index is marked.
    pub fn has(&self, index: usize) -> bool {
        self.0.get(index / 8).is_some_and(|byte| byte & (1 << (index % 8)) != 0)
    }

    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Into a message; none of a header when nothing is marked.
    pub(crate) fn write(&self, headers: &mut FieldTable) {
        if !self.is_empty() {
            headers.insert(HEADER.into(), AMQPValue::ByteArray(self.0.clone().into()));
        }
    }

    /// From a message. What is no such header is as if it were not there.
    pub(crate) fn read(properties: &BasicProperties) -> Self {
        match properties.headers().as_ref().and_then(|headers| headers.inner().get(HEADER)) {
            Some(AMQPValue::ByteArray(marks)) if marks.as_slice().len() <= MARKED_MAX / 8 => {
                Self(marks.as_slice().to_vec())
            }
            Some(_) | None => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through_a_message(marks: &Awaited) -> Awaited {
        let mut headers = FieldTable::default();
        marks.write(&mut headers);
        Awaited::read(&BasicProperties::default().with_headers(headers))
    }

    #[test]
    fn what_was_marked_is_marked_and_nothing_else() {
        let mut marks = Awaited::default();
        [0, 7, 8, 300, MARKED_MAX - 1, MARKED_MAX].into_iter().for_each(|index| marks.mark(index));
        let read = through_a_message(&marks);
        let marked: Vec<usize> = (0..2 * MARKED_MAX).filter(|index| read.has(*index)).collect();
        assert_eq!(marked, [0, 7, 8, 300, MARKED_MAX - 1], "what no frame takes is told to everybody");
    }

    #[test]
    fn a_header_of_another_kind_or_too_long_marks_nothing() {
        for value in [AMQPValue::LongString("x".into()), AMQPValue::ByteArray(vec![0xff; MARKED_MAX].into())] {
            let mut headers = FieldTable::default();
            headers.insert(HEADER.into(), value);
            assert!(Awaited::read(&BasicProperties::default().with_headers(headers)).is_empty());
        }
        assert!(Awaited::read(&BasicProperties::default()).is_empty());
    }
}
