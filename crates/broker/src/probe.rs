//! How this process sees RabbitMQ: looked at every few seconds, for operators alone. Nothing depends on it.

use std::time::Duration;

use crate::{Broker, meters};

const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Starts to look, and reports what was seen each time: nothing wrong, or what. Ends with the process.
pub fn watch(broker: Broker, report: impl Fn(Result<(), String>) + Send + 'static) {
    let over_tls = broker.is_over_tls();
    tokio::spawn(async move {
        loop {
            let blocked = broker.is_blocked().await;
            meters::BROKER_UP.set(f64::from(blocked.is_ok()));
            meters::BROKER_BLOCKED.set(f64::from(*blocked.as_ref().unwrap_or(&false)));
            report(blocked.map(drop).map_err(|error| tls::reason(&error, over_tls)));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
}
