//! Each process says of itself where it runs and what it lacks; one that falls silent is still shown, and not as living.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testbed::{Kind, Testbed, wait};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn every_process_says_how_it_is_and_a_silent_one_is_not_taken_for_living() {
    let mut testbed = Testbed::builder().ingresses(2).dispensers(1).start().await.expect("the system starts");
    let admin = testbed.admin.clone();
    let health = async || admin.call(Method::GET, "/health", None).await.expect("read");
    let all_are_ready = |health: &Value| {
        let ready = |name: &str| {
            processes(health, name).iter().filter(|it| it["lives"] == true && it["lacks"] == json!([])).count()
        };
        ready("ingress") == 2 && ["dispenser", "order-worker", "notifier"].iter().all(|name| ready(name) == 1)
    };
    let seen = wait::until("all are ready", SOON, health, all_are_ready).await;
    let dispenser = &living(&seen, "dispenser")[0];
    assert_eq!(dispenser["version"], env!("CARGO_PKG_VERSION"), "{dispenser}");
    assert!(dispenser["host"].as_str().is_some_and(|host| !host.is_empty()), "{dispenser}");
    assert!(dispenser["started_at"].is_string(), "{dispenser}");

    testbed.process(Kind::Dispenser, 0).kill();
    let silent = |health: &Value| {
        let same = processes(health, "dispenser").into_iter().find(|it| it["id"] == dispenser["id"]);
        same.is_some_and(|it| it["lives"] == false && it["heard_ms_ago"].as_u64() > Some(3_000))
    };
    let seen = wait::until("it is silent", SOON, health, silent).await;
    let service = seen["services"].as_array().and_then(|all| all.iter().find(|it| it["name"] == "dispenser"));
    assert_eq!(service.expect("a service")["living"], 0, "{seen}");
    assert_eq!(living(&seen, "ingress").len(), 2, "{seen}");
    testbed.end().await;
}

fn processes(health: &Value, service: &str) -> Vec<Value> {
    let services = health["services"].as_array().into_iter().flatten();
    let of_it = services.filter(|it| it["name"] == service).filter_map(|it| it["processes"].as_array());
    of_it.flatten().cloned().collect()
}

fn living(health: &Value, service: &str) -> Vec<Value> {
    processes(health, service).into_iter().filter(|it| it["lives"] == true).collect()
}
