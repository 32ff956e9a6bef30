#!/usr/bin/env python3
"""Checks that a beacon's chain has signed its round: beacon.py FOLDER. What verify.py cannot do without a pairing library.

FOLDER has draw.json. Needs py_ecc (pip install py_ecc), and takes some seconds. Whether the public key is the chain's is known here of
drand's quicknet alone. Of another chain see for yourself: every relay tells it at /CHAIN/info.
"""

import hashlib
import json
import pathlib
import sys

from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import decompress_G1, decompress_G2
from py_ecc.optimized_bls12_381 import G2, curve_order, is_inf, multiply, pairing
from verify import QUICKNET, QUICKNETS

DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"


def has_signed(public_key, round_, signature):
    """BLS12-381 with signatures in G1: e(signature, G2) = e(H(round), public key), all of the right order."""
    key = decompress_G2((int(public_key[:96], 16), int(public_key[96:], 16)))
    point = decompress_G1(int(signature, 16))
    if is_inf(key) or is_inf(point) or not is_inf(multiply(key, curve_order)) or not is_inf(multiply(point, curve_order)):
        return False
    message = hash_to_G1(hashlib.sha256(round_.to_bytes(8, "big")).digest(), DOMAIN, hashlib.sha256)
    return pairing(G2, point) == pairing(key, message)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    beacon = json.loads((pathlib.Path(sys.argv[1]) / "draw.json").read_text())["beacon"]
    if not beacon:
        sys.exit("no beacon took part")
    if beacon["chain"] == QUICKNET and beacon["public_key"] != QUICKNETS["public_key"]:
        sys.exit("WRONG the public key is not drand's quicknet's")
    holds = has_signed(beacon["public_key"], beacon["round"], beacon["signature"])
    print("ok   " if holds else "WRONG", f"round {beacon['round']} is signed by chain {beacon['chain']}, if {beacon['public_key']} is its key")
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
