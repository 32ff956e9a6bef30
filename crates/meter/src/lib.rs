//! What is measured. Whoever measures names their meters once, as statics in a module `meters`, with their unit and
//! one sentence; [`register`] shows them at zero, so that the first failure is seen as a change. Recording is an
//! atomic operation on a handle that is looked up once.
//!
//! | meter | what it is |
//! | --- | --- |
//! | [`Counter`], [`Gauge`], [`Histogram`] | one number |
//! | [`Counters`], [`Gauges`], [`Histograms`] | one for each value of a [`Label`], an enum by [`labels!`] |
//! | [`EventGauge`] | one for each sale event; it vanishes with its [`OfEvent`] |
//!
//! What may never happen: a label whose values grow with shoppers or attempts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use metrics::{Key, Level, Metadata, SharedString};
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
pub type Counters<L> = Each<metrics::Counter, L>;
/// A gauge for each value of a label.
pub type Gauges<L> = Each<metrics::Gauge, L>;
/// A histogram for each value of a label.
pub type Histograms<L> = Each<metrics::Histogram, L>;

/// The values of a label. All of them are known when compiling, so that each is shown from the start.
pub trait Label: Copy + PartialEq + 'static {
    /// All values, the most frequent first.
    const ALL: &'static [Self];

    /// As Prometheus shows it.
    fn word(self) -> &'static str;
}

/// Values that are known only where they are used, by their words: shown from their first use.
impl Label for &'static str {
    const ALL: &'static [Self] = &[];

    fn word(self) -> &'static str {
        self
    }
}

/// Declares an enum of the values of a label, each with its word.
#[macro_export]
macro_rules! labels {
    ($(#[$about:meta])* $visible:vis enum $label:ident { $($value:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each value is its word")]
        $visible enum $label { $($value),+ }

        impl $crate::Label for $label {
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word),+
                }
            }
        }
    };
}

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

/// A series for each value of one label.
pub struct Each<H, L> {
    about: About,
    label: &'static str,
    handles: OnceLock<Vec<H>>,
    values: PhantomData<fn() -> L>,
}

impl<H: Handle, L: Label> Each<H, L> {
    /// Meters of this name, by a label of this name.
    pub const fn new(name: &'static str, label: &'static str, unit: Unit, help: &'static str) -> Self {
        Self { about: About { name, unit, help }, label, handles: OnceLock::new(), values: PhantomData }
    }

    fn with(&self, value: L, record: impl FnOnce(&H)) {
        let handles = self.handles();
        let known = L::ALL.iter().position(|known| *known == value);
        match known.and_then(|index| handles.get(index)) {
            Some(handle) => record(handle),
            None => record(&self.of(value)),
        }
    }

    fn handles(&self) -> &[H] {
        self.handles.get_or_init(|| {
            self.about.describe::<H>();
            L::ALL.iter().map(|value| self.of(*value)).collect()
        })
    }

    fn of(&self, value: L) -> H {
        H::of(&Key::from_parts(self.about.name, vec![metrics::Label::new(self.label, value.word())]))
    }
}

impl<H: Handle, L: Label> Meter for Each<H, L> {
    fn register(&'static self) {
        self.handles();
    }
}

impl<L: Label> Counters<L> {
    /// One more of these.
    pub fn one(&self, value: L) {
        self.add(value, 1);
    }

    /// So many more of these.
    pub fn add(&self, value: L, more: u64) {
        self.with(value, |counter| counter.increment(more));
    }
}

impl<L: Label> Gauges<L> {
    /// As it is now.
    pub fn set(&self, value: L, to: f64) {
        self.with(value, |gauge| gauge.set(to));
    }
}

impl<L: Label> Histograms<L> {
    /// One sample, in seconds.
    pub fn took(&self, value: L, time: Duration) {
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

    labels! {
        enum Fate { Lost = "lost", Found = "found" }
    }

    #[test]
    fn every_value_of_a_label_is_shown_from_the_start_and_others_from_their_first_use() {
        static SEEN: Counters<&str> = Counters::new("seen", "what", Unit::Count, "Seen");
        static ENDED: Counters<Fate> = Counters::new("ended", "as", Unit::Count, "Ended");
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            SEEN.add("that", 2);
            ENDED.one(Fate::Found);
        });
        let text = recorder.handle().render();
        assert!(text.contains("# HELP seen Seen\n# TYPE seen counter\nseen{what=\"that\"} 2\n"), "{text}");
        assert!(text.contains("ended{as=\"lost\"} 0\n") && text.contains("ended{as=\"found\"} 1\n"), "{text}");
    }
}
