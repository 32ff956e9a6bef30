//! The parts that handlers are made of, by purpose. Each takes those that it needs.

use std::sync::Arc;

use axum::extract::FromRef;
use outbound::Permitted;
use record::PgPool;

use crate::admin::looks::Looks;
use crate::callers::Callers;
use crate::control::Control;
use crate::entrance::Entrance;
use crate::grants::Grants;
use crate::notifications::Notifications;
use crate::people::People;
use crate::pictures::Pictures;
use crate::reads::Reads;

/// All of them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) callers: Arc<Callers>,
    pub(crate) entrance: Arc<Entrance>,
    pub(crate) reads: Arc<Reads>,
    pub(crate) looks: Arc<Looks>,
    pub(crate) control: Arc<Control>,
    pub(crate) permitted: Arc<Permitted>,
    pub(crate) grants: Arc<Grants>,
    pub(crate) notifications: Arc<Notifications>,
    pub(crate) people: Arc<People>,
    pub(crate) pictures: Arc<Pictures>,
}

/// Lets handlers take one part.
macro_rules! part {
    ($field:ident: $part:ty) => {
        impl FromRef<App> for Arc<$part> {
            fn from_ref(app: &App) -> Self {
                Arc::clone(&app.$field)
            }
        }
    };
}

part!(callers: Callers);
part!(entrance: Entrance);
part!(reads: Reads);
part!(looks: Looks);
part!(control: Control);
part!(permitted: Permitted);
part!(grants: Grants);
part!(notifications: Notifications);
part!(people: People);
part!(pictures: Pictures);

/// For those who only ask the record.
impl FromRef<App> for PgPool {
    fn from_ref(app: &App) -> Self {
        app.reads.postgres.clone()
    }
}
