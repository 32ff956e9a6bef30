//! What processes use, by their names, as Linux counts it.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context;

/// Linux counts CPU time in hundredths of a second (`USER_HZ`).
const TICKS_PER_S: f64 = 100.0;

/// CPU seconds used since they were started, by process name.
pub(super) struct Usage(BTreeMap<u32, (String, f64)>);

impl Usage {
    pub(super) fn now() -> anyhow::Result<Self> {
        let mut all = BTreeMap::new();
        for entry in fs::read_dir("/proc")? {
            let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // Processes come and go.
            let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
            if let Some((name, ticks)) = parse(&stat) {
                let name = if pid == std::process::id() { "client".to_owned() } else { name };
                all.insert(pid, (name, ticks / TICKS_PER_S));
            }
        }
        Ok(Self(all))
    }

    /// CPU seconds used between the two, by name (this process is the `client`); what used next to nothing,
    /// and the kernel's own threads, are left out.
    pub(super) fn cpu_since(&self, before: &Self) -> BTreeMap<String, f64> {
        let mut by_name = BTreeMap::<String, f64>::new();
        for (pid, (name, cpu_s)) in &self.0 {
            let earlier = before.0.get(pid).filter(|(known, _)| known == name).map_or(0.0, |(_, cpu_s)| *cpu_s);
            *by_name.entry(name.clone()).or_default() += cpu_s - earlier;
        }
        by_name.retain(|name, cpu_s| *cpu_s >= 0.05 && !name.contains('/'));
        by_name
    }
}

/// Name, and user and system time, in ticks: the second field, and the fourteenth and fifteenth.
fn parse(stat: &str) -> Option<(String, f64)> {
    let (before, after) = stat.rsplit_once(')')?;
    let name = before.split_once('(')?.1.to_owned();
    let mut fields = after.split_ascii_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((name, user + system))
}

/// Resident memory of a process, in bytes.
pub(super) fn resident_bytes(pid: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let stat = "12 (a) b) S 1 1 1 0 -1 4194560 100 0 0 0 250 150 0 0 20 0 1 0 7";
        assert_eq!(parse(stat), Some(("a) b".to_owned(), 400.0)));
    }
}
