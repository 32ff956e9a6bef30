//! The draw: its promises as properties, and as a program in another language judges them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proptest::prelude::*;
use sale::draw::{Chain, ChainHash, Entries, EntryDigest, PublicKey, Randomness, Secret, Seed};
use sale::ids::{AttemptId, EventId};
use sale::time::UnixMs;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

const EVENT: EventId = EventId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
/// drand's quicknet.
const QUICKNET: &str = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971";
const QUICKNET_KEY: &str = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a";

fn entry(n: u128) -> EntryDigest {
    EntryDigest::of(EVENT, AttemptId(Uuid::from_u128(n)))
}

fn lobby() -> impl Strategy<Value = BTreeSet<EntryDigest>> {
    proptest::collection::btree_set(any::<u128>().prop_map(entry), 0..34)
}

fn seed(secret: [u8; 32], entries: &Entries, beacon: Option<Randomness>) -> Seed {
    Seed::of(EVENT, &Secret(secret), entries.root(), entries.count(), beacon)
}

proptest! {
    #[test]
    fn everybody_is_drawn_once_whenever_they_entered(lobby in lobby(), secret in any::<[u8; 32]>()) {
        let (entries, backwards) = (Entries::closed(lobby.iter().copied()), Entries::closed(lobby.iter().rev().copied()));
        prop_assert_eq!(entries.root(), backwards.root());
        let order = seed(secret, &entries, None).order(lobby.iter().copied());
        prop_assert_eq!(order.iter().copied().collect::<BTreeSet<_>>(), lobby.clone());
        prop_assert_eq!(order.len(), lobby.len());
        prop_assert_eq!(order, seed(secret, &backwards, None).order(lobby.into_iter().rev()));
    }

    #[test]
    fn whoever_entered_can_show_it_and_nobody_else(lobby in lobby(), stranger in any::<u128>()) {
        let entries = Entries::closed(lobby.iter().copied());
        let (root, count) = (entries.root(), entries.count());
        let stranger = entry(stranger);
        for own in &lobby {
            let shown = entries.inclusion(*own).expect("it is among them");
            prop_assert!(shown.shows(*own, root, count));
            prop_assert!(lobby.contains(&stranger) || !shown.shows(stranger, root, count));
            prop_assert!(!shown.shows(*own, root, shown.number));
            for number in (0..count + 1).filter(|number| *number != shown.number) {
                let elsewhere = sale::draw::Inclusion { number, ..shown.clone() };
                prop_assert!(!elsewhere.shows(*own, root, count));
            }
        }
        prop_assert!(lobby.contains(&stranger) || entries.inclusion(stranger).is_none());
    }

    #[test]
    fn one_entry_more_or_another_beacon_is_another_draw(
        lobby in lobby(), late in any::<u128>(), secret in any::<[u8; 32]>(), said in any::<[u8; 32]>(),
    ) {
        prop_assume!(!lobby.contains(&entry(late)));
        let (entries, more) = (Entries::closed(lobby.iter().copied()), Entries::closed(lobby.iter().copied().chain([entry(late)])));
        prop_assert_ne!(entries.root(), more.root());
        let beacon = Some(Randomness(said));
        prop_assert_ne!(seed(secret, &entries, beacon), seed(secret, &more, beacon));
        prop_assert_ne!(seed(secret, &entries, beacon), seed(secret, &entries, None));
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}

/// A sale's published files.
fn publish(folder: &Path, entries: &Entries, secret: &Secret, beacon: Option<&[u8]>) {
    let randomness = beacon.map(|signature| Randomness(Sha256::digest(signature).into()));
    let seed = Seed::of(EVENT, secret, entries.root(), entries.count(), randomness);
    let beacon = beacon.zip(randomness).map(|(signature, randomness)| {
        json!({"chain": "00", "public_key": "00", "genesis_s": 1_000, "period_s": 3, "named_round": 7, "round": 7,
            "signature": hex::encode(signature), "randomness": randomness})
    });
    let draw = json!({
        "event_id": EVENT, "commitment": secret.commitment(), "entries": entries.count(), "root": entries.root(),
        "sealed_at_ms": 1_015_000, "beacon": beacon, "secret": hex::encode(secret.0), "seed": hex::encode(seed.0),
    });
    write(folder, "draw.json", &draw.to_string());
    write(folder, "entries.txt", &lines(entries.sorted()));
    write(folder, "decided.txt", &lines(&seed.order(entries.sorted().iter().copied())));
}

fn lines(digests: &[EntryDigest]) -> String {
    digests.iter().map(|digest| format!("{digest}\n")).collect()
}

fn write(folder: &Path, file: &str, text: &str) {
    std::fs::write(folder.join(file), text).expect("a temporary folder can be written to");
}

fn judge(folder: &Path, own: AttemptId) -> Output {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/draw/verify.py");
    let mut python = Command::new("python3");
    python.arg(program).arg(folder).arg(own.to_string()).output().expect("python3 runs")
}

#[test]
fn a_program_in_another_language_finds_the_same_order_and_every_lie() {
    let secret = Secret([7; 32]);
    for (count, beacon) in [(0, None), (1, Some(b"signed".as_slice())), (2, None), (1_000, Some(b"signed".as_slice()))]
    {
        let folder = folder(&format!("draw-of-{count}"));
        let entries = Entries::closed((1..=count).map(entry));
        let own = AttemptId(Uuid::from_u128(1));
        publish(&folder, &entries, &secret, beacon);
        let judged = judge(&folder, own);
        let said = String::from_utf8_lossy(&judged.stdout).into_owned();
        assert_eq!(judged.status.success(), count > 0, "{said}");
        assert_eq!(said.contains("WRONG"), count == 0, "who did not enter was not drawn: {said}");
        let turn = |entry| {
            seed([7; 32], &entries, beacon.map(|signature| Randomness(Sha256::digest(signature).into()))).turn(entry)
        };
        if count > 0 {
            let rank = entries.sorted().iter().filter(|other| turn(**other) < turn(entry(1))).count() + 1;
            assert!(said.contains(&format!("{own} was drawn as number {rank} of {count}")), "{said}");
        }
    }

    type Lie = fn(&str) -> String;
    let lies: [(&str, Lie); 11] = [
        // Somebody was put before the others.
        ("decided.txt", |text| text.lines().rev().map(|line| format!("{line}\n")).collect()),
        // Somebody was left out.
        ("decided.txt", |text| text.lines().skip(1).map(|line| format!("{line}\n")).collect()),
        // Somebody came in after the lobby had closed.
        ("entries.txt", |text| format!("{text}{}\n", "f".repeat(64))),
        // The secret is not the one that was promised.
        ("draw.json", |text| text.replace(&hex::encode([7; 32]), &hex::encode([8; 32]))),
        // The beacon said something else.
        ("draw.json", |text| text.replace(&hex::encode("signed"), &hex::encode("assign"))),
        // The beacon's round was about to come, or was out, when the entries were published.
        ("draw.json", |text| text.replace("1015000", "1015001")),
        ("draw.json", |text| text.replace("1015000", "1018000")),
        // Another round than the one that was named.
        ("draw.json", |text| text.replace("\"named_round\":7", "\"named_round\":8")),
        // A later one, which nothing speaks for.
        ("draw.json", |text| text.replace("\"round\":7", "\"round\":8")),
        ("draw.json", |text| text.replace("\"round\":7", "\"round\":1007")),
        // A chain that everybody knows came at other times, or has another key.
        ("draw.json", |text| text.replace("\"chain\":\"00\"", &format!("\"chain\":\"{QUICKNET}\""))),
    ];
    let quicknets = |text: &str| {
        let chain = text.replace("\"chain\":\"00\"", &format!("\"chain\":\"{QUICKNET}\""));
        let key = chain.replace("\"public_key\":\"00\"", &format!("\"public_key\":\"{QUICKNET_KEY}\""));
        key.replace("\"genesis_s\":1000", "\"genesis_s\":1692803367").replace("1015000", "1692803382000")
    };
    // And what is true of it is found to be.
    let by_quicknet = folder("draw-by-quicknet");
    publish(&by_quicknet, &Entries::closed((1..=100).map(entry)), &secret, Some(b"signed"));
    let text = std::fs::read_to_string(by_quicknet.join("draw.json")).expect("it was published");
    write(&by_quicknet, "draw.json", &quicknets(&text));
    let judged = judge(&by_quicknet, AttemptId(Uuid::from_u128(1)));
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
    for (file, lie) in lies {
        let folder = folder("draw-with-a-lie");
        publish(&folder, &Entries::closed((1..=100).map(entry)), &secret, Some(b"signed"));
        let text = std::fs::read_to_string(folder.join(file)).expect("it was published");
        write(&folder, file, &lie(&text));
        let judged = judge(&folder, AttemptId(Uuid::from_u128(1)));
        assert!(!judged.status.success(), "{file}: {}", String::from_utf8_lossy(&judged.stdout));
    }
}

proptest! {
    #[test]
    fn a_round_that_counts_is_out_neither_when_the_lobby_closes_nor_when_the_entries_are_published(
        genesis_s in 0_u64..2_000_000_000, period_s in 1_u64..300, closes in 0_u64..3_000_000_000_000, later in 0_u64..100_000_000,
    ) {
        let chain = Chain { hash: ChainHash([0; 32]), public_key: PublicKey([0; 96]), genesis_s, period_s };
        let (closes_at, published_at) = (UnixMs(closes), UnixMs(closes + later));
        let (named, counting) = (chain.named(closes_at), chain.counting(closes_at, published_at));
        prop_assert!(chain.time_of(named) >= closes_at.plus_ms(10_000));
        prop_assert!(counting >= named && chain.time_of(counting) > published_at);
        // Nobody could have taken a later one.
        let before = counting - 1;
        let is_too_early = before < named || chain.time_of(before) < published_at.plus_ms(3_000);
        prop_assert!(is_too_early, "round {before} would have done");
        prop_assert_eq!(chain.latest_by(chain.time_of(counting)), counting);
    }
}
