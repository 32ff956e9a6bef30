//! What pages may run, show and call: a Content-Security-Policy.

use crate::gateways::{StripePage, origin};

/// Where Stripe's script is from.
const STRIPE: &str = "https://js.stripe.com";
/// Where hCaptcha's script is from, and what it brings: <https://docs.hcaptcha.com/#content-security-policy-settings> asks for all of it.
const HCAPTCHA: &str = "https://hcaptcha.com https://*.hcaptcha.com";

/// What a page may have of others, directive by directive.
#[derive(Clone, Default)]
pub(super) struct Others {
    scripts: String,
    styles: String,
    calls: String,
    frames: String,
}

impl Others {
    /// With a style sheet that is in the page itself, by its hash.
    pub(super) fn with_style(&self, hash: &str) -> Self {
        let mut with = self.clone();
        also(&mut with.styles, hash);
        with
    }

    /// Where sales are paid through Stripe: its script, its frames, and its calls home; what
    /// <https://docs.stripe.com/security/guide#content-security-policy> names for Stripe.js, and nothing more.
    pub(super) fn with_stripe(mut self, page: &StripePage<'_>) -> Self {
        let (scripts, calls, frames) = match page.origin() {
            STRIPE => (
                "https://js.stripe.com https://*.js.stripe.com",
                "https://api.stripe.com",
                "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
            ),
            // A stand-in for Stripe is one server.
            other => (other, other, other),
        };
        also(&mut self.scripts, scripts);
        also(&mut self.calls, calls);
        also(&mut self.frames, frames);
        self
    }

    /// Where sales can ask for a hosted check: the provider's script and its frames, as
    /// <https://developers.cloudflare.com/turnstile/reference/content-security-policy/> names them for Turnstile.
    pub(super) fn with_hosted_check(mut self, page: &siteverify::Page) -> Self {
        let origin = origin(&page.script_url);
        let is_hcaptcha = origin == "https://hcaptcha.com" || origin.ends_with(".hcaptcha.com");
        let origins = if is_hcaptcha { HCAPTCHA } else { origin };
        also(&mut self.scripts, origins);
        also(&mut self.frames, origins);
        if is_hcaptcha {
            also(&mut self.styles, origins);
            also(&mut self.calls, origins);
        }
        self
    }
}

fn also(sources: &mut String, more: &str) {
    sources.push(' ');
    sources.push_str(more);
}

/// Pages run only what this server serves, show its images and the configured ones, and talk to it and to the socket servers; and
/// what they may have of others.
pub(super) fn policy(sockets: &[String], images: &[String], others: &Others) -> String {
    let sockets: Vec<&str> = sockets.iter().map(|url| origin(url)).collect();
    let Others { scripts, styles, calls, frames } = others;
    let frames = if frames.is_empty() { String::new() } else { format!("frame-src{frames}; ") };
    format!(
        "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; img-src 'self' {}; \
         connect-src 'self' {}{calls}; {frames}base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        images.join(" "),
        sockets.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(others: Others) -> String {
        let policy = policy(&["wss://a.example/ws".to_owned(), "ws://127.0.0.1:8081/ws".to_owned()], &[], &others);
        assert!(!policy.contains("unsafe"), "{policy}");
        policy
    }

    fn has(policy: &str, parts: &[&str]) {
        for part in parts {
            assert!(policy.contains(part), "{part} in {policy}");
        }
    }

    #[test]
    fn the_policy_names_the_socket_servers_alone() {
        let policy = of(Others::default());
        has(
            &policy,
            &["script-src 'self'; style-src 'self';", "connect-src 'self' wss://a.example ws://127.0.0.1:8081;"],
        );
        assert!(!policy.contains("stripe") && !policy.contains("frame-src"), "{policy}");
    }

    #[test]
    fn the_policy_is_opened_for_stripe_by_what_stripe_names() {
        let with =
            |script_url| of(Others::default().with_stripe(&StripePage { script_url, publishable_key: "pk_test_1" }));
        has(
            &with("https://js.stripe.com/endive/stripe.js"),
            &[
                "script-src 'self' https://js.stripe.com https://*.js.stripe.com;",
                "connect-src 'self' wss://a.example ws://127.0.0.1:8081 https://api.stripe.com;",
                "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com;",
            ],
        );
        has(&with("http://127.0.0.1:9000/js.stripe.com/v3/"), &["script-src 'self' http://127.0.0.1:9000;"]);
    }

    #[test]
    fn the_policy_is_opened_for_a_hosted_check_by_what_its_provider_names() {
        let with = |script_url: &str| {
            let page = siteverify::Page { script_url: script_url.to_owned(), site_key: "key".to_owned() };
            of(Others::default().with_hosted_check(&page))
        };
        let turnstile = with("https://challenges.cloudflare.com/turnstile/v0/api.js");
        let origin = "https://challenges.cloudflare.com;";
        has(&turnstile, &[&format!("script-src 'self' {origin} style-src 'self';"), &format!("frame-src {origin}")]);
        assert!(turnstile.contains("connect-src 'self' wss://a.example ws://127.0.0.1:8081;"), "{turnstile}");
        let all = "https://hcaptcha.com https://*.hcaptcha.com;";
        for script in ["https://js.hcaptcha.com/1/api.js", "https://hcaptcha.com/1/api.js"] {
            let parts = [
                format!("script-src 'self' {all} style-src 'self' {all}"),
                format!("127.0.0.1:8081 {all} frame-src {all}"),
            ];
            has(&with(script), &parts.each_ref().map(String::as_str));
        }
        has(&with("https://evil-hcaptcha.com/api.js"), &["script-src 'self' https://evil-hcaptcha.com;"]);
    }
}
