//! A mail as it is sent: plain, and as a page that says the same.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use email::Language;
use html::escape;
use lettre::Message;
use lettre::error::Error;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use uuid::Uuid;

use crate::mail::{Brand, Mail, Part};

/// Headers that lettre has no type for.
const AUTO_SUBMITTED: &str = "Auto-Submitted";
const LIST_UNSUBSCRIBE: &str = "List-Unsubscribe";
const LIST_UNSUBSCRIBE_POST: &str = "List-Unsubscribe-Post";

/// Of a text in one encoded word, which has 75 characters at most (RFC 2047).
const ENCODED_BYTES_MAX: usize = 45;

/// A mail as it is sent. Its id names it: whoever receives it twice can tell.
pub(crate) fn write(from: &Mailbox, contact: Option<&Mailbox>, id: Uuid, mail: &Mail) -> Result<Message, Error> {
    let to = mail.to.as_str().parse().map_err(|_| Error::EmailMissingDomain)?;
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .message_id(Some(format!("<{id}@{}>", from.email.domain())));
    if let Some(contact) = contact {
        message = message.reply_to(contact.clone());
    }
    let mut message = message.multipart(MultiPart::alternative_plain_html(plain(mail), page(mail)))?;
    message.headers_mut().insert_raw(subject(one_line(&mail.subject)));
    // No reply that somebody's absence sends.
    let mut headers = vec![(AUTO_SUBMITTED, "auto-generated".to_owned())];
    if let Some(url) = &mail.ends_at {
        headers.push((LIST_UNSUBSCRIBE, format!("<{url}>")));
        headers.push((LIST_UNSUBSCRIBE_POST, "List-Unsubscribe=One-Click".to_owned()));
    }
    for (name, value) in headers {
        message.headers_mut().insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    Ok(message)
}

/// A header is one line, whatever a sale is called.
fn one_line(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect()
}

/// Lettre encodes what is not ASCII, and leaves a word that looks encoded as it is: programs would read another text in it.
fn subject(text: String) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Subject");
    if !text.contains("=?") {
        return HeaderValue::new(name, text);
    }
    let (mut words, mut some) = (Vec::new(), String::new());
    for sign in text.chars() {
        if some.len() + sign.len_utf8() > ENCODED_BYTES_MAX {
            words.push(std::mem::take(&mut some));
        }
        some.push(sign);
    }
    words.push(some);
    let words: Vec<String> = words.iter().map(|word| format!("=?utf-8?b?{}?=", BASE64_STANDARD.encode(word))).collect();
    HeaderValue::dangerous_new_pre_encoded(name, text, words.join("\r\n "))
}

fn plain(mail: &Mail) -> String {
    let Brand { name, lines, links, .. } = &mail.brand;
    let mut text = name.iter().map(|name| format!("{name}\r\n\r\n")).collect::<String>();
    for part in &mail.parts {
        match part {
            Part::Text(said) | Part::Code(said) | Part::Small(said) => text.push_str(said),
            Part::Rows(rows) => {
                let rows: Vec<String> = rows.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                text.push_str(&rows.join("\r\n"));
            }
            Part::Link(name, url) | Part::SmallLink(name, url) => text.push_str(&format!("{name}:\r\n{url}")),
        }
        text.push_str("\r\n\r\n");
    }
    // Mail programs know by this line that what follows is said in every mail.
    let begins = if lines.is_empty() && links.is_empty() { "" } else { "-- \r\n" };
    text.push_str(begins);
    for line in lines {
        text.push_str(&format!("{}\r\n\r\n", line.lines().collect::<Vec<_>>().join("\r\n")));
    }
    for (name, url) in links {
        text.push_str(&format!("{name}: {url}\r\n"));
    }
    text.truncate(text.trim_end().len());
    text + "\r\n"
}

/// Nothing is loaded, and nobody learns that it was read.
fn page(mail: &Mail) -> String {
    let (lang, dir) = (mail.language.word(), direction(mail.language));
    let button = mail.brand.button.as_ref().map_or(("#1a1a1f", "#ffffff"), |(ground, ink)| (ground, ink));
    let parts: String = mail.parts.iter().map(|one| part(one, button)).collect();
    let (above, below) = (above(&mail.brand), below(&mail.brand));
    format!(
        "<!doctype html><html lang=\"{lang}\" dir=\"{dir}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
         <body style=\"font-family:sans-serif;line-height:1.5;color:#1a1a1f;max-width:32rem\">{above}{parts}{below}</body></html>",
        escape(&mail.subject)
    )
}

fn direction(language: Language) -> &'static str {
    if language == Language::Ar { "rtl" } else { "ltr" }
}

fn above(brand: &Brand) -> String {
    let name = brand.name.iter();
    name.map(|name| format!("<p style=\"font-size:1.15rem;font-weight:bold\"><bdi>{}</bdi></p>", escape(name)))
        .collect()
}

fn below(brand: &Brand) -> String {
    let Brand { lines, links, .. } = brand;
    if lines.is_empty() && links.is_empty() {
        return String::new();
    }
    let lines: String = lines
        .iter()
        .map(|line| format!("<p dir=\"auto\" style=\"white-space:pre-line\">{}</p>", escape(line)))
        .collect();
    let links: Vec<String> = links
        .iter()
        .map(|(name, url)| format!("<a href=\"{}\" style=\"color:#5a5a66\">{}</a>", escape(url), escape(name)))
        .collect();
    let style = "margin-top:2rem;padding-top:.5rem;border-top:1px solid #dcdce2;color:#5a5a66;font-size:.875rem";
    format!("<div style=\"{style}\">{lines}<p>{}</p></div>", links.join(" &middot; "))
}

fn part(part: &Part, (ground, ink): (&str, &str)) -> String {
    match part {
        Part::Text(text) => format!("<p>{}</p>", escape(text)),
        Part::Code(code) => format!(
            "<p dir=\"ltr\" style=\"font-size:2rem;letter-spacing:.25em;font-weight:bold;text-align:start\">{}</p>",
            escape(code)
        ),
        Part::Rows(rows) => {
            let rows: String = rows
                .iter()
                .map(|(name, value)| {
                    format!(
                        "<tr><th scope=\"row\" style=\"text-align:start;font-weight:normal;padding:.25rem 0\">{}</th>\
                         <td style=\"text-align:end;padding:.25rem 0;padding-inline-start:1.5rem\"><bdi>{}</bdi></td></tr>",
                        escape(name),
                        escape(value)
                    )
                })
                .collect();
            format!("<table style=\"border-collapse:collapse;width:100%\">{rows}</table>")
        }
        Part::Link(name, url) => format!(
            "<p><a href=\"{}\" style=\"display:inline-block;padding:.6rem 1.2rem;background:{};color:{};\
             text-decoration:none;border-radius:.4rem\">{}</a></p>",
            escape(url),
            escape(ground),
            escape(ink),
            escape(name)
        ),
        Part::Small(text) => format!("<p style=\"color:#5a5a66\">{}</p>", escape(text)),
        Part::SmallLink(name, url) => {
            format!("<p><a href=\"{}\" style=\"color:#5a5a66\">{}</a></p>", escape(url), escape(name))
        }
    }
}

#[cfg(test)]
mod tests {
    use email::Letter;

    use super::*;

    fn sender() -> Mailbox {
        "Lämps <tickets@shop.example>".parse().expect("a sender")
    }

    fn split(message: &Message) -> (String, String) {
        let raw = String::from_utf8(message.formatted()).expect("ASCII");
        let (head, body) = raw.split_once("\r\n\r\n").expect("a head");
        (head.replace("\r\n ", " "), body.to_owned())
    }

    #[test]
    fn a_mail_says_its_code_in_both_forms_and_in_its_subject_no_code() {
        for language in [Language::En, Language::De, Language::Zh, Language::Ar] {
            let to = "anna@example.org".parse().expect("an address");
            let letter = Letter { to, code: "012345".parse().expect("a code"), language };
            let message =
                write(&sender(), None, Uuid::nil(), &Mail::of_code(&letter, 10, Brand::default())).expect("written");
            let (head, body) = split(&message);
            assert!(head.contains("Message-ID: <00000000-0000-0000-0000-000000000000@shop.example>"), "{head}");
            assert!(
                head.contains("multipart/alternative") && head.contains("Auto-Submitted: auto-generated"),
                "{head}"
            );
            assert!(!head.contains("012345") && !head.contains("List-Unsubscribe"), "{head}");
            let decoded: usize = body.matches("012345").count();
            assert!(decoded == 2 || body.contains("base64"), "{body}");
        }
    }

    #[test]
    fn what_looks_encoded_in_a_name_is_read_as_it_was_written() {
        let name = "=?utf-8?q?Your_account_is_locked?= opens soon, 限时抢购限时抢购限时抢购限时抢购";
        let to = "anna@example.org".parse().expect("an address");
        let mail = Mail {
            to,
            language: Language::En,
            subject: name.to_owned(),
            parts: Vec::new(),
            brand: Brand::default(),
            ends_at: None,
        };
        let (head, _) = split(&write(&sender(), None, Uuid::nil(), &mail).expect("written"));
        let line = head.lines().find_map(|line| line.strip_prefix("Subject: ")).expect("a subject");
        let words = line.split(' ').map(|word| {
            let text =
                word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?=")).expect("an encoded word");
            assert!(word.len() <= 75, "{word}");
            String::from_utf8(BASE64_STANDARD.decode(text).expect("base64")).expect("whole characters")
        });
        assert_eq!(words.collect::<String>(), name);
    }

    #[test]
    fn mail_that_can_be_ended_says_how_and_a_name_is_no_header_and_no_page() {
        let mail = Mail {
            to: "anna@example.org".parse().expect("an address"),
            language: Language::En,
            subject: "Lamps\r\nBcc: ben@example.org".to_owned(),
            parts: vec![
                Part::Text("<b>&\"".to_owned()),
                Part::Link("Open".to_owned(), "https://a.example/?a=1&b".to_owned()),
            ],
            brand: Brand {
                name: Some("Lamps <i>".to_owned()),
                button: Some(("#0b6b3a".to_owned(), "#ffffff".to_owned())),
                lines: vec!["Lamps Ltd\n1 Long Road<br>".to_owned()],
                links: vec![("Terms".to_owned(), "https://shop.example/terms?a&b".to_owned())],
            },
            ends_at: Some("https://shop.example/notifications/off/x".to_owned()),
        };
        let contact = "Help <help@shop.example>".parse().expect("a contact");
        let (head, body) = split(&write(&sender(), Some(&contact), Uuid::nil(), &mail).expect("written"));
        assert!(!head.contains("\r\nBcc"), "{head}");
        assert!(head.contains("List-Unsubscribe: <https://shop.example/notifications/off/x>"), "{head}");
        assert!(head.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{head}");
        assert!(head.contains("Reply-To: Help <help@shop.example>"), "{head}");
        assert!(
            body.contains("<bdi>Lamps &lt;i&gt;</bdi>") && body.contains("background:#0b6b3a;color:#ffffff"),
            "{body}"
        );
        assert!(
            body.contains("1 Long Road&lt;br&gt;") && body.contains("https://shop.example/terms?a&amp;b"),
            "{body}"
        );
        assert!(
            body.contains("\r\n-- \r\nLamps Ltd\r\n1 Long Road<br>\r\n\r\nTerms: https://shop.example/terms?a&b"),
            "{body}"
        );
        assert!(body.contains("&lt;b&gt;&amp;&quot;") && !body.contains("<b>&\"</p>"), "{body}");
    }
}
