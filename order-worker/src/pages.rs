//! Where shoppers find the pages.

use email::Language;
use sale::ids::EventId;
use settings::PublicUrl;

/// The address of the pages.
#[derive(Clone, Debug)]
pub(crate) struct Pages(PublicUrl);

impl Pages {
    /// At an address.
    pub(crate) fn at(public_url: PublicUrl) -> Self {
        Self(public_url)
    }

    /// The page of a sale.
    pub(crate) fn sale(&self, event: EventId) -> String {
        format!("{}/sales/{event}", self.base())
    }

    /// The page that ends mail of one kind, in a language.
    pub(crate) fn sign_off(&self, proof: &str, language: Language) -> String {
        format!("{}/notifications/off/{proof}?language={}", self.base(), language.word())
    }

    /// All that other addresses begin with.
    pub(crate) fn base(&self) -> &str {
        self.0.base()
    }
}
