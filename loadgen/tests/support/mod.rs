//! What the stories share: a stack, a sale, a crowd, and the verdict at the end.
#![allow(dead_code, reason = "each story uses a part of it")]

pub(crate) mod by_hand;
pub(crate) mod shopper;

use std::time::Duration;

use loadgen::api::{Admin, NewSale};
use loadgen::crowd::{Crowd, Outcome};
use loadgen::shopper::{Plan, Then};
use loadgen::stack::{Replicas, Stack};
use loadgen::verify::{Evidence, Verdict, verify};
use sale::ids::EventId;

/// A running system for one test.
pub(crate) struct Scene {
    pub(crate) stack: Stack,
    pub(crate) admin: Admin,
}

impl Scene {
    pub(crate) async fn start(replicas: Replicas) -> Self {
        Self::start_with(replicas, &[]).await
    }

    /// The same, with further settings for all services.
    pub(crate) async fn start_with(replicas: Replicas, settings: &[(&str, &str)]) -> Self {
        Self::of(Stack::start_with("test", replicas, settings).await.expect("the system starts"))
    }

    /// Behind nginx; the admin still calls the doors themselves.
    pub(crate) async fn start_behind_edge(replicas: Replicas, settings: &[(&str, &str)]) -> Self {
        Self::of(Stack::start_behind_edge("test", replicas, settings).await.expect("the system starts"))
    }

    fn of(stack: Stack) -> Self {
        let admin = Admin::new(&stack.base_urls, &stack.admin_token);
        Self { stack, admin }
    }

    pub(crate) async fn judge(&self, event: EventId, outcome: &Outcome) -> Verdict {
        let pool = self.stack.postgres().await.expect("postgres");
        let evidence = Evidence {
            event,
            diaries: &outcome.diaries,
            pool: &pool,
            redis: self.stack.redis().expect("redis"),
            gateway_url: &self.stack.gateway_url,
        };
        verify(evidence).await.expect("the verifier can look")
    }

    /// Every process ends in good order when told to.
    pub(crate) async fn end(mut self) {
        self.stack.stop().await.expect("stops in good order");
    }
}

/// A crowd that buys one item each, over some seconds.
pub(crate) fn crowd(sale: &NewSale, shoppers: usize, seconds: f64, then: impl Fn(usize) -> Then) -> Crowd {
    let plan = |index: usize| Plan {
        sku: sale.items[index % sale.items.len()].sku.clone(),
        quantity: 1,
        coupon: None,
        then: then(index),
        double_click: index.is_multiple_of(10),
    };
    Crowd {
        plans: (0..shoppers).map(plan).collect(),
        gather: Duration::from_secs(1),
        click: Duration::from_secs_f64(seconds),
        patience: Duration::from_secs(45),
    }
}

pub(crate) fn pays() -> Then {
    Then::Pay(vec!["tok_ok"])
}

/// Most pay, some with a second card, some never.
pub(crate) fn mixed(index: usize) -> Then {
    match index % 10 {
        0..6 => pays(),
        6 => Then::Pay(vec!["tok_declined", "tok_ok"]),
        7 => Then::Pay(vec!["tok_declined", "tok_declined", "tok_declined"]),
        8 => Then::Abandon,
        _ => Then::Cancel,
    }
}

/// How many shoppers ended in a state.
pub(crate) fn count(outcome: &Outcome, state: &str) -> usize {
    outcome.diaries.iter().filter(|diary| diary.seen.state == state).count()
}

pub(crate) fn paid(outcome: &Outcome) -> usize {
    outcome.diaries.iter().filter(|diary| diary.seen.order_number.is_some()).count()
}
