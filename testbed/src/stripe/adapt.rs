//! Objects of localstripe's as Stripe shows them.

use std::collections::HashMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::keys::Answer;

/// An intent, with what localstripe does not count. `failed` is the sum of refunds that failed, which it does count.
pub(super) fn intent(mut intent: Value, failed: i64) -> Value {
    let amount = intent["amount"].as_i64().unwrap_or(0);
    let charged =
        intent["latest_charge"].as_object().map(|charge| charge["captured"] == true && charge["status"] == "succeeded");
    let received = if charged == Some(true) { amount } else { 0 };
    intent["amount_received"] = json!(received);
    intent["amount_capturable"] = json!(if intent["status"] == "requires_capture" { amount } else { 0 });
    let is_let_go = intent["status"] == "canceled" && charged == Some(false);
    if let Some(charge) = intent["latest_charge"].as_object_mut() {
        let refunded = charge["amount_refunded"].as_i64().unwrap_or(0) - failed;
        charge.insert("amount_captured".to_owned(), json!(received));
        // A hold that is let go counts as refunded.
        charge.insert("amount_refunded".to_owned(), json!(if is_let_go { amount } else { refunded }));
    }
    intent
}

/// What is answered when the bank says no.
pub(super) fn decline(answer: &Value, intent: Value) -> Value {
    let error = &answer["error"];
    json!({ "error": {
        "type": "card_error", "code": error["code"], "decline_code": "generic_decline", "message": error["message"],
        "payment_intent": intent,
    }})
}

/// An answer that is none, with Stripe's word for it where there is nothing.
pub(super) fn missing((status, mut answer): Answer) -> Answer {
    if status == StatusCode::NOT_FOUND {
        answer["error"]["code"] = json!("resource_missing");
    }
    (status, answer)
}

/// An intent as the verifier asks of every gateway; nothing, if it is not of ours.
pub(super) fn authorisation(intent: &Value, captures: &HashMap<String, u32>) -> Option<Value> {
    let reference = intent["metadata"]["payment"].as_str()?;
    let received = intent["amount_received"].as_i64()?;
    let state = match intent["status"].as_str()? {
        "requires_capture" => "authorised",
        "succeeded" => "captured",
        "canceled" => "voided",
        other => other,
    };
    let refunded = if received > 0 { intent["latest_charge"]["amount_refunded"].as_i64()? } else { 0 };
    Some(json!({
        "id": intent["id"], "reference": reference, "state": state, "captured_minor": received,
        "refunded_minor": refunded, "captures": captures.get(intent["id"].as_str()?).copied().unwrap_or(0),
    }))
}
