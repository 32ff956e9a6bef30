//! What this ingress sees of the servers, the services and the lines.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use membership::SERVICES;
use record::PgPool;
use record::members::{self, Process};
use sale::rules::Status;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::MayRead;
use crate::entrance::Entrance;
use crate::moment::Moment;
use crate::problems::{AdminReadProblems, ApiError};
use crate::reads::Reads;

const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// Processes of all services that are told of.
const PROCESSES_MAX: i64 = 1_000;

/// What this ingress sees.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// RabbitMQ.
    broker: ServerHealth,
    /// Redis.
    redis: ServerHealth,
    /// PostgreSQL.
    postgres: ServerHealth,
    /// Our services; empty while PostgreSQL, where their processes report, does not answer.
    services: Vec<ServiceHealth>,
    /// Whether the sales were read at least once.
    catalogue_loaded: bool,
    /// The lines of sales that are open, or over but with something still owed: answers, payments, units on hold.
    lines: Vec<LineHealth>,
}

/// One server.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServerHealth {
    /// It answered.
    up: bool,
    /// How long that took.
    answered_in_ms: u64,
}

/// One service.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServiceHealth {
    name: &'static str,
    /// Processes that said within the last seconds that they live.
    living: usize,
    /// Those, and what was heard of within the last minute and did not take its leave; the oldest first.
    processes: Vec<ProcessHealth>,
}

/// One process, as it said when it was last heard.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProcessHealth {
    id: Uuid,
    /// The name of its machine; absent where that is not known, or an earlier version says nothing of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    /// Of Flashline; absent for an earlier one that says nothing of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// When it came; absent for an earlier version.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Moment>,
    /// What it lacks to be ready, and servers that it cannot use: conditions as at its `/readyz`. Absent for an earlier version.
    #[serde(skip_serializing_if = "Option::is_none")]
    lacks: Option<Vec<String>>,
    heard_ms_ago: i64,
    /// It was heard within the last seconds.
    lives: bool,
}

impl From<Process> for ProcessHealth {
    fn from(process: Process) -> Self {
        let Process { id, service: _, host, version, started_at, lacks, heard_ms_ago, is_recent } = process;
        Self { id, host, version, started_at: started_at.map(Moment::from), lacks, heard_ms_ago, lives: is_recent }
    }
}

/// One line.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineHealth {
    event_id: Uuid,
    name: String,
    /// `active`, `paused`, `ended` or `stopped`.
    status: &'static str,
    /// Since a dispenser was last heard; absent if none ever was.
    heard_ms_ago: Option<u64>,
    /// Attempts of this ingress in the line.
    waiting_here: u64,
    /// Nothing was heard of late, though the line should move. (That of a paused sale stands still.)
    stalled: bool,
}

/// What this ingress sees of the servers, the services and the lines
#[utoipa::path(get, path = "/api/v1/admin/health", tag = "admin: operation", security(("api_token" = [])),
    responses((status = 200, body = Health), AdminReadProblems))]
pub(crate) async fn show(
    State(reads): State<Arc<Reads>>,
    State(entrance): State<Arc<Entrance>>,
    _: MayRead,
) -> Result<Json<Health>, ApiError> {
    let mut redis = reads.redis.clone();
    let ping = redis::cmd("PING");
    let (broker, redis, postgres, services) = tokio::join!(
        timed(reads.broker.check()),
        timed(ping.query_async::<String>(&mut redis)),
        timed(record::ping(&reads.postgres)),
        services(&reads.postgres),
    );
    let now = clock::now();
    let all = reads.catalogue.all();
    let open = all.values().filter(|sale| match sale.rules.status(now) {
        Status::Draft | Status::Upcoming => false,
        Status::Active | Status::Paused => true,
        Status::Ended | Status::Stopped => !sale.settled,
    });
    let lines = open.map(|sale| {
        let (event, status) = (sale.rules.event, sale.rules.status(now));
        let standing = entrance.standing(event);
        LineHealth {
            event_id: event.0,
            name: sale.name.clone(),
            status: status.word(),
            heard_ms_ago: standing.heard_ms_ago(),
            waiting_here: standing.waiting_here,
            stalled: status != Status::Paused && !standing.is_fresh(),
        }
    });
    let (lines, catalogue_loaded) = (lines.collect(), reads.catalogue.is_loaded());
    Ok(Json(Health { broker, redis, postgres, services, catalogue_loaded, lines }))
}

async fn services(pool: &PgPool) -> Vec<ServiceHealth> {
    let looked = tokio::time::timeout(ANSWERS_WITHIN, members::processes(pool, PROCESSES_MAX)).await;
    let Ok(Ok(all)) = looked else { return Vec::new() };
    let services = SERVICES.map(|name| {
        let of_it = all.iter().filter(|process| process.service == name);
        let processes: Vec<ProcessHealth> = of_it.cloned().map(ProcessHealth::from).collect();
        ServiceHealth { name, living: processes.iter().filter(|process| process.lives).count(), processes }
    });
    services.into()
}

async fn timed<T, E>(answer: impl Future<Output = Result<T, E>>) -> ServerHealth {
    let asked = Instant::now();
    let up = matches!(tokio::time::timeout(ANSWERS_WITHIN, answer).await, Ok(Ok(_)));
    ServerHealth { up, answered_in_ms: millis(asked.elapsed()) }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
