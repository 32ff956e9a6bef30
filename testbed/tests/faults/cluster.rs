//! Sales on servers of several nodes, any one of which is lost in the middle. Whatever happens, the promises hold.

use redis::aio::MultiplexedConnection;
use sale::ids::EventId;
use testbed::{Kind, NewSale, Outcome, Testbed, wait};

use crate::coming::{Coming, with_plenty};
use crate::{SOON, clicked_more_than, committed};

/// How many of 300 clicks have been answered when a node is lost: the rush is over.
const WELL_INTO_IT: f64 = 110.0;
/// How many more clicks are answered while a node is away.
const SOME: f64 = 30.0;
/// Rounds that a replica hears nothing of before it must take over.
const ROUNDS_BEHIND: u64 = 5;

#[tokio::test]
async fn any_one_node_may_be_lost_in_the_middle_of_a_sale() {
    let described = Testbed::builder().set("cluster").on_cluster().of_each(2);
    let mut testbed = described.start().await.expect("the system starts");
    two_brokers_one_after_the_other(&mut testbed).await;
    the_primary_of_redis(&mut testbed).await;
    the_primary_of_redis_while_the_replica_is_behind(&mut testbed).await;
    the_primary_of_redis_for_a_while(&mut testbed).await;
    testbed.stop().await.expect("stops in good order");
    tell(&testbed, &["down"]).await;
}

async fn two_brokers_one_after_the_other(testbed: &mut Testbed) {
    let (sale, event) = a_sale(testbed).await;
    let lost = leader_of(testbed, event).await.expect("a leader");
    sell(testbed, "the broker that leads the line", &sale, event, async |testbed| {
        tell(testbed, &["kill", &lost]).await;
        let look = async || leader_of(testbed, event).await;
        let is_another = |leader: &Option<String>| leader.as_ref().is_some_and(|leader| *leader != lost);
        wait::until("another broker leads the line", SOON, look, is_another).await;
    })
    .await;

    // A line that is made while a node is away has a part there as soon as it is back.
    let (sale, event) = a_sale(testbed).await;
    tell(testbed, &["start", &lost]).await;
    is_in_places(testbed, event, 3).await;

    let leader = leader_of(testbed, event).await.expect("a leader");
    let follower = ["rabbitmq-1", "rabbitmq-2", "rabbitmq-3"].into_iter().find(|node| *node != leader).expect("two");
    sell(testbed, "a broker that follows", &sale, event, async |testbed| {
        let clicks = testbed.clicks().await;
        tell(testbed, &["kill", follower]).await;
        is_in_places(testbed, event, 2).await;
        clicked_more_than(testbed, clicks + SOME).await;
        tell(testbed, &["start", follower]).await;
    })
    .await;
    is_in_places(testbed, event, 3).await;
}

async fn the_primary_of_redis(testbed: &mut Testbed) {
    let (sale, event) = a_sale(testbed).await;
    let lost = redis(testbed, "primary").await.swap_remove(0);
    sell(testbed, "the primary of Redis", &sale, event, async |testbed| {
        tell(testbed, &["kill", &lost.name]).await;
        another_is_primary(testbed, &lost).await;
    })
    .await;
    tell(testbed, &["up"]).await;
    assert_eq!(redis(testbed, "replica").await.len(), 2, "what was the primary comes back as a replica");
}

/// Rounds that were committed and announced are lost: the replica that is preferred knows nothing of them. And a
/// Sentinel is lost too.
async fn the_primary_of_redis_while_the_replica_is_behind(testbed: &mut Testbed) {
    let (sale, event) = a_sale(testbed).await;
    let lost = redis(testbed, "primary").await.swap_remove(0);
    let behind = redis(testbed, "replica").await.swap_remove(0);
    behind.run(&["CONFIG", "SET", "replica-priority", "1"]).await;
    let before = rebuilds(testbed).await;
    sell(testbed, "the primary of Redis, its replica behind", &sale, event, async |testbed| {
        behind.run(&["REPLICAOF", "127.0.0.1", "1"]).await;
        tell(testbed, &["kill", "sentinel-1"]).await;
        let seq = testbed.head(event).await.expect("Redis answers").seq;
        committed(testbed, event, seq + ROUNDS_BEHIND).await;
        tell(testbed, &["kill", &lost.name]).await;
        another_is_primary(testbed, &lost).await;
    })
    .await;
    assert!(rebuilds(testbed).await > before, "what Redis had lost was rebuilt from the record");
    behind.run(&["CONFIG", "SET", "replica-priority", "100"]).await;
    tell(testbed, &["up"]).await;
}

/// When it wakes up it still takes itself for the primary.
async fn the_primary_of_redis_for_a_while(testbed: &mut Testbed) {
    let (sale, event) = a_sale(testbed).await;
    let frozen = redis(testbed, "primary").await.swap_remove(0);
    sell(testbed, "the primary of Redis, frozen", &sale, event, async |testbed| {
        tell(testbed, &["pause", &frozen.name]).await;
        another_is_primary(testbed, &frozen).await;
        tell(testbed, &["resume", &frozen.name]).await;
    })
    .await;
    tell(testbed, &["up"]).await;
    assert_ne!(redis(testbed, "primary").await.swap_remove(0).name, frozen.name, "another has taken its place");
}

async fn rebuilds(testbed: &Testbed) -> f64 {
    testbed.metrics(Kind::Dispenser, "flashline_dispenser_rebuilds_total").await.iter().sum()
}

/// Waits until the Sentinels name another primary than this. (The launcher would wait for one that is frozen.)
async fn another_is_primary(testbed: &Testbed, lost: &RedisNode) {
    let look = async || primary(testbed).await;
    let is_another = |primary: &Option<String>| primary.as_ref().is_some_and(|address| *address != lost.address);
    wait::until(&format!("another than {} is the primary of Redis", lost.name), SOON, look, is_another).await;
}

/// The address of the primary, as the first Sentinel says that answers.
async fn primary(testbed: &Testbed) -> Option<String> {
    let (_, sentinels) = testbed.servers.redis_url.split_once("://")?;
    let (sentinels, name) = sentinels.rsplit('@').next()?.split_once('/')?;
    for sentinel in sentinels.split(',') {
        let Ok(client) = redis::Client::open(format!("redis://{sentinel}/")) else { continue };
        let Ok(mut connection) = client.get_multiplexed_async_connection().await else { continue };
        let mut ask = redis::cmd("SENTINEL");
        let told = ask.arg("GET-MASTER-ADDR-BY-NAME").arg(name).query_async(&mut connection).await;
        if let Ok((host, port)) = told {
            let (host, port): (String, String) = (host, port);
            return Some(format!("{host}:{port}"));
        }
    }
    None
}

/// Waits until the line has a part on so many brokers.
async fn is_in_places(testbed: &Testbed, event: EventId, count: usize) {
    let look = async || line(testbed, event).await.and_then(|line| Some(line["online"].as_array()?.len()));
    wait::until(&format!("the line is in {count} places"), SOON, look, |places| *places == Some(count)).await;
}

async fn a_sale(testbed: &Testbed) -> (NewSale, EventId) {
    let sale = with_plenty(NewSale { hold_seconds: 3, ..NewSale::of_one(60) });
    let event = testbed.admin.create(&sale).await.expect("created");
    (sale, event)
}

/// Sells to a crowd of five seconds and whoever comes after it while something happens, judges it, and says how long nobody was answered. What
/// happens waits until it is felt.
async fn sell(
    testbed: &mut Testbed,
    what: &str,
    sale: &NewSale,
    event: EventId,
    happening: impl AsyncFnOnce(&mut Testbed),
) {
    let before = testbed.clicks().await;
    let coming = Coming::to(sale, event, testbed.base_urls.clone(), 300, 5.0);
    clicked_more_than(testbed, before + WELL_INTO_IT).await;
    committed(testbed, event, 1).await;
    happening(testbed).await;
    let came = coming.ends().await;
    let verdict = testbed.judge(event, &came.outcome).await.expect("the verifier can look");
    println!("lost: {what}: {}", silences(&came.outcome));
    verdict.assert_good();
    let granted = verdict.granted - came.late_reserved;
    assert!(granted >= 60, "everything was granted: {granted}");
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

async fn tell(testbed: &Testbed, words: &[&str]) -> String {
    testbed.servers.ask(words).await.expect("the launcher can")
}

/// What the brokers say of the line of an event; nothing, for moments, while the one that led it is being lost.
async fn line(testbed: &Testbed, event: EventId) -> Option<serde_json::Value> {
    let list = ["ctl", "--quiet", "--formatter", "json", "list_queues", "name", "leader", "online"];
    let queues: Vec<serde_json::Value> = serde_json::from_str(&tell(testbed, &list).await).expect("JSON");
    let name = broker::topology::line_queue(event);
    queues.into_iter().find(|queue| queue["name"] == name.as_str())
}

/// The node that leads the line of an event, as the launcher calls it; none in an election.
async fn leader_of(testbed: &Testbed, event: EventId) -> Option<String> {
    let line = line(testbed, event).await?;
    let (node, _) = line["leader"].as_str()?.split_once('@')?;
    Some(format!("rabbitmq-{}", node.rsplit('-').next()?))
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

async fn redis(testbed: &Testbed, role: &str) -> Vec<RedisNode> {
    let status = testbed.servers.status().await.expect("the launcher can look");
    let in_role = status.lines().filter(|line| line.starts_with("redis-") && line.ends_with(&format!("({role})")));
    let node = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        RedisNode { name: words.next().expect("a name"), address: words.nth(1).expect("an address") }
    };
    in_role.map(node).collect()
}
