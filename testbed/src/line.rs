//! What can be seen of one sale's line from outside, to wait for a state, and to prove that a fault was felt: where Redis
//! and the record stand, who writes, who reads, how many the doors have let in.

use std::time::Duration;

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use sale::ids::EventId;
use sale::record::Head;
use serde_json::{Value, json};

use crate::layout::Kind;
use crate::running::Testbed;
use crate::wait;

const PAUSED_WITHIN: Duration = Duration::from_secs(15);

impl Testbed {
    /// The sale as Redis has it: rounds committed, the writer's epoch, the inventory's incarnation. `None` while Redis
    /// does not answer, and before the first writer has claimed the line.
    pub async fn head(&self, event: EventId) -> Option<Head> {
        inventory::read_head(&mut self.redis().ok()?, event).await.ok()?
    }

    /// Rounds on record in PostgreSQL. Waits while that does not answer.
    ///
    /// # Errors
    /// When it does not answer for long.
    pub async fn recorded(&self, event: EventId) -> anyhow::Result<u64> {
        let pool = self.postgres().await?;
        let seq: Option<i64> = sqlx::query_scalar("SELECT seq FROM event_lines WHERE event_id = $1")
            .bind(event.0)
            .fetch_optional(&pool)
            .await?;
        pool.close().await;
        Ok(seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or_default())
    }

    /// Clicks that the doors have answered, whatever they said, in all sales since the doors started.
    pub async fn clicks(&self) -> f64 {
        self.metrics(Kind::Ingress, "flashline_ingress_attempts_total").await.iter().sum()
    }

    /// Which dispenser writes the line, counted from 0; `None` while nobody does.
    pub async fn writer(&self, event: EventId) -> Option<usize> {
        let series = format!(r#"flashline_dispenser_line_writer{{event="{event}"}}"#);
        self.metrics(Kind::Dispenser, &series).await.iter().position(|writes| *writes > 0.0)
    }

    /// How many read the line, as the broker knows: one, whom the broker has chosen of those who would, or none. Of a
    /// set with one broker.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub async fn readers(&self, event: EventId) -> anyhow::Result<u32> {
        let connection = Connection::connect(&self.servers.amqp_url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let name = broker::topology::line_queue(event);
        let known = channel.queue_declare(name.as_str().into(), options, FieldTable::default()).await;
        Ok(known.map_or(0, |queue| queue.consumer_count()))
    }

    /// Pauses a sale, and waits until every door says so and nobody reads the line: nobody takes it over by older rules.
    ///
    /// # Panics
    /// When the API refuses, or somebody goes on reading.
    pub async fn pause(&self, event: EventId) {
        self.admin.run(event, "pause", json!({ "reason": "a moment" })).await.expect("paused");
        let client = reqwest::Client::new();
        let look = async || {
            let mut says = Vec::new();
            for door in &self.base_urls {
                let answer = client.get(format!("{door}/api/v1/sales/{event}")).send().await.expect("answered");
                says.push(answer.json::<Value>().await.unwrap_or_default()["status"].clone());
            }
            (says, self.readers(event).await.expect("the broker answers"))
        };
        let stands =
            |(says, readers): &(Vec<Value>, u32)| says.iter().all(|status| status == "paused") && *readers == 0;
        wait::until("every door says that the sale is paused, and nobody reads the line", PAUSED_WITHIN, look, stands)
            .await;
    }
}
