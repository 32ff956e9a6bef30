//! By what shoppers can be told whose page is closed, as configured.

use outbound::Permitted;
use settings::PublicUrl;

/// What there is.
pub(crate) struct Notifications {
    /// The public key that browsers subscribe with, where there is Web Push.
    pub(crate) push_key: Option<String>,
    /// Which addresses of push services may be called: shoppers give them.
    pub(crate) push_endpoints: Permitted,
    /// Where the pages are, without a slash at the end.
    pub(crate) pages: String,
    /// The host of that: what ids of ours end with outside.
    pub(crate) host: String,
}

impl Notifications {
    /// As configured.
    ///
    /// # Errors
    /// When a setting cannot be used. The message names it.
    pub(crate) fn open(public_url: &PublicUrl, push: &push::Settings) -> anyhow::Result<Self> {
        Ok(Self {
            push_key: push.key()?.map(|key| key.public()),
            push_endpoints: push.permitted(),
            pages: public_url.base().to_owned(),
            host: public_url.host(),
        })
    }
}
