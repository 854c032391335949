#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sealed blocks and segments of format 2, a second time: written from docs/format.md alone, without any code of the project.

    tests/vectors/blocks.py FOLDER     makes blocks.txt, which is kept in the repository; only to change it
    tests/vectors/blocks.py --page     prints the example of docs/format.md, "Examples", and whether the page has it

Needs the Python package cryptography.
"""
import os
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

sys.dont_write_bytecode = True
from vault_forms import mac, need, segment_size, sha, subkey, u64, write_facts  # noqa: E402
from shared_records import ZERO, VALUE, encode  # noqa: E402

CHUNK, BLOCK = 16384, 131072
ROOT, FILE_KEY = bytes(range(64, 96)), bytes(range(7, 39))
EPOCH_ID = bytes(range(32, 64))
EPOCH_AT = bytes(range(16)) + EPOCH_ID + (1).to_bytes(4, "little") + EPOCH_ID  # epoch 1: its id is the genesis hash


def text(n): return bytes((i * 131 + (i >> 8)) & 255 for i in range(n))


def seal(cipher, salt, contents):
    key = mac(mac(subkey(ROOT, b"cloudseal blocks", EPOCH_AT), FILE_KEY), b"cloudseal block" + salt + b"\1")  # HKDF, 32 bytes
    aead = AESGCM(key) if cipher == 1 else ChaCha20Poly1305(key)
    starts = range(0, len(contents), CHUNK)
    sealed = [aead.encrypt((i // CHUNK).to_bytes(4, "little") + bytes([i == starts[-1]]) + bytes(7), contents[i:i + CHUNK], b"") for i in starts]
    return salt + b"".join(c[:-16] for c in sealed) + b"".join(c[-16:] for c in sealed)


def block_cases():
    for cipher, n in ((1, 1), (2, 300), (1, CHUNK), (2, CHUNK + 1), (1, 3 * CHUNK), (1, BLOCK)):
        salt = bytes([n % 251]) * 16
        b = seal(cipher, salt, text(n))
        need(len(b) == 16 + n + 16 * -(-n // CHUNK))
        yield {"cipher": bytes([cipher]), "root": ROOT, "epoch": EPOCH_AT, "file-key": FILE_KEY, "salt": salt, "size": n.to_bytes(4, "little"),
               "hash": sha(b), "begins": b[:64]}


def segment(salt, blocks):
    """Of (hash of the sealed form, length, (epoch, first 8 bytes of its id)): facts, id, record, where each block is."""
    epochs = sorted({e for _, _, e in blocks})
    inside = [(h, n, epochs.index(e)) for h, n, e in blocks]
    facts = write_facts({"salt": salt, "size": segment_size(inside), "epochs": epochs, "blocks": inside})
    at, offsets = 0, []
    for _, n, _ in inside:
        offsets.append(at)
        at += 16 + n + 16 * -(-n // CHUNK)
    return {"facts": facts, "id": sha(b"cloudseal segment" + facts)[:16], "record": encode([(1, VALUE, (ZERO, facts))]),
            "places": b"".join(u64(o) for o in offsets + [at])}


def segment_cases():
    """The same values are in tests/unit/test_vault_segment.c."""
    yield segment(bytes(range(16)), [(bytes([4]) * 32, 1, (1, bytes([2]) * 8))])
    yield segment(bytes(range(16)), [(bytes([4]) * 32, BLOCK, (300, bytes([3]) * 8)), (bytes([5]) * 32, 3, (1, bytes([2]) * 8)),
                                     (bytes([6]) * 32, CHUNK + 1, (300, bytes([2]) * 8)), (bytes([7]) * 32, CHUNK, (1, bytes([2]) * 8))])


def page():
    """Lines of the example: a block of the text of a.txt, the facts of a segment of it alone, the segment's id."""
    b = seal(1, bytes(range(0x40, 0x50)), b"hi\n")
    s = segment(bytes(range(0x50, 0x60)), [(sha(b), 3, (1, EPOCH_ID[:8]))])
    return [b.hex(), s["facts"].hex(), s["id"].hex()]


def wrapped(lines): return "\n".join(line[i:i + 127] for line in lines for i in range(0, len(line), 127))


def page_has(lines):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/format.md")) as f:
        return "```\n" + wrapped(lines) + "\n```" in f.read()


def write(folder):
    need(page_has(page()))
    with open(os.path.join(folder, "blocks.txt"), "w") as f:
        f.write("# Sealed blocks of format 2, whose byte i is i * 131 + (i >> 8), then segments. Lines are \"name = hexadecimal\";\n"
                "# a blank line ends a case.\n")
        for case in [*block_cases(), *segment_cases()]:
            f.write("\n" + "".join(f"{name} = {value.hex()}\n" for name, value in case.items()))


if __name__ == "__main__":
    if sys.argv[1:] == ["--page"]:
        print(wrapped(page()))
        sys.exit(not page_has(page()))
    write(sys.argv[1])
