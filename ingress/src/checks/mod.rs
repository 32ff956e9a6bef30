//! What a sale may ask of guests before they take part: proofs of work, or the check of a provider. Never for a click: a session
//! shows it, once.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `pressure` | how many sessions began at an address of late, and so how much work is asked for |
//! | `challenges` | challenges, and whether one was solved |
//! | `hosted` | what the provider of a hosted check says of a token |
//!
//! Of proofs of work, no server is asked, and no database: challenges are signed, so that every door knows those of all. What is kept
//! in memory is bounded.

mod challenges;
mod hosted;
mod pressure;

use std::net::IpAddr;

use sale::check::{Check, Needed, Shown};
use sale::ids::ShopperId;
use sale::participation::Identity;
use secrecy::SecretString;
use session::Proof;
use siteverify::Verifier;

use crate::meters::{self, ProofEnd};
use crate::problems::{ApiError, Kind};
pub(crate) use challenges::Challenge;
use challenges::{Challenges, Wrong};
use hosted::Hosted;
pub(crate) use hosted::HostedCheckView;
use pressure::Pressure;

/// What asks guests to show something, and looks at it.
pub(crate) struct Checks {
    pressure: Pressure,
    challenges: Challenges,
    /// Where there is a provider.
    hosted: Option<Hosted>,
}

impl Checks {
    /// With keys that all doors have; `pressed_from` sessions within ten minutes at one address are many, and `tries_max` the
    /// tries that the least work takes at most.
    pub(crate) fn new(keys: &SecretString, pressed_from: u32, tries_max: u32, hosted: Option<Verifier>) -> Self {
        Self {
            pressure: Pressure::new(pressed_from),
            challenges: Challenges::new(keys, tries_max),
            hosted: hosted.map(|verifier| Hosted::new(verifier, keys)),
        }
    }

    /// What is asked here of the guests of a sale that asks so. Where no provider is known any more, whoever operates this has taken
    /// it away: work is asked in its place.
    pub(crate) fn asked(&self, check: Check) -> Check {
        if check == Check::Hosted && self.hosted.is_none() { Check::Always } else { check }
    }

    /// What the page of a sale must know that asks so.
    pub(crate) fn view(&self, check: Check) -> Option<HostedCheckView> {
        self.hosted.as_ref().filter(|_| check == Check::Hosted).map(Hosted::view)
    }

    /// What sales can ask, by its words.
    pub(crate) fn offered(&self) -> Vec<&'static str> {
        Check::ALL.iter().filter(|check| self.serve(**check).is_ok()).map(|check| check.word()).collect()
    }

    /// Whether guests can show here what a sale is to ask.
    ///
    /// # Errors
    /// When they cannot.
    pub(crate) fn serve(&self, check: Check) -> Result<(), ApiError> {
        if self.asked(check) == check {
            return Ok(());
        }
        Err(Kind::Invalid.because(
            "machine_check: hosted needs the provider of such a check, and this installation knows none: set \
             FLASHLINE_HOSTED_CHECK_URL and what goes with it at the ingresses",
        ))
    }

    /// Who has passed the hosted check with a token of its provider's; a certain shopper, where there is a session already.
    ///
    /// # Errors
    /// When there is no provider, it does not say so, or the token was somebody else's.
    pub(crate) async fn passed(
        &self,
        address: IpAddr,
        token: &str,
        by: Option<ShopperId>,
    ) -> Result<ShopperId, ApiError> {
        match &self.hosted {
            Some(hosted) => hosted.passed(address, token, by).await,
            None => {
                Err(Kind::NoHostedCheck
                    .because("hosted_check: leave it out; FLASHLINE_HOSTED_CHECK_URL is not set here"))
            }
        }
    }

    /// A challenge for a shopper, who may be new, as hard as it is where they are.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn challenge(&self, address: IpAddr, shopper: ShopperId) -> Result<Challenge, ApiError> {
        meters::CHALLENGES.one();
        self.challenges.make(shopper, self.pressure.level(address)).map_err(ApiError::internal)
    }

    /// What a guest's session without a proof would show, that began at an address now.
    pub(crate) fn without_proof(&self, address: IpAddr) -> Proof {
        if self.pressure.is_pressed(address) { Proof::Pressed } else { Proof::Nothing }
    }

    /// Whose solution this is, if it is one; by a certain shopper, where there is a session already. That session counts here from now
    /// on, like one that begins: so whoever begins them elsewhere does not get their proofs at the price of the first.
    ///
    /// # Errors
    /// When it is none, is for somebody else, or was shown here before.
    pub(crate) fn solved(&self, address: IpAddr, proof: &str, by: Option<ShopperId>) -> Result<ShopperId, ApiError> {
        let solved = self.challenges.solved(proof, self.pressure.level(address), by);
        meters::PROOFS.one(match &solved {
            Ok(_) => ProofEnd::Solved,
            Err(wrong) => wrong.end(),
        });
        if solved.is_ok() && by.is_some() {
            self.begun(address);
        }
        solved.map_err(refused)
    }

    /// Counts a guest's session that begins at an address, or shows its work there.
    pub(crate) fn begun(&self, address: IpAddr) {
        self.pressure.count(address);
    }

    /// Whether a sale admits a guest's session that shows so much.
    ///
    /// # Errors
    /// When it asks for more.
    pub(crate) fn admit(&self, check: Check, shown: Shown) -> Result<(), ApiError> {
        let Some(needed) = self.asked(check).lacks(Identity::Guest, shown) else { return Ok(()) };
        meters::SESSIONS_REFUSED.one();
        Err(unchecked(needed))
    }
}

/// What is said to who has to show something first.
pub(crate) fn unchecked(needed: Needed) -> ApiError {
    match needed {
        Needed::Work => Kind::ProofNeeded.because(
            "this sale asks for a proof of work: solve GET /api/v1/sessions/challenge, and send the solution as `proof` to POST \
             /api/v1/sessions, or with a session to POST /api/v1/sessions/renew",
        ),
        Needed::Hosted => Kind::HostedCheckNeeded.because(
            "this sale asks for a hosted check: show the widget that its `hosted_check` names, and send its token as \
             `hosted_check` to POST /api/v1/sessions, or with a session to POST /api/v1/sessions/renew",
        ),
    }
}

fn refused(wrong: Wrong) -> ApiError {
    Kind::ProofWrong.because(format!("proof: {wrong}; solve a new GET /api/v1/sessions/challenge"))
}
