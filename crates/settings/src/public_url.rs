//! Where shoppers find the pages.

use std::str::FromStr;

use url::{Host, Url};

/// The address of the pages, as shoppers type it (`FLASHLINE_PUBLIC_URL`): scheme and host, perhaps a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// Without a slash at the end: what all other addresses begin with.
    pub fn base(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The host alone.
    pub fn host(&self) -> String {
        self.0.host().as_ref().map(Host::to_string).unwrap_or_default()
    }

    /// A page, by its path.
    pub fn page(&self, path: &str) -> Url {
        let mut page = self.0.clone();
        page.set_path(path);
        page
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        };
        let url = Url::parse(text).ok().filter(is_plain);
        url.map(Self).ok_or("must be the http:// or https:// URL at which shoppers find the pages, without a path")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_shoppers_type_it() {
        for (typed, base, host) in [
            ("https://sale.example", "https://sale.example", "sale.example"),
            ("https://Sale.Example/", "https://sale.example", "sale.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1"),
        ] {
            let url: PublicUrl = typed.parse().expect(typed);
            assert_eq!((url.base(), &*url.host()), (base, host));
            assert_eq!(url.page("/sign-in").as_str(), format!("{base}/sign-in"));
        }
    }

    #[test]
    fn what_shoppers_do_not_type_is_refused() {
        for wrong in [
            "",
            "sale.example",
            "ftp://sale.example",
            "https://",
            "https://sale.example/shop",
            "https://sale.example/?x=",
            "https://sale.example/#x",
            "https://user@sale.example",
            "https://user:word@sale.example",
        ] {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
        }
    }
}
