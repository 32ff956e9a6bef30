//! A whole Flashline to test with: private servers, the services as separate processes, the edge, shoppers, and the
//! verifier that holds what they saw against the record.
//!
//! ```no_run
//! # async fn story() -> anyhow::Result<()> {
//! use testbed::{Crowd, NewSale, Testbed, Then};
//!
//! let testbed = Testbed::builder().ingresses(2).setting("FLASHLINE_LINE_MAX", "100").behind_edge().start().await?;
//! let sale = NewSale::of_one(40);
//! let event = testbed.admin.create(&sale).await?;
//! let outcome = Crowd::buying(&sale, 200, 2.0, Then::mixed).run(&testbed.base_urls, event).await?;
//! testbed.judge(event, &outcome).await?.assert_good();
//! testbed.end().await;
//! # Ok(())
//! # }
//! ```
//!
//! | module | what it is |
//! | --- | --- |
//! | `builder` | what to start: how many of each service, with which settings, on which servers |
//! | `running` | a running system: its addresses and secrets; processes to add, remove, kill; its metrics |
//! | `process` | one process of it, to kill, freeze and start again |
//! | `line` | what can be seen of one sale's line: where it stands, who writes it, who reads it |
//! | `lane` | which servers a test has that runs beside others |
//! | `layout` | which services there are, and where shoppers come to |
//! | `environment` | the settings of every service, with secrets made anew each time |
//! | `servers` | the private servers, through the launcher `compose/servers` |
//! | `edge` | nginx before it all |
//! | [`accounts`] | an OpenID provider: oidc-provider, and browsers that are led there |
//! | [`hosted_check`] | a provider of a hosted check, with a widget for pages |
//! | [`mail`] | a mail server: aiosmtpd |
//! | [`stripe`] | a Stripe to be paid through: localstripe behind a proxy |
//! | `ports` | where there is room to listen |
//! | `shop` | a shop that vouches for its customers |
//! | [`wait`] | waits for a state, never for a time |
//! | [`api`] | the admin's side of the HTTP API |
//! | [`by_hand`] | one shopper whose every call is written out |
//! | [`shopper`] | one simulated shopper, from opening the page to the paid order |
//! | [`crowd`] | many of those, arriving open-loop |
//! | [`diary`] | what a shopper saw |
//! | [`verify`] | did the system keep its promises? From diaries, PostgreSQL, Redis and the gateway |
//!
//! Everything that a testbed started dies with it, but its servers, which the next testbed of the same set uses again.
//!
//! The stories are in `tests/`, in three programs: `sale` (what people and organisers do), `faults` (what breaks),
//! `operation` (what operators rely on). The campaigns, which make their stories from seeds, are in `loadgen`.

pub mod accounts;
pub mod api;
mod builder;
pub mod by_hand;
pub mod console;
pub mod crowd;
pub mod diary;
mod drand;
mod edge;
mod environment;
pub mod hosted_check;
mod lane;
mod layout;
mod line;
pub mod mail;
mod ports;
mod process;
pub mod push;
mod running;
mod servers;
mod shop;
pub mod shopper;
pub mod stripe;
pub mod verify;
pub mod wait;

pub use accounts::{AccountProvider, Browser};
pub use api::{Admin, NewSale, unique};
pub use builder::Builder;
pub use crowd::{Crowd, Outcome};
pub use drand::Drand;
pub use hosted_check::HostedCheck;
pub use layout::{Front, Kind};
pub use mail::MailServer;
pub use ports::free_ports;
pub use process::{Process, total};
pub use push::PushService;
pub use running::{Testbed, binaries};
pub use servers::{Server, Servers};
pub use shop::Shop;
pub use shopper::{Plan, Then};
pub use stripe::Stripe;
