//! What every Flashline service shares: how it is configured, watched, connected and stopped.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`config`] | flags and environment variables, checked at start |
//! | [`telemetry`] | structured logs and Prometheus metrics |
//! | [`trace`] | one attempt's trace, across processes |
//! | [`meter`] | what is measured: named and described once, cheap to record |
//! | [`probe`] | how this process sees its servers |
//! | [`service`] | the frame of a process: tasks with an owner, readiness, graceful shutdown |
//! | [`http`] | serving HTTP with a limit on everything |
//! | [`address`] | addresses of clients, as limits count them |
//! | [`rate`] | token buckets |
//! | [`problem`] | errors as `application/problem+json` (RFC 9457) |
//! | [`retry`] | capped, jittered backoff, with a metric |
//! | [`amqp`] | RabbitMQ: names, connections, the publisher, the subscription |
//! | [`redis`] | Redis: connection, and where an event's inventory lives |
//! | [`postgres`] | PostgreSQL: the pool |
//! | [`catalogue`] | the rules of all sale events, kept current |
//! | [`membership`] | which living process of a service does which share of its work |
//! | [`session`] | tokens that say who a shopper is |
//! | [`reservation`] | rows of the table of reservations, as records |
//! | [`generations`] | what was seen of late, bounded and cheap |
//! | [`view`] | what shoppers see of an attempt, the same over HTTP and WebSocket |
//! | [`clock`] | the one place where the wall clock is read |

pub mod address;
pub mod amqp;
pub mod catalogue;
pub mod clock;
pub mod config;
pub mod generations;
pub mod http;
pub mod membership;
pub mod meter;
mod meters;
pub mod postgres;
pub mod probe;
pub mod problem;
pub mod rate;
pub mod redis;
pub mod reservation;
pub mod retry;
pub mod service;
pub mod session;
pub mod telemetry;
pub mod trace;
pub mod view;

/// For every process: the C library's took a fifth of the door's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
