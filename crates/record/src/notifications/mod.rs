//! What shoppers are told when their page is closed: an outbox, written in the transaction of the fact that it tells of.
//!
//! A row is leased by whoever tries it, so it is sent at least once; it stays for a while after that, so that nothing is told
//! twice. What it says is read when it is sent ([`facts`]): it may have become untrue meanwhile.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `subscriptions` | where shoppers want to be told of a sale |
//! | `news` | what rounds leave to be told, and what they make untrue |
//! | `write` | what follows from rounds, wishes, orders and the clock, into the outbox |
//! | `addresses` | where no mail goes, or no more |
//! | `due` | what is to be sent now, and how that ended |
//! | `facts` | what is known of a reservation or an order at that moment |

mod addresses;
mod due;
mod facts;
mod news;
mod subscriptions;
mod write;

pub use addresses::{AddressDigest, MAILS_TO_BUYER_MAX, barred, refuse_mail};
pub use due::{Channel, Due, End, Recipient, again, claim, ended, hold_back, put_off};
pub use facts::{OrderFacts, ReservationFacts, of_order, of_refund, of_reservation};
pub use subscriptions::{PUSHES_MAX, Target, Wishes, forget_endpoint, put, remove, wishes};
pub use write::{of_rounds, opening_soon, order_confirmed, order_refunded, refund_came_back};
