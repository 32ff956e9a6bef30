//! Asking the gateway for a refund, and judging what it answers.

use record::refunds::Refund;
use sale::gateway::GatewayKind;

use crate::Context;
use crate::payments::asked::Asked;
use crate::payments::gateway::{self, Gateway, GatewayError, GatewayRefundState, RefundRequest};

/// Where a refund stands at the gateway.
pub(super) enum AtGateway {
    /// The gateway has taken it, under this id.
    Pending(String),
    /// The money has gone back; under this id, where a gateway was asked.
    Refunded(Option<String>),
    /// It has not, and will not.
    Failed(String),
}

/// Asks the gateway for the refund; or how it goes, once the gateway has taken it.
pub(super) async fn ask(context: &Context, refund: &Refund) -> Result<AtGateway, GatewayError> {
    if refund.amount_minor == 0 {
        return Ok(AtGateway::Refunded(None)); // nothing was paid: nothing is to go back
    }
    if refund.gateway == GatewayKind::Shop {
        return Ok(AtGateway::Refunded(None)); // the shop gives back what its own checkout took
    }
    let Some(authorisation) = &refund.authorisation else {
        return Ok(AtGateway::Failed("the payment has no reference at the gateway".to_owned()));
    };
    let wish = RefundRequest {
        authorisation: authorisation.clone(),
        amount_minor: refund.amount_minor,
        currency: refund.currency.clone(),
        reference: refund.id.0,
    };
    let gateway = context.gateways.of(refund.gateway)?;
    let answer = match &refund.gateway_ref {
        Some(taken) => gateway.look_at_refund(taken).await,
        None => gateway.refund(&wish).await,
    };
    match answer {
        Ok(back) => Ok(judge(refund, back)),
        Err(GatewayError::Permanent(why)) => went_back_otherwise(gateway, refund, authorisation, why).await,
        Err(error) => Err(error),
    }
}

fn judge(refund: &Refund, back: gateway::Refund) -> AtGateway {
    let asked = Asked { amount_minor: refund.amount_minor, currency: &refund.currency, reference: refund.id.0 };
    match (back.state, asked.mismatch_of_refund(&back)) {
        (GatewayRefundState::Failed, _) => AtGateway::Failed(back.why_failed()),
        (_, Some(mismatch)) => AtGateway::Failed(mismatch.word().to_owned()),
        (GatewayRefundState::Pending, None) => AtGateway::Pending(back.id),
        (GatewayRefundState::Refunded, None) => AtGateway::Refunded(Some(back.id)),
    }
}

/// A refund is also refused when somebody has made it at the gateway by hand.
async fn went_back_otherwise(
    gateway: &dyn Gateway,
    refund: &Refund,
    authorisation: &str,
    why: String,
) -> Result<AtGateway, GatewayError> {
    match gateway.look(authorisation).await {
        Ok(stands)
            if (stands.reference, stands.currency.as_str()) == (refund.payment.0, refund.currency.as_str())
                && stands.captured_minor == refund.amount_minor
                && stands.refunded_minor == refund.amount_minor =>
        {
            Ok(AtGateway::Refunded(None))
        }
        Ok(_) | Err(GatewayError::Permanent(_)) => Ok(AtGateway::Failed(why)),
        Err(error) => Err(error),
    }
}
