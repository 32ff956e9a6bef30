//! When nothing was left for the first time, all of it held or sold: of a sale, and of each of its items. To the round, where each
//! was looked at as it was recorded.

use chrono::{DateTime, Utc};
use sale::ids::EventId;
use sale::record::{Head, ItemCounts};
use sale::report::RoundReport;
use sqlx::{PgConnection, PgPool};

use super::Extent;
use crate::columns::columns;
use crate::journal::LockedLine;
use crate::to_i64;

/// Stands for the sale as a whole among the numbers of its items.
const WHOLE: i32 = -1;

/// Whether and when nothing was left for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoldOut {
    /// Something was left at all times.
    Never,
    /// It happened.
    At {
        /// When the round was decided that left it so; or the end of the interval, where only that is kept.
        at: DateTime<Utc>,
        /// How much earlier it may have been, in milliseconds, where only the interval is kept.
        within_ms: Option<i64>,
    },
    /// Not kept: the sale ran before it was.
    Unknown,
}

/// Of a sale.
#[derive(Clone, Debug)]
pub struct SoldOuts {
    /// All of its items at once.
    pub whole: SoldOut,
    is_kept: bool,
    items: Vec<(i32, DateTime<Utc>)>,
}

impl SoldOuts {
    /// Of one item, by its number.
    pub fn of_item(&self, number: usize) -> SoldOut {
        let found = self.items.iter().find(|(item, _)| usize::try_from(*item) == Ok(number));
        match found {
            Some((_, at)) => SoldOut::At { at: *at, within_ms: None },
            None if self.is_kept => SoldOut::Never,
            None => SoldOut::Unknown,
        }
    }
}

/// What is known of a sale with this history.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn sold_outs(pool: &PgPool, event: EventId, extent: Option<&Extent>) -> sqlx::Result<SoldOuts> {
    let row = sqlx::query!(
        r#"SELECT l.moments_seq = l.seq AS "is_kept!", m.item_nos, m.ats
           FROM event_lines l
           CROSS JOIN (SELECT array_agg(item_no) AS item_nos, array_agg(at) AS ats FROM sold_out_moments WHERE event_id = $1) AS m
           WHERE l.event_id = $1"#,
        event.0
    );
    let Some(row) = row.fetch_optional(pool).await? else {
        return Ok(SoldOuts { whole: SoldOut::Never, is_kept: true, items: Vec::new() });
    };
    // Of a sale of which not every round was looked at, none of these need be the first.
    let found = row.item_nos.unwrap_or_default().into_iter().zip(row.ats.unwrap_or_default());
    let items: Vec<_> = found.filter(|_| row.is_kept).collect();
    let whole = items.iter().find(|(item, _)| *item == WHOLE).map(|(_, at)| SoldOut::At { at: *at, within_ms: None });
    let whole = match whole {
        Some(whole) => whole,
        None if row.is_kept => SoldOut::Never,
        None => extent.map_or(SoldOut::Unknown, by_intervals),
    };
    Ok(SoldOuts { whole, is_kept: row.is_kept, items })
}

/// As far as the intervals of its history tell.
fn by_intervals(extent: &Extent) -> SoldOut {
    match extent.sold_out {
        // What began before histories were kept may have been sold out before.
        _ if !extent.is_whole => SoldOut::Unknown,
        Some((at, within_ms)) => SoldOut::At { at, within_ms: Some(within_ms) },
        None => SoldOut::Never,
    }
}

/// Something of which nothing is left.
struct First {
    item: i32,
    seq: i64,
    at: DateTime<Utc>,
}

columns! {
    /// Them by column.
    struct Firsts<'f> of first: First {
        item_no: i32 = first.item,
        seq: i64 = first.seq,
        at: DateTime<Utc> = first.at,
    }
}

/// Keeps what these rounds, which are new to the record of this line, left nothing of for the first time.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn keep_sold_out(
    db: &mut PgConnection,
    event: EventId,
    line: &LockedLine,
    rounds: &[RoundReport],
) -> sqlx::Result<()> {
    let firsts = firsts(&line.sold_out_items, rounds);
    if firsts.is_empty() {
        return Ok(());
    }
    let firsts = Firsts::of(&firsts)?;
    sqlx::query!(
        "INSERT INTO sold_out_moments (event_id, item_no, seq, at)
         SELECT $1, * FROM UNNEST($2::integer[], $3::bigint[], $4::timestamptz[]) ON CONFLICT DO NOTHING",
        event.0,
        &firsts.item_no,
        &firsts.seq,
        &firsts.at
    )
    .execute(db)
    .await?;
    Ok(())
}

fn firsts(known: &[i32], rounds: &[RoundReport]) -> Vec<First> {
    let mut firsts = Vec::<First>::new();
    for round in rounds {
        for item in gone(&round.head) {
            if !known.contains(&item) && firsts.iter().all(|first| first.item != item) {
                firsts.push(First { item, seq: to_i64(round.head.seq), at: clock::to_utc(round.decided_at) });
            }
        }
    }
    firsts
}

/// The items of which nothing is left; with them the whole, if that is true of all.
fn gone(head: &Head) -> impl Iterator<Item = i32> {
    let is_gone = |counts: &&ItemCounts| counts.left() == 0;
    let any = head.items.iter().any(|counts| counts.allocated > 0);
    let whole = (any && head.items.iter().all(|counts| is_gone(&counts))).then_some(WHOLE);
    let items = (0..).zip(&head.items).filter(move |(_, counts)| counts.allocated > 0 && is_gone(counts));
    whole.into_iter().chain(items.map(|(number, _)| number))
}

#[cfg(test)]
mod tests {
    use sale::time::UnixMs;
    use uuid::Uuid;

    use super::*;

    fn round(seq: u64, held: [u32; 2]) -> RoundReport {
        let items = held.map(|held| ItemCounts { allocated: 3, held, ..ItemCounts::default() });
        let head = Head { seq, items: items.to_vec(), ..Head::default() };
        let decided_at = UnixMs(1_000 * seq);
        RoundReport { event: EventId(Uuid::nil()), epoch: 1, decided_at, outcomes: Vec::new(), head }
    }

    #[test]
    fn the_first_round_that_leaves_nothing_counts_also_where_units_come_back_in_the_next() {
        let rounds = [round(1, [3, 0]), round(2, [2, 3]), round(3, [3, 3]), round(4, [0, 0]), round(5, [3, 3])];
        let seen = |known: &[i32]| -> Vec<_> { firsts(known, &rounds).iter().map(|one| (one.item, one.seq)).collect() };
        assert_eq!(seen(&[]), [(0, 1), (1, 2), (WHOLE, 3)]);
        assert_eq!(seen(&[0, WHOLE]), [(1, 2)], "what is known stays");
    }
}
