//! What sales ask their buyers for, and what those give, as the API has it.

use sale::buyer::{Address, Buyer, Flaw};
use serde::{Deserialize, Serialize};
use service::problem::FieldProblem;
use utoipa::ToSchema;

/// What a buyer gives. What is left out, `null` or empty is not given.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BuyerDetails {
    /// Whom it is sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    name: Option<String>,
    /// Where to write to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254)]
    email: Option<String>,
    /// Where to call: 5 to 15 digits, however they are grouped, with the country's + first if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40)]
    phone: Option<String>,
    /// Where it is sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<AddressDetails>,
    /// To the sale's questions, in their order; empty where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    answers: Vec<String>,
}

/// Where something is sent to. What is left out, `null` or empty is not given.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressDetails {
    /// Street and number. Needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    line1: Option<String>,
    /// What else helps to find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    line2: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    postal_code: Option<String>,
    /// The town. Needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    city: Option<String>,
    /// State, province or county, where it is part of an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    region: Option<String>,
    /// ISO 3166-1, two capital letters. Needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2)]
    country: Option<String>,
}

/// What a sale asks those for who have a reservation, before they pay. What is left out is `off`.
#[derive(ToSchema)]
#[schema(as = BuyerFields)]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) struct FieldsSchema {
    #[schema(required = false)]
    name: AskedSchema,
    #[schema(required = false)]
    email: AskedSchema,
    #[schema(required = false)]
    phone: AskedSchema,
    /// Where it is sent to.
    #[schema(required = false)]
    address: AskedSchema,
    /// The sale's own.
    #[schema(required = false, max_items = 5)]
    questions: Vec<QuestionSchema>,
}

/// Whether a field is asked for.
#[derive(ToSchema)]
#[schema(as = Asked, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum AskedSchema {
    /// It is not, and is not taken.
    Off,
    /// It may be given.
    Optional,
    /// Nothing is paid for without it.
    Required,
}

/// A question of a sale's own.
#[derive(ToSchema)]
#[schema(as = BuyerQuestion)]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) struct QuestionSchema {
    /// As the buyer reads it.
    #[schema(min_length = 1, max_length = 200)]
    text: String,
    /// Whether nothing is paid for without an answer.
    #[schema(required = false)]
    required: bool,
}

impl From<BuyerDetails> for Buyer {
    /// Without spaces around anything.
    fn from(details: BuyerDetails) -> Self {
        let given = Option::unwrap_or_default;
        let address = details.address.map(|address| Address {
            line1: given(address.line1),
            line2: given(address.line2),
            postal_code: given(address.postal_code),
            city: given(address.city),
            region: given(address.region),
            country: given(address.country),
        });
        let (name, email, phone) = (given(details.name), given(details.email), given(details.phone));
        Buyer { name, email, phone, address, answers: details.answers }.tidied()
    }
}

impl From<Buyer> for BuyerDetails {
    fn from(buyer: Buyer) -> Self {
        let given = |text: String| (!text.is_empty()).then_some(text);
        let address = buyer.address.map(|address| AddressDetails {
            line1: given(address.line1),
            line2: given(address.line2),
            postal_code: given(address.postal_code),
            city: given(address.city),
            region: given(address.region),
            country: given(address.country),
        });
        let (name, email, phone) = (given(buyer.name), given(buyer.email), given(buyer.phone));
        Self { name, email, phone, address, answers: buyer.answers }
    }
}

/// Flaws as problems name them, each at its field.
pub(crate) fn field_problems(flaws: &[Flaw]) -> Vec<FieldProblem> {
    let problem =
        |flaw: &Flaw| FieldProblem { field: flaw.field.clone(), reason: flaw.why.word(), detail: flaw.why.to_string() };
    flaws.iter().map(problem).collect()
}

/// The same in one sentence.
pub(crate) fn sentence(flaws: &[Flaw]) -> String {
    flaws.iter().map(Flaw::to_string).collect::<Vec<_>>().join("; ")
}
