//! How this process sees PostgreSQL: looked at every few seconds, for operators alone. Nothing depends on it.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgSslMode;
use tokio::time::Instant;

use crate::meters::{self, Connections};

const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Starts to look, and reports what was seen each time: nothing wrong, or what. Ends with the process: a wait for a
/// connection must not be cancelled, nor hold a shutdown up.
pub fn watch(pool: PgPool, report: impl Fn(Result<(), String>) + Send + 'static) {
    let over_tls = !matches!(pool.connect_options().get_ssl_mode(), PgSslMode::Disable | PgSslMode::Allow);
    tokio::spawn(async move {
        loop {
            let seen = look(&pool).await;
            report(seen.map_err(|error| tls::reason(&error, over_tls)));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
}

async fn look(pool: &PgPool) -> sqlx::Result<()> {
    let asked = Instant::now();
    let got = pool.acquire().await;
    meters::DATABASE_WAIT.took(asked.elapsed());
    meters::DATABASE_UP.set(f64::from(got.is_ok()));
    if matches!(got, Err(sqlx::Error::PoolTimedOut)) {
        meters::DATABASE_TIMEOUTS.one();
    }
    let seen = got.map(drop);
    let (all, idle) = (pool.size() as usize, pool.num_idle());
    meters::DATABASE_CONNECTIONS.set(Connections::Busy, all.saturating_sub(idle) as f64);
    meters::DATABASE_CONNECTIONS.set(Connections::Idle, idle as f64);
    seen
}

/// Whether PostgreSQL answers.
///
/// # Errors
/// When it does not.
pub async fn ping(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query_scalar!(r#"SELECT 1 AS "one!""#).fetch_one(pool).await.map(drop)
}
