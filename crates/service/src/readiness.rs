//! Whether a process can do its work.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use crate::meters;

/// Named conditions that must all hold before the process takes work; and the servers that it talks to, which need not
/// all be well for that.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    conditions: BTreeMap<&'static str, bool>,
    servers: BTreeMap<&'static str, Server>,
}

/// A server, as it was last looked at.
#[derive(Debug, Default)]
struct Server {
    /// Nothing while it answers.
    wrong: Option<String>,
    /// What has been logged since it answered last: reasons may alternate.
    logged: Vec<String>,
}

/// Reasons logged while a server does not answer.
const LOGGED_MAX: usize = 8;

impl Readiness {
    /// Says whether a condition holds.
    pub fn set(&self, condition: &'static str, holds: bool) {
        let before = self.known().conditions.insert(condition, holds);
        meters::READY.set(condition, f64::from(holds));
        if before != Some(holds) {
            tracing::info!(condition, holds, "readiness");
        }
    }

    /// Whether a condition is known to hold.
    pub fn holds(&self, condition: &'static str) -> bool {
        self.known().conditions.get(condition).copied().unwrap_or(false)
    }

    /// For whoever looks at a server: says how it is, each time. `setting` is the one that says where it is.
    pub fn of_server(
        &self,
        server: &'static str,
        setting: &'static str,
    ) -> impl Fn(Result<(), String>) + Send + 'static {
        let readiness = self.clone();
        move |seen| {
            let mut known = readiness.known();
            let known = known.servers.entry(server).or_default();
            known.wrong = seen.err();
            match &known.wrong {
                None if known.logged.is_empty() => {}
                None => {
                    known.logged.clear();
                    tracing::info!(server, "can be used again");
                }
                Some(why) if known.logged.len() < LOGGED_MAX && !known.logged.contains(why) => {
                    tracing::error!(server, setting, why, "cannot be used");
                    known.logged.push(why.clone());
                }
                Some(_) => {}
            }
        }
    }

    /// For whoever tells others: what the process lacks to be ready, and the servers that it cannot use; nothing, when all is well.
    pub fn lacking(&self) -> impl Fn() -> Vec<String> + Send + 'static {
        let readiness = self.clone();
        move || readiness.lacks()
    }

    fn lacks(&self) -> Vec<String> {
        let known = self.known();
        let conditions = known.conditions.iter().filter(|(_, holds)| !**holds).map(|(condition, _)| *condition);
        let servers = known.servers.iter().filter(|(_, seen)| seen.wrong.is_some()).map(|(server, _)| *server);
        conditions.chain(servers).map(str::to_owned).collect()
    }

    /// Whether all conditions hold, and what is known.
    pub(crate) fn report(&self) -> (bool, Value) {
        let known = self.known();
        let mut all: Map<String, Value> =
            known.conditions.iter().map(|(condition, holds)| ((*condition).to_owned(), json!(holds))).collect();
        let servers = known.servers.iter().map(|(server, seen)| {
            let how = seen.wrong.as_deref().unwrap_or("answers");
            ((*server).to_owned(), json!(how))
        });
        all.insert("servers".to_owned(), Value::Object(servers.collect()));
        (known.conditions.values().all(|holds| *holds), Value::Object(all))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lacking_is_named_until_it_is_there() {
        let readiness = Readiness::default();
        assert_eq!(readiness.lacks(), Vec::<String>::new());
        let look = readiness.of_server("redis", "FLASHLINE_REDIS_URL");
        readiness.set("migrated", false);
        readiness.set("listening", true);
        look(Err("connection refused".to_owned()));
        assert_eq!(readiness.lacks(), ["migrated", "redis"]);
        readiness.set("migrated", true);
        look(Ok(()));
        assert_eq!(readiness.lacks(), Vec::<String>::new());
    }
}
