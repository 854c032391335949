#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Genesis and signers of format 2, a second time: written from docs/format.md alone, without any code of the project.

    tests/vectors/genesis.py FOLDER     makes genesis.txt, which is kept in the repository; only to change it

Needs the Python package cryptography. The same values are in tests/unit/test_members_genesis.c.
"""
import os
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.dont_write_bytecode = True
import epochs  # noqa: E402
from epochs import FIRST, VAULT, commitment, public, sha, subkey, u32  # noqa: E402
from vault_forms import u64  # noqa: E402
from vault_members import blob16, u16, write_statement  # noqa: E402

TIME = 1700000000
RECOVERY, PASSPHRASE, DEVICE = 1, 2, 3


class Signer(epochs.Signer):
    """n: its seed is 32 bytes of n, its mix key of n + 100, the hash of its wrap of n + 50."""

    def __init__(self, kind, n):
        super().__init__(kind, n)
        self.sign = Ed25519PrivateKey.from_private_bytes(subkey(bytes([n]) * 32, b"cloudseal sign", b""))
        self.sign_key, self.wrap = public(self.sign), bytes([n + 50]) * 32
        self.id = sha(b"cloudseal signer" + VAULT + bytes([kind]) + self.sign_key + self.box_key + sha(self.mix))[:16]

    def keys(self): return self.sign_key + blob16(self.box_key) + sha(self.mix)


def genesis(cipher, device, slots):
    out = b"cloudseal genesis 2\0" + VAULT + bytes([cipher, 1, 1, 1]) + u32(131072) + u64(TIME) + device.keys() + u16(len(slots))
    for s in slots:
        out += bytes([s.kind]) + s.keys() + s.wrap + blob16(epochs.first_box(cipher, s))
    return out + commitment(FIRST, 1)


def signed(g, by):
    return blob16(g) + u16(len(by)) + b"".join(s.sign.sign(b"cloudseal genesis\0" + g) for s in by)


def statement(genesis_hash, by, kind, body):
    """Number 1 of its signer."""
    s = {"kind": kind, "flags": 0, "signer": by.id, "number": 1, "previous": bytes(32), "time": u64(TIME), "body": body}
    unsigned = write_statement(s | {"signature": b""})
    s["signature"] = by.sign.sign(b"cloudseal statement\0" + VAULT + genesis_hash + unsigned)
    return write_statement(s)


def cases():
    device, recovery, passphrase, phone = Signer(DEVICE, 1), Signer(RECOVERY, 2), Signer(PASSPHRASE, 3), Signer(DEVICE, 4)
    for cipher, slots in (1, [recovery]), (2, [recovery, passphrase]):
        g = genesis(cipher, device, slots)
        proof = phone.sign.sign(b"cloudseal device\0" + VAULT + sha(g) + phone.sign_key + phone.box_key)
        join = statement(sha(g), recovery, 1, ([2, phone.sign_key, phone.box_key, sha(phone.mix)], proof))
        yield {"cipher": bytes([cipher]), "ids": b"".join(s.id for s in slots + [device]), "genesis": g,
               "signed": signed(g, slots + [device]), "hash": sha(g), "join": join}


def write(folder):
    with open(os.path.join(folder, "genesis.txt"), "w") as f:
        f.write("# Genesis of one slot and of two, and a JOIN by the recovery slot. Lines are \"name = hexadecimal\"; a blank line ends a case.\n")
        for case in cases():
            f.write("\n" + "".join(f"{name} = {value.hex()}\n" for name, value in case.items()))


if __name__ == "__main__":
    write(sys.argv[1])
