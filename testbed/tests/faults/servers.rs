//! A server dies, restarts, or loses what it knew.

use std::time::Duration;

use broker::{Listener, Topic, topology};
use reqwest::StatusCode;
use serde_json::{Value, json};
use testbed::by_hand::ByHand;
use testbed::{Kind, NewSale, Server, Testbed, wait};

use crate::{SOON, a_sale_during, clicked_more_than, goes_on};

/// How many more clicks are answered while a server is away.
const SOME: f64 = 40.0;
/// As the broker deletes a queue when it cannot in good order: its consumers are not told.
const DELETE_WITHOUT_A_WORD: &str = r#"{ok, Queue} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, <<"QUEUE">>)),
    ok = ra:force_delete_server(quorum_queues, amqqueue:get_pid(Queue)),
    ok = rabbit_amqqueue:internal_delete(amqqueue:get_name(Queue), <<"test">>), deleted."#;

#[tokio::test]
async fn redis_is_killed_and_comes_back() {
    a_sale_during(async |testbed, _| {
        let restarts = restarts(testbed, "redis").await;
        let clicks = testbed.clicks().await;
        testbed.servers.kill(Server::Redis).await.expect("killed");
        // The doors go on answering, though nobody can decide.
        clicked_more_than(testbed, clicks + SOME).await;
        rises(testbed, "lines start over for want of Redis", restarts, async |testbed| {
            self::restarts(testbed, "redis").await
        })
        .await;
        testbed.servers.start(Server::Redis).await.expect("back");
    })
    .await;
}

#[tokio::test]
async fn redis_loses_everything() {
    a_sale_during(async |testbed, event| {
        let lost = testbed.head(event).await.expect("Redis answers").incarnation;
        testbed.servers.wipe_redis().await.expect("wiped");
        let look = async || testbed.head(event).await.map(|head| head.incarnation);
        wait::until("the inventory is rebuilt", SOON, look, |now| now.is_some_and(|now| now > lost)).await;
        let rebuilt = testbed.metrics(Kind::Dispenser, "flashline_dispenser_rebuilds_total").await;
        assert!(rebuilt.iter().sum::<f64>() > 0.0, "it is counted: {rebuilt:?}");
    })
    .await;
}

#[tokio::test]
async fn redis_loses_sales_that_nobody_writes() {
    let testbed =
        Testbed::builder().setting("FLASHLINE_LIMIT_SHOPPER", "off").start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    // Of two units one is left for whoever wants both: the door cannot know what the line says to that.
    let sale = NewSale { hold_seconds: 600, standby_max: 0, per_shopper_max: 2, ..NewSale::of_one(2) };
    let [wish, both] = [1, 2].map(|quantity| json!({ "sku": sale.items[0].sku, "quantity": quantity }));
    let event = testbed.admin.create(&sale).await.expect("created");
    let (holder, held) = ByHand::holding(door, event, &wish).await;
    let late = ByHand::at(door, event).await;
    let refused = late.enter(door, "k", &both).await;
    late.becomes(door, &refused, "sold_out").await;
    let state = async |who: &ByHand, attempt: &str| who.ask(door, attempt).await.1["state"].clone();
    let everybody_is_told = async |mine: &str| {
        let lost = testbed.head(event).await.expect("Redis answers").incarnation;
        testbed.servers.wipe_redis().await.expect("wiped");
        let look = async || (state(&holder, &held).await, state(&late, &refused).await);
        let known = |told: &(Value, Value)| told.0 == mine && told.1 == "sold_out";
        wait::until("both are told what they were told before", SOON, look, known).await;
        assert!(testbed.head(event).await.is_some_and(|head| head.incarnation > lost), "it was rebuilt");
    };
    testbed.pause(event).await;
    everybody_is_told("reserved").await;
    testbed.admin.run(event, "stop", json!({ "reason": "found again" })).await.expect("stopped");
    holder.give_back(door, &held).await;
    holder.becomes(door, &held, "cancelled").await;
    let pool = testbed.postgres().await.expect("postgres");
    let settled = "SELECT settled_at IS NOT NULL FROM sale_events WHERE id = $1";
    let look = async || sqlx::query_scalar::<_, bool>(settled).bind(event.0).fetch_one(&pool).await.expect("read");
    wait::until("nothing is owed any more", SOON, look, |settled| *settled).await;
    everybody_is_told("cancelled").await;
    testbed.end().await;
}

#[tokio::test]
async fn nobody_is_told_what_an_older_redis_believes() {
    let mut testbed = Testbed::builder().start().await.expect("the system starts");
    let door = testbed.base_urls[0].clone();
    let sale = NewSale { hold_seconds: 600, standby_max: 0, per_shopper_max: 2, ..NewSale::of_one(2) };
    let [wish, both] = [1, 2].map(|quantity| json!({ "sku": sale.items[0].sku, "quantity": quantity }));
    let event = testbed.admin.create(&sale).await.expect("created");
    // So that there is an inventory to be put back.
    let first = ByHand::at(&door, event).await;
    let reserved = first.enter(&door, "k", &wish).await;
    first.becomes(&door, &reserved, "reserved").await;
    testbed.servers.keep_redis().await.expect("kept");
    let late = ByHand::at(&door, event).await;
    let refused = late.enter(&door, "k", &both).await;
    late.becomes(&door, &refused, "sold_out").await;
    for index in 0..2 {
        testbed.process(Kind::Dispenser, index).pause();
    }
    testbed.servers.put_redis_back().await.expect("put back");
    for _ in 0..20 {
        let (status, told) = late.ask(&door, &refused).await;
        let is_honest = status == StatusCode::SERVICE_UNAVAILABLE || told["state"] == "sold_out";
        assert!(is_honest, "it was answered, and is not in line: {status} {told}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for index in 0..2 {
        testbed.process(Kind::Dispenser, index).resume();
    }
    late.becomes(&door, &refused, "sold_out").await;
    testbed.end().await;
}

/// The broker throws out who keeps a message for half an hour, and on a quiet day few come.
#[tokio::test]
async fn who_listens_keeps_no_message_for_long() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let event = testbed.admin.create(&NewSale::of_one(1)).await.expect("created");
    let broker = testbed.servers.broker("test").expect("a broker");
    let key = Topic::Rules.key(event);
    let mut listener = Listener::open(&broker, &[&key]).await.expect("opened");
    testbed.admin.run(event, "pause", json!({ "reason": "a test" })).await.expect("paused");
    let heard = tokio::time::timeout(SOON, listener.next()).await.expect("in time").expect("heard");
    assert_eq!(heard.key, key);

    let rows = async |what: &[&str]| {
        let words = [&["--quiet", "--formatter", "json"], what].concat();
        let told = testbed.servers.ctl(&words).await.expect("listed");
        serde_json::from_str::<Vec<Value>>(&told).expect("JSON")
    };
    let mut bindings = rows(&["list_bindings", "destination_name", "routing_key"]).await.into_iter();
    let of_ours = |binding: &Value| {
        let queue = binding["destination_name"].as_str()?;
        (binding["routing_key"] == json!(key) && queue.starts_with("amq.gen")).then(|| json!(queue))
    };
    let ours = bindings.find_map(|binding| of_ours(&binding)).expect("a queue of its own");
    let kept = async || {
        let queues = rows(&["list_queues", "name", "messages_unacknowledged"]).await;
        let queue = queues.into_iter().find(|queue| queue["name"] == ours).expect("somebody listens");
        queue["messages_unacknowledged"].clone()
    };
    wait::until("all that was heard is acked", SOON, kept, |kept| *kept == json!(0)).await;
    testbed.end().await;
}

#[tokio::test]
async fn queues_that_are_gone_without_a_word_are_subscribed_to_anew() {
    let testbed = Testbed::builder().start().await.expect("the system starts");
    let door = &testbed.base_urls[0];
    let sale = NewSale::of_one(4);
    let event = testbed.admin.create(&sale).await.expect("created");
    let wish = json!({ "sku": sale.items[0].sku, "quantity": 1 });
    let delete = async |queue: String| {
        let told = testbed.servers.ctl(&["eval", &DELETE_WITHOUT_A_WORD.replace("QUEUE", &queue)]).await;
        assert_eq!(told.expect("evaluated").trim(), "deleted");
    };
    let somebody_buys = async || {
        let shopper = ByHand::at(door, event).await;
        let attempt = shopper.enter_when_there_is_room(door, "k", &wish).await;
        shopper.becomes(door, &attempt, "reserved").await;
    };
    somebody_buys().await;
    let before = restarts(&testbed, "broker").await;
    delete(topology::line_queue(event)).await;
    rises(&testbed, "lines start over", before, async |testbed| restarts(testbed, "broker").await).await;
    somebody_buys().await;
    delete(topology::ledger_queue(broker::ledger_partition(event))).await;
    somebody_buys().await;
    let decided = testbed.head(event).await.expect("Redis answers").seq;
    let recorded = async || testbed.recorded(event).await.expect("PostgreSQL answers");
    wait::until("all that was decided is recorded", SOON, recorded, |recorded| *recorded >= decided).await;
    testbed.end().await;
}

#[tokio::test]
async fn rabbitmq_restarts() {
    a_sale_during(async |testbed, _| {
        let (restarts, interruptions) = (restarts(testbed, "broker").await, interruptions(testbed).await);
        testbed.servers.restart(Server::RabbitMq).await.expect("back");
        rises(testbed, "lines start over for want of the broker", restarts, async |testbed| {
            self::restarts(testbed, "broker").await
        })
        .await;
        rises(testbed, "notifiers look again", interruptions, self::interruptions).await;
    })
    .await;
}

#[tokio::test]
async fn postgres_is_killed_and_comes_back() {
    a_sale_during(async |testbed, event| {
        let missed = missed_heartbeats(testbed).await;
        testbed.servers.kill(Server::Postgres).await.expect("killed");
        // A line that has a writer goes on without it.
        goes_on(testbed, event).await;
        rises(testbed, "processes cannot say that they live", missed, missed_heartbeats).await;
        testbed.servers.start(Server::Postgres).await.expect("back");
    })
    .await;
}

/// Waits until something that is counted is more than it was.
async fn rises(testbed: &Testbed, what: &str, before: f64, count: impl AsyncFn(&Testbed) -> f64) {
    wait::until(what, SOON, async || count(testbed).await, |now| *now > before).await;
}

/// How often dispensers have started lines over, for a reason.
async fn restarts(testbed: &Testbed, why: &str) -> f64 {
    let series = format!(r#"flashline_dispenser_line_restarts_total{{why="{why}"}}"#);
    testbed.metrics(Kind::Dispenser, &series).await.iter().sum()
}

async fn interruptions(testbed: &Testbed) -> f64 {
    testbed.metrics(Kind::Notifier, "flashline_notifier_interruptions_total").await.iter().sum()
}

async fn missed_heartbeats(testbed: &Testbed) -> f64 {
    let series = r#"flashline_process_retries_total{what="heartbeat"}"#;
    testbed.metrics(Kind::OrderWorker, series).await.iter().sum()
}
