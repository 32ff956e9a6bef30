//! What a change made of what was there before: for the audit log.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

/// What names the things of a list: an item is the same one wherever it stands.
const NAMES: [&str; 2] = ["sku", "code"];
/// Parts that are told whole: a price rule means something only as one.
const WHOLE: [&str; 2] = ["discount", "cut"];

/// Every field that is another one after than before, with both: `[{"field": "items[lamp].allocation", "before": 5, "after": 7}]`. What
/// was not there, or is not any more, is `null`.
pub(super) fn between(before: &impl Serialize, after: &impl Serialize) -> serde_json::Result<Value> {
    let (before, after) = (fields(before)?, fields(after)?);
    let all: BTreeMap<&String, ()> = before.keys().chain(after.keys()).map(|field| (field, ())).collect();
    let of = |fields: &BTreeMap<String, Value>, field: &String| fields.get(field).cloned().unwrap_or(Value::Null);
    let both = all.into_keys().map(|field| (field, of(&before, field), of(&after, field)));
    let changed = both.filter(|(_, before, after)| before != after);
    Ok(changed.map(|(field, before, after)| json!({ "field": field, "before": before, "after": after })).collect())
}

/// The same, of a change that names only what it changes: `patch` over what is there.
pub(super) fn by(before: &impl Serialize, patch: &impl Serialize) -> serde_json::Result<Value> {
    let (mut before, patch) = (serde_json::to_value(before)?, serde_json::to_value(patch)?);
    let fields = patch.as_object().map(|patch| patch.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    if let Some(before) = before.as_object_mut() {
        before.retain(|field, _| fields.contains(field));
    }
    between(&before, &patch)
}

fn fields(value: &impl Serialize) -> serde_json::Result<BTreeMap<String, Value>> {
    let mut fields = BTreeMap::new();
    collect(String::new(), serde_json::to_value(value)?, &mut fields);
    Ok(fields)
}

fn collect(path: String, value: Value, fields: &mut BTreeMap<String, Value>) {
    let name = path.rsplit('.').next().unwrap_or_default();
    match value {
        Value::Object(parts) if !WHOLE.contains(&name) => {
            for (part, value) in parts {
                let path = if path.is_empty() { part } else { format!("{path}.{part}") };
                collect(path, value, fields);
            }
        }
        Value::Array(list) if !list.is_empty() && list.iter().all(|one| name_of(one).is_some()) => {
            for one in list {
                let path = format!("{path}[{}]", name_of(&one).unwrap_or_default());
                collect(path, one, fields);
            }
        }
        // Where one says nothing, and the other says that there is nothing, both say the same.
        Value::Null => {}
        Value::Array(list) if list.is_empty() => {}
        value => {
            fields.insert(path, value);
        }
    }
}

fn name_of(one: &Value) -> Option<String> {
    NAMES.iter().find_map(|name| one.get(name)?.as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_not_told_and_things_of_lists_are_known_by_their_names() {
        let before = json!({ "name": "Lamps", "lobby": null, "coupons": [], "items": [
            { "sku": "a", "allocation": 5, "discount": "none" }, { "sku": "b", "allocation": 1, "discount": "none" }] });
        let after = json!({ "name": "Lamps!", "items": [
            { "sku": "b", "allocation": 1, "discount": { "flat": { "percent_off": 500 } } },
            { "sku": "a", "allocation": 7, "discount": "none" }] });
        let expected = json!([
            { "field": "items[a].allocation", "before": 5, "after": 7 },
            { "field": "items[b].discount", "before": "none", "after": { "flat": { "percent_off": 500 } } },
            { "field": "name", "before": "Lamps", "after": "Lamps!" },
        ]);
        assert_eq!(between(&before, &after).expect("told"), expected);
    }

    #[test]
    fn a_patch_changes_what_it_names() {
        let before = json!({ "name": "Lamp", "image_url": "/l.png", "list_minor": 5, "version": 3 });
        let told = by(&before, &json!({ "image_url": null, "name": "Lamp" })).expect("told");
        assert_eq!(told, json!([{ "field": "image_url", "before": "/l.png", "after": null }]));
    }
}
