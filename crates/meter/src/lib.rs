//! What is measured. Whoever measures names their meters once, as statics in a module `meters`, with their unit and
//! one sentence; [`register`] shows them at zero, so that the first failure is seen as a change. Recording is an
//! atomic operation on a handle that is looked up once.
//!
//! | meter | what it is |
//! | --- | --- |
//! | [`Counter`], [`Gauge`], [`Histogram`] | one number |
//! | [`Counters`], [`Gauges`], [`Histograms`] | one for each value of a label, all of them known when compiling |
//! | [`EventGauge`] | one for each sale event; it vanishes with its [`OfEvent`] |
//!
//! What may never happen: a label whose values grow with shoppers or attempts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use metrics::{Key, Label, Level, Metadata, SharedString};
use sale::ids::EventId;

/// In what a meter counts.
pub use metrics::Unit;

/// One counter.
pub type Counter = One<metrics::Counter>;
/// One gauge.
pub type Gauge = One<metrics::Gauge>;
/// One histogram.
pub type Histogram = One<metrics::Histogram>;
/// A counter for each value of a label.
pub type Counters = Each<metrics::Counter>;
/// A gauge for each value of a label.
pub type Gauges = Each<metrics::Gauge>;
/// A histogram for each value of a label.
pub type Histograms = Each<metrics::Histogram>;

/// Shows meters at zero. Once, after telemetry has started.
pub fn register(meters: &[&'static dyn Meter]) {
    meters.iter().for_each(|meter| meter.register());
}

/// What [`register`] can register.
pub trait Meter: Sync {
    /// Shows it at zero.
    fn register(&'static self);
}

/// A kind of handle.
pub trait Handle: Send + Sync + Sized {
    /// The handle of one series.
    fn of(key: &Key) -> Self;
    /// Says what a name means.
    fn describe(name: &'static str, unit: Unit, help: &'static str);
}

/// Name, unit and meaning.
struct About {
    name: &'static str,
    unit: Unit,
    help: &'static str,
}

impl About {
    fn describe<H: Handle>(&self) {
        H::describe(self.name, self.unit, self.help);
    }
}

/// One series.
pub struct One<H> {
    about: About,
    handle: OnceLock<H>,
}

impl<H: Handle> One<H> {
    /// A meter of this name.
    pub const fn new(name: &'static str, unit: Unit, help: &'static str) -> Self {
        Self { about: About { name, unit, help }, handle: OnceLock::new() }
    }

    fn handle(&self) -> &H {
        self.handle.get_or_init(|| {
            self.about.describe::<H>();
            H::of(&Key::from_static_name(self.about.name))
        })
    }
}

impl<H: Handle> Meter for One<H> {
    fn register(&'static self) {
        self.handle();
    }
}

impl Counter {
    /// One more.
    pub fn one(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, more: u64) {
        self.handle().increment(more);
    }
}

impl Gauge {
    /// As it is now.
    pub fn set(&self, value: f64) {
        self.handle().set(value);
    }

    /// More, or (below zero) less.
    pub fn change(&self, by: f64) {
        self.handle().increment(by);
    }
}

impl Histogram {
    /// One sample.
    pub fn record(&self, value: f64) {
        self.handle().record(value);
    }

    /// As many equal ones.
    pub fn record_many(&self, value: f64, count: u64) {
        self.handle().record_many(value, usize::try_from(count).unwrap_or(usize::MAX));
    }

    /// One sample, in seconds.
    pub fn took(&self, time: Duration) {
        self.record(time.as_secs_f64());
    }
}

/// A series for each value of one label. Values that are not listed are shown from their first use.
pub struct Each<H> {
    about: About,
    label: &'static str,
    values: &'static [&'static str],
    handles: OnceLock<Vec<H>>,
}

impl<H: Handle> Each<H> {
    /// Meters of this name, by a label with these values; the most frequent first.
    pub const fn new(
        name: &'static str,
        label: &'static str,
        values: &'static [&'static str],
        unit: Unit,
        help: &'static str,
    ) -> Self {
        Self { about: About { name, unit, help }, label, values, handles: OnceLock::new() }
    }

    fn with(&self, value: &'static str, record: impl FnOnce(&H)) {
        let handles = self.handles();
        let known = self.values.iter().position(|known| *known == value);
        match known.and_then(|index| handles.get(index)) {
            Some(handle) => record(handle),
            None => record(&self.of(value)),
        }
    }

    fn handles(&self) -> &[H] {
        self.handles.get_or_init(|| {
            self.about.describe::<H>();
            self.values.iter().map(|value| self.of(value)).collect()
        })
    }

    fn of(&self, value: &'static str) -> H {
        H::of(&Key::from_parts(self.about.name, vec![Label::new(self.label, value)]))
    }
}

impl<H: Handle> Meter for Each<H> {
    fn register(&'static self) {
        self.handles();
    }
}

impl Counters {
    /// One more of these.
    pub fn one(&self, value: &'static str) {
        self.add(value, 1);
    }

    /// So many more of these.
    pub fn add(&self, value: &'static str, more: u64) {
        self.with(value, |counter| counter.increment(more));
    }
}

impl Gauges {
    /// As it is now.
    pub fn set(&self, value: &'static str, to: f64) {
        self.with(value, |gauge| gauge.set(to));
    }
}

impl Histograms {
    /// One sample, in seconds.
    pub fn took(&self, value: &'static str, time: Duration) {
        self.with(value, |histogram| histogram.record(time.as_secs_f64()));
    }
}

/// A gauge for each sale event, by the label `event`.
pub struct EventGauge {
    about: About,
    events: Mutex<BTreeMap<EventId, Arc<AtomicU64>>>,
}

impl EventGauge {
    /// A gauge of this name.
    pub const fn new(name: &'static str, unit: Unit, help: &'static str) -> Self {
        Self { about: About { name, unit, help }, events: Mutex::new(BTreeMap::new()) }
    }

    /// The gauge of one event, at zero, shown until it is dropped.
    pub fn of(&'static self, event: EventId) -> OfEvent {
        let value = Arc::default();
        lock(&self.events).insert(event, Arc::clone(&value));
        OfEvent { gauge: self, event, value }
    }

    /// Shows these events, and no others.
    pub fn show(&self, events: impl IntoIterator<Item = (EventId, f64)>) {
        let shown = events.into_iter().map(|(event, value)| (event, Arc::new(AtomicU64::new(value.to_bits()))));
        *lock(&self.events) = shown.collect();
    }

    fn render(&self, to: &mut String) {
        let About { name, help, .. } = self.about;
        let _ = write!(to, "# HELP {name} {help}\n# TYPE {name} gauge\n");
        for (event, value) in lock(&self.events).iter() {
            let _ = writeln!(to, "{name}{{event=\"{event}\"}} {}", f64::from_bits(value.load(Ordering::Relaxed)));
        }
        to.push('\n');
    }
}

impl Meter for EventGauge {
    fn register(&'static self) {
        lock(&EVENT_GAUGES).push(self);
    }
}

/// One event's gauge. Dropped, it vanishes: events come and go, and a series of each would stay for ever.
pub struct OfEvent {
    gauge: &'static EventGauge,
    event: EventId,
    value: Arc<AtomicU64>,
}

impl OfEvent {
    /// As it is now.
    pub fn set(&self, value: f64) {
        self.value.store(value.to_bits(), Ordering::Relaxed);
    }
}

impl Drop for OfEvent {
    fn drop(&mut self) {
        let mut events = lock(&self.gauge.events);
        // A successor may have taken its place.
        if events.get(&self.event).is_some_and(|shown| Arc::ptr_eq(shown, &self.value)) {
            events.remove(&self.event);
        }
    }
}

/// Those of this process. The recorder cannot forget a series, so we show these ourselves.
static EVENT_GAUGES: Mutex<Vec<&'static EventGauge>> = Mutex::new(Vec::new());

/// The gauges of events, in Prometheus' text format.
pub fn render_events() -> String {
    let mut text = String::new();
    lock(&EVENT_GAUGES).iter().for_each(|gauge| gauge.render(&mut text));
    text
}

static METADATA: Metadata<'static> = Metadata::new("flashline", Level::INFO, None);

macro_rules! handle {
    ($handle:ident, $register:ident, $describe:ident) => {
        impl Handle for metrics::$handle {
            fn of(key: &Key) -> Self {
                metrics::with_recorder(|recorder| recorder.$register(key, &METADATA))
            }
            fn describe(name: &'static str, unit: Unit, help: &'static str) {
                let help = SharedString::const_str(help);
                metrics::with_recorder(|recorder| recorder.$describe(name.into(), Some(unit), help));
            }
        }
    };
}

handle!(Counter, register_counter, describe_counter);
handle!(Gauge, register_gauge, describe_gauge);
handle!(Histogram, register_histogram, describe_histogram);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    static LENGTH: EventGauge = EventGauge::new("length", Unit::Count, "How long");

    #[test]
    fn an_event_that_is_over_is_shown_no_more() {
        let shown = || {
            let mut text = String::new();
            LENGTH.render(&mut text);
            text.lines().filter(|line| line.starts_with("length{")).map(str::to_owned).collect::<Vec<_>>()
        };
        let event = EventId(Uuid::nil());
        let first = LENGTH.of(event);
        first.set(2.0);
        assert_eq!(shown(), [format!("length{{event=\"{event}\"}} 2")]);
        let second = LENGTH.of(event);
        drop(first);
        assert_eq!(shown().len(), 1, "its successor is still shown");
        drop(second);
        assert!(shown().is_empty());
        LENGTH.show([(event, 1.5)]);
        LENGTH.show([]);
        assert!(shown().is_empty());
    }

    #[test]
    fn a_value_that_is_not_listed_is_counted_too() {
        static SEEN: Counters = Counters::new("seen", "what", &["this"], Unit::Count, "Seen");
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            SEEN.add("that", 2);
            SEEN.one("this");
        });
        let text = recorder.handle().render();
        assert!(text.contains("# HELP seen Seen\n# TYPE seen counter\n"), "{text}");
        assert!(text.contains("seen{what=\"this\"} 1\n") && text.contains("seen{what=\"that\"} 2\n"), "{text}");
    }
}
