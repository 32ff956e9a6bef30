//! What must be told leaves in its order, however many order-workers tell it.

use record::outbox::{put_command, take};
use sale::command::Command;
use sale::ids::EventId;
use testbed::Testbed;
use uuid::Uuid;

#[tokio::test]
async fn what_is_told_of_an_event_is_told_by_one_at_a_time() {
    let testbed = Testbed::builder().order_workers(0).start().await.expect("the system starts");
    let pool = testbed.postgres().await.expect("postgres");
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
    assert_eq!(first.forget().await.expect("forgotten"), 1);
    let rest = take(&pool, 10).await.expect("taken");
    assert_eq!(rest.messages.len(), 2);
    assert!(ids(&rest).is_sorted() && ids(&rest)[0] > oldest[0], "in order: {oldest:?}, {:?}", ids(&rest));
    rest.forget().await.expect("forgotten");
    testbed.end().await;
}
