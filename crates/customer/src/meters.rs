//! What is measured of customers' keys.

use meter::{Gauge, Meter, Unit};

pub(crate) static KEYS: Gauge =
    Gauge::new("flashline_ingress_customer_keys", Unit::Count, "Public keys that customers' tokens are checked with");
pub(crate) static KEYS_AGE: Gauge = Gauge::new(
    "flashline_ingress_customer_keys_age_seconds",
    Unit::Seconds,
    "Since these keys were last read where the shop keeps them; since the start, while they never were",
);

pub(crate) static ALL: &[&dyn Meter] = &[&KEYS, &KEYS_AGE];
