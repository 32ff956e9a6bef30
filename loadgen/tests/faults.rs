//! Sales during which things die. Whatever happens, the promises hold.

mod support;

use std::time::Duration;

use loadgen::api::NewSale;
use loadgen::stack::{Kind, Replicas, Server};
use support::{Scene, crowd, mixed};

/// How long into the sale things begin to happen.
const WELL_INTO_IT: Duration = Duration::from_millis(2_500);

/// Runs a sale of six seconds while something happens to it, and judges it.
async fn a_sale_during(replicas: Replicas, happening: impl AsyncFnOnce(&mut Scene)) {
    let mut scene = Scene::start(replicas).await;
    let sale = NewSale { hold_seconds: 5, ..NewSale::of_one(60) };
    let event = scene.admin.create(&sale).await.expect("created");
    let doors = scene.stack.base_urls.clone();
    let crowd = crowd(&sale, 400, 6.0, mixed);
    let run = tokio::spawn(async move { crowd.run(&doors, event, None).await });
    tokio::time::sleep(WELL_INTO_IT).await;
    happening(&mut scene).await;
    let outcome = run.await.expect("the crowd survives").expect("ran");
    let verdict = scene.judge(event, &outcome).await;
    verdict.assert_good();
    assert!(verdict.granted >= 60, "everything was granted: {}", verdict.granted);
}

#[tokio::test]
async fn the_active_dispenser_is_killed() {
    a_sale_during(Replicas::default(), async |scene| {
        // One after the other: whichever is active, it dies at least once.
        for index in 0..2 {
            scene.stack.process(Kind::Dispenser, index).kill();
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            scene.stack.process(Kind::Dispenser, index).start().expect("starts");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_active_dispenser_stalls_and_wakes_up_late() {
    a_sale_during(Replicas::default(), async |scene| {
        for index in 0..2 {
            scene.stack.process(Kind::Dispenser, index).pause();
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            scene.stack.process(Kind::Dispenser, index).resume();
        }
    })
    .await;
}

#[tokio::test]
async fn the_order_worker_is_killed() {
    a_sale_during(Replicas::default(), async |scene| {
        scene.stack.process(Kind::OrderWorker, 0).kill();
        tokio::time::sleep(Duration::from_secs(2)).await;
        scene.stack.process(Kind::OrderWorker, 0).start().expect("starts");
    })
    .await;
}

#[tokio::test]
async fn the_notifier_is_killed() {
    a_sale_during(Replicas::default(), async |scene| {
        scene.stack.process(Kind::Notifier, 0).kill();
        tokio::time::sleep(Duration::from_secs(1)).await;
        scene.stack.process(Kind::Notifier, 0).start().expect("starts");
    })
    .await;
}

#[tokio::test]
async fn redis_is_killed_and_comes_back() {
    a_sale_during(Replicas::default(), async |scene| {
        scene.stack.servers.kill(Server::Redis).await.expect("killed");
        tokio::time::sleep(Duration::from_secs(1)).await;
        scene.stack.servers.start(Server::Redis).await.expect("back");
    })
    .await;
}

#[tokio::test]
async fn redis_loses_everything() {
    a_sale_during(Replicas::default(), async |scene| {
        scene.stack.servers.wipe_redis().await.expect("wiped");
    })
    .await;
}

#[tokio::test]
async fn rabbitmq_restarts() {
    a_sale_during(Replicas::default(), async |scene| {
        scene.stack.servers.restart(Server::RabbitMq).await.expect("back");
    })
    .await;
}

#[tokio::test]
async fn postgres_is_killed_and_comes_back() {
    a_sale_during(Replicas::default(), async |scene| {
        scene.stack.servers.kill(Server::Postgres).await.expect("killed");
        tokio::time::sleep(Duration::from_secs(2)).await;
        scene.stack.servers.start(Server::Postgres).await.expect("back");
    })
    .await;
}
