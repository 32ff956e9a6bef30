//! What shoppers see of an attempt: the same JSON over HTTP (ingress) and WebSocket (notifier).

use sale::answer::{Answer, Change, Grant, News, Outcome, Refusal};
use sale::ids::{AttemptId, CouponNo, EventId, ItemNo};
use sale::record::Record;
use sale::rules::SaleRules;
use sale::time::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// Not decided yet: keep waiting.
    InLine,
    /// Stock is held: pay before the deadline.
    Reserved,
    /// Waiting for stock to come back.
    Standby,
    /// Nothing left, and nothing to wait for.
    SoldOut,
    /// Not accepted; see `reason`.
    Refused,
    /// The deadline passed unpaid.
    Expired,
    /// Given back; see `reason`.
    Cancelled,
    /// A payment was accepted: the units are the shopper's.
    Confirmed,
    /// The place on standby ended without stock; see `reason`.
    StandbyEnded,
    /// It got no stock; the sale is over and cleared away, and why is no longer kept.
    Closed,
    /// In the lobby: decided at the opening, in the order of the draw.
    Entered,
}

/// What a grant costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceView {
    /// ISO 4217.
    pub currency: String,
    /// The sum, in minor units.
    pub total_minor: i64,
    /// Units at the same price; more than one line where a grant crosses tiers.
    pub lines: Vec<PriceLineView>,
    /// The coupon that was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
}

/// Units at the same price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceLineView {
    /// How many.
    pub units: u32,
    /// What each costs, in minor units.
    pub unit_minor: i64,
    /// The tier that ran, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<u16>,
}

/// A place on standby.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StandbyView {
    /// The number of the place; numbers are given in order.
    pub number: u64,
    /// How many were waiting when it was given, this shopper included.
    pub place: u32,
}

/// A place on standby behind everybody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BehindView {
    /// Why others are served first: `unpaid` (reservations of this shopper came to nothing: they ran out, or were given back
    /// unpaid), `address_unpaid` (reservations of those who share their internet connection did), `address_share` (from there as
    /// much is held or waited for as may be) or `put_aside` (by the organiser).
    pub why: String,
    /// Nothing is granted before (Unix ms), even where nobody else waits. A pause of the sale moves it.
    pub until_ms: u64,
}

/// Units in all sales of a series together, where that is why an attempt was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeriesLimitView {
    /// What the shopper held, had bought or waited for.
    pub has: u32,
    /// What one shopper might have.
    pub most: u32,
}

/// One attempt, as its shopper sees it. In news about a change, absent fields are unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttemptView {
    /// Which attempt. Once reserved, also the reservation's id.
    pub attempt_id: Uuid,
    /// Of which sale.
    pub event_id: Uuid,
    /// Where it stands now.
    pub state: AttemptState,
    /// Its one answer (`reserved`, `standby`, `sold_out` or `refused`), which never changes; of an entry into the lobby,
    /// `entered` until it is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<AttemptState>,
    /// Why, for `refused`, `cancelled` and `standby_ended`: a stable snake_case word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// With `series_limit`: of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series_limit: Option<SeriesLimitView>,
    /// Of which item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// How many units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// What they cost, once granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceView>,
    /// Until when the units are held (Unix ms): pay before. A pause of the sale moves it; a payment that was begun before
    /// it and that the bank still asks about, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// The place on standby.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standby: Option<StandbyView>,
    /// In its stead, that others are served first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<BehindView>,
}

impl AttemptView {
    /// An attempt that is not decided yet.
    pub fn in_line(event: EventId, attempt: AttemptId) -> Self {
        Self {
            attempt_id: attempt.0,
            event_id: event.0,
            state: AttemptState::InLine,
            answer: None,
            reason: None,
            series_limit: None,
            sku: None,
            quantity: None,
            price: None,
            deadline_ms: None,
            standby: None,
            behind: None,
        }
    }

    /// An attempt of a sale that is cleared away, of which the record has nothing.
    pub fn closed(event: EventId, attempt: AttemptId) -> Self {
        let over = Some("sale_over".to_owned());
        Self { state: AttemptState::Closed, reason: over, ..Self::in_line(event, attempt) }
    }

    /// The whole truth about a decided attempt, at `now`.
    pub fn of_record(rules: &SaleRules, record: &Record, now: UnixMs) -> Self {
        let mut view = Self::in_line(rules.event, record.id);
        view.follow_answer(rules, &record.answer, now);
        if let Some(change) = record.latest_change() {
            view.follow_change(rules, &change, now);
        }
        if let Some(grant) = record.grant() {
            view.follow_grant(rules, grant);
            let until = record.held_until().unwrap_or(grant.deadline_line);
            view.deadline_ms = Some(rules.pauses.wall_time(until, now).0);
        }
        view
    }

    /// News as they come. `None` for a change that the shopper need not see (of a confirmation that is refused, and
    /// of money that is taken, they hear as news of the payment).
    pub fn of_outcome(rules: &SaleRules, outcome: &Outcome) -> Option<Self> {
        let now = UnixMs(0); // news are of a sale that was not paused
        let mut view = Self::in_line(rules.event, outcome.attempt);
        match &outcome.news {
            News::Answer(answer) | News::AnswerTo(answer, _) => view.follow_answer(rules, answer, now),
            News::Change(Change::ConfirmRefused(..) | Change::Settled(_)) => return None,
            News::Change(change) => view.follow_change(rules, change, now),
        }
        Some(view)
    }

    fn follow_answer(&mut self, rules: &SaleRules, answer: &Answer, now: UnixMs) {
        self.state = match answer {
            Answer::Reserved(grant) => {
                self.follow_grant(rules, grant);
                AttemptState::Reserved
            }
            Answer::Standby { item, quantity, number, place, .. } => {
                self.sku = sku(rules, *item);
                self.quantity = Some(*quantity);
                self.standby = Some(StandbyView { number: *number, place: *place });
                AttemptState::Standby
            }
            Answer::Behind { item, quantity, why, rests_until, .. } => {
                self.sku = sku(rules, *item);
                self.quantity = Some(*quantity);
                let until_ms = rules.pauses.wall_time(*rests_until, now).0;
                self.behind = Some(BehindView { why: why.word().to_owned(), until_ms });
                AttemptState::Standby
            }
            Answer::SoldOut { item } => {
                self.sku = sku(rules, *item);
                AttemptState::SoldOut
            }
            Answer::Refused(refusal) => {
                self.reason = Some(refusal.word().to_owned());
                if let Refusal::SeriesLimit { has, most } = *refusal {
                    self.series_limit = Some(SeriesLimitView { has, most });
                }
                AttemptState::Refused
            }
            Answer::Entered { item, quantity, .. } => {
                self.sku = sku(rules, *item);
                self.quantity = Some(*quantity);
                AttemptState::Entered
            }
        };
        self.answer = Some(self.state);
    }

    fn follow_change(&mut self, rules: &SaleRules, change: &Change, now: UnixMs) {
        self.state = match change {
            Change::Granted(grant) => {
                self.follow_grant(rules, grant);
                AttemptState::Reserved
            }
            Change::HeldOn(grace) => {
                self.deadline_ms = Some(grace.until.0);
                AttemptState::Reserved
            }
            Change::LetGo(grant) => {
                self.deadline_ms = Some(grant.deadline.0);
                AttemptState::Reserved
            }
            Change::Expired => AttemptState::Expired,
            Change::Cancelled(cause) => {
                self.reason = Some(cause.word().to_owned());
                AttemptState::Cancelled
            }
            Change::Converted(_) | Change::Settled(_) => AttemptState::Confirmed,
            Change::ConfirmRefused(..) => return,
            Change::Drawn(answer, _) => return self.follow_answer(rules, answer, now),
            Change::StandbyEnded(why) => {
                self.reason = Some(why.word().to_owned());
                AttemptState::StandbyEnded
            }
        };
    }

    fn follow_grant(&mut self, rules: &SaleRules, grant: &Grant) {
        self.sku = sku(rules, grant.item);
        self.quantity = Some(grant.quantity);
        self.deadline_ms = Some(grant.deadline.0);
        self.price = Some(PriceView {
            currency: rules.currency.to_string(),
            total_minor: grant.price.total_minor(),
            lines: grant
                .price
                .lines
                .iter()
                .map(|line| PriceLineView {
                    units: line.units,
                    unit_minor: line.unit_minor,
                    tier: line.tier.map(|index| index + 1),
                })
                .collect(),
            coupon: grant.price.coupon.and_then(|number| coupon(rules, number)),
        });
    }
}

fn sku(rules: &SaleRules, item: ItemNo) -> Option<String> {
    rules.item(item).map(|item| item.sku.clone())
}

fn coupon(rules: &SaleRules, number: CouponNo) -> Option<String> {
    rules.coupon(number).map(|coupon| coupon.code.clone())
}
