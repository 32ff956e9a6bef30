//! Notices: what a shop is told, written in the transaction that causes it, with a delivery for each endpoint that wants
//! it. Where none does, nothing is written.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `reservations` | notices of what rounds decided, and of orders |
//! | `sales` | notices of sales, also of what follows from the clock alone |
//! | `body` | what is sent |
//! | `write` | notices and their deliveries into their tables |

mod body;
mod reservations;
mod sales;
mod write;

pub use reservations::{of_rounds, order_paid, order_refund_failed, order_refunded};
pub use sales::{Done, opened_and_ended, sold_out, tell};
pub use write::test;

use sale::notice::NoticeType;
use sqlx::PgConnection;

/// The types that any endpoint wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted(Vec<NoticeType>);

impl Wanted {
    /// From their words. One that this version does not know, it does not write.
    pub(crate) fn of_words(words: &[String]) -> Self {
        Self(words.iter().filter_map(|word| NoticeType::of_word(word).ok()).collect())
    }

    fn has(&self, kind: NoticeType) -> bool {
        self.0.contains(&kind)
    }
}

/// Whether any endpoint wants notices of this type.
async fn is_wanted(db: &mut PgConnection, kind: NoticeType) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM endpoints WHERE $1 = ANY(types)) AS "is!""#, kind.word())
        .fetch_one(db)
        .await
}
