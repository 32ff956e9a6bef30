//! Web Push: who wants it, and messages for them, encrypted (RFC 8291) and signed (VAPID, RFC 8292). Sending them is `outbound`'s
//! part: the address of a push service is whatever a browser says.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `key` | the key that says who sends |
//! | `subscription` | a browser, as it wants to be reached, and what is encrypted for it |
//! | `settings` | where the key is |

mod key;
mod settings;
mod subscription;

pub use key::{KeyError, PushKey};
pub use settings::Settings;
pub use subscription::{Subscription, SubscriptionProblem};
