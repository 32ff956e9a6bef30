//! How this process sees Redis: looked at every few seconds, for operators alone. Nothing depends on it.

use std::time::Duration;

use redis::RedisResult;
use tokio::time::Instant;

use crate::{Connection, meters};

const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Starts to look, and reports what was seen each time: nothing wrong, or what. Ends with the process.
pub fn watch(mut redis: Connection, report: impl Fn(Result<(), String>) + Send + 'static) {
    tokio::spawn(async move {
        loop {
            let seen = look(&mut redis).await;
            report(seen.map_err(|error| tls::reason(&error, redis.over_tls)));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
}

async fn look(redis: &mut Connection) -> RedisResult<()> {
    let asked = Instant::now();
    let info: RedisResult<String> = redis::cmd("INFO").arg("memory").arg("persistence").query_async(redis).await;
    meters::REDIS_UP.set(f64::from(info.is_ok()));
    let info = info?;
    meters::REDIS_ANSWER.took(asked.elapsed());
    let number = |field: &str| value_of(&info, field).and_then(|value| value.parse::<f64>().ok());
    let limit = number("maxmemory").filter(|limit| *limit > 0.0).or(number("total_system_memory"));
    if let (Some(used), Some(limit)) = (number("used_memory"), limit) {
        meters::REDIS_MEMORY.set(used);
        meters::REDIS_MEMORY_LIMIT.set(limit);
    }
    let durable = number("aof_enabled") == Some(1.0) && value_of(&info, "aof_last_write_status") == Some("ok");
    meters::REDIS_DURABLE.set(f64::from(durable));
    Ok(())
}

fn value_of<'a>(info: &'a str, field: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::value_of;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let info = "# Memory\r\nused_memory_rss:9\r\nused_memory:7\r\naof_last_write_status:ok\r\n";
        assert_eq!(value_of(info, "used_memory"), Some("7"));
        assert_eq!(value_of(info, "aof_last_write_status"), Some("ok"));
        assert_eq!(value_of(info, "maxmemory"), None);
    }
}
