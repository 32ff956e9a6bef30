//! A list of who is invited, as organisers have it: CSV of one column, with e-mail addresses and what the shop calls its customers.

use std::collections::HashSet;

use csv::{ByteRecord, ReaderBuilder, Trim};
use customer::shopper_of;
use email::{Address, Keys};
use sale::ids::ShopperId;
use sale::participation::Participation;
use service::problem::FieldProblem;

use super::heading::is_heading;

/// People in one list.
pub(super) const ENTRIES_MAX: usize = 200_000;
/// Lines that are told at once of those that are wrong.
const PROBLEMS_MAX: usize = 100;
/// Characters of what somebody is called.
const SUBJECT_LENGTH_MAX: usize = 255;
/// Before a subject that has an `@`.
const SUBJECT: &str = "subject:";

/// Who is meant by what somebody is called.
pub(super) struct Names<'k> {
    /// Of addresses, where somebody can sign in by one.
    pub(super) emails: Option<&'k Keys>,
    /// Who calls customers what they are called.
    pub(super) issuers: Vec<&'k str>,
    /// Whom the sale takes.
    pub(super) participation: Participation,
}

/// Those whom a list names.
#[derive(Debug)]
pub(super) struct Listed {
    /// People who were named by an e-mail address.
    pub(super) addresses: usize,
    /// Those who were named by what somebody calls them.
    pub(super) customers: usize,
    /// Who they may be here: one person with several issuers is several shoppers.
    pub(super) shoppers: Vec<ShopperId>,
}

/// What somebody is named by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Address,
    Customer,
}

impl Listed {
    /// How many people.
    pub(super) fn entries(&self) -> usize {
        self.addresses + self.customers
    }
}

/// Reads a list.
///
/// # Errors
/// With each line that names nobody.
pub(super) fn read(csv: &[u8], names: &Names<'_>) -> Result<Listed, Vec<FieldProblem>> {
    let csv = csv.strip_prefix("\u{feff}".as_bytes()).unwrap_or(csv);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(csv);
    let (mut seen, mut problems) = (HashSet::new(), Vec::new());
    let mut listed = Listed { addresses: 0, customers: 0, shoppers: Vec::new() };
    let mut is_first = true;
    for line in reader.byte_records() {
        let (number, written) = line.as_ref().map_or((0, &[][..]), |line| begin(csv, line));
        let who = match &line {
            Ok(line) if line.len() == 1 && !has_more_columns(written, &line[0]) => {
                std::str::from_utf8(&line[0]).map_err(|_| "not UTF-8".to_owned())
            }
            Ok(_) => Err("one column, and no more: put quotes around what has a comma or a semicolon".to_owned()),
            Err(error) => Err(format!("cannot be read: {error}")),
        };
        let is_head = std::mem::take(&mut is_first) && who.as_ref().is_ok_and(|who| is_heading(who));
        if is_head || who.as_ref().is_ok_and(|who| who.is_empty()) {
            continue;
        }
        match who.and_then(|who| names.shoppers(who)) {
            Ok((by, who)) => {
                if seen.insert(who[0]) {
                    let count = if by == By::Address { &mut listed.addresses } else { &mut listed.customers };
                    *count += 1;
                    listed.shoppers.extend(who);
                }
            }
            Err(detail) => problems.push(problem(format!("line {number}"), detail)),
        }
        if seen.len() > ENTRIES_MAX {
            problems.push(problem(format!("line {number}"), format!("more than {ENTRIES_MAX} people")));
        }
        if problems.len() == PROBLEMS_MAX || seen.len() > ENTRIES_MAX {
            break; // what comes after it was not read
        }
    }
    if problems.is_empty() && seen.is_empty() {
        problems.push(problem("line 1".to_owned(), "names nobody; to invite everybody, remove the list".to_owned()));
    }
    if problems.is_empty() { Ok(listed) } else { Err(problems) }
}

/// The number of a line, and what is written from there on. The reader counts what ends the line before, and empty lines, as its own.
fn begin<'c>(csv: &'c [u8], line: &ByteRecord) -> (u64, &'c [u8]) {
    let Some(position) = line.position() else { return (0, &[]) };
    let rest = usize::try_from(position.byte()).ok().and_then(|at| csv.get(at..)).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| [b'\r', b'\n'].contains(byte)).count();
    let (ends, written) = rest.split_at(ends);
    (position.line() + ends.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>(), written)
}

/// Whether a line's only cell has in it what other spreadsheets put between columns, and not within quotes.
fn has_more_columns(written: &[u8], cell: &[u8]) -> bool {
    let quoted = [b"\"", cell, b"\""].concat();
    cell.iter().any(|byte| [b';', b'\t'].contains(byte)) && (cell.contains(&b'"') || !written.starts_with(&quoted))
}

fn problem(field: String, detail: String) -> FieldProblem {
    FieldProblem { field, reason: "invalid", detail }
}

impl Names<'_> {
    /// Who somebody may be here; one at least.
    fn shoppers(&self, who: &str) -> Result<(By, Vec<ShopperId>), String> {
        let subject = match who.strip_prefix(SUBJECT) {
            Some(subject) => subject.trim(),
            None if who.contains('@') => return self.by_address(who).map(|shopper| (By::Address, vec![shopper])),
            None => who,
        };
        if !(1..=SUBJECT_LENGTH_MAX).contains(&subject.chars().count()) || subject.chars().any(char::is_control) {
            return Err(format!(
                "a customer is called by 1 to {SUBJECT_LENGTH_MAX} characters, none of them a control character"
            ));
        }
        let shoppers: Vec<_> = self.issuers.iter().map(|issuer| shopper_of(issuer, subject)).collect();
        if shoppers.is_empty() {
            return Err("not an e-mail address, and nobody signs in here as a customer or with an account".to_owned());
        }
        Ok((By::Customer, shoppers))
    }

    /// What was typed is not repeated.
    fn by_address(&self, who: &str) -> Result<ShopperId, String> {
        let address: Address = who.parse().map_err(|problem| format!("{problem}"))?;
        let keys = self.emails.ok_or("an e-mail address, and nobody signs in here by one")?;
        if !self.participation.admits(sale::participation::Identity::Email) {
            return Err(
                "an e-mail address, and the sale takes accounts alone; a subject with an @ is written subject:…"
                    .to_owned(),
            );
        }
        Ok(keys.shopper(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    fn keys() -> Keys {
        Keys::new(&SecretString::from("a key of at least thirty-two characters")).expect("keys")
    }

    fn names(keys: &Keys) -> Names<'_> {
        Names {
            emails: Some(keys),
            issuers: vec!["https://shop.example", "https://id.example"],
            participation: Participation::Email,
        }
    }

    #[test]
    fn a_list_names_people_by_address_and_by_what_they_are_called() {
        let (keys, address) = (keys(), |text: &str| text.parse::<Address>().expect("an address"));
        let csv =
            "\u{feff}E-Mail\r\nAnna@Example.org\r\n\"ben@example.org\"\n\nanna@example.org\nk-4711\nsubject:eve@shop\n";
        let listed = read(csv.as_bytes(), &names(&keys)).expect("a list");
        assert_eq!((listed.addresses, listed.customers), (2, 2), "each once, and no heading");
        for shopper in [
            keys.shopper(&address("anna@example.org")),
            keys.shopper(&address("ben@example.org")),
            shopper_of("https://shop.example", "k-4711"),
            shopper_of("https://id.example", "k-4711"),
            shopper_of("https://shop.example", "eve@shop"),
        ] {
            assert!(listed.shoppers.contains(&shopper));
        }
    }

    #[test]
    fn a_file_of_several_columns_is_refused_line_by_line_whatever_is_between_them() {
        let keys = keys();
        for between in [",", ";", "\t"] {
            let csv = format!("kunde{between}name\r\n\r\nk-1{between}Anna\r\nk-2\r\n\"k-3\"{between}Ben\r\n");
            let problems = read(csv.as_bytes(), &names(&keys)).expect_err("several columns");
            let lines: Vec<_> = problems.into_iter().map(|problem| problem.field).collect();
            assert_eq!(lines, ["line 1", "line 3", "line 5"], "{between:?}");
            if between == "\t" {
                continue; // nobody is called so
            }
            let quoted = format!("Kundennummer\n\n\"k{between}1\"\n");
            let listed = read(quoted.as_bytes(), &names(&keys)).expect("quotes say that it is one");
            assert_eq!(listed.shoppers[0], shopper_of("https://shop.example", &format!("k{between}1")));
        }
    }

    #[test]
    fn an_address_with_a_typo_shows_among_the_customers() {
        let keys = keys();
        let listed = read(b"Email Address\nanna@example.org\nben.example.org\n", &names(&keys)).expect("a list");
        assert_eq!((listed.addresses, listed.customers), (1, 1));
    }

    #[test]
    fn every_line_that_names_nobody_is_told() {
        let keys = keys();
        let wrong = |csv: &[u8], names: &Names<'_>| -> Vec<String> {
            let problems = read(csv, names).err().unwrap_or_default();
            problems.into_iter().map(|problem| problem.field).collect()
        };
        let csv = b"email\nanna@example.org\nanna@\na,b\n\xff\nsubject:\nk-1\n";
        assert_eq!(wrong(csv, &names(&keys)), ["line 3", "line 4", "line 5", "line 6"]);
        for empty in ["", "\n\n", "email\n"] {
            assert_eq!(wrong(empty.as_bytes(), &names(&keys)), ["line 1"], "{empty:?}");
        }
        let nobodys = Names { emails: None, issuers: vec![], participation: Participation::Email };
        assert_eq!(wrong(b"anna@example.org\nk-1\n", &nobodys), ["line 1", "line 2"]);
        let accounts = Names { participation: Participation::Account, ..names(&keys) };
        assert_eq!(wrong(b"anna@example.org\nk-1\n", &accounts), ["line 1"], "who could never come is not invited");
        let many = "x@\n".repeat(1_000);
        assert_eq!(wrong(many.as_bytes(), &names(&keys)).len(), PROBLEMS_MAX);
        let too_many: String = (0..=ENTRIES_MAX).map(|number| format!("k-{number}\n")).collect();
        assert_eq!(wrong(too_many.as_bytes(), &names(&keys)), [format!("line {}", ENTRIES_MAX + 1)]);
    }
}
