//! Signatures of webhooks: what Stripe's own library (`stripe` on PyPI) signs is accepted here, and what it accepts is
//! accepted here too, but for what was signed in the future.

use std::path::Path;
use std::process::{Command, Stdio};

use order_worker::signature::{Signed, WebhookKeys};
use sale::time::UnixMs;
use secrecy::SecretString;
use serde::Deserialize;

const BODY: &str = r#"{"id":"evt_1","object":"event","data":{"object":{"object":"charge","id":"ch_ü"}}}"#;
const OLD: &str = "whsec_the_old_one_of_32_characters_";
const NEW: &str = "whsec_the_new_one_of_32_characters_";

/// Signs, and says of each header whether the library accepts it with either key, as an endpoint does while its key is
/// rotated.
const LIBRARY: &str = r#"
import json, sys, time
from stripe import SignatureVerificationError, WebhookSignature as Signature

body, old, new = sys.argv[1:]
now = int(time.time())
sign = lambda key, at: Signature.generate_signature_header(body, key, at)
v1 = lambda key, at: sign(key, at).split(",")[1]
headers = {
    "now": sign(old, now),
    "with the new key": sign(new, now),
    "with both": sign(old, now) + "," + v1(new, now),
    "with one of somebody's": f"t={now}," + v1("whsec_of_somebody", now) + "," + v1(new, now),
    "with a scheme of tests": f"t={now},v0=6ffbb59b," + v1(old, now),
    "almost too old": sign(old, now - 290),
    "too old": sign(old, now - 310),
    "of another time": f"t={now + 1}," + v1(old, now),
    "of somebody": sign("whsec_of_somebody", now),
    "without a signature": f"t={now}",
    "without a time": v1(old, now),
    "of tests alone": f"t={now}," + v1(old, now).replace("v1", "v0"),
}

def accepted(header):
    for key in (old, new):
        try:
            return Signature.verify_header(body, header, key, 300)
        except (SignatureVerificationError, IndexError):
            pass
    return False

print(json.dumps([{"what": what, "header": header, "accepted": accepted(header)} for what, header in headers.items()]))
"#;

#[derive(Deserialize)]
struct Case {
    what: String,
    header: String,
    accepted: bool,
}

#[test]
fn what_stripes_own_library_accepts_is_accepted_here() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.flashline/tools/python/bin/python");
    let mut library = Command::new(python);
    let said = library.args(["-c", LIBRARY, BODY, OLD, NEW]).stderr(Stdio::inherit()).output();
    let said = said.expect("setup/install stripe").stdout;
    let cases: Vec<Case> = serde_json::from_slice(&said).expect("what the library says");
    assert!(cases.iter().filter(|case| case.accepted).count() >= 6 && cases.iter().any(|case| !case.accepted));
    let now = clock::now();
    let accepts = |keys: &str, header: &str, now: UnixMs| {
        let keys = WebhookKeys::new(&SecretString::from(keys));
        Signed::read(header, now).and_then(|signed| keys.verify(&signed, BODY.as_bytes())).is_ok()
    };
    for Case { what, header, accepted } in &cases {
        assert_eq!(accepts(&format!("{OLD},{NEW}"), header, now), *accepted, "{what}");
    }
    let first = &cases[0].header;
    assert!(!accepts(NEW, first, now), "the old key is taken away");
    // The library takes what was signed at any time to come; here a clock that is far ahead is none to trust.
    assert!(!accepts(OLD, first, UnixMs(now.0 - 310_000)));
}
