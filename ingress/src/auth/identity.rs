//! Who organisers are.

use std::net::IpAddr;

use record::organisers::Organiser;
use sale::scope::Scope;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::moment::Moment;

/// A person with an account, as they see themself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PersonOfCall {
    pub(crate) id: Uuid,
    /// What they sign in with.
    pub(crate) email: String,
}

/// Who is behind a call with an API token, or in a session that began with one; or a person in a session.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    pub(crate) of: Organiser,
    /// Where it is a person.
    pub(crate) person: Option<PersonOfCall>,
    /// The session that the call is of, where it came by cookie.
    pub(crate) session: Option<Uuid>,
    /// The token's or the person's name, as in the audit log.
    pub(crate) name: String,
    /// What they may.
    pub(crate) scope: Scope,
    pub(crate) expires_at: Option<Moment>,
    /// Where the call came from.
    pub(crate) address: IpAddr,
}

/// Who somebody is among organisers; or the server of a shop's own checkout, which stands apart.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum RoleSchema {
    /// Sees sales, figures, orders: nobody's name or address.
    Viewer,
    /// Helps shoppers: also sees who they are, and pays back.
    Support,
    /// Runs sales, and sees who bought.
    Manager,
    /// May do all that organisers may.
    Owner,
    /// The server of a shop's own checkout: only the calls under `/api/v1/shop`.
    Shop,
}

/// What a call takes.
#[derive(ToSchema)]
#[schema(as = Right, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum RightSchema {
    /// To see sales, figures and orders.
    Read,
    /// To see what buyers gave to be sent the goods, and to look for orders by it.
    ReadBuyers,
    /// To pay back, and to put units of orders back into sale.
    Refund,
    /// To make sales, and to run them.
    Run,
    /// To say who else may do what, whom webhooks tell, and to delete what buyers gave.
    Own,
    /// To say what became of what was handed over to a shop's own checkout.
    HandOver,
}
