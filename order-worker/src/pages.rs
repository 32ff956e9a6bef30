//! Where shoppers find the pages.

use anyhow::Context;
use reqwest::Url;
use sale::ids::EventId;

/// The address of the pages.
#[derive(Clone, Debug)]
pub(crate) struct Pages(Url);

impl Pages {
    /// At `public_url`, as shoppers type it.
    ///
    /// # Errors
    /// When that is no HTTP URL.
    pub(crate) fn at(public_url: &str) -> anyhow::Result<Self> {
        let must_be = "FLASHLINE_PUBLIC_URL: must be the http:// or https:// URL at which shoppers find the pages";
        let url = Url::parse(public_url).context(must_be)?;
        anyhow::ensure!(matches!(url.scheme(), "http" | "https"), must_be);
        Ok(Self(url))
    }

    /// The page of a sale.
    pub(crate) fn sale(&self, event: EventId) -> String {
        format!("{}/sales/{event}", self.0.as_str().trim_end_matches('/'))
    }
}
