//! What spreadsheets are given to read: amounts, and cells that none of them takes for a formula.

use std::io;

use serde::Serialize;

/// What a spreadsheet takes for UTF-8 by.
pub(super) const BYTE_ORDER_MARK: &str = "\u{feff}";
/// An amount in the currency's unit: a whole number for those without a smaller one.
pub(super) fn decimal(minor: i64, digits: u8) -> String {
    let digits = usize::from(digits);
    let all = format!("{minor:0>width$}", width = digits + 1);
    let (whole, part) = all.split_at(all.len() - digits);
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

/// Every cell as text, none of which a spreadsheet takes for a formula.
pub(super) fn cells(order: &impl Serialize) -> Result<Vec<String>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.serialize(order)?;
    let line = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_slice());
    match reader.records().next() {
        Some(record) => Ok(record?.iter().map(harmless).collect()),
        None => Err(io::Error::other("an order without cells").into()),
    }
}

/// A cell of which no part is a formula, wherever a spreadsheet splits it: not all of them split at commas, nor heed quotes.
fn harmless(cell: &str) -> String {
    let parts = cell
        .split_inclusive(SEPARATORS)
        .map(|part| if looks_like_formula(part) { format!("'{part}") } else { part.to_owned() });
    parts.collect()
}

/// What a spreadsheet may split a line at.
pub(super) const SEPARATORS: [char; 6] = [',', ';', '|', '\t', '\r', '\n'];

/// Whether a part gets an apostrophe: a formula does, and what looks like one that has got it already, so that each can be told from the other
/// when it is read again.
pub(super) fn looks_like_formula(part: &str) -> bool {
    is_formula(part.trim_start_matches('\''))
}

/// Whether a spreadsheet may take a text for a formula, also one that leaves out what is not seen, or the quotes.
fn is_formula(text: &str) -> bool {
    let shown = text.trim_start_matches(|letter| is_unseen(letter) || letter == '"');
    let begins = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫'];
    shown.starts_with(begins)
}

/// Whether a character shows nothing: spaces, control characters, and what Unicode says may be ignored
/// (`Default_Ignorable_Code_Point`).
fn is_unseen(letter: char) -> bool {
    let ignorable = matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    ignorable || letter.is_whitespace() || letter.is_control()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        for (minor, digits, is) in [
            (4_500, 2, "45.00"),
            (5, 2, "0.05"),
            (0, 2, "0.00"),
            (1_234, 0, "1234"),
            (1_234_567, 3, "1234.567"),
            (0, 0, "0"),
        ] {
            assert_eq!(decimal(minor, digits), is);
        }
    }

    #[test]
    fn no_cell_is_a_formula() {
        #[derive(Serialize)]
        struct Row(&'static str, Option<i64>, &'static str, &'static str);
        let row = Row("=HYPERLINK(\"http://evil\")", None, "plain, \"quoted\"", "@SUM(1)");
        let cells = cells(&row).expect("cells");
        assert_eq!(cells, ["'=HYPERLINK(\"http://evil\")", "", "plain, \"quoted\"", "'@SUM(1)"]);
        for cell in [" =1", "\u{a0}@x", "＝1", "\u{200b}=1", "\u{feff}+1", "\u{200e}-1", "\u{ad}@x", "\"=1\""] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        assert_eq!((harmless("\r=4"), harmless("a;=1+1")), ("\r'=4".to_owned(), "a;'=1+1".to_owned()));
        for plain in ["Anna-Lena", "a; b", "Weg 5, -", "1 + 1", "\u{200f}عمان"] {
            let expected = plain.replace(", -", ",' -");
            assert_eq!(harmless(plain), expected);
        }
    }

    proptest! {
        /// As the strictest and the laxest of readers see it: at whatever it is split, what is shown of a part is no formula.
        #[test]
        fn no_part_of_a_cell_is_a_formula_wherever_it_is_split(
            cell in "[a1=+@;,|\t\r\n\"' \u{ad}\u{200b}\u{200e}\u{feff}\u{2060}＝-]{0,12}", separators in "[;,|\t\r\n]{0,6}",
        ) {
            let harmless = harmless(&cell);
            for part in harmless.split(|letter| separators.contains(letter)) {
                let shown = part.trim_start_matches(|letter: char| "\t\r\n\" \u{ad}\u{200b}\u{200e}\u{feff}\u{2060}".contains(letter));
                prop_assert!(!shown.starts_with(['=', '+', '-', '@', '＝']), "{part:?} of {cell:?}");
            }
            let without = |text: &str| text.replace('\'', "");
            prop_assert_eq!(without(&harmless), without(&cell), "nothing else is changed");
        }
    }
}
