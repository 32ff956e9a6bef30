//! What is stored as bytes or as JSON. What cannot be written or read is an error, never an empty value.

use sale::wire;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::types::JsonValue;

/// The bytes of a message.
pub(crate) fn encode<T: Serialize>(message: &T) -> sqlx::Result<Vec<u8>> {
    wire::encode(message).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// The message in some bytes.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> sqlx::Result<T> {
    wire::decode(bytes).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// A value as JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> sqlx::Result<JsonValue> {
    serde_json::to_value(value).map_err(|error| sqlx::Error::Encode(error.into()))
}
