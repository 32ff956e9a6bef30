//! What operators rely on: that what deploys the services fits them, that they can be seen into, and that nobody gets
//! further than they may.
//!
//! | module | what it tells |
//! | --- | --- |
//! | [`deployment`] | manifests set what the services take |
//! | [`drafts`] | drafts begun, completed, taken back, deleted; who else edits; orders found by names |
//! | [`health`] | each process says how it is |
//! | [`look`] | the organiser's look is on every page and mail, and nothing in it runs |
//! | [`metrics`] | every metric is documented, and tells what happened |
//! | [`products`] | the organiser's products: found, mended while sales run, with pictures, as a spreadsheet |
//! | [`traces`] | one trace shows an attempt from the click to the push and to the record |
//! | [`tls`] | servers that speak TLS, and what is said when they do not |
//! | [`webhooks`] | what the shop hears |
//! | [`security`] | what nobody may do, tried |

mod deployment;
mod drafts;
mod health;
mod look;
mod metrics;
mod products;
mod security;
mod tls;
mod traces;
mod webhooks;
