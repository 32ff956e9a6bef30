//! Coupons and access codes within a round: whether one may still be used, its uses, and those that come back.

use super::super::fewer;
use super::Round;
use crate::counted::Counted;
use crate::ids::{CodeNo, CouponNo};

impl Round<'_> {
    pub(super) fn coupon_used_up(&self, number: CouponNo) -> bool {
        let uses = self.head.coupon_uses.get(number.index()).copied().unwrap_or(0);
        self.rules.coupon(number).and_then(|coupon| coupon.uses_max).is_some_and(|max| uses >= max)
    }

    pub(super) fn use_coupon(&mut self, number: Option<CouponNo>) {
        if let Some(uses) = number.and_then(|number| self.head.coupon_uses.get_mut(number.index())) {
            *uses += 1;
        }
    }

    pub(super) fn return_coupon(&mut self, number: Option<CouponNo>) {
        if let Some(uses) = number.and_then(|number| self.head.coupon_uses.get_mut(number.index())) {
            *uses = fewer(*uses, 1);
        }
    }

    pub(super) fn code_used_up(&self, number: CodeNo) -> bool {
        let uses_max = self.rules.code_uses_max.get(&number);
        uses_max.is_some_and(|max| self.counted.of(Counted::CodeUses(number)) >= i64::from(*max))
    }

    pub(super) fn use_code(&mut self, number: Option<CodeNo>) {
        if let Some(number) = number {
            self.counted.add(Counted::CodeUses(number), 1);
        }
    }

    pub(super) fn return_code(&mut self, number: Option<CodeNo>) {
        if let Some(number) = number {
            self.counted.add(Counted::CodeUses(number), -1);
        }
    }
}
