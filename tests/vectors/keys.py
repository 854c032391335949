#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Recovery keys as text, wraps and the files unlock and rescue of format 2, a second time: written from docs/format.md alone, without any code of the project.

    tests/vectors/keys.py FOLDER     makes keys.txt, which is kept in the repository; only to change it

Needs the Python package cryptography. The same values are in tests/unit/test_vault_wrap.c and test_vault_local_secret.c.
"""
import os
import sys

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

sys.dont_write_bytecode = True
from epochs import GENESIS, V, VAULT, box, envelope, mac, sha, u32  # noqa: E402
from genesis import PASSPHRASE, RECOVERY, Signer  # noqa: E402

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET, PASS = bytes(range(200, 216)), b"correct horse battery staple"
ENVELOPE_SALT = bytes([3]) * 32


def times(a, b):
    """In GF(2)[x]/(x^5 + x^2 + 1)."""
    out = 0
    for i in range(5):
        if b >> i & 1:
            out ^= a << i
    for i in range(9, 4, -1):
        if out >> i & 1:
            out ^= 0b100101 << (i - 5)
    return out


def text(secret, more):
    """more: 0 for a recovery key, 7 for the code of an invitation."""
    bits = int.from_bytes(secret, "big") << 12 | int.from_bytes(sha(secret)[:2], "big") >> 4
    data = [bits >> (135 - 5 * i) & 31 for i in range(28)]
    groups = []
    for g in range(7):
        c = data[4 * g:4 * g + 4]
        total = 0
        for power, x in zip((16, 8, 4, 2), c):
            total ^= times(power, x)
        groups.append("".join(ALPHABET[x] for x in c + [total ^ g + 1 + more]))
    return "-".join(groups)


def wrap(cipher, slot, n, secret, anchor, kdf=(0, 0, 0)):
    """slot: a Signer(kind, n)."""
    salt = bytes([n + 20]) * 32
    head = slot.id + bytes([slot.kind]) + b"".join(map(u32, kdf)) + salt
    if slot.kind == PASSPHRASE:
        memory, passes, lanes = kdf
        key = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory).derive(secret)
    else:
        key = mac(mac(salt, secret), b"cloudseal secret" + b"\1")
    seed = bytes([n]) * 32
    return head + envelope(cipher, key, ENVELOPE_SALT, b"cloudseal slot" + VAULT + head, seed + slot.mix + anchor)


def local(cipher, slot, secret):
    """The files unlock and rescue of a local secret, under PASS and for that recovery slot."""
    salt, text = bytes([30]) * 32, secret + GENESIS
    head = b"".join(map(u32, (65536, 3, 1))) + salt
    key = Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=65536).derive(PASS)
    unlock = b"cloudseal-unlock\n\1" + head + envelope(cipher, key, ENVELOPE_SALT, b"cloudseal unlock" + VAULT + head, text)
    # its ephemeral key and salt are drawn: here as if of this "root"
    return unlock, b"\1" + box(cipher, bytes([4]) * 32, slot, b"cloudseal rescue" + V, text)


def cases():
    for secret in SECRET, bytes(16), bytes([255]) * 16:
        yield {"secret": secret, "key": text(secret, 0).encode(), "code": text(secret, 7).encode()}
    for cipher, slot, n, secret, anchor, kdf in (
            (1, Signer(RECOVERY, 2), 2, SECRET, bytes(32), (0, 0, 0)),
            (2, Signer(RECOVERY, 3), 3, SECRET, bytes([9]) * 32, (0, 0, 0)),
            (1, Signer(PASSPHRASE, 4), 4, PASS, bytes(32), (65536, 3, 1))):
        yield {"cipher": bytes([cipher]), "secret": secret, "id": slot.id, "anchor": anchor, "wrap": wrap(cipher, slot, n, secret, anchor, kdf)}
    for cipher in 1, 2:
        secret = bytes([cipher + 40]) * 32
        unlock, rescue = local(cipher, Signer(RECOVERY, 2), secret)
        yield {"cipher": bytes([cipher]), "passphrase": PASS, "local": secret, "unlock": unlock, "rescue": rescue}


def write(folder):
    with open(os.path.join(folder, "keys.txt"), "w") as f:
        f.write("# Recovery keys and codes as text, wraps, then files of local state. Lines are \"name = hexadecimal\"; a blank line ends a case.\n")
        for case in cases():
            f.write("\n" + "".join(f"{name} = {value.hex()}\n" for name, value in case.items()))


if __name__ == "__main__":
    write(sys.argv[1])
