//! What rounds leave in the outbox: these rounds are made here, and written as the order-worker writes them.

use std::time::Duration;

use record::PgPool;
use record::notifications::{Target, of_rounds, opening_soon, put};
use record::sessions::Asking;
use sale::answer::{Answer, Change, Grant, News, Outcome};
use sale::command::CancelCause;
use sale::ids::{AttemptId, EventId, ItemNo, SessionId, ShopperId};
use sale::pricing::Price;
use sale::provenance::Provenance;
use sale::record::Head;
use sale::report::RoundReport;
use sale::time::{LineMs, UnixMs};
use testbed::{NewSale, Testbed};
use uuid::Uuid;

use super::of_units;

fn attempt(number: u128) -> AttemptId {
    AttemptId(Uuid::from_u128(number))
}

fn granted() -> News {
    let deadline = clock::now().plus_ms(60_000);
    let (price, deadline_line) = (Price::default(), LineMs(deadline.0));
    News::Change(Change::Granted(Grant { item: ItemNo(0), quantity: 1, price, deadline, deadline_line }))
}

/// A sale that has not opened, and somebody who wants to be told of it. Nobody sends what is written of it.
struct Outbox {
    testbed: Testbed,
    pool: PgPool,
    event: EventId,
    shopper: ShopperId,
}

impl Outbox {
    async fn open() -> Self {
        let testbed = Testbed::builder().start().await.expect("the system starts");
        let sale = NewSale { lobby_ms: Some((60_000, 120_000)), opens_in_ms: 180_000, ..of_units(1) };
        let event = testbed.admin.create(&sale).await.expect("created");
        let (pool, shopper) = (testbed.postgres().await.expect("postgres"), ShopperId(Uuid::now_v7()));
        let outbox = Self { testbed, pool, event, shopper };
        outbox.asks().await;
        outbox
    }

    async fn asks(&self) {
        let rules = record::catalogue::load(&self.pool, self.event).await.expect("read").expect("the sale").rules;
        let asking = Asking { shopper: self.shopper, session: SessionId(Uuid::nil()), began: clock::now() };
        let target = Target::Mail(b"sealed", [7; 32]);
        assert!(put(&self.pool, &rules, &asking, &target, "en", clock::now()).await.expect("kept"));
    }

    /// Runs a statement about the sale.
    async fn run(&self, statement: &'static str) {
        sqlx::query(statement).bind(self.event.0).execute(&self.pool).await.expect("done");
    }

    /// The lobby opens so many seconds later.
    async fn moved(&self, seconds: i32) {
        let statement =
            "UPDATE sale_events SET lobby_opens_at = lobby_opens_at + make_interval(secs => $2) WHERE id = $1";
        sqlx::query(statement).bind(self.event.0).bind(f64::from(seconds)).execute(&self.pool).await.expect("moved");
    }

    /// Ends the one that waits; its id.
    async fn end_as(&self, end: &str) -> Uuid {
        let statement = "UPDATE notifications SET ended_at = clock_timestamp(), ended_as = $2
                         WHERE event_id = $1 AND ended_at IS NULL RETURNING id";
        let ended = sqlx::query_scalar(statement).bind(self.event.0).bind(end);
        ended.fetch_one(&self.pool).await.expect("one that waits")
    }

    /// Writes what follows from rounds of one outcome each, all at once.
    async fn follows(&self, decided_at: UnixMs, news: impl IntoIterator<Item = (AttemptId, News)>) {
        let (event, shopper) = (self.event, self.shopper);
        let rounds = news.into_iter().zip(1..).map(|((attempt, news), seq)| {
            let (outcomes, head) = (vec![Outcome { attempt, shopper, news }], Head { seq, ..Head::default() });
            RoundReport { event, epoch: 1, decided_at, outcomes, head }
        });
        let mut transaction = self.pool.begin().await.expect("begun");
        of_rounds(&mut transaction, event, true, &rounds.collect::<Vec<_>>()).await.expect("written");
        transaction.commit().await.expect("committed");
    }

    /// What is still to be told, and what is not true any more.
    async fn kinds(&self) -> [Vec<String>; 2] {
        let kinds = async |ended: &str| {
            let query = "SELECT kind FROM notifications
                         WHERE event_id = $1 AND coalesce(ended_as, 'waits') = $2 ORDER BY kind";
            let kinds = sqlx::query_scalar::<_, String>(query).bind(self.event.0).bind(ended);
            kinds.fetch_all(&self.pool).await.expect("read")
        };
        [kinds("waits").await, kinds("untrue").await]
    }
}

#[tokio::test]
async fn an_opening_that_is_moved_back_is_told_again_if_another_was_heard_last() {
    let outbox = Outbox::open().await;
    let soon = async || {
        opening_soon(&outbox.pool, Duration::from_secs(3_600)).await.expect("written");
        let [waits, _] = outbox.kinds().await;
        waits.len()
    };
    assert_eq!(soon().await, 1);
    let first = outbox.end_as("sent").await;
    assert_eq!(soon().await, 0);
    outbox.moved(1).await;
    assert_eq!(soon().await, 1);
    outbox.end_as("sent").await;
    outbox.moved(-1).await;
    assert_eq!(soon().await, 1, "another time was heard last");
    let again = outbox.end_as("sent").await;
    assert!(again != first, "mail programs would take it for the same mail");
    assert_eq!(soon().await, 0);
    // What was not told, since it was moved away by then, is told when it is moved back; what was heard last is not told again.
    outbox.moved(2).await;
    assert_eq!(soon().await, 1);
    outbox.end_as("untrue").await;
    outbox.moved(-2).await;
    assert_eq!(soon().await, 0);
    outbox.moved(2).await;
    assert_eq!(soon().await, 1);
    // Nor is what nobody wanted by then, until they want it.
    outbox.end_as("unsubscribed").await;
    assert_eq!(soon().await, 0);
    outbox.run("DELETE FROM notification_subscriptions WHERE event_id = $1").await;
    outbox.asks().await;
    assert_eq!(soon().await, 1);
    outbox.testbed.end().await;
}

#[tokio::test]
async fn a_grant_is_told_though_the_draw_led_to_standby_in_the_same_batch_and_not_after_its_end() {
    let outbox = Outbox::open().await;
    let opened = clock::now().plus_ms(200_000);
    let waits = Answer::Standby { item: ItemNo(0), quantity: 1, number: 1, place: 1, coupon: None };
    let drawn = News::Change(Change::Drawn(waits, Provenance::default()));
    outbox.follows(opened, [(attempt(7), drawn), (attempt(7), granted())]).await;
    assert_eq!(outbox.kinds().await, [vec!["time_runs_out", "your_turn"], vec![]]);
    // The other way round, in one batch and in two.
    let expired = || News::Change(Change::Expired);
    outbox.follows(opened, [(attempt(8), granted()), (attempt(8), expired())]).await;
    assert_eq!(outbox.kinds().await, [vec!["time_runs_out", "your_turn"], vec![]]);
    outbox.follows(opened, [(attempt(7), expired())]).await;
    assert_eq!(outbox.kinds().await, [vec![], vec!["time_runs_out", "your_turn"]]);
    outbox.testbed.end().await;
}

#[tokio::test]
async fn who_enters_again_and_again_is_told_once() {
    let outbox = Outbox::open().await;
    let entered = || News::Answer(Answer::Entered { item: ItemNo(0), quantity: 1, coupon: None });
    let withdrawn = || News::Change(Change::Cancelled(CancelCause::Shopper));
    let now = clock::now();
    outbox.follows(now, [(attempt(1), entered()), (attempt(1), withdrawn())]).await;
    assert_eq!(outbox.kinds().await, [vec![], vec![]] as [Vec<&str>; 2]);
    for number in 2..5 {
        outbox.follows(now, [(attempt(number), entered())]).await;
        assert_eq!(outbox.kinds().await, [vec!["in_lobby"], vec![]]);
    }
    outbox.follows(now, [(attempt(4), withdrawn())]).await;
    assert_eq!(outbox.kinds().await, [vec![], vec!["in_lobby"]]);
    // It was not told by then: whoever enters again is.
    outbox.follows(now, [(attempt(5), entered()), (attempt(5), withdrawn()), (attempt(6), entered())]).await;
    assert_eq!(outbox.kinds().await, [vec!["in_lobby"], vec![]]);
    outbox.end_as("sent").await;
    outbox.follows(now, [(attempt(6), withdrawn())]).await;
    outbox.follows(now, [(attempt(7), entered())]).await;
    assert_eq!(outbox.kinds().await, [vec![], vec![]] as [Vec<&str>; 2]);
    outbox.testbed.end().await;
}
