//! What the audit log has of a sale that an organiser describes.

use sale::definition::Definition;
use sale::gateway::GatewayKind;
use serde_json::json;

use super::EventSpec;

/// What an organiser describes, with what they left to be filled in; without the access codes.
pub(super) fn completed(spec: &EventSpec, definition: &Definition) -> EventSpec {
    let mut spec = EventSpec { access_codes: None, ..spec.clone() };
    spec.gateway = Some(definition.gateway).filter(|gateway| *gateway != GatewayKind::Shop);
    for (item, defined) in spec.items.iter_mut().zip(&definition.items) {
        item.list_minor = defined.list_minor;
    }
    spec
}

/// For the audit log: all of it, but for the access codes.
pub(super) fn described(spec: &EventSpec, version: i64) -> serde_json::Value {
    let count = spec.access_codes.as_ref().map(Vec::len);
    let spec = EventSpec { access_codes: None, ..spec.clone() };
    json!({ "spec": spec, "access_code_count": count, "version": version })
}
