//! How the push services do that browsers named: one that is slow or in trouble leaves the places to the others.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::pause;

/// A try that takes longer is a sign of trouble, whatever came of it.
const SLOW: Duration = Duration::from_secs(2);
/// Tries at once with a service that is in trouble.
const IN_TROUBLE_AT_ONCE: usize = 4;
/// After the first failure in a row; then twice as long each time.
const RESTS: Duration = Duration::from_secs(1);
const RESTS_LONGEST: Duration = Duration::from_secs(60);

/// Those with which something is under way, or that are in trouble, by their host.
#[derive(Default)]
pub(super) struct Services {
    each: Mutex<HashMap<String, Service>>,
}

struct Service {
    under_way: usize,
    /// Tries in a row that failed or were slow.
    troubles: i32,
    rests_until: Instant,
}

impl Services {
    /// Takes a place with a service.
    ///
    /// # Errors
    /// How long it is left alone, when it is.
    pub(super) fn enter(&self, host: &str, now: Instant) -> Result<(), Duration> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = Service { under_way: 0, troubles: 0, rests_until: now };
        let service = each.entry(host.to_owned()).or_insert(idle);
        let rests = service.rests_until.saturating_duration_since(now);
        if rests > Duration::ZERO {
            return Err(rests);
        }
        if service.troubles > 0 && service.under_way >= IN_TROUBLE_AT_ONCE {
            return Err(pause::after(1, RESTS, RESTS, 1.0..2.0));
        }
        service.under_way += 1;
        Ok(())
    }

    /// Gives it back.
    pub(super) fn leave(&self, host: &str, began: Instant, now: Instant, failed: bool) {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(service) = each.get_mut(host) else { return };
        service.under_way = service.under_way.saturating_sub(1);
        if failed || now.saturating_duration_since(began) > SLOW {
            service.troubles = service.troubles.saturating_add(1);
        } else {
            service.troubles = 0;
        }
        if failed {
            service.rests_until = now + pause::after(service.troubles, RESTS, RESTS_LONGEST, 0.5..1.0);
        }
        each.retain(|_, service| service.under_way > 0 || service.troubles > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "push.example";

    fn taken(services: &Services, now: Instant) -> usize {
        (0..100).filter(|_| services.enter(HOST, now).is_ok()).count()
    }

    #[test]
    fn who_fails_rests_for_longer_each_time_and_others_do_not() {
        let (services, mut now, mut rests) = (Services::default(), Instant::now(), Duration::ZERO);
        for _ in 0..8 {
            assert_eq!(services.enter(HOST, now), Ok(()));
            services.leave(HOST, now, now, true);
            let rest = services.enter(HOST, now).expect_err("it rests");
            assert!(rest > rests / 2 && rest <= RESTS_LONGEST, "{rest:?} after {rests:?}");
            assert_eq!(services.enter("other.example", now), Ok(()));
            (now, rests) = (now + rest, rest);
        }
        assert!(rests > RESTS_LONGEST / 4);
    }

    #[test]
    fn who_is_slow_has_few_places_until_it_is_quick_again() {
        let (services, now) = (Services::default(), Instant::now());
        assert_eq!(taken(&services, now), 100);
        let later = now + SLOW * 2;
        (0..100).for_each(|_| services.leave(HOST, now, later, false));
        assert_eq!(taken(&services, later), IN_TROUBLE_AT_ONCE);
        services.leave(HOST, later, later, false);
        assert_eq!(taken(&services, later), 100);
    }

    #[test]
    fn nothing_is_kept_of_services_that_do_well() {
        let (services, now) = (Services::default(), Instant::now());
        assert_eq!(services.enter(HOST, now), Ok(()));
        services.leave(HOST, now, now, false);
        assert!(services.each.lock().expect("not poisoned").is_empty());
    }
}
