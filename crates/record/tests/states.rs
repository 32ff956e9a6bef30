//! Where states stand as words in SQL, they are the words of the enums: in the CHECKs and the partial indexes of the
//! schema, and in the queries that such an index serves. (All other queries take the words as parameters.)

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use record::outbox::Kind;
use record::reservations::ReservationState;
use sale::notice::{DeliveryState, PauseCause};
use sale::participation::Participation;
use sale::payment::{OrderState, PaymentState, RefundState};
use sale::words::Word;

type Words = BTreeSet<String>;

fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> Words {
    words.into_iter().map(str::to_owned).collect()
}

fn all<W: Word>() -> Words {
    words(W::words_of(|_| true))
}

/// The text of every file below a folder with this extension, in the order of their names.
fn files(folder: &Path, extension: &str) -> Vec<String> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one").path()).collect();
    paths.sort();
    let texts = paths.into_iter().flat_map(|path| match path.extension() {
        _ if path.is_dir() => files(&path, extension),
        Some(found) if found == extension => vec![fs::read_to_string(&path).expect("text")],
        _ => vec![],
    });
    texts.collect()
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The statements of all migrations, in order, without comments, with single spaces.
fn schema() -> Vec<String> {
    let sql = files(&here().join("../../migrations/sql"), "sql").join("\n");
    let code: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or(line)).collect();
    let statements = code.join(" ");
    statements.split(';').map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The words of every `column IN ('…', '…')` in some SQL.
fn lists(sql: &str, column: &str) -> Vec<Words> {
    let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let rest_of_each = sql.split(&format!("{column} IN (")).skip(1).map(str::to_owned).collect::<Vec<_>>();
    let list = |rest: &String| rest.split(')').next().map(|list| words(list.split('\'').skip(1).step_by(2)));
    rest_of_each.iter().filter_map(list).collect()
}

/// The newest CHECK of a table's column.
fn check(table: &str, column: &str) -> Words {
    let of_table = |statement: &&String| statement.contains(&format!("TABLE {table} ")) && statement.contains("CHECK");
    let newest = schema().iter().filter(of_table).filter_map(|statement| lists(statement, column).pop()).next_back();
    newest.unwrap_or_else(|| panic!("{table}.{column} has no CHECK"))
}

/// The newest definition of a partial index: what stands behind its WHERE.
fn index(name: &str) -> String {
    let is_it = |statement: &&String| statement.contains(&format!("INDEX {name} ON "));
    let newest = schema().iter().rfind(is_it).cloned().expect(name);
    newest.split_once(" WHERE ").expect("a partial index").1.to_owned()
}

#[test]
fn the_schema_lets_in_exactly_the_states_that_there_are() {
    assert_eq!(check("payments", "state"), all::<PaymentState>());
    assert_eq!(check("refunds", "state"), all::<RefundState>());
    assert_eq!(check("orders", "state"), all::<OrderState>());
    assert_eq!(check("reservations", "state"), all::<ReservationState>());
    assert_eq!(check("outbox", "kind"), all::<Kind>());
    assert_eq!(check("deliveries", "state"), all::<DeliveryState>());
    assert_eq!(check("endpoints", "paused_why"), all::<PauseCause>());
    assert_eq!(check("sale_events", "participation"), all::<Participation>());
}

/// An index may name words besides that no row can have.
#[test]
fn each_partial_index_holds_the_rows_that_it_is_for() {
    let of_payments = |name: &str| {
        let named = lists(&index(name), "state").pop().expect("a list");
        named.intersection(&all::<PaymentState>()).cloned().collect::<Words>()
    };
    assert_eq!(of_payments("payments_live"), words(PaymentState::words_of(PaymentState::is_live)));
    assert_eq!(of_payments("payments_due"), words(PaymentState::words_of(PaymentState::is_owed_a_step)));
    for name in ["payments_declined_by_address", "payments_declined_by_card", "payments_declined_by_shopper"] {
        assert_eq!(index(name), format!("state = '{}'", PaymentState::Declined));
    }
    let owed_a_step = words(RefundState::words_of(RefundState::is_owed_a_step));
    assert_eq!(lists(&index("refunds_due"), "state"), [owed_a_step]);
    assert!(index("refunds_due").contains(&format!("(state = '{}' AND put_back", RefundState::Refunded)));
}

#[test]
fn every_list_of_states_in_a_query_is_one_that_an_enum_tells() {
    let told = [
        words(PaymentState::words_of(PaymentState::is_owed_a_step)),
        words(PaymentState::words_of(PaymentState::may_be_declined)),
        words(RefundState::words_of(RefundState::is_owed_a_step)),
        words(RefundState::words_of(|state| !state.is_over())),
        words(ReservationState::words_of(ReservationState::is_open)),
        words(ReservationState::words_of(ReservationState::is_had)),
        words(OrderState::words_of(OrderState::was_paid)),
    ];
    let found: Vec<Words> = files(&here().join("src"), "rs").iter().flat_map(|source| lists(source, "state")).collect();
    for list in &found {
        assert!(told.contains(list), "{list:?}");
    }
    assert!(told.iter().all(|list| found.contains(list)), "none is told for nothing: {found:?}");
}

#[test]
fn a_state_in_a_query_is_a_word_that_there_is() {
    let of_money = [all::<PaymentState>(), all::<RefundState>(), all::<OrderState>()];
    let others = [all::<ReservationState>(), all::<DeliveryState>()];
    let known: Words = of_money.into_iter().chain(others).flatten().collect();
    for source in files(&here().join("src"), "rs") {
        for operator in ["state = '", "state <> '"] {
            for word in source.split(operator).skip(1).filter_map(|rest| rest.split('\'').next()) {
                assert!(known.contains(word), "{word}");
            }
        }
    }
}

/// Columns that are read as `*` are read by the places that they had in the database that the query was compiled against:
/// one that was migrated in another order has them elsewhere.
#[test]
fn no_query_reads_columns_by_their_places() {
    for source in files(&here().join("src"), "rs") {
        // UNNEST has the columns that it is given, and of the subquery they are named outside.
        let source = source.split_whitespace().collect::<Vec<_>>().join(" ").replace("( SELECT", "(SELECT");
        let whole = source.replace("LATERAL (SELECT * FROM", "").replace("SELECT * FROM UNNEST", "");
        assert!(!whole.contains("SELECT *"), "name the columns");
    }
}
