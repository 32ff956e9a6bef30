//! Which sale a call is about: somebody who is for one sale alone may make no other call.

use axum::extract::MatchedPath;
use axum::http::request::Parts;
use record::{PgPool, orders, reservations};
use sale::ids::{AttemptId, EventId, OrderId};

use crate::problems::ApiError;

/// Calls that are about no sale, and tell nothing that is of one: who asks, and what sales can be made of.
const NO_SALES: [&str; 5] = ["me", "currencies", "gateways", "participations", "machine-checks"];
/// Lists that can be asked for one sale, by `event`.
const LISTS: [&str; 3] = ["orders", "orders.csv", "audit"];

/// What a call is about.
#[derive(Debug, PartialEq, Eq)]
enum About {
    /// No sale.
    None,
    Sale(EventId),
    Order(OrderId),
    Reservation(AttemptId),
    /// Several sales, or what all of them share. A call that is not named here is one, too: nobody who is for one sale makes it.
    More,
}

/// Whether a call is about this sale, or about none.
pub(super) async fn is_about(parts: &Parts, pool: &PgPool, event: EventId) -> Result<bool, ApiError> {
    let path = parts.extensions.get().map_or("", MatchedPath::as_str);
    let about = match about(path, parts.uri.path(), parts.uri.query().unwrap_or_default()) {
        About::None => return Ok(true),
        About::More => None,
        About::Sale(event) => Some(event),
        About::Order(order) => orders::event_of(pool, order).await?,
        About::Reservation(reservation) => reservations::event_of(pool, reservation).await?,
    };
    Ok(about == Some(event))
}

/// By the path of the route, which says what stands where, and the path and query that were asked for. An id that is not written as usual
/// is taken for none.
fn about(route: &str, path: &str, query: &str) -> About {
    let (mut route, mut path) = (route.split('/').skip(3), path.split('/').skip(3));
    let mut next = || Some((route.next()?, path.next()?));
    let (Some((api, _)), Some((what, _))) = (next(), next()) else { return About::More };
    let id = next();
    let of = |id: Option<(&str, &str)>| id.filter(|(name, _)| name.starts_with('{')).map(|(_, id)| id.to_owned());
    let about = match (api, what, of(id)) {
        ("admin", "events", Some(event)) => event.parse().map(About::Sale).ok(),
        ("admin", "orders", Some(order)) => order.parse().map(About::Order).ok(),
        ("shop", "reservations", Some(reservation)) => reservation.parse().map(About::Reservation).ok(),
        ("admin", list, None) if id.is_none() && LISTS.contains(&list) => asked_for(query).map(About::Sale),
        ("admin", one, None) if id.is_none() && NO_SALES.contains(&one) => Some(About::None),
        _ => None,
    };
    about.unwrap_or(About::More)
}

/// The one `event` of a query.
fn asked_for(query: &str) -> Option<EventId> {
    let mut events = query.split('&').filter_map(|pair| pair.strip_prefix("event="));
    let event = events.next()?.parse().ok()?;
    events.next().is_none().then_some(event)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ID: &str = "0190a1b2-0000-7000-8000-000000000001";

    #[test]
    fn a_call_is_about_the_sale_that_its_path_or_its_query_names() {
        let id: Uuid = ID.parse().expect("an id");
        let of = |route: &str, query: &str| {
            about(&format!("/api/v1/{route}"), &format!("/api/v1/{}", route.replace("{id}", ID)), query)
        };
        for route in ["admin/events/{id}", "admin/events/{id}/pause", "admin/events/{id}/put-aside/end"] {
            assert_eq!(of(route, ""), About::Sale(EventId(id)), "{route}");
        }
        assert_eq!(of("admin/orders/{id}/refund", ""), About::Order(OrderId(id)));
        assert_eq!(of("shop/reservations/{id}/confirm", ""), About::Reservation(AttemptId(id)));
        for list in LISTS {
            assert_eq!(of(&format!("admin/{list}"), &format!("limit=5&event={ID}")), About::Sale(EventId(id)));
            for query in ["", "event=", "events=1", &format!("event={ID}&event={ID}"), &format!("xevent={ID}")] {
                assert_eq!(of(&format!("admin/{list}"), query), About::More, "{list}?{query}");
            }
        }
        assert_eq!(of("admin/me", ""), About::None);
        for route in
            ["admin/events", "admin/tokens", "admin/tokens/{id}", "admin/session", "admin/products/{id}", "admin/new"]
        {
            assert_eq!(of(route, &format!("event={ID}")), About::More, "{route}");
        }
        assert_eq!(about("/api/v1/admin/events/{id}", "/api/v1/admin/events/%30", ""), About::More);
        assert_eq!(about("", "/api/v1/admin/me", ""), About::More);
    }
}
