//! What must be told leaves in its order, however many order-workers tell it.

use std::collections::HashSet;
use std::time::Duration;

use record::outbox::{put_captured, put_command, take, take_back_captured};
use sale::command::Command;
use sale::ids::{AttemptId, EventId, PaymentId};
use testbed::{Crowd, NewSale, Testbed, Then, wait};
use uuid::Uuid;

#[tokio::test]
async fn what_is_told_of_an_event_is_told_by_one_at_a_time() {
    let testbed = Testbed::builder().order_workers(0).start().await.expect("the system starts");
    let pool = testbed.postgres().await.expect("postgres");
    let nobody = HashSet::new();
    let (one, other) = (EventId(Uuid::now_v7()), EventId(Uuid::now_v7()));
    let mut db = pool.acquire().await.expect("a connection");
    for event in [one, one, other] {
        put_command(&mut db, event, &Command::Tick).await.expect("put");
    }
    let ids = |due: &record::outbox::Due| due.messages.iter().map(|message| message.id).collect::<Vec<_>>();
    let all = take(&pool, 1).await.expect("taken");
    assert_eq!(all.messages.len(), 1, "the oldest");
    let second = take(&pool, 10).await.expect("taken");
    assert!(second.messages.is_empty(), "both events are the first caller's");
    drop((all, second));

    let first = take(&pool, 1).await.expect("taken");
    let oldest = ids(&first);
    assert_eq!(first.forget_but(&nobody).await.expect("forgotten"), 1);
    let rest = take(&pool, 10).await.expect("taken");
    assert_eq!(rest.messages.len(), 2);
    assert!(ids(&rest).is_sorted() && ids(&rest)[0] > oldest[0], "in order: {oldest:?}, {:?}", ids(&rest));
    rest.forget_but(&nobody).await.expect("forgotten");

    // What is for later keeps nobody waiting who comes after it.
    let (attempt, payment) = (AttemptId(Uuid::now_v7()), PaymentId(Uuid::now_v7()));
    put_captured(&mut db, one, attempt, payment, Duration::from_secs(3)).await.expect("put");
    put_command(&mut db, one, &Command::Tick).await.expect("put");
    let now = take(&pool, 10).await.expect("taken");
    assert_eq!(now.messages.len(), 1);
    assert_eq!(now.forget_but(&nobody).await.expect("forgotten"), 1);
    assert!(take(&pool, 10).await.expect("taken").messages.is_empty(), "not yet");
    let due = async || take(&pool, 10).await.expect("taken").messages.len();
    wait::until("it is due", Duration::from_secs(10), due, |due| *due == 1).await;
    // Unless it is taken back.
    take_back_captured(&mut db, payment).await.expect("taken back");
    assert!(take(&pool, 10).await.expect("taken").messages.is_empty());
    testbed.end().await;
}

#[tokio::test]
async fn a_line_without_a_queue_keeps_nobody_else_waiting() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let pool = testbed.postgres().await.expect("postgres");
    let mut db = pool.acquire().await.expect("a connection");
    let nowhere = EventId(Uuid::now_v7());
    put_command(&mut db, nowhere, &Command::Tick).await.expect("put");
    let sale = NewSale::of_one(5);
    let event = testbed.admin.create(&sale).await.expect("created");
    let crowd = Crowd::buying(&sale, 5, 1.0, |_| Then::pays());
    let outcome = crowd.run(&testbed.base_urls, event).await.expect("ran");
    assert_eq!(outcome.paid(), 5);
    let waits = "SELECT count(*) FROM outbox WHERE event_id = $1";
    let waiting: i64 = sqlx::query_scalar(waits).bind(nowhere.0).fetch_one(&pool).await.expect("counted");
    assert_eq!(waiting, 1, "what nobody hears is kept");
    sqlx::query("DELETE FROM outbox WHERE event_id = $1").bind(nowhere.0).execute(&pool).await.expect("deleted");
    testbed.judge(event, &outcome).await.expect("the verifier can look").assert_good();
    testbed.end().await;
}
