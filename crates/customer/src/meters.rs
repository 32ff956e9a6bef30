//! What is measured of the keys that customers' tokens are checked with.

use meter::{Gauges, Meter, Unit, labels};

labels! {
    /// Who signs with the other half of these keys.
    pub(crate) enum Whose {
        Shop = "shop",
        Provider = "provider",
    }
}

pub(crate) static KEYS: Gauges<Whose> = Gauges::new(
    "flashline_ingress_customer_keys",
    "whose",
    Unit::Count,
    "Public keys that customers' tokens are checked with; provider: those of the OpenID provider",
);
pub(crate) static KEYS_AGE: Gauges<Whose> = Gauges::new(
    "flashline_ingress_customer_keys_age_seconds",
    "whose",
    Unit::Seconds,
    "Since these keys were last read; since the start, while they never were; 0 where none are configured",
);

pub(crate) static ALL: &[&dyn Meter] = &[&KEYS, &KEYS_AGE];
