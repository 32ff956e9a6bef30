//! Sending mail: through which server, and what it says.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `settings` | the server and the sender |
//! | `server` | where a server is, and how it is spoken to, from its URL |
//! | `mailer` | one mail at a time, over connections that are kept; and what became of it |
//! | `mail` | a mail before it is written, part by part |
//! | `texts` | what the mail with a code says, in four languages |
//! | `message` | a mail as it is sent: plain and as a page |
//!
//! What may never happen: an address or a code in a log. So what a server says of a mail is not repeated, but for its number.

mod mail;
mod mailer;
mod message;
mod server;
mod settings;
mod texts;

pub use mail::{Brand, Mail, Part};
pub use mailer::{Failure, Mailer};
pub use settings::Settings;
