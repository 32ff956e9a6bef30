//! Bytes on the broker: one byte of version, then postcard.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version every message starts with. Raise it with any change to the types that travel.
pub const VERSION: u8 = 1;

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
    match bytes {
        [] => Err(WireError::Empty),
        [VERSION, body @ ..] => match postcard::take_from_bytes(body)? {
            (message, []) => Ok(message),
            _ => Err(WireError::Malformed(postcard::Error::DeserializeBadEncoding)),
        },
        [version, ..] => Err(WireError::Version(*version)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Command, LineBatch};
    use crate::ids::DoorId;
    use crate::time::UnixMs;
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode::<LineBatch>(&bytes);
            let versioned: Vec<u8> = [VERSION].into_iter().chain(bytes).collect();
            let _ = decode::<LineBatch>(&versioned);
        }
    }

    #[test]
    fn a_message_comes_back_whole_and_alone() {
        let batch = LineBatch {
            door: DoorId(Uuid::nil()),
            door_attempts: 3,
            sent_at: UnixMs(7),
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
