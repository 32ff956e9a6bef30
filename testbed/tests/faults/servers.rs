//! Sales during which things die. Whatever happens, the promises hold.

use std::time::Duration;

use testbed::{Crowd, Kind, NewSale, Server, Testbed, Then};

/// How long into the sale things begin to happen.
const WELL_INTO_IT: Duration = Duration::from_millis(2_500);

/// Runs a sale of six seconds while something happens to it, and judges it.
async fn a_sale_during(replicas: Replicas, happening: impl AsyncFnOnce(&mut Testbed)) {
    let mut testbed = Scene::start(replicas).await;
    let sale = NewSale { hold_seconds: 5, ..NewSale::of_one(60) };
    let event = testbed.admin.create(&sale).await.expect("created");
    let doors = testbed.base_urls.clone();
    let crowd = Crowd::buying(&sale, 400, 6.0, Then::mixed);
    let run = tokio::spawn(async move { crowd.run(&doors, event).await });
    tokio::time::sleep(WELL_INTO_IT).await;
    happening(&mut testbed).await;
    let outcome = run.await.expect("the crowd survives").expect("ran");
    let verdict = testbed.judge(event, &outcome).await.expect("the verifier can look");
    verdict.assert_good();
    assert!(verdict.granted >= 60, "everything was granted: {}", verdict.granted);
}

#[tokio::test]
async fn the_active_dispenser_is_killed() {
    a_sale_during(Replicas::default(), async |testbed| {
        // One after the other: whichever is active, it dies at least once.
        for index in 0..2 {
            testbed.process(Kind::Dispenser, index).kill();
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            testbed.process(Kind::Dispenser, index).start().expect("starts");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_active_dispenser_stalls_and_wakes_up_late() {
    a_sale_during(Replicas::default(), async |testbed| {
        for index in 0..2 {
            testbed.process(Kind::Dispenser, index).pause();
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            testbed.process(Kind::Dispenser, index).resume();
        }
    })
    .await;
}

#[tokio::test]
async fn the_order_worker_is_killed() {
    a_sale_during(Replicas::default(), async |testbed| {
        testbed.process(Kind::OrderWorker, 0).kill();
        tokio::time::sleep(Duration::from_secs(2)).await;
        testbed.process(Kind::OrderWorker, 0).start().expect("starts");
    })
    .await;
}

#[tokio::test]
async fn the_notifier_is_killed() {
    a_sale_during(Replicas::default(), async |testbed| {
        testbed.process(Kind::Notifier, 0).kill();
        tokio::time::sleep(Duration::from_secs(1)).await;
        testbed.process(Kind::Notifier, 0).start().expect("starts");
    })
    .await;
}

#[tokio::test]
async fn redis_is_killed_and_comes_back() {
    a_sale_during(Replicas::default(), async |testbed| {
        testbed.servers.kill(Server::Redis).await.expect("killed");
        tokio::time::sleep(Duration::from_secs(1)).await;
        testbed.servers.start(Server::Redis).await.expect("back");
    })
    .await;
}

#[tokio::test]
async fn redis_loses_everything() {
    a_sale_during(Replicas::default(), async |testbed| {
        testbed.servers.wipe_redis().await.expect("wiped");
    })
    .await;
}

#[tokio::test]
async fn rabbitmq_restarts() {
    a_sale_during(Replicas::default(), async |testbed| {
        testbed.servers.restart(Server::RabbitMq).await.expect("back");
    })
    .await;
}

#[tokio::test]
async fn postgres_is_killed_and_comes_back() {
    a_sale_during(Replicas::default(), async |testbed| {
        testbed.servers.kill(Server::Postgres).await.expect("killed");
        tokio::time::sleep(Duration::from_secs(2)).await;
        testbed.servers.start(Server::Postgres).await.expect("back");
    })
    .await;
}
