#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Boxes and starts of epochs of format 2, a second time: written from docs/format.md alone, without any code of the project.

    tests/vectors/epochs.py FOLDER     makes epochs.txt, which is kept in the repository; only to change it

Needs the Python package cryptography. The same values are in tests/unit/test_members_epochs.c.
"""
import os
import sys

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

sys.dont_write_bytecode = True
from vault_forms import mac, need, sha, subkey  # noqa: E402
from vault_members import u32, write_boxes, write_start  # noqa: E402

VAULT, GENESIS = bytes(range(16)), bytes(range(32, 64))
V = VAULT + GENESIS
FIRST, SECOND = bytes([7]) * 32, bytes([8]) * 32  # epoch roots


def hkdf64(ikm, salt, info):
    prk = mac(salt, ikm)
    one = mac(prk, info + b"\1")
    return one + mac(prk, one + info + b"\2")


def envelope(cipher, key, salt, aad, text):
    both = hkdf64(key, salt, b"cloudseal envelope" + aad)
    aead = AESGCM(both[:32]) if cipher == 1 else ChaCha20Poly1305(both[:32])
    return salt + both[32:] + aead.encrypt(bytes(12), text, b"")


def public(private): return private.public_key().public_bytes_raw()


class Signer:
    def __init__(self, kind, n):
        self.kind, self.mix = kind, bytes([n + 100]) * 32
        self.private = X25519PrivateKey.from_private_bytes(subkey(bytes([n]) * 32, b"cloudseal box", b""))
        self.sign_key, self.box_key = bytes([n + 1]) * 32, b"\1" + public(self.private)
        self.id = sha(b"cloudseal signer" + VAULT + bytes([kind]) + self.sign_key + self.box_key + sha(self.mix))[:16]


def box(cipher, root, to, aad, text):
    ephemeral = X25519PrivateKey.from_private_bytes(subkey(root, b"cloudseal ephemeral", to.id))
    secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(to.box_key[1:]))
    need(secret == to.private.exchange(ephemeral.public_key()))
    info = b"cloudseal sealed box\1" + public(ephemeral) + to.box_key[1:]
    key = mac(mac(bytes(32), secret + to.mix), info + b"\1")
    return b"\1" + public(ephemeral) + envelope(cipher, key, subkey(root, b"cloudseal box salt", to.id), aad, text)


def commitment(root, number): return subkey(root, b"cloudseal root commitment", VAULT + u32(number))


def first_box(cipher, to):
    return box(cipher, FIRST, to, b"cloudseal root" + VAULT + commitment(FIRST, 1), FIRST)


def later_box(cipher, number, to):
    proof = mac(subkey(FIRST, b"cloudseal root proof", GENESIS), u32(number) + SECOND)
    return to.id, box(cipher, SECOND, to, b"cloudseal epoch" + V + u32(number) + to.id, SECOND + proof)


def cases():
    slot, laptop, phone, tablet = Signer(1, 0), Signer(3, 1), Signer(3, 4), Signer(3, 5)
    for cipher in 1, 2:
        yield {"cipher": bytes([cipher]), "to": slot.id, "commitment": commitment(FIRST, 1), "box": first_box(cipher, slot)}
    for cipher, number in (1, 2), (2, 2):
        # begun by the laptop, after nobody was revoked
        start = write_start({"number": number, "causes": [], "commitment": commitment(SECOND, number), "slots": [later_box(cipher, number, slot)]})
        recipients = write_boxes(sorted(later_box(cipher, number, x) for x in (phone, tablet)))
        yield {"cipher": bytes([cipher]), "start": start, "recipients": recipients, "id": sha(b"cloudseal epoch\0" + start)}
    for n in 1, 4097:  # what stands for so many causes, each the hash of its number
        causes = sorted(sha(u32(i)) for i in range(n))
        yield {"causes": u32(n), "covers": sha(b"cloudseal causes\0" + b"".join(causes))}


def write(folder):
    with open(os.path.join(folder, "epochs.txt"), "w") as f:
        f.write("# Boxes of epoch root 1, then starts of epoch 2, then hashes of many causes. Lines are \"name = hexadecimal\"; a blank line ends a case.\n")
        for case in cases():
            f.write("\n" + "".join(f"{name} = {value.hex()}\n" for name, value in case.items()))


if __name__ == "__main__":
    write(sys.argv[1])
