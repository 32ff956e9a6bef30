//! A story, performed: step by step, with the clock jumping in between.

use std::time::Duration;

use anyhow::Context;
use broker::Listener;
use sale::ids::EventId;
use sale::time::UnixMs;
use serde_json::{Value, json};
use testbed::api::unique;
use testbed::diary::{Diary, Seen};
use testbed::verify::{Evidence, Promise, verify_within};
use tokio::time::Instant;
use uuid::Uuid;

use super::caller::{Call, Caller};
use super::organiser::{Organiser, Paid};
use super::outline::{COUPON, Outline};
use super::script::{DOORS, Ending, Story};
use super::shopper::{Place, Shopper};
use super::stage::Stage;
use super::step::{Act, Deed, Order, Step, Wish};
use super::told::{Attempted, Told, left_of, reads};
use super::transcript::{About, Notebook, To, Via};

/// The doors look every second, and are told at once. Counts are believed for three seconds: a line that is paused says
/// no more of them.
const KNOWN_WITHIN: Duration = Duration::from_millis(3_500);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long payments, refunds and messages may be under way before the clock jumps past them.
const SETTLED_WITHIN: Duration = Duration::from_secs(5);
/// How long a sale in which nothing can happen any more may take to come to rest.
const AT_REST_WITHIN: Duration = Duration::from_secs(8);
/// How often what comes back is granted to the next on standby, and comes back again, at most.
const GRANTED_IN_TURN_MAX: usize = 8;
/// After everybody's time to pay is over.
const AND_A_LITTLE_S: u64 = 30;

pub(super) struct Performance<'s> {
    stage: &'s Stage,
    story: &'s Story,
    name: String,
    place: Place,
    organiser: Organiser,
    shoppers: Vec<Shopper>,
    progress: Listener,
    began: UnixMs,
    payments: usize,
    /// What the sale should have read since when, on the story's stopwatch.
    reads: Vec<(Duration, &'static str)>,
}

impl<'s> Performance<'s> {
    pub(super) async fn begin(stage: &'s Stage, story: &'s Story) -> anyhow::Result<Self> {
        let notebook = Notebook::open(stage.clock.clone());
        let caller = Caller::new(&stage.testbed.base_urls, notebook)?;
        let (began, name) = (stage.clock.now(), unique("story"));
        let (token, clock) = (&stage.testbed.admin_token, stage.clock.clone());
        let organiser = Organiser::create(caller.clone(), token, clock, &story.outline, &name).await?;
        let event = organiser.event;
        let place = Place { caller, clock: stage.clock.clone(), event, sessions: stage.sessions.clone() };
        let progress = stage.lines.follow(event).await?;
        let mut performance = Self {
            stage,
            story,
            name,
            place,
            organiser,
            shoppers: Vec::new(),
            progress,
            began,
            payments: 0,
            reads: Vec::new(),
        };
        performance.note_status();
        performance.look().await?;
        for number in 0..story.outline.shoppers {
            performance.shoppers.push(Shopper::arrive(&performance.place, number).await?);
        }
        Ok(performance)
    }

    /// Every step, and then the ending: what is paused goes on, everybody's time to pay ends, and all ask.
    pub(super) async fn perform(&mut self) -> anyhow::Result<()> {
        for step in &self.story.steps {
            self.pass_until(step.at_s).await?;
            self.take(step).await?;
        }
        if self.organiser.calendar.is_paused() {
            self.order(match self.story.ending {
                Ending::Resumed => Order::Resume,
                Ending::Stopped => Order::Stop,
            })
            .await?;
        }
        self.let_time_to_pay_end().await?;
        self.ask_everybody().await?;
        self.look().await
    }

    /// The record, held against what was told so far.
    pub(super) async fn verify(&self) -> anyhow::Result<Vec<Promise>> {
        let diaries = self.diaries();
        let evidence = Evidence {
            event: self.organiser.event,
            diaries: &diaries,
            pool: &self.stage.pool,
            redis: self.stage.testbed.redis()?,
            gateway_urls: self.stage.testbed.gateway_urls(),
        };
        Ok(verify_within(evidence, AT_REST_WITHIN).await?.promises)
    }

    /// Much later, everybody asks again.
    pub(super) async fn ask_later(&mut self) -> anyhow::Result<()> {
        self.pass_until(self.now_s() + self.story.later_s).await?;
        self.ask_everybody().await
    }

    /// Everything that was told, and the sale as it stands.
    pub(super) async fn told(&self) -> anyhow::Result<Told> {
        let sale = record::catalogue::load(&self.stage.pool, self.organiser.event).await?.context("no such sale")?;
        let attempts = self.shoppers.iter().enumerate().flat_map(|(shopper, who)| {
            who.attempts.iter().map(move |(key, wish, id)| Attempted { id: *id, shopper, key: *key, wish: *wish })
        });
        Ok(Told {
            sentences: self.place.caller.notebook.read(),
            attempts: attempts.collect(),
            reads: self.reads.clone(),
            rules: sale.rules,
            cleared: sale.cleared,
        })
    }

    async fn take(&mut self, step: &Step) -> anyhow::Result<()> {
        match step.act {
            Act::Organiser(order) => self.order(order).await,
            Act::Shopper(shopper, deed) => {
                self.shopper(shopper, deed).await;
                Ok(())
            }
        }
    }

    async fn order(&mut self, order: Order) -> anyhow::Result<()> {
        let paid = match order {
            Order::Refund { shopper, .. } => self.latest_order(shopper).await?,
            _ => None,
        };
        let name = self.name.clone();
        let sku = |item| Outline::sku(&name, item);
        let paid = |_| paid.as_ref().map(|(order, attempt)| Paid { order: *order, attempt: *attempt });
        self.organiser.does(order, sku, paid).await;
        self.note_status();
        match order {
            Order::Refund { .. } => self.settle().await,
            Order::TakeCopy | Order::SaveCopy => Ok(()),
            _ => self.look().await,
        }
    }

    async fn shopper(&mut self, number: usize, deed: Deed) {
        let (place, name) = (&self.place, &self.name);
        let Some(shopper) = self.shoppers.get_mut(number) else { return };
        match deed {
            Deed::Click { key, wish, door } => shopper.click(place, key, wish, door, &body(name, wish)).await,
            Deed::Pay { key, card } => {
                self.payments += 1;
                shopper.pay(place, key, card, self.payments).await;
            }
            Deed::GiveBack { key } => shopper.give_back(place, key).await,
            Deed::Ask { door } => shopper.ask_all(place, door).await,
            Deed::OpenTab => shopper.open_tab(place).await,
            Deed::CloseTabs => shopper.close_tabs(),
            Deed::ComeBack => shopper.come_back(place).await,
        }
    }

    /// Until nobody has time to pay any more: whoever is granted something from standby has it anew.
    async fn let_time_to_pay_end(&mut self) -> anyhow::Result<()> {
        let opens_s = self.organiser.calendar.opens_at.ms_since(self.began) / 1_000;
        for _ in 0..GRANTED_IN_TURN_MAX {
            self.pass_until(opens_s.max(self.now_s()) + self.story.outline.hold_s + AND_A_LITTLE_S).await?;
            let held: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM reservations WHERE event_id = $1 AND state IN ('active', 'standby')",
            )
            .bind(self.organiser.event.0)
            .fetch_one(&self.stage.pool)
            .await?;
            if held == 0 {
                break;
            }
        }
        Ok(())
    }

    async fn ask_everybody(&mut self) -> anyhow::Result<()> {
        for shopper in &mut self.shoppers {
            shopper.hear_all(&self.place).await;
            for door in 0..DOORS {
                shopper.ask_all(&self.place, door).await;
            }
        }
        Ok(())
    }

    fn now_s(&self) -> u64 {
        self.stage.clock.now().ms_since(self.began) / 1_000
    }

    /// Lets the time come, once nothing is under way that takes no time.
    async fn pass_until(&mut self, at_s: u64) -> anyhow::Result<()> {
        let jump_s = at_s.saturating_sub(self.now_s());
        if jump_s == 0 {
            return Ok(());
        }
        let calendar = &self.organiser.calendar;
        if !calendar.is_paused() && calendar.scheduled {
            for shopper in &mut self.shoppers {
                shopper.all_answered(&self.place).await;
            }
        }
        self.settle().await?;
        self.stage.clock.jump(jump_s, &self.stage.pool).await?;
        self.note_status();
        self.follow().await
    }

    fn note_status(&mut self) {
        let (calendar, now) = (&self.organiser.calendar, self.stage.clock.now());
        // Right after an edge it is clear what it reads; right before one it is not for long.
        let status = if calendar.is_at_an_edge(now) { "either" } else { calendar.status(now) };
        self.reads.push((self.place.caller.notebook.elapsed(), status));
    }

    /// Waits for the line to come as far as the clock, if it moves at all.
    async fn follow(&mut self) -> anyhow::Result<()> {
        let calendar = &self.organiser.calendar;
        if calendar.is_paused() || !calendar.scheduled {
            return Ok(());
        }
        let (event, progress) = (self.organiser.event, &mut self.progress);
        if !self.stage.lines.follows(event, progress, &self.stage.clock).await? {
            let asked = self.place.caller.notebook.elapsed();
            let about = About::Run("the line does not follow the clock");
            self.place.caller.notebook.note(asked, To::Anybody, Via::Door(0), about, None, Value::Null);
        }
        Ok(())
    }

    /// Waits until payments, refunds and messages have come as far as they can.
    async fn settle(&self) -> anyhow::Result<()> {
        let give_up = Instant::now() + SETTLED_WITHIN;
        let stands = self.organiser.calendar.is_paused();
        loop {
            let under_way: i64 = sqlx::query_scalar(
                "SELECT (SELECT count(*) FROM payments WHERE event_id = $1
                           AND (state IN ('requested', 'authorising', 'pending', 'action_needed', 'capturing', 'voiding')
                                OR state = 'confirming' AND NOT $2))
                      + (SELECT count(*) FROM refunds f JOIN orders o ON o.id = f.order_id
                           WHERE o.event_id = $1 AND f.state = 'requested')
                      + (SELECT count(*) FROM outbox WHERE event_id = $1)",
            )
            .bind(self.organiser.event.0)
            .bind(stands)
            .fetch_one(&self.stage.pool)
            .await?;
            if under_way == 0 || Instant::now() > give_up {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Every listing, once it says what it should, or has had the time to.
    async fn look(&self) -> anyhow::Result<()> {
        let event = self.organiser.event;
        let (path, notebook) = (format!("/sales/{event}"), &self.place.caller.notebook);
        for door in 0..=DOORS {
            let give_up = Instant::now() + KNOWN_WITHIN;
            loop {
                let now = self.stage.clock.now();
                let calendar = &self.organiser.calendar;
                if calendar.is_at_an_edge(now) {
                    break;
                }
                let (status, left) = (calendar.status(now), self.left(event).await?);
                let asked = notebook.elapsed();
                // The last look is the admin's.
                let answered = match door {
                    DOORS => self.organiser.status().await,
                    door => self.place.caller.call(Call::get(door, &path)).await,
                };
                let left = left.filter(|_| door < DOORS && status != "draft");
                let reads = reads(&answered.body, answered.status);
                let told_left = left_of(&answered.body);
                let agrees = reads == status && left.as_ref().is_none_or(|left| *left == told_left);
                if agrees || Instant::now() > give_up {
                    let about = About::Listing { status, left };
                    notebook.note(asked, To::Anybody, Via::Door(door), about, Some(answered.status), answered.body);
                    break;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    /// The units left of each item, as the line has them.
    async fn left(&self, event: EventId) -> anyhow::Result<Option<Vec<u32>>> {
        let head = inventory::read_head(&mut self.stage.testbed.redis()?, event).await?;
        Ok(head.map(|head| head.items.iter().map(|counts| counts.left()).collect()))
    }

    async fn latest_order(&self, shopper: usize) -> anyhow::Result<Option<(Uuid, Uuid)>> {
        self.settle().await?;
        let Some(who) = self.shoppers.get(shopper) else { return Ok(None) };
        let attempts: Vec<Uuid> = who.attempts.iter().map(|(.., id)| *id).collect();
        let found = sqlx::query_as(
            "SELECT id, reservation_id FROM orders WHERE reservation_id = ANY($1) AND state = 'paid'
             ORDER BY created_at DESC LIMIT 1",
        );
        Ok(found.bind(attempts).fetch_optional(&self.stage.pool).await?)
    }

    /// What each first click led to, for the verifier: a key that was reused is judged by what was told.
    fn diaries(&self) -> Vec<Diary> {
        let sentences = self.place.caller.notebook.read();
        let seen = |id: Uuid| {
            let click = sentences.iter().find(|told| told.accepted() == Some(id))?;
            let about = sentences.iter().filter(|told| told.about == About::Attempt(id) && told.is_good());
            let ms = |at: Duration| at.as_secs_f64() * 1_000.0;
            Some(Seen {
                scheduled_ms: ms(click.asked),
                sent_ms: ms(click.asked),
                accepted: Some((ms(click.heard), id)),
                answers: about.filter_map(|told| told.said["answer"].as_str()).map(str::to_owned).collect(),
                ..Seen::default()
            })
        };
        let (event, shoppers) = (self.organiser.event, self.shoppers.iter());
        let of_one = |shopper: &Shopper| {
            let id = shopper.id.0;
            shopper
                .firsts
                .values()
                .filter_map(|first| Some(Diary { event, shopper: id, seen: seen(*first)? }))
                .collect()
        };
        shoppers.flat_map(|shopper| -> Vec<Diary> { of_one(shopper) }).collect()
    }
}

fn body(name: &str, wish: Wish) -> Value {
    let mut body = json!({ "sku": Outline::sku(name, wish.item), "quantity": wish.quantity });
    if wish.coupon {
        body["coupon"] = json!(COUPON);
    }
    body
}
