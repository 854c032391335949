#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The three objects of an invitation of format 2, and the number that is compared, a second time: written from docs/format.md alone, without any code of the project.

    tests/vectors/invite.py FOLDER     makes invite.txt, which is kept in the repository; only to change it

Needs the Python package cryptography. The same values are in tests/unit/test_vault_invitation.c.
"""
import os
import sys

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

sys.dont_write_bytecode = True
from epochs import FIRST, GENESIS, SECOND, V, envelope, mac, public, sha, subkey, u32  # noqa: E402
from genesis import DEVICE, TIME, Signer, statement  # noqa: E402
from vault_forms import need, u64, write_applied  # noqa: E402
from vault_members import blob16  # noqa: E402

CODE = bytes(range(50, 66))
INVITER, JOINER = Signer(DEVICE, 1), Signer(DEVICE, 4)
OFFER_SEED = bytes([60]) * 32
NAME = "Ännes Telefon".encode()
BOX, ENVELOPE = 113, 80  # bytes that each is longer than its text
POSITIONS = [(bytes([3]) * 32, 1, bytes([4]) * 16), (bytes([3]) * 32, 300, bytes([5]) * 16), (bytes([9]) * 32, 7, bytes([6]) * 16)]


def code_keys():
    """Name key, seal key, mix key."""
    prk, out, last = mac(bytes(32), CODE), b"", b""
    for i in 1, 2, 3:
        last = mac(prk, last + b"cloudseal invitation" + V + bytes([i]))
        out += last
    return out[:32], out[32:64], out[64:]


def padded(text, more):
    size = 4096
    while size < len(text) + more:
        size *= 2
    return text + bytes(size - more - len(text))


def boxed(cipher, private, salt, box_key, about, text):
    """To a box key, with the code's mix key."""
    mix = code_keys()[2]
    secret = private.exchange(X25519PublicKey.from_public_bytes(box_key[1:]))
    info = b"cloudseal sealed box\1" + public(private) + box_key[1:]
    key = mac(mac(bytes(32), secret + mix), info + b"\1")
    return b"\1" + public(private) + envelope(cipher, key, salt, about, text)


def drawn(n): return X25519PrivateKey.from_private_bytes(bytes([n]) * 32), bytes([n + 1]) * 32


def offer(cipher):
    box_key = b"\1" + public(X25519PrivateKey.from_private_bytes(subkey(OFFER_SEED, b"cloudseal box", b"")))
    text = padded(b"\1" + u64(TIME + 86400) + blob16(box_key), ENVELOPE)
    return box_key, text, envelope(cipher, code_keys()[1], bytes([70]) * 32, b"cloudseal offer" + V, text)


def request(cipher, box_key, offered):
    proof = JOINER.sign.sign(b"cloudseal device\0" + V + JOINER.sign_key + JOINER.box_key)
    text = padded(b"\1" + JOINER.sign_key + blob16(JOINER.box_key) + proof + blob16(NAME), BOX)
    return text, boxed(cipher, *drawn(71), box_key, b"cloudseal request" + V + sha(offered), text), proof


def reply(cipher, asked, proof, epoch):
    """epoch: number of the newest one; the first one's root is that of genesis."""
    join = statement(GENESIS, INVITER, 1, ([2, JOINER.sign_key, JOINER.box_key, sha(JOINER.mix)], proof))
    newest = (GENESIS, FIRST) if epoch == 1 else (bytes([80]) * 32, SECOND)
    text = b"\1" + blob16(join) + JOINER.mix + FIRST + u32(epoch) + newest[0] + newest[1] + write_applied(POSITIONS[:epoch - 1])
    text = padded(text, BOX)
    return text, boxed(cipher, *drawn(73), JOINER.box_key, b"cloudseal reply" + V + sha(asked), text)


def number(offered, asked):
    out = Argon2id(salt=V, length=32, iterations=3, lanes=1, memory_cost=65536).derive(sha(offered) + sha(asked))
    return int.from_bytes(out[:8], "little") % 10**9


def cases():
    """For each cipher offer, request and reply."""
    name_key = code_keys()[0]
    for cipher, epoch in (1, 1), (2, 4):
        box_key, offer_text, offered = offer(cipher)
        request_text, asked, proof = request(cipher, box_key, offered)
        reply_text, answered = reply(cipher, asked, proof, epoch)
        need(len(offered) == len(asked) == len(answered) == 4096)
        for word, text, sealed in ("offer", offer_text, offered), ("request", request_text, asked), ("reply", reply_text, answered):
            case = {"cipher": bytes([cipher]), "object": mac(name_key, word.encode())[:16], "text": text, "sealed": sealed}
            yield case | ({"number": u32(number(offered, asked))} if word == "request" else {})


def write(folder):
    with open(os.path.join(folder, "invite.txt"), "w") as f:
        f.write("# Offer, request and reply of an invitation, in both ciphers: name, text, object. Lines are \"name = hexadecimal\"; a blank line ends a case.\n")
        for case in cases():
            f.write("\n" + "".join(f"{name} = {value.hex()}\n" for name, value in case.items()))


if __name__ == "__main__":
    write(sys.argv[1])
