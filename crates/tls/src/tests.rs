//! What is refused at the start, and how it is said.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::*;

/// A folder with two authorities, each with its key: `one.pem`, `one.key`, `two.pem`, `two.key`.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("flashline-tls-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("made");
    for who in ["one", "two"] {
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj"])
            .args([format!("/CN={who}"), "-keyout".to_owned()])
            .arg(folder.join(format!("{who}.key")))
            .arg("-out")
            .arg(folder.join(format!("{who}.pem")))
            .output();
        assert!(made.is_ok_and(|made| made.status.success()), "openssl makes a certificate");
    }
    folder
}

fn refused(settings: &Settings) -> String {
    format!("{:#}", settings.load().expect_err("refused"))
}

#[test]
fn a_wrong_file_is_named_with_its_setting() {
    let folder = folder("wrong");
    fs::write(folder.join("text"), "no certificate").expect("written");
    let ca = |file: &str| Settings { ca_file: Some(folder.join(file)), ..Settings::default() };
    for (file, problem) in
        [("none", "cannot read"), ("text", "must be a PEM file"), ("one.key", "holds no certificate")]
    {
        let said = refused(&ca(file));
        assert!(said.contains("FLASHLINE_CA_FILE") && said.contains(problem), "{file}: {said}");
    }
    let client = |certificate: &str, key: &str| Settings {
        client_cert_file: Some(folder.join(certificate)),
        client_key_file: Some(folder.join(key)),
        ..Settings::default()
    };
    for (certificate, key, setting) in [
        ("one.key", "one.key", "FLASHLINE_CLIENT_CERT_FILE"),
        ("one.pem", "one.pem", "FLASHLINE_CLIENT_KEY_FILE"),
        ("one.pem", "two.key", "FLASHLINE_CLIENT_KEY_FILE"),
    ] {
        let said = refused(&client(certificate, key));
        assert!(said.contains(setting), "{certificate} and {key}: {said}");
    }
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn what_was_read_serves_in_every_form_and_shows_no_secret() {
    let folder = folder("good");
    let settings = Settings {
        ca_file: Some(folder.join("one.pem")),
        client_cert_file: Some(folder.join("two.pem")),
        client_key_file: Some(folder.join("two.key")),
    };
    let (trust, system) = (settings.load().expect("read"), Settings::default().load().expect("read"));
    let count = |roots: &str| pem::certificates(roots).map_or(0, |all| all.len());
    assert_eq!(count(&trust.roots()), count(&system.roots()) + 1, "the system's and ours");
    assert_eq!(trust.ca(), Some(fs::read_to_string(folder.join("one.pem")).expect("read").as_str()));
    assert!(trust.client_config().expect("made").client_auth_cert_resolver.has_certs());
    assert!(system.identity().is_none() && system.ca().is_none());
    let key = fs::read_to_string(folder.join("two.key")).expect("read");
    let secret = key.lines().nth(1).expect("a line");
    assert!(!format!("{trust:?}").contains(secret));
    fs::remove_dir_all(folder).expect("removed");
}
