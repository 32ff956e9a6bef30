//! PostgreSQL goes away while an organiser is signed in to the console.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testbed::console::Console;
use testbed::{Server, wait};

use crate::{SOON, a_sale_during, goes_on};

/// Sales go on; the organiser is asked to try again, and not signed out; as soon as it is back they can pause.
#[tokio::test]
async fn an_organiser_stays_signed_in_while_postgres_is_away_and_pauses_when_it_is_back() {
    a_sale_during(async |testbed, event| {
        let door = testbed.base_urls[0].clone();
        let console = Console::sign_in(&door, &testbed.admin_token).await;
        let me = async || console.call(&door, Method::GET, "/me", &Value::Null).await.0;
        assert_eq!(me().await, StatusCode::OK);
        testbed.servers.kill(Server::Postgres).await.expect("killed");
        goes_on(testbed, event).await;
        let asked = wait::until("the door no longer believes its table", SOON, me, |status| *status != StatusCode::OK);
        assert_eq!(asked.await, StatusCode::SERVICE_UNAVAILABLE, "try again, and not: sign in again");
        testbed.servers.start(Server::Postgres).await.expect("back");
        let run = async |verb: &str| {
            let path = format!("/events/{}/{verb}", event.0);
            console.call(&door, Method::POST, &path, &json!({ "reason": "an outage" })).await.0
        };
        let paused = async || run("pause").await;
        wait::until("the sale is paused", SOON, paused, |status| *status == StatusCode::OK).await;
        assert_eq!(run("resume").await, StatusCode::OK);
    })
    .await;
}
