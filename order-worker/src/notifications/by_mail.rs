//! A notification as a mail, with the link that ends such mail.

use email::{Address, SignOff};
use mail::{Failure, Mail, Part};
use notification::{Written, footer};
use record::catalogue::Sale;
use record::notifications::{self, Channel, Due, End, Recipient};

use super::told::language;
use super::{Desk, Tried};

/// Sends it, unless its address is to get no mail about the sale.
///
/// # Errors
/// When PostgreSQL does not answer.
pub(super) async fn send(desk: &Desk, due: &Due, sale: &Sale, written: &Written) -> record::Result<Tried> {
    let Some(post) = &desk.post else { return Ok(Tried::Again(None)) };
    let to: Option<Address> = match &due.to {
        Recipient::Mail(sealed) => post.keys.open_address(sealed).ok(),
        Recipient::Buyer(address) => address.parse().ok(),
        Recipient::Push(_) | Recipient::Nobody => None,
    };
    let Some(to) = to else {
        tracing::error!("a notification has no address that can be read: it is dropped");
        return Ok(Tried::Ended(End::Refused));
    };
    let address = post.keys.address_digest(&to);
    if let Some(end) = notifications::barred(&desk.pool, due, &address).await? {
        return Ok(Tried::Ended(end));
    }
    let is_asked_for = due.channel == Channel::Mail;
    let sign_off = post.keys.sign_off(&SignOff { event: due.event, address });
    let ends_at = desk.pages.sign_off(&sign_off, language(due));
    let (why, stop) = footer(language(due), &sale.name, is_asked_for);
    let rows = (!written.rows.is_empty()).then(|| Part::Rows(written.rows.clone()));
    let receipt = written.receipt.map(|before| Part::Text(before.to_owned()));
    let parts = [Part::Text(written.text.clone())].into_iter().chain(receipt).chain(rows).chain([
        Part::Link(written.action.to_owned(), desk.pages.sale(due.event)),
        Part::Small(why),
        Part::SmallLink(stop.to_owned(), ends_at.clone()),
    ]);
    let mail = Mail {
        to,
        language: language(due),
        subject: written.title.clone(),
        parts: parts.collect(),
        brand: post.brand(language(due)),
        ends_at: Some(ends_at),
    };
    Ok(match post.mailer.send(due.id, &mail).await {
        Ok(()) => Tried::Ended(End::Sent),
        Err(Failure::Refused(code)) => {
            tracing::warn!(code, "a notification was refused for good");
            Tried::Ended(End::Refused)
        }
        Err(failure @ (Failure::Later(_) | Failure::Server(_))) => {
            tracing::debug!(%failure, tries = due.tries, "a notification was not taken, will try again");
            Tried::Again(None)
        }
    })
}
