//! What client and server say to each other: text frames, one JSON object each.

use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::Uuid;
use view::AttemptView;

/// Events one socket may watch.
pub(crate) const EVENTS_MAX: usize = 8;
/// Attempts one socket is told the truth about.
pub(crate) const ATTEMPTS_MAX: usize = 16;

/// What a client may say. Without `Debug`: there is a token in it.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ClientMessage {
    /// First: who I am, and what I want to know.
    Hello {
        token: String,
        #[serde(default)]
        events: Vec<Uuid>,
        #[serde(default)]
        attempts: Vec<AttemptRef>,
    },
    /// What I want to know from now on.
    Watch {
        #[serde(default)]
        events: Vec<Uuid>,
        #[serde(default)]
        attempts: Vec<AttemptRef>,
    },
    /// Are you there?
    Ping,
}

/// An attempt by its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttemptRef {
    pub(crate) event_id: Uuid,
    pub(crate) attempt_id: Uuid,
}

/// Reads what a client said.
///
/// # Errors
/// A sentence for the client.
pub(crate) fn parse(text: &str) -> Result<ClientMessage, String> {
    let said: ClientMessage = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if let ClientMessage::Hello { events, attempts, .. } | ClientMessage::Watch { events, attempts } = &said {
        if events.len() > EVENTS_MAX {
            return Err(format!("at most {EVENTS_MAX} events"));
        }
        if attempts.len() > ATTEMPTS_MAX {
            return Err(format!("at most {ATTEMPTS_MAX} attempts"));
        }
    }
    Ok(said)
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ServerMessage<'a> {
    Welcome {
        shopper_id: Uuid,
        server_time_ms: u64,
        heartbeat_ms: u64,
    },
    /// Built from a round in `hear.rs`, or from what Redis has in `catch_up.rs`.
    Attempt(&'a AttemptView),
    Order(OrderView<'a>),
    Progress(ProgressView<'a>),
    Pong {
        server_time_ms: u64,
    },
    Problem {
        kind: &'static str,
        detail: &'a str,
    },
    Bye {
        reconnect_after_ms: u64,
    },
}

#[derive(Debug, Serialize)]
pub(crate) struct OrderView<'a> {
    pub(crate) event_id: Uuid,
    pub(crate) attempt_id: Uuid,
    pub(crate) payment_id: Uuid,
    pub(crate) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tries_left: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ProgressView<'a> {
    pub(crate) event_id: Uuid,
    pub(crate) at_ms: u64,
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_reason: Option<&'a str>,
    pub(crate) served: u64,
    pub(crate) pace_per_s: u64,
    pub(crate) line_ms: u64,
    pub(crate) items: Vec<ItemView<'a>>,
    pub(crate) stalled: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct ItemView<'a> {
    pub(crate) sku: &'a str,
    pub(crate) left: u32,
    pub(crate) held: u32,
    pub(crate) sold: u32,
    pub(crate) standby_len: u32,
    /// The number of the place that is served next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) standby_head: Option<u64>,
    /// What the next unit costs, without a coupon, in minor units.
    pub(crate) unit_minor: i64,
    /// Its tier, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tier: Option<u16>,
}

impl ServerMessage<'_> {
    /// As it goes over the wire.
    pub(crate) fn text(&self) -> Utf8Bytes {
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_panics(
            text in any::<String>(),
            json in r#"\{"type":"(hello|watch|ping)"(,"(token|events|attempts)":("x"|\[\]|\[\{\}\]|null|1e999)){0,3}\}"#,
        ) {
            let _ = (parse(&text), parse(&json));
        }

        #[test]
        fn what_a_page_says_is_understood(
            events in proptest::collection::vec(any::<u128>(), 0..12), token in "[ -~]{0,40}",
        ) {
            let events: Vec<Uuid> = events.into_iter().map(Uuid::from_u128).collect();
            let said = serde_json::json!({ "type": "hello", "token": token, "events": events }).to_string();
            match parse(&said) {
                Ok(ClientMessage::Hello { token: read, events: watched, .. }) => prop_assert!(read == token && watched == events),
                Ok(_) => prop_assert!(false, "another message"),
                Err(_) => prop_assert!(events.len() > EVENTS_MAX),
            }
        }
    }

    #[test]
    fn a_hello_is_read_and_nonsense_is_not() {
        let hello = r#"{"type":"hello","token":"t","events":[],"attempts":[]}"#;
        assert!(matches!(parse(hello), Ok(ClientMessage::Hello { .. })));
        assert!(matches!(parse(r#"{"type":"ping"}"#), Ok(ClientMessage::Ping)));
        for bad in ["", "{}", "[]", r#"{"type":"hello"}"#, r#"{"type":"watch","events":["x"]}"#, r#"{"type":"dance"}"#]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn lists_are_bounded() {
        let events: Vec<String> = (0..9).map(|n| format!("\"{}\"", Uuid::from_u128(n))).collect();
        let said = format!(r#"{{"type":"watch","events":[{}]}}"#, events.join(","));
        assert_eq!(parse(&said).err().as_deref(), Some("at most 8 events"));
    }
}
