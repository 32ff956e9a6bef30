//! Why a step of a payment was not taken.

use sale::payment::PaymentState;

use super::gateway::{AuthorisationState, GatewayError, GatewayRefundState};

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error("database: {0}")]
    Database(#[from] record::Error),
    #[error("money was taken, and its way back is {0:?}")]
    StillTaken(GatewayRefundState),
    #[error("what is to be let go is {0:?}: while the bank has yet to answer, it cannot be")]
    StillHeld(AuthorisationState),
    #[error("a payment that is {0} is owed no step")]
    Over(PaymentState),
}
