//! Products as lines of a spreadsheet: `sku,name,description,list_price,currency,version`.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};
use record::products::Product;
use sale::money::{AMOUNT_MINOR_MAX, Currency};
use serde::Serialize;
use service::problem::FieldProblem;

use crate::admin::spreadsheet::{SEPARATORS, cells, decimal, looks_like_formula};
use crate::problems::ApiError;

/// The heads of the columns.
pub(super) const HEADS: [&str; 6] = ["sku", "name", "description", "list_price", "currency", "version"];
/// Products in one sheet.
pub(super) const LINES_MAX: usize = 1_000;
/// Lines that are told at once of those that are wrong.
pub(super) const PROBLEMS_MAX: usize = 100;

/// A product as it is exported. What a spreadsheet would take for a formula has an apostrophe before it.
pub(super) fn written(product: &Product) -> Result<Vec<String>, ApiError> {
    #[derive(Serialize)]
    struct Row<'a>(&'a str, &'a str, &'a str, String, &'a str, i64);
    let Product { sku, name, description, list_minor, currency, version, .. } = product;
    let known: Currency = currency.parse().map_err(ApiError::internal)?;
    let row = Row(sku, name, description, decimal(*list_minor, known.digits()), currency, *version);
    cells(&row).map_err(ApiError::internal)
}

/// A line of a sheet, as it stands there; `None` where the sheet has no such column.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins in the file, from 1.
    pub(super) number: u64,
    pub(super) sku: String,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) list_price: Option<String>,
    pub(super) currency: Option<String>,
    /// What it was exported at.
    pub(super) version: Option<String>,
}

impl Line {
    /// What is wrong with it.
    pub(super) fn problem(&self, detail: impl Into<String>) -> FieldProblem {
        problem(self.number, detail)
    }
}

fn problem(number: u64, detail: impl Into<String>) -> FieldProblem {
    FieldProblem { field: format!("line {number}"), reason: "invalid", detail: detail.into() }
}

/// Reads a sheet: its first line has the heads, in any order. Columns are apart by commas, semicolons or tabs, whichever the first line has.
///
/// # Errors
/// With each line that cannot be read.
pub(super) fn read(csv: &[u8]) -> Result<Vec<Line>, Vec<FieldProblem>> {
    let csv = csv.strip_prefix("\u{feff}".as_bytes()).unwrap_or(csv);
    let first = csv.split(|byte| [b'\n', b'\r'].contains(byte)).next().unwrap_or_default();
    let separator =
        [b',', b';', b'\t'].into_iter().max_by_key(|separator| (count(first, *separator), *separator == b','));
    let separator = separator.unwrap_or(b',');
    if let Some(number) = open_quote(csv, separator) {
        let detail = "a quote that begins here is not closed before the end of the sheet; a quote in a text is doubled";
        return Err(vec![problem(number, detail)]);
    }
    let mut reader =
        ReaderBuilder::new().delimiter(separator).flexible(true).trim(Trim::All).has_headers(false).from_reader(csv);
    let (mut columns, mut lines, mut problems) = (None, Vec::new(), Vec::new());
    let mut seen = HashMap::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let number = error.position().map_or(0, csv::Position::line);
                let detail = match error.kind() {
                    csv::ErrorKind::Utf8 { .. } => "not UTF-8: save it as “CSV UTF-8”".to_owned(),
                    _ => format!("cannot be read: {error}"),
                };
                problems.push(problem(number, detail));
                break; // where the next line begins is not certain
            }
        };
        let number = begin(csv, &record);
        let Some(columns) = &columns else {
            columns = Some(Columns::read(&record).map_err(|detail| vec![problem(number, detail)])?);
            continue;
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        match columns.line(number, &record) {
            Ok(line) => {
                if let Some(before) = seen.insert(line.sku.clone(), number) {
                    problems.push(line.problem(format!("sku: {} is in line {before}, too", line.sku)));
                }
                lines.push(line);
            }
            Err(detail) => problems.push(problem(number, detail)),
        }
        if lines.len() > LINES_MAX {
            problems.push(problem(number, format!("more than {LINES_MAX} products: divide the sheet")));
        }
        if problems.len() >= PROBLEMS_MAX || lines.len() > LINES_MAX {
            break;
        }
    }
    if lines.is_empty() && problems.is_empty() {
        problems.push(problem(1, format!("no products; the first line has the heads {}", HEADS.join(","))));
    }
    if problems.is_empty() { Ok(lines) } else { Err(problems) }
}

/// The line of a quote that is not closed where its cell ends: what follows it would be swallowed as text of that cell.
fn open_quote(csv: &[u8], separator: u8) -> Option<u64> {
    let (mut number, mut is_start, mut opened) = (1, true, None);
    let mut bytes = csv.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, opened) {
            (b'"', None) if is_start => opened = Some(number),
            // A doubled one is part of the text.
            (b'"', Some(_)) if bytes.next_if_eq(&b'"').is_some() => {}
            (b'"', Some(begun)) => {
                opened = None;
                while bytes.next_if(|next| [b' ', b'\t'].contains(next) && *next != separator).is_some() {}
                if bytes.peek().is_some_and(|next| ![separator, b'\n', b'\r'].contains(next)) {
                    return Some(begun);
                }
            }
            _ => {}
        }
        is_start = opened.is_none() && [separator, b'\n', b'\r'].contains(&byte);
        number += u64::from(byte == b'\n');
    }
    opened
}

fn count(line: &[u8], separator: u8) -> usize {
    line.iter().filter(|byte| **byte == separator).count()
}

/// The number of a line. The reader counts what ends the line before, and empty lines, as its own.
fn begin(csv: &[u8], record: &StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let rest = usize::try_from(position.byte()).ok().and_then(|at| csv.get(at..)).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| [b'\r', b'\n'].contains(byte)).filter(|byte| **byte == b'\n').count();
    position.line() + ends as u64
}

/// Which column has what.
struct Columns {
    count: usize,
    at: HashMap<&'static str, usize>,
}

impl Columns {
    fn read(heads: &StringRecord) -> Result<Self, String> {
        let mut at = HashMap::new();
        for (place, head) in heads.iter().enumerate() {
            let known = HEADS.into_iter().find(|known| known.eq_ignore_ascii_case(head));
            let known = known.ok_or_else(|| format!("no such column: “{head}”; there are {}", HEADS.join(", ")))?;
            if at.insert(known, place).is_some() {
                return Err(format!("the column {known} is there twice"));
            }
        }
        if at.contains_key("sku") {
            Ok(Self { count: heads.len(), at })
        } else {
            Err("there is no column sku".to_owned())
        }
    }

    fn line(&self, number: u64, record: &StringRecord) -> Result<Line, String> {
        if record.len() != self.count {
            let (has, wanted) = (record.len(), self.count);
            return Err(format!(
                "{has} columns, and the first line has {wanted}: put quotes around what has a separator in it"
            ));
        }
        let cell = |head: &str| Some(record.get(*self.at.get(head)?)?.to_owned());
        let sku = plain(&cell("sku").unwrap_or_default());
        if sku.is_empty() {
            return Err("sku: missing".to_owned());
        }
        let (name, description) = (cell("name"), cell("description"));
        let (list_price, currency, version) = (cell("list_price"), cell("currency"), cell("version"));
        Ok(Line { number, sku, name, description, list_price, currency, version })
    }
}

/// A cell as it was before it was exported: without the apostrophes that keep spreadsheets from taking its parts for formulas.
pub(super) fn plain(cell: &str) -> String {
    let bare = |part: &str| match part.strip_prefix('\'') {
        Some(rest) if looks_like_formula(rest) => rest.to_owned(),
        _ => part.to_owned(),
    };
    cell.split_inclusive(SEPARATORS).map(bare).collect()
}

/// The amount that a cell says, in minor units: digits, and perhaps a point or a comma with no more digits behind it than the currency has. What could
/// be thousands that are set apart is not taken for anything.
pub(super) fn minor(cell: &str, currency: Currency) -> Result<i64, String> {
    let digits = usize::from(currency.digits());
    let wrong = || match digits {
        0 => format!(
            "list_price: a whole number, as {currency} has nothing smaller; without a sign, and nothing between its digits"
        ),
        _ => format!(
            "list_price: a number like {}, with at most {digits} digits behind the point; without a sign, and nothing else between its digits",
            decimal(1_990, currency.digits())
        ),
    };
    let (whole, mark, part) = match cell.find(['.', ',']) {
        Some(at) => (&cell[..at], &cell[at..=at], &cell[at + 1..]),
        None => (cell, "", ""),
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain =
        !whole.is_empty() && whole.len() <= 15 && is_number(whole) && is_number(part) && part.len() <= digits;
    // With three digits behind a comma, it is a thousand to some.
    let is_certain = (mark.is_empty() || !part.is_empty()) && !(mark == "," && part.len() == 3);
    if !(is_plain && is_certain) {
        return Err(wrong());
    }
    let minor: i64 = format!("{whole}{part:0<digits$}").parse().map_err(|_| wrong())?;
    if minor > AMOUNT_MINOR_MAX {
        return Err(format!("list_price: at most {}", decimal(AMOUNT_MINOR_MAX, currency.digits())));
    }
    Ok(minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(sku: &str, text: &str) -> Product {
        let (name, description, currency) = (text.to_owned(), text.to_owned(), "EUR".to_owned());
        let (id, created_at, updated_at) = Default::default();
        Product {
            id,
            sku: sku.to_owned(),
            name,
            description,
            image_url: None,
            list_minor: 5,
            currency,
            version: 1,
            created_at,
            updated_at,
        }
    }

    fn said(csv: &str) -> Vec<String> {
        let problems = read(csv.as_bytes()).expect_err("refused");
        problems.into_iter().map(|problem| format!("{}: {}", problem.field, problem.detail)).collect()
    }

    #[test]
    fn a_quote_that_is_not_closed_swallows_no_lines() {
        let unclosed =
            "a quote that begins here is not closed before the end of the sheet; a quote in a text is doubled";
        let sheet = "sku,name,list_price,currency,description\nea,A,5,EUR,\"19 inch\neb,B,5,EUR,b\n";
        assert_eq!(said(sheet), [format!("line 2: {unclosed}")]);
        assert_eq!(said("sku,name\na,b\nc,\"d\"e\n"), [format!("line 3: {unclosed}")]);
        let fine = "sku,name,description\na,19\" rack,\"two\nlines, \"\"quoted\"\"\" \nb,\"\",c\n";
        let lines = read(fine.as_bytes()).expect("read");
        assert_eq!(lines[0].name.as_deref(), Some("19\" rack"));
        assert_eq!(lines[0].description.as_deref(), Some("two\nlines, \"quoted\""));
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn products_whose_numbers_differ_in_an_apostrophe_alone_are_told_apart() {
        for sku in ["=A1", "'=A1", "''=A1", "'A1", "@,=b", "a;'=1"] {
            let row = written(&product(sku, "n")).expect("written");
            assert_eq!(plain(&row[0]), sku, "{row:?}");
        }
    }

    #[test]
    fn columns_are_known_by_their_heads_and_apart_by_what_the_first_line_has() {
        for (separator, csv) in [
            (',', "\u{feff}name,SKU,list_price\r\n\"Lamp, warm\",lamp,\"19.90\"\r\n\r\n"),
            (';', "name;sku;list_price\n\"Lamp, warm\";lamp;19.90\n"),
            ('\t', "name\tsku\tlist_price\nLamp, warm\tlamp\t19.90"),
        ] {
            let lines = read(csv.as_bytes()).expect("read");
            let line = Line {
                number: 2,
                sku: "lamp".to_owned(),
                name: Some("Lamp, warm".to_owned()),
                description: None,
                list_price: Some("19.90".to_owned()),
                currency: None,
                version: None,
            };
            assert_eq!(lines, [line], "{separator:?}");
        }
    }

    #[test]
    fn every_line_that_is_wrong_is_told_with_its_number() {
        let told = said("sku,name\nlamp,A\n\n,B\nlamp,C,too much\nlamp,D\n");
        let begin = ["line 4: sku: missing", "line 5: 3 columns", "line 6: sku: lamp is in line 2, too"];
        assert_eq!(told.len(), begin.len(), "{told:?}");
        assert!(told.iter().zip(begin).all(|(told, begin)| told.starts_with(begin)), "{told:?}");
        assert!(said("")[0].starts_with("line 1: no products"));
        assert!(said("sku,price\nlamp,1")[0].starts_with("line 1: no such column: “price”"));
        assert!(said("name\nLamp")[0].starts_with("line 1: there is no column sku"));
        let latin1 = read(b"sku,name\nlamp,caf\xe9\n").expect_err("refused");
        assert!(latin1[0].detail.starts_with("not UTF-8"), "{latin1:?}");
    }

    #[test]
    fn an_amount_is_taken_only_when_it_is_certain_what_is_meant() {
        let of = |text: &str, code: &str| minor(text, code.parse().expect("a currency"));
        for (text, code, is) in [
            ("19.90", "EUR", 1_990),
            ("19,9", "EUR", 1_990),
            ("19", "EUR", 1_900),
            ("0", "EUR", 0),
            ("1500", "JPY", 1_500),
            ("1.234", "KWD", 1_234),
        ] {
            assert_eq!(of(text, code), Ok(is), "{text} {code}");
        }
        for (text, code) in [
            ("", "EUR"),
            ("-1", "EUR"),
            ("+1", "EUR"),
            ("1,234", "EUR"),
            ("1.234", "EUR"),
            ("1,234.00", "EUR"),
            ("1e3", "EUR"),
            ("19.", "EUR"),
            (".5", "EUR"),
            ("€ 5", "EUR"),
            ("1.5", "JPY"),
            ("1,234", "KWD"),
            ("9999999999999999999999", "EUR"),
            ("5000000000.01", "EUR"),
        ] {
            assert!(of(text, code).is_err(), "{text} {code}");
        }
    }

    #[test]
    fn what_is_exported_is_read_as_what_it_was() {
        for text in ["=1+1", "A, -5", "plain", "x;=y", "Weg 5, -", "-", "'tis"] {
            let cells = written(&product("lamp", text)).expect("written");
            assert_eq!(plain(&cells[1]), text);
            assert_eq!(cells[3], "0.05");
        }
    }
}
