//! Counting what gateways answer.

use std::time::Instant;

use super::gateway::GatewayError;
use crate::meters::{self, Call};

/// Waits for the answer to a call, and counts it.
pub(super) async fn counted<T>(
    call: Call,
    answer: impl Future<Output = Result<T, GatewayError>>,
) -> Result<T, GatewayError> {
    let began = Instant::now();
    let answer = answer.await;
    meters::GATEWAY.took(call, began.elapsed());
    match &answer {
        Ok(_) => {}
        Err(GatewayError::Permanent(_)) => meters::GATEWAY_REFUSALS.one(call),
        Err(GatewayError::Transient(_)) => meters::GATEWAY_FAILURES.one(call),
    }
    answer
}
