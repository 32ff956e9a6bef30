//! What the scripts refuse, on a real Redis.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::aio::ConnectionManager;
use sale::ids::EventId;
use sale::record::Head;
use uuid::Uuid;

use crate::keys::{Keys, root_key};
use crate::restore::{install, restored_field};
use crate::{Connection, Inventory, InventoryError, claim};

const START_TIMEOUT: Duration = Duration::from_secs(10);
const EVENT: EventId = EventId(Uuid::from_u128(1));

/// A Redis of this test's own, on a socket in a folder of its own.
struct Server {
    process: Child,
    folder: std::path::PathBuf,
    redis: Connection,
}

impl Server {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("flashline-{}", Uuid::now_v7()));
        std::fs::create_dir(&folder).expect("a folder");
        let socket = folder.join("redis");
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--unixsocket"])
            .arg(&socket)
            .current_dir(&folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server starts");
        let started = Instant::now();
        let client = redis::Client::open(format!("redis+unix://{}", socket.display())).expect("a path");
        let redis = loop {
            match ConnectionManager::new(client.clone()).await {
                Ok(redis) => break redis.into(),
                Err(error) => assert!(started.elapsed() < START_TIMEOUT, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        Self { process, folder, redis }
    }

    async fn run(&mut self, words: &[&str]) {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).exec_async(&mut self.redis).await.expect("done");
    }

    /// As a rebuild does, one chunk.
    async fn restore_a_chunk(&mut self, incarnation: u64) {
        self.run(&["HSET", &Keys::new(EVENT, incarnation).live, "attempt", "record"]).await;
        self.run(&["HINCRBY", &root_key(EVENT), &restored_field(incarnation), "1"]).await;
    }

    async fn exists(&mut self, key: &str) -> bool {
        redis::cmd("EXISTS").arg(key).query_async(&mut self.redis).await.expect("looked")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn head(incarnation: u64, epoch: u64, seq: u64) -> Head {
    Head { incarnation, epoch, seq, ..Head::default() }
}

fn assert_fenced<T: std::fmt::Debug>(result: Result<T, InventoryError>) {
    assert!(matches!(result, Err(InventoryError::Fenced(_))), "{result:?}");
}

#[tokio::test]
async fn a_rebuild_of_which_a_part_was_lost_again_does_not_count() {
    let mut server = Server::start().await;
    server.restore_a_chunk(2).await;
    server.run(&["FLUSHALL"]).await;
    server.restore_a_chunk(2).await;
    assert_fenced(install(&mut server.redis.clone(), EVENT, &head(2, 5, 7), 2, Vec::new()).await);

    server.run(&["FLUSHALL"]).await;
    assert_fenced(install(&mut server.redis.clone(), EVENT, &head(2, 5, 7), 2, Vec::new()).await);
    assert_eq!(claim(&mut server.redis, EVENT, 6).await.expect("claimed"), None, "no inventory");
}

#[tokio::test]
async fn a_whole_rebuild_counts_and_takes_what_was_there_before_away() {
    let mut server = Server::start().await;
    server.restore_a_chunk(1).await;
    install(&mut server.redis.clone(), EVENT, &head(1, 1, 0), 1, Vec::new()).await.expect("installed");
    server.restore_a_chunk(2).await;
    let (old, new) = (Keys::new(EVENT, 1).live, Keys::new(EVENT, 2).live);
    install(&mut server.redis.clone(), EVENT, &head(2, 2, 7), 1, vec![old.clone()]).await.expect("installed");
    assert!(!server.exists(&old).await && server.exists(&new).await);
    let standing = claim(&mut server.redis, EVENT, 3).await.expect("claimed").expect("an inventory");
    assert_eq!((standing.incarnation, standing.epoch, standing.seq), (2, 2, 7));
    server.restore_a_chunk(3).await;
    assert_fenced(install(&mut server.redis.clone(), EVENT, &head(3, 2, 7), 1, Vec::new()).await);
}

#[tokio::test]
async fn rounds_are_announced_again_from_no_other_inventory_than_was_compared() {
    let mut server = Server::start().await;
    server.restore_a_chunk(1).await;
    install(&mut server.redis.clone(), EVENT, &head(1, 1, 4), 1, Vec::new()).await.expect("installed");
    claim(&mut server.redis, EVENT, 2).await.expect("claimed");
    let mut inventory = Inventory::new(server.redis.clone(), EVENT, 2, 1);
    assert!(inventory.outbox_after(0, &head(1, 2, 4)).await.expect("the one that was compared").is_empty());
    assert_fenced(inventory.outbox_after(0, &head(1, 2, 5)).await);
    claim(&mut server.redis, EVENT, 3).await.expect("claimed");
    assert_fenced(inventory.outbox_after(0, &head(1, 2, 4)).await);
}
