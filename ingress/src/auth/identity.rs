//! Who organisers are.

use std::net::IpAddr;

use sale::role::Role;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::moment::Moment;

/// Who is behind a call with an API token.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    pub(crate) token_id: Uuid,
    /// The token's name, as in the audit log.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) expires_at: Option<Moment>,
    /// Where the call came from.
    pub(crate) address: IpAddr,
}

/// What an API token allows. Of the organisers' roles, each may do all that the one before it may; the shop's stands apart.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum RoleSchema {
    /// Reads.
    Viewer,
    /// Also runs sales.
    Manager,
    /// Also refunds and manages tokens.
    Owner,
    /// The server of a shop's own checkout: only the calls under `/api/v1/shop`.
    Shop,
}
