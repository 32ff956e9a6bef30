//! Sales on servers of several nodes, any one of which is lost in the middle. Whatever happens, the promises hold.

mod support;

use std::time::Duration;

use loadgen::api::{Admin, NewSale};
use loadgen::crowd::Outcome;
use loadgen::stack::{Kind, Replicas, Servers, Stack};
use redis::aio::MultiplexedConnection;
use sale::ids::EventId;
use support::{Scene, crowd, mixed};

/// How long into the sale a node is lost.
const WELL_INTO_IT: Duration = Duration::from_millis(2_000);
/// How long one replica hears nothing of the sale before it must take over.
const FALLS_BEHIND: Duration = Duration::from_millis(1_000);
/// Longer than a replica takes to be promoted.
const TAKEN_FOR_DEAD: Duration = Duration::from_millis(5_000);

#[tokio::test]
async fn any_one_node_may_be_lost_in_the_middle_of_a_sale() {
    let mut scene = start().await;
    two_brokers_one_after_the_other(&mut scene).await;
    the_primary_of_redis(&mut scene).await;
    the_primary_of_redis_while_the_replica_is_behind(&mut scene).await;
    the_primary_of_redis_for_a_while(&mut scene).await;
    scene.stack.stop().await.expect("stops in good order");
    tell(&scene, &["down"]).await;
}

async fn two_brokers_one_after_the_other(scene: &mut Scene) {
    let (sale, event) = a_sale(scene).await;
    let lost = leader_of(scene, event).await;
    sell(scene, "the broker that leads the line", &sale, event, async |scene| {
        tell(scene, &["kill", &lost]).await;
    })
    .await;

    // A line that is made while a node is away has a part there as soon as it is back.
    let (sale, event) = a_sale(scene).await;
    tell(scene, &["start", &lost]).await;
    assert_eq!(line(scene, event).await["online"].as_array().map(Vec::len), Some(3), "the line is in three places");

    let leader = leader_of(scene, event).await;
    let follower = ["rabbitmq-1", "rabbitmq-2", "rabbitmq-3"].into_iter().find(|node| *node != leader).expect("two");
    sell(scene, "a broker that follows", &sale, event, async |scene| {
        tell(scene, &["kill", follower]).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        tell(scene, &["start", follower]).await;
    })
    .await;
}

async fn the_primary_of_redis(scene: &mut Scene) {
    let (sale, event) = a_sale(scene).await;
    let lost = redis(scene, "primary").await.swap_remove(0);
    sell(scene, "the primary of Redis", &sale, event, async |scene| {
        tell(scene, &["kill", &lost.name]).await;
    })
    .await;
    tell(scene, &["up"]).await;
    assert_eq!(redis(scene, "replica").await.len(), 2, "what was the primary comes back as a replica");
}

/// Rounds that were committed and announced are lost: the replica that is preferred knows nothing of them. And a
/// Sentinel is lost too.
async fn the_primary_of_redis_while_the_replica_is_behind(scene: &mut Scene) {
    let (sale, event) = a_sale(scene).await;
    let lost = redis(scene, "primary").await.swap_remove(0);
    let behind = redis(scene, "replica").await.swap_remove(0);
    behind.run(&["CONFIG", "SET", "replica-priority", "1"]).await;
    let before = rebuilds(scene).await;
    sell(scene, "the primary of Redis, its replica behind", &sale, event, async |scene| {
        behind.run(&["REPLICAOF", "127.0.0.1", "1"]).await;
        tell(scene, &["kill", "sentinel-1"]).await;
        tokio::time::sleep(FALLS_BEHIND).await;
        tell(scene, &["kill", &lost.name]).await;
    })
    .await;
    assert!(rebuilds(scene).await > before, "what Redis had lost was rebuilt from the record");
    behind.run(&["CONFIG", "SET", "replica-priority", "100"]).await;
    tell(scene, &["up"]).await;
}

/// When it wakes up it still takes itself for the primary.
async fn the_primary_of_redis_for_a_while(scene: &mut Scene) {
    let (sale, event) = a_sale(scene).await;
    let frozen = redis(scene, "primary").await.swap_remove(0);
    sell(scene, "the primary of Redis, frozen", &sale, event, async |scene| {
        tell(scene, &["pause", &frozen.name]).await;
        tokio::time::sleep(TAKEN_FOR_DEAD).await;
        tell(scene, &["resume", &frozen.name]).await;
    })
    .await;
    tell(scene, &["up"]).await;
    assert_ne!(redis(scene, "primary").await.swap_remove(0).name, frozen.name, "another has taken its place");
}

async fn rebuilds(scene: &mut Scene) -> f64 {
    let mut all = 0.0;
    for index in 0..2 {
        all += scene.stack.process(Kind::Dispenser, index).metric("flashline_dispenser_rebuilds_total").await;
    }
    all
}

async fn start() -> Scene {
    let servers = Servers::up_cluster("cluster").await.expect("the servers start");
    let two = Replicas { ingress: 2, dispensers: 2, order_workers: 2, notifiers: 2 };
    let stack = Stack::start_on(servers, two, &[]).await.expect("the system starts");
    let admin = Admin::new(&stack.base_urls, &stack.admin_token);
    Scene { stack, admin }
}

async fn a_sale(scene: &Scene) -> (NewSale, EventId) {
    let sale = NewSale { hold_seconds: 3, ..NewSale::of_one(60) };
    let event = scene.admin.create(&sale).await.expect("created");
    (sale, event)
}

/// Sells to a crowd for five seconds while something happens, judges it, and says how long nobody was answered.
async fn sell(scene: &mut Scene, what: &str, sale: &NewSale, event: EventId, happening: impl AsyncFnOnce(&mut Scene)) {
    let doors = scene.stack.base_urls.clone();
    let crowd = crowd(sale, 300, 5.0, mixed);
    let run = tokio::spawn(async move { crowd.run(&doors, event, None).await });
    tokio::time::sleep(WELL_INTO_IT).await;
    happening(scene).await;
    let outcome = run.await.expect("the crowd survives").expect("ran");
    let verdict = scene.judge(event, &outcome).await;
    println!("lost: {what}: {}", silences(&outcome));
    verdict.assert_good();
    assert!(verdict.granted >= 60, "everything was granted: {}", verdict.granted);
}

/// The longest time in which the door accepted nobody, and in which nobody was answered.
fn silences(outcome: &Outcome) -> String {
    let longest = |times: Vec<f64>| {
        let mut times = times;
        times.sort_unstable_by(f64::total_cmp);
        times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max) / 1_000.0
    };
    let seen = || outcome.diaries.iter().map(|diary| &diary.seen);
    let accepted = longest(seen().filter_map(|seen| Some(seen.accepted?.0)).collect());
    let answered = longest(seen().filter_map(|seen| seen.answered_ms).collect());
    format!("{accepted:.1} s without a 202, {answered:.1} s without an answer")
}

async fn tell(scene: &Scene, words: &[&str]) -> String {
    scene.stack.servers.ask(words).await.expect("the launcher can")
}

/// What the broker says of the line of an event.
async fn line(scene: &Scene, event: EventId) -> serde_json::Value {
    let list = ["ctl", "--quiet", "--formatter", "json", "list_queues", "name", "leader", "online"];
    let queues: Vec<serde_json::Value> = serde_json::from_str(&tell(scene, &list).await).expect("JSON");
    let name = broker::topology::line_queue(event);
    queues.into_iter().find(|queue| queue["name"] == name.as_str()).expect("the line is there")
}

/// The node that leads the line of an event, as the launcher calls it.
async fn leader_of(scene: &Scene, event: EventId) -> String {
    let line = line(scene, event).await;
    let node = line["leader"].as_str().and_then(|node| node.split_once('@')).expect("a leader").0;
    format!("rabbitmq-{}", node.rsplit('-').next().expect("a number"))
}

/// A Redis server, as the launcher calls it.
struct RedisNode {
    name: String,
    address: String,
}

impl RedisNode {
    async fn run(&self, words: &[&str]) {
        let client = redis::Client::open(format!("redis://{}/", self.address)).expect("an address");
        let mut connection: MultiplexedConnection = client.get_multiplexed_async_connection().await.expect("connected");
        redis::cmd(words[0]).arg(&words[1..]).query_async::<()>(&mut connection).await.expect("done");
    }
}

async fn redis(scene: &Scene, role: &str) -> Vec<RedisNode> {
    let status = tell(scene, &["status"]).await;
    let in_role = status.lines().filter(|line| line.starts_with("redis-") && line.ends_with(&format!("({role})")));
    let node = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        RedisNode { name: words.next().expect("a name"), address: words.nth(1).expect("an address") }
    };
    in_role.map(node).collect()
}
