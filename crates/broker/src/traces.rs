//! The header in which a message carries traces.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use trace::Carried;

const HEADER: &str = "flashline-traces";

/// Into a message; none of a header when nothing is sampled.
pub(crate) fn write(carried: &Carried, headers: &mut FieldTable) {
    if let Some(bytes) = carried.to_header() {
        headers.insert(HEADER.into(), AMQPValue::ByteArray(bytes.into()));
    }
}

/// From a message. What is no such header is as if it were not there.
pub(crate) fn read(properties: &BasicProperties) -> Carried {
    match properties.headers().as_ref().and_then(|headers| headers.inner().get(HEADER)) {
        Some(AMQPValue::ByteArray(bytes)) => Carried::from_header(bytes.as_slice()),
        Some(_) | None => Carried::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_another_kind_is_as_if_it_were_not_there() {
        let mut headers = FieldTable::default();
        headers.insert(HEADER.into(), AMQPValue::LongString("x".into()));
        assert!(read(&BasicProperties::default().with_headers(headers)).is_empty());
    }
}
