//! The shopper's id, from who vouches for a customer and what they call them.

use sale::ids::ShopperId;
use sha2::{Digest, Sha256};
use uuid::Builder;

/// No other hash of ours begins with it.
const DOMAIN: &str = "flashline customer 1\n";

/// Who a customer is here. Nothing goes into it but the two names, so it is the same at every door, on every device and
/// after every restart; and their lengths do, so that no character can move from one to the other.
pub fn shopper_of(issuer: &str, subject: &str) -> ShopperId {
    let mut hash = Sha256::new().chain_update(DOMAIN);
    for name in [issuer, subject] {
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    // A UUIDv8: nobody takes it for one with a time in it.
    ShopperId(Builder::from_custom_bytes(id).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_customer_is_the_same_shopper_for_ever() {
        // As computed elsewhere. Another value would make every customer somebody else.
        let known = shopper_of("https://shop.example", "customer-4711");
        assert_eq!(known.to_string(), "f91395ef-a757-80d1-83c8-91d079c62146");
        assert_eq!(known.0.get_version_num(), 8);
    }

    proptest! {
        #[test]
        fn no_two_customers_are_one_shopper(text in ".{1,40}", first in 0usize..40, second in 0usize..40) {
            let cuts: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            let (first, second) = (cuts[first % cuts.len()], cuts[second % cuts.len()]);
            let of = |at: usize| shopper_of(&text[..at], &text[at..]);
            prop_assert_eq!(of(first) == of(second), first == second);
        }
    }
}
