//! A story, from a seed alone.

use std::fmt;
use std::ops::Range;

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};

use super::outline::Outline;
use super::step::{Act, Deed, Order, Step, Wish};

/// Steps in one story.
const STEPS: Range<usize> = 8..19;
/// So long before the end, and after it, something is to happen: real time passes too.
const AROUND_THE_END_S: u64 = 30;
const WEEK_AND_A_DAY_S: u64 = 8 * 86_400;
/// How often each card is used, of 100.
const CARDS: [(&str, u32); 9] = [
    ("tok_ok", 48),
    ("tok_capture_fails", 18),
    ("tok_declined", 14),
    ("tok_twice", 8),
    ("tok_bad_signature", 6),
    ("tok_late_webhook", 4),
    ("tok_slow", 2),
    ("tok_3ds", 8),
    ("tok_pending", 4),
];

/// Doors of the system that stories are played on.
pub(super) const DOORS: usize = 2;

/// How a story ends, once its steps are done: whatever stands paused goes on, everybody has had time to pay, and then
/// all ask for all their answers once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Resumed,
    Stopped,
}

/// What happens in one sale. The same seed gives the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    pub(super) seed: u64,
    pub(super) outline: Outline,
    pub(super) steps: Vec<Step>,
    pub(super) ending: Ending,
    /// How much later everybody asks again.
    pub(super) later_s: u64,
}

impl Story {
    /// From a seed.
    pub fn of(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let outline = Outline::random(&mut random);
        let friends = (0..outline.shoppers).map(|_| random.random_bool(0.6)).collect();
        let mut author = Author {
            friends,
            payers: Vec::new(),
            keys: vec![Vec::new(); outline.shoppers],
            now_s: 0,
            paused: false,
            steps: Vec::new(),
            outline,
            random,
        };
        author.prepare();
        if author.random.random_bool(0.5) {
            author.rush();
        }
        author.sell();
        let ending = if author.random.random_bool(0.25) { Ending::Stopped } else { Ending::Resumed };
        let later_s = *[1_500, 3_000, 7_200, WEEK_AND_A_DAY_S].choose(&mut author.random).unwrap_or(&3_000);
        Self { seed, outline: author.outline, steps: author.steps, ending, later_s }
    }
}

impl fmt::Display for Story {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "seed {}: {}", self.seed, self.outline)?;
        for step in &self.steps {
            writeln!(out, "  {step}")?;
        }
        let ending = match self.ending {
            Ending::Resumed => "a sale that is paused goes on",
            Ending::Stopped => "a sale that is paused is stopped",
        };
        write!(out, "  in the end: {ending}; everybody asks, and again {} s later", self.later_s)
    }
}

/// Writes a story down as it comes to mind.
struct Author {
    random: StdRng,
    outline: Outline,
    now_s: u64,
    paused: bool,
    /// Each shopper's keys, with the wish that each was used for first.
    keys: Vec<Vec<Wish>>,
    /// Whether each shopper has the coupon.
    friends: Vec<bool>,
    /// Who paid with a card that is good.
    payers: Vec<usize>,
    steps: Vec<Step>,
}

impl Author {
    /// What happens before the sale opens.
    fn prepare(&mut self) {
        self.now_s = 5;
        if self.random.random_bool(0.4) {
            self.organiser(Order::TakeCopy);
            if self.random.random_bool(0.6) {
                let order = self.restock();
                self.organiser(order);
            }
            if self.random.random_bool(0.8) {
                self.organiser(Order::SaveCopy);
            }
        }
        if self.outline.draft {
            self.organiser(Order::Schedule);
        }
        if self.random.random_bool(0.2) {
            self.shopper_acts(); // too early
        }
        self.now_s = self.outline.opens_s + 5;
    }

    /// Everybody wants a unit of the same item at the opening: there is hardly ever enough.
    fn rush(&mut self) {
        let mut everybody: Vec<usize> = (0..self.outline.shoppers).collect();
        everybody.shuffle(&mut self.random);
        // A coupon takes time to type.
        everybody.sort_by_key(|shopper| self.friends[*shopper]);
        for shopper in everybody {
            let (wish, key) = (Wish { item: 0, quantity: 1, ..self.wish(shopper) }, self.keys[shopper].len());
            let door = self.random.random_range(0..DOORS);
            self.keys[shopper].push(wish);
            self.shopper(shopper, Deed::Click { key, wish, door });
        }
    }

    fn sell(&mut self) {
        let steps = self.steps.len() + self.random.random_range(STEPS);
        while self.steps.len() < steps {
            if self.random.random_bool(0.22) {
                self.organiser_acts()
            } else {
                self.shopper_acts()
            }
            self.pass_time(self.steps.len() * 2 > steps);
        }
    }

    /// Mostly everything happens at once. The first half of a story stays within the sale.
    fn pass_time(&mut self, may_end: bool) {
        let before_the_end = self.outline.closes_s.saturating_sub(AROUND_THE_END_S);
        let at_s = match self.random.random_range(0..100) {
            0..60 => self.now_s,
            60..72 => self.now_s + self.random.random_range(2..20),
            72..86 => self.now_s + self.outline.hold_s + self.random.random_range(5..15),
            86..90 => self.now_s + self.random.random_range(660..2_700),
            90..94 => before_the_end,
            94..99 => self.outline.closes_s + AROUND_THE_END_S,
            _ if self.paused => self.now_s + WEEK_AND_A_DAY_S,
            _ => self.now_s,
        };
        if at_s > self.now_s && (may_end || at_s <= before_the_end) {
            self.now_s = at_s;
        }
    }

    fn organiser_acts(&mut self) {
        let order = match self.random.random_range(0..100) {
            0..30 if !self.paused => Order::Pause,
            0..40 if self.paused => Order::Resume,
            40..52 => self.restock(),
            52..58 => Order::Stop,
            58..80 => {
                // Mostly one who may have paid.
                let payer = self.payers.choose(&mut self.random).copied();
                let shopper = payer.unwrap_or_else(|| self.somebody());
                Order::Refund { shopper, put_back: self.random.random_bool(0.5) }
            }
            _ => Order::Look,
        };
        self.paused = match order {
            Order::Pause => true,
            Order::Resume | Order::Stop => false,
            _ => self.paused,
        };
        self.organiser(order);
    }

    fn shopper_acts(&mut self) {
        let shopper = self.somebody();
        let known = self.keys[shopper].len();
        let deed = match self.random.random_range(0..100) {
            0..40 => self.click(shopper, known),
            _ if known == 0 => self.click(shopper, 0),
            40..52 => {
                let key = self.key(known);
                self.click(shopper, key)
            }
            52..80 => self.pay(shopper, known),
            80..88 => Deed::GiveBack { key: self.key(known) },
            88..91 => Deed::Ask { door: self.random.random_range(0..DOORS) },
            91..94 => Deed::OpenTab,
            94..97 => Deed::CloseTabs,
            _ => Deed::ComeBack,
        };
        self.shopper(shopper, deed);
    }

    /// Mostly the latest.
    fn key(&mut self, known: usize) -> usize {
        if self.random.random_bool(0.6) { known - 1 } else { self.random.random_range(0..known) }
    }

    fn pay(&mut self, shopper: usize, known: usize) -> Deed {
        let (key, card) = (self.key(known), self.card());
        if !matches!(card, "tok_declined" | "tok_capture_fails" | "tok_3ds") {
            self.payers.push(shopper);
        }
        Deed::Pay { key, card }
    }

    /// A new wish, or one more click with a known key: mostly for the same, sometimes for something else.
    fn click(&mut self, shopper: usize, key: usize) -> Deed {
        let wish = self.wish(shopper);
        let door = self.random.random_range(0..DOORS);
        let wish = match self.keys[shopper].get(key) {
            Some(first) if self.random.random_bool(0.5) => *first,
            Some(_) => wish,
            None => {
                self.keys[shopper].push(wish);
                wish
            }
        };
        Deed::Click { key, wish, door }
    }

    fn wish(&mut self, shopper: usize) -> Wish {
        let most = self.outline.per_shopper_max.min(2);
        Wish {
            item: self.random.random_range(0..self.outline.items.len()),
            quantity: if self.random.random_bool(0.25) { most } else { 1 },
            coupon: self.outline.coupon_uses.is_some() && self.friends[shopper] && self.random.random_bool(0.9),
        }
    }

    fn restock(&mut self) -> Order {
        Order::Restock {
            item: self.random.random_range(0..self.outline.items.len()),
            units: self.random.random_range(1..=2),
        }
    }

    fn card(&mut self) -> &'static str {
        CARDS.choose_weighted(&mut self.random, |(_, often)| *often).map_or("tok_ok", |(card, _)| *card)
    }

    fn somebody(&mut self) -> usize {
        self.random.random_range(0..self.outline.shoppers)
    }

    fn organiser(&mut self, order: Order) {
        self.steps.push(Step { at_s: self.now_s, act: Act::Organiser(order) });
    }

    fn shopper(&mut self, shopper: usize, deed: Deed) {
        self.steps.push(Step { at_s: self.now_s, act: Act::Shopper(shopper, deed) });
    }
}
