//! The postal codes of countries where every address has one and its shape is certain. Elsewhere one may be given, as a line of text:
//! there are countries without such codes, and others where people write them in ways that nobody can list.

use super::Asked;

/// A country and the shapes of its codes without spaces and hyphens: `9` stands for a digit, `A` for a letter. The shopper page has the
/// same countries (`web/src/shop/buyer/countries.ts`).
const SHAPES: &[(&str, &[&str])] = &[
    ("AT", &["9999"]),
    ("AU", &["9999"]),
    ("BE", &["9999"]),
    ("BG", &["9999"]),
    ("BR", &["99999999"]),
    ("CA", &["A9A9A9"]),
    ("CH", &["9999"]),
    ("CN", &["999999"]),
    ("CY", &["9999"]),
    ("CZ", &["99999"]),
    ("DE", &["99999"]),
    ("DK", &["9999"]),
    ("EE", &["99999"]),
    ("ES", &["99999"]),
    ("FI", &["99999"]),
    ("FR", &["99999"]),
    ("GB", &["A99AA", "A999AA", "AA99AA", "AA999AA", "A9A9AA", "AA9A9AA"]),
    ("GR", &["99999"]),
    ("HR", &["99999"]),
    ("HU", &["9999"]),
    ("IN", &["999999"]),
    ("IT", &["99999"]),
    ("JP", &["9999999"]),
    ("KR", &["99999"]),
    ("LI", &["9999"]),
    ("LT", &["99999"]),
    ("LU", &["9999"]),
    ("LV", &["9999"]),
    ("NL", &["9999AA"]),
    ("NO", &["9999"]),
    ("NZ", &["9999"]),
    ("PL", &["99999"]),
    ("PT", &["9999999"]),
    ("RO", &["999999"]),
    ("RU", &["999999"]),
    ("SE", &["99999"]),
    ("SG", &["999999"]),
    ("SI", &["9999"]),
    ("SK", &["99999"]),
    ("TR", &["99999"]),
    ("UA", &["99999"]),
    ("US", &["99999", "999999999"]),
];

/// Whether an address in a country needs one.
pub(super) fn asked_in(country: &str) -> Asked {
    if shapes_of(country).is_some() { Asked::Required } else { Asked::Optional }
}

/// Whether a code can be one of a country's, however it is grouped, and also with the country's letters before it (`D-10115`, `SI-1000`).
pub(super) fn fits(country: &str, code: &str) -> bool {
    let Some(shapes) = shapes_of(country) else { return true };
    let bare = match code.split_once('-') {
        Some((letters, rest)) if letters == country || (letters.len() == 1 && "DAFIBLS".contains(letters)) => rest,
        _ => code,
    };
    let signs: Vec<char> = bare.chars().filter(|sign| !matches!(sign, ' ' | '-')).collect();
    shapes.iter().any(|shape| {
        shape.len() == signs.len()
            && shape.chars().zip(&signs).all(|(kind, sign)| match kind {
                '9' => sign.is_ascii_digit(),
                _ => sign.is_ascii_alphabetic(),
            })
    })
}

fn shapes_of(country: &str) -> Option<&'static [&'static str]> {
    SHAPES.iter().find(|(code, _)| *code == country).map(|(_, shapes)| *shapes)
}
