//! A form that was filled before something else changed is not saved over it.

use crate::story::told::Told;
use crate::story::transcript::About;

pub(super) fn check(told: &Told) -> Vec<String> {
    let mut violations = Vec::new();
    let mut allocated: Vec<u64> = Vec::new();
    let mut copied: Vec<u64> = Vec::new();
    for sentence in told.sentences.iter().filter(|told| told.is_good()) {
        let allocations = || -> Vec<u64> {
            let items = sentence.said["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            items.iter().filter_map(|item| item["allocation"].as_u64()).collect()
        };
        match &sentence.about {
            About::Run("create") => allocated = allocations(),
            About::Copy => copied = allocations(),
            About::Restock { item, units } => {
                if let Some(allocated) = allocated.get_mut(*item) {
                    *allocated += u64::from(*units);
                }
            }
            About::Save => {
                if copied != allocated {
                    violations.push(format!("{allocated:?} units became {copied:?} with an old form"));
                }
                allocated.clone_from(&copied);
            }
            _ => {}
        }
    }
    let stands: Vec<u64> = told.rules.items.iter().map(|item| u64::from(item.allocation)).collect();
    if stands != allocated && violations.is_empty() {
        violations.push(format!("{allocated:?} units were made known, {stands:?} stand"));
    }
    violations
}
