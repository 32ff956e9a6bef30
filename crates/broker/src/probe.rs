//! How this process sees RabbitMQ: looked at every few seconds, for operators alone. Nothing depends on it.

use std::time::Duration;

use crate::{Broker, meters};

const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Starts to look. Ends with the process.
pub fn watch(broker: Broker) {
    tokio::spawn(async move {
        loop {
            let blocked = broker.is_blocked().await;
            meters::BROKER_UP.set(f64::from(blocked.is_ok()));
            meters::BROKER_BLOCKED.set(f64::from(blocked.unwrap_or(false)));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
}
