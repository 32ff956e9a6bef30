//! The positions of items and coupons: what the line and the records know them by, so they never move.

use std::collections::{HashMap, HashSet};

/// Numbers what is wanted: known names keep their position, new ones follow.
///
/// # Errors
/// With a known name that is missing.
pub fn number<T>(known: Vec<String>, wanted: &[T], name: impl Fn(&T) -> String) -> Result<Vec<(i32, &T)>, String> {
    let wanted_names: HashSet<String> = wanted.iter().map(&name).collect();
    if let Some(missing) = known.iter().find(|known| !wanted_names.contains(*known)) {
        return Err(missing.clone());
    }
    let mut next = i32::try_from(known.len()).unwrap_or(i32::MAX);
    let positions: HashMap<String, i32> = known.into_iter().zip(0..).collect();
    let mut numbered = Vec::with_capacity(wanted.len());
    for item in wanted {
        let position = positions.get(&name(item)).copied().unwrap_or_else(|| {
            next += 1;
            next - 1
        });
        numbered.push((position, item));
    }
    Ok(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_keep_their_numbers_and_new_ones_follow() {
        let known = || vec!["A".to_owned(), "B".to_owned()];
        let numbers = |wanted: &[&str]| {
            number(known(), wanted, |name| (*name).to_owned())
                .map(|numbered| numbered.into_iter().map(|(number, _)| number).collect::<Vec<i32>>())
        };
        assert_eq!(numbers(&["B", "C", "A", "D"]), Ok(vec![1, 2, 0, 3]));
        assert_eq!(numbers(&["B", "C"]), Err("A".to_owned()));
    }
}
