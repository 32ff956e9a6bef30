//! What a sale should read at any time, by what its organiser did.

use sale::time::UnixMs;

/// A sale's window, and what the organiser did to it.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    pub(super) opens_at: UnixMs,
    /// As planned: pauses within the window move it.
    pub(super) closes_at: UnixMs,
    pub(super) scheduled: bool,
    pub(super) stopped: bool,
    /// Each pause: from, until.
    pauses: Vec<(UnixMs, Option<UnixMs>)>,
}

impl Calendar {
    pub(super) fn new(opens_at: UnixMs, closes_at: UnixMs, scheduled: bool) -> Self {
        Self { opens_at, closes_at, scheduled, stopped: false, pauses: Vec::new() }
    }

    pub(super) fn is_paused(&self) -> bool {
        !self.stopped && self.pauses.last().is_some_and(|(_, until)| until.is_none())
    }

    pub(super) fn pause(&mut self, at: UnixMs) {
        if !self.is_paused() {
            self.pauses.push((at, None));
        }
    }

    pub(super) fn resume(&mut self, at: UnixMs) {
        if let Some((_, until @ None)) = self.pauses.last_mut() {
            *until = Some(at);
        }
    }

    pub(super) fn stop(&mut self, at: UnixMs) {
        self.resume(at);
        self.stopped = true;
    }

    /// The status: a pause holds the end too.
    pub(super) fn status(&self, at: UnixMs) -> &'static str {
        if self.stopped {
            "stopped"
        } else if !self.scheduled {
            "draft"
        } else if self.is_paused() {
            "paused"
        } else if at >= self.ends_at() {
            "ended"
        } else if at < self.opens_at {
            "upcoming"
        } else {
            "active"
        }
    }

    /// When it ends, as it stands: later by as long as it stood paused within its window.
    pub(super) fn ends_at(&self) -> UnixMs {
        let mut ends_at = self.closes_at;
        for (from, until) in &self.pauses {
            let from = (*from).max(self.opens_at);
            if let Some(until) = until.filter(|_| from < ends_at) {
                ends_at = ends_at.plus_ms(until.ms_since(from));
            }
        }
        ends_at
    }

    /// Whether it is so close to opening or ending that clocks may differ about it.
    pub(super) fn is_at_an_edge(&self, at: UnixMs) -> bool {
        const EDGE_MS: u64 = 3_000;
        [self.opens_at, self.ends_at()].iter().any(|edge| edge.ms_since(at).max(at.ms_since(*edge)) < EDGE_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_holds_the_end() {
        let at = UnixMs;
        let mut sale = Calendar::new(at(10_000), at(50_000), true);
        assert_eq!(
            (sale.status(at(0)), sale.status(at(10_000)), sale.status(at(50_000))),
            ("upcoming", "active", "ended")
        );
        sale.pause(at(30_000));
        assert_eq!(sale.status(at(90_000)), "paused");
        sale.resume(at(100_000));
        assert_eq!((sale.status(at(100_000)), sale.ends_at()), ("active", at(120_000)));
        sale.stop(at(110_000));
        assert_eq!(sale.status(at(500_000)), "stopped");
    }
}
