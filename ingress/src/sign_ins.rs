//! In which ways shoppers can say who they are here, and whether that is enough for a sale.

use sale::participation::Participation;

use crate::problems::{ApiError, Kind};

/// Which ways there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignIns {
    /// By a code to an e-mail address.
    pub(crate) email: bool,
    /// With an account at the OpenID provider.
    pub(crate) account: bool,
    /// As a customer of the shop, by a token of its.
    pub(crate) shop: bool,
}

impl SignIns {
    /// The ways to become somebody who may take part, by their words; none where anyone may.
    pub(crate) fn admitted_by(self, participation: Participation) -> Vec<&'static str> {
        let ways = match participation {
            Participation::Anyone => [false, false, false],
            Participation::Email => [self.email, self.account, self.shop],
            Participation::Account => [false, self.account, self.shop],
        };
        ["email", "account", "shop"]
            .into_iter()
            .zip(ways)
            .filter(|(_, is_there)| *is_there)
            .map(|(way, _)| way)
            .collect()
    }

    /// What sales can demand of those who take part.
    pub(crate) fn offered(self) -> Vec<&'static str> {
        let offered = Participation::ALL.iter().filter(|participation| self.serve(**participation).is_ok());
        offered.map(|participation| participation.word()).collect()
    }

    /// Checks that those who may take part have a way to say who they are.
    ///
    /// # Errors
    /// When they have none.
    pub(crate) fn serve(self, participation: Participation) -> Result<(), ApiError> {
        let detail = match participation {
            Participation::Email if !self.email => {
                "participation: email needs mail to be sent, and this installation sends none: set FLASHLINE_EMAIL_KEY here, \
                 and with it FLASHLINE_SMTP_URL and FLASHLINE_MAIL_FROM at the order-workers"
            }
            Participation::Account if !self.account && !self.shop => {
                "participation: account needs an OpenID provider or a shop that vouches for its customers, and this installation \
                 knows neither: set FLASHLINE_OIDC_ISSUER and FLASHLINE_OIDC_CLIENT_ID, or FLASHLINE_CUSTOMER_ISSUER and what \
                 goes with it"
            }
            Participation::Anyone | Participation::Email | Participation::Account => return Ok(()),
        };
        Err(Kind::Invalid.because(detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_demands_only_what_shoppers_can_show() {
        let none = SignIns { email: false, account: false, shop: false };
        assert_eq!(none.offered(), ["anyone"]);
        assert_eq!(SignIns { email: true, ..none }.offered(), ["anyone", "email"]);
        for with in [SignIns { account: true, ..none }, SignIns { shop: true, ..none }] {
            assert_eq!(with.offered(), ["anyone", "account"], "{with:?}");
        }
        let all = SignIns { email: true, account: true, shop: true };
        assert_eq!(all.admitted_by(Participation::Anyone), [""; 0]);
        assert_eq!(all.admitted_by(Participation::Email), ["email", "account", "shop"]);
        assert_eq!(all.admitted_by(Participation::Account), ["account", "shop"], "an address alone is no account");
    }
}
