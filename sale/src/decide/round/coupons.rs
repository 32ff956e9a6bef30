//! Coupons within a round: whether one may still be used, its uses, and those that come back.

use super::super::fewer;
use super::Round;
use crate::ids::CouponNo;

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
}
