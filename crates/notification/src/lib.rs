//! What shoppers are told when their page is closed: the words of every kind, in four languages, for a mail and for a push
//! message alike. Whether it is still true, `sale::notification` says.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `fill` | sentences with values in them, amounts and moments |
//! | `words` | the sentences of each language |

mod fill;
mod words;

use email::Language;
use sale::money::Currency;
use sale::pricing::Price;
use sale::time::UnixMs;

use fill::{Amount, day_and_time, fill, second_of_day};
use words::words;

/// What is told of a sale.
#[derive(Clone, Copy, Debug)]
pub enum Told<'t> {
    /// It opens, or its lobby does.
    OpensSoon {
        /// When.
        at: UnixMs,
        /// It is the lobby that opens.
        is_lobby: bool,
    },
    /// An entry was taken.
    InLobby {
        /// When the sale opens, and the entries are drawn.
        opens_at: UnixMs,
    },
    /// Units are reserved for somebody who waited.
    YourTurn(Bought<'t>, UnixMs),
    /// The time to pay is nearly over.
    TimeRunsOut(Bought<'t>, UnixMs),
    /// The money was taken.
    OrderConfirmed(Bought<'t>, Order<'t>),
    /// So much of it went back, in minor units.
    OrderRefunded(i64, Currency, Order<'t>),
    /// So much had gone back, and did not arrive.
    RefundCameBack(i64, Currency, Order<'t>),
}

/// What is bought, or reserved.
#[derive(Clone, Copy, Debug)]
pub struct Bought<'t> {
    /// What the item is called.
    pub product: &'t str,
    /// How many units.
    pub quantity: u32,
    /// What they cost.
    pub price: &'t Price,
    /// In what.
    pub currency: Currency,
}

impl Bought<'_> {
    /// Nothing is to be paid.
    fn is_free(&self) -> bool {
        self.price.total_minor() == 0
    }
}

/// An order, for people.
#[derive(Clone, Copy, Debug)]
pub struct Order<'t> {
    /// Its number.
    pub number: &'t str,
    /// Whom to ask about it.
    pub contact: &'t str,
}

/// What is told, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// In one line.
    pub title: String,
    /// In a few sentences.
    pub text: String,
    /// What comes before a receipt; nothing where what is listed is none. Where nothing can be listed, there is no receipt.
    pub receipt: Option<&'static str>,
    /// What a receipt lists: what it is, and how much.
    pub rows: Vec<(String, String)>,
    /// What the link to the sale is called.
    pub action: &'static str,
}

/// Writes what is told of a sale.
pub fn write(language: Language, sale: &str, told: &Told<'_>) -> Written {
    let words = words(language);
    let money = |minor: i64, currency: Currency| Amount { minor, currency }.written(language);
    let say = |[title, text]: [&str; 2], values: &[(&str, &str)]| {
        let values: Vec<(&str, &str)> = values.iter().copied().chain([("sale", sale)]).collect();
        Written {
            title: fill(language, title, &values),
            text: fill(language, text, &values),
            receipt: None,
            rows: Vec::new(),
            action: words.action,
        }
    };
    let held = |[title, text, text_free]: [&str; 3], bought: &Bought<'_>, until: UnixMs| {
        let text = if bought.is_free() { text_free } else { text };
        let total = money(bought.price.total_minor(), bought.currency);
        let units = bought.quantity.to_string();
        let values =
            [("units", units.as_str()), ("item", bought.product), ("total", &total), ("at", &second_of_day(until))];
        say([title, text], &values)
    };
    match told {
        Told::OpensSoon { at, is_lobby: false } => say(words.opens, &[("at", &day_and_time(*at))]),
        Told::OpensSoon { at, is_lobby: true } => say(words.lobby_opens, &[("at", &day_and_time(*at))]),
        Told::InLobby { opens_at } => say(words.in_lobby, &[("at", &day_and_time(*opens_at))]),
        Told::YourTurn(bought, until) => held(words.your_turn, bought, *until),
        Told::TimeRunsOut(bought, until) => held(words.time_runs_out, bought, *until),
        Told::OrderConfirmed(bought, order) => {
            let lines = bought.price.lines.iter().map(|line| {
                let all = line.unit_minor.saturating_mul(i64::from(line.units));
                let each = money(line.unit_minor, bought.currency);
                (format!("{} × {} ({each})", line.units, bought.product), money(all, bought.currency))
            });
            let total = (words.total.to_owned(), money(bought.price.total_minor(), bought.currency));
            let about = [(words.order.to_owned(), order.number.to_owned())];
            let contact = (words.contact.to_owned(), order.contact.to_owned());
            let rows = about.into_iter().chain(lines).chain([total, contact]).collect();
            let [title, text, text_free] = words.confirmed;
            let text = if bought.is_free() { text_free } else { text };
            Written { receipt: Some(words.receipt), rows, ..say([title, text], &[("order", order.number)]) }
        }
        Told::OrderRefunded(amount, currency, order) | Told::RefundCameBack(amount, currency, order) => {
            let came_back = matches!(told, Told::RefundCameBack(..));
            let sentences = if came_back { words.came_back } else { words.refunded };
            let amount = money(*amount, *currency);
            let contact = (words.contact.to_owned(), order.contact.to_owned());
            Written { rows: vec![contact], ..say(sentences, &[("order", order.number), ("amount", &amount)]) }
        }
    }
}

/// Why somebody gets mail, and what the link is called that ends it.
pub fn footer(language: Language, sale: &str, is_asked_for: bool) -> (String, &'static str) {
    let words = words(language);
    let why = if is_asked_for { words.because_asked } else { words.because_bought };
    (fill(language, why, &[("sale", sale)]), words.stop)
}

/// Which way a language runs, as HTML says it.
pub const fn direction(language: Language) -> &'static str {
    match language {
        Language::Ar => "rtl",
        Language::En | Language::De | Language::Zh => "ltr",
    }
}

#[cfg(test)]
mod tests {
    use sale::pricing::PriceLine;

    use super::*;

    const ALL: [Language; 4] = [Language::En, Language::De, Language::Zh, Language::Ar];

    #[test]
    fn every_language_says_everything_and_leaves_no_gap() {
        let line = |units, unit_minor| PriceLine { units, unit_minor, tier: None };
        let price = Price { lines: vec![line(1, 2_250), line(1, 4_500)], coupon: None };
        let currency: Currency = "EUR".parse().expect("a currency");
        let bought = Bought { product: "Lamp", quantity: 2, price: &price, currency };
        let free = Price { lines: vec![line(2, 0)], coupon: None };
        let given = Bought { price: &free, ..bought };
        let order = Order { number: "FL-100001", contact: "Lamps <help@shop.example>" };
        let at = UnixMs(1_764_252_345_000);
        for language in ALL {
            let all = [
                Told::OpensSoon { at, is_lobby: false },
                Told::OpensSoon { at, is_lobby: true },
                Told::InLobby { opens_at: at },
                Told::YourTurn(bought, at),
                Told::TimeRunsOut(bought, at),
                Told::OrderConfirmed(bought, order),
                Told::OrderRefunded(2_250, currency, order),
                Told::RefundCameBack(2_250, currency, order),
                Told::YourTurn(given, at),
                Told::TimeRunsOut(given, at),
                Told::OrderConfirmed(given, order),
            ];
            let written = all.map(|told| write(language, "Night {sale}", &told));
            for one in &written {
                let text = format!("{} {}", one.title, one.text).replace("Night {sale}", "");
                assert!(!text.contains(['{', '}']) && one.title.chars().count() < 80, "{language:?}: {text}");
                assert!(!one.text.is_empty() && !one.action.is_empty());
            }
            assert!(written[3].text.contains("14:05:45 UTC") && written[0].text.contains("2025-11-27 14:05:45 UTC"));
            for (paid, free) in [(3, 8), (4, 9), (5, 10)] {
                assert_ne!(written[paid].text, written[free].text, "{language:?}: nothing was to be paid");
                assert!(!written[free].text.contains("EUR"), "{language:?}: {}", written[free].text);
            }
            assert_ne!(written[6].text, written[7].text);
            let receipt = &written[5].rows;
            assert_eq!(receipt.len(), 5, "{receipt:?}");
            assert!(receipt[1].1.contains("22") && receipt[3].1.contains("67"), "{receipt:?}");
            for is_asked_for in [true, false] {
                assert!(!footer(language, "x", is_asked_for).0.contains('{'));
            }
        }
        assert_eq!(
            write(Language::De, "x", &Told::OrderRefunded(-5, currency, order)).text.matches("-0,05 EUR").count(),
            1
        );
    }
}
