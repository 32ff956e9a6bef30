//! The second factor: what an app shows, another code every 30 seconds (RFC 6238, as all apps do it: SHA-1, six digits).

use totp_rs::{Builder, Secret, Totp};

/// Who the app shows that the codes are of.
const ISSUER: &str = "Flashline";
const STEP_S: u64 = 30;
/// Steps that clocks may be apart.
const SKEW: u16 = 1;

/// The second factor of somebody.
pub(crate) struct Factor([u8; 20]);

impl Factor {
    /// The first 160 bits, as many as the RFC recommends.
    pub(super) fn new(derived: [u8; 32]) -> Self {
        let mut secret = [0; 20];
        secret.copy_from_slice(&derived[..20]);
        Self(secret)
    }

    /// The secret, as people type it into an app.
    pub(crate) fn secret(&self) -> String {
        Secret::new_stack(self.0).to_base32()
    }

    /// What an app reads off a QR code; `email` in its one form, so without a colon.
    pub(crate) fn url(&self, email: &str) -> Option<String> {
        self.totp(email).to_url().ok()
    }

    /// The step that a code is of at this moment, give or take one.
    pub(crate) fn step_of(&self, code: &str, now_s: u64) -> Option<i64> {
        let step = self.totp("").check(code, now_s)?;
        i64::try_from(step).ok()
    }

    fn totp(&self, email: &str) -> Totp {
        let builder = Builder::new().with_secret(Secret::new_stack(self.0)).with_skew(SKEW).with_step_duration(STEP_S);
        builder.with_digits(6).with_issuer(Some(ISSUER)).with_account_name(email).build_noncompliant()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six digits.
    #[test]
    fn codes_are_those_of_the_rfc_for_a_step_before_and_after() {
        let mut derived = [0; 32];
        derived[..20].copy_from_slice(b"12345678901234567890");
        let factor = Factor::new(derived);
        for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            let step = i64::try_from(at / STEP_S).expect("a step");
            for now in [at - STEP_S, at, at + STEP_S] {
                assert_eq!(factor.step_of(code, now), Some(step));
            }
            assert_eq!(factor.step_of(code, at + 3 * STEP_S), None);
        }
        for none in ["", "28708", "2870820", "-87082", "０８１８０４"] {
            assert_eq!(factor.step_of(none, 59), None, "{none}");
        }
        let url = factor.url("anna@example.org").expect("a URL");
        assert!(url.starts_with("otpauth://totp/Flashline:anna%40example.org?secret=GEZDGNBV"), "{url}");
    }
}
