#!/usr/bin/env python3
"""Checks a draw from its published files alone: verify.py FOLDER [--commitment HEX] [ENTRY_ID ...]

FOLDER has draw.json, entries.txt and decided.txt, as docs/draw.md describes them. Each ENTRY_ID (a shopper's own, in the page under “For a check of your own”)
is looked for, and its rank is told. HEX is the commitment as you have kept it from before the lobby closed. Needs nothing but Python 3.8; written from the description, not from Flashline's code.
"""

import hashlib
import hmac
import json
import pathlib
import sys
import uuid

# Genesis and period of drand's quicknet, and its public key, as drand publishes them.
QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
QUICKNETS = {"genesis_s": 1692803367, "period_s": 3, "public_key": (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)}


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def merkle_root(leaves):
    """RFC 6962, section 2.1, from the leaves up: a node without a neighbour moves up as it is."""
    level = [sha256(b"\x00", leaf) for leaf in leaves]
    while len(level) > 1:
        pairs = [sha256(b"\x01", level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0] if level else sha256()


def digests(file):
    return [bytes.fromhex(line) for line in file.read_text().split()]


def check(folder, kept, own):
    draw = json.loads((folder / "draw.json").read_text())
    event = uuid.UUID(draw["event_id"]).bytes
    said = {name: bytes.fromhex(draw[name]) for name in ("commitment", "root", "secret", "seed")}
    entries, decided = digests(folder / "entries.txt"), digests(folder / "decided.txt")
    beacon = draw["beacon"]

    yield "the secret is the one that was committed to", sha256(said["secret"]) == (kept or said["commitment"])
    if not kept:
        print("without --commitment, from before the lobby closed, the secret may have been exchanged since")
    yield "as many entries as was said", len(entries) == draw["entries"]
    yield "each entry is there once, in the order of the digests", entries == sorted(set(entries))
    yield "the root stands for exactly these entries", merkle_root(entries) == said["root"]
    randomness = b""
    if beacon:
        round_, named, genesis, period = (beacon[name] for name in ("round", "named_round", "genesis_s", "period_s"))
        if beacon["chain"] == QUICKNET:
            yield "its chain is drand's quicknet, as drand describes it", all(beacon[name] == QUICKNETS[name] for name in QUICKNETS)
        else:
            print(f"NOT CHECKED: genesis, period and key of chain {beacon['chain']}, which is not drand's quicknet")
        in_time = -((genesis * 1000 - draw["sealed_at_ms"] - 3000) // (period * 1000)) + 1
        yield "its round is the one that was named, or the first that comes three seconds after the entries", round_ == max(named, in_time)
        if named < in_time:
            print(f"the entries were published too late for round {named}, if they were when draw.json says")
        print(f"NOT CHECKED: that round {named} was named before: it is the first that comes ten seconds after the lobby closes")
        randomness = bytes.fromhex(beacon["randomness"])
        yield "the beacon's randomness follows from its signature", sha256(bytes.fromhex(beacon["signature"])) == randomness
    parts = b"flashline/draw/seed", event, said["secret"], said["root"], len(entries).to_bytes(8, "big"), randomness
    seed = sha256(*parts)
    yield "the seed follows from secret, entries and beacon", seed == said["seed"]
    drawn = sorted(entries, key=lambda entry: (hmac.digest(seed, entry, "sha256"), entry))
    yield "the sale decided all entries, in the order that follows from the seed", decided == drawn
    for entry_id in own:
        entry = sha256(b"flashline/draw/entry", event, uuid.UUID(entry_id).bytes)
        found = entry in drawn
        yield f"{entry_id} was drawn" + (f" as number {drawn.index(entry) + 1} of {len(drawn)}" if found else ""), found
    if beacon:
        print("NOT CHECKED: who signed the beacon's round; beacon.py beside this program does. Or compare with any relay of drand's:")
        print(f"https://api.drand.sh/{beacon['chain']}/public/{beacon['round']} says {beacon['randomness']}")
    else:
        print("there was no beacon: whoever knew the secret could have added entries until the order suited them")


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    own, kept, results = sys.argv[2:], None, []
    try:
        if own and own[0] == "--commitment":
            kept, own = bytes.fromhex("".join(own[1:2]).rjust(64, "?")), own[2:]
        for what, holds in check(pathlib.Path(sys.argv[1]), kept, own):
            print("ok   " if holds else "WRONG", what)
            results.append(holds)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"not as docs/draw.md describes it (fetched before it was drawn?): {error!r}")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
