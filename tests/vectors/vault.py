#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What lies on the store in format 2, a second time: written from docs/format.md alone (vault_forms.py), without any code of the project.

    tests/vectors/vault.py FOLDER     makes vault.txt, which is kept in the repository; only to change it
    tests/vectors/vault.py --check    reads lines "KIND HEX 0|1" (is it one) as tests/unit/test_vault_vectors.c prints them,
                                       and says which are wrong
"""
import os
import sys

sys.dont_write_bytecode = True
from shared_records import MAP, VALUE, ZERO, Refused, encode, need, u64, varint  # noqa: E402
from vault_forms import (LAST, NO_EPOCH, names_of, object_size, read_commit, read_facts, read_frame, read_guide, read_head,  # noqa: E402
                          read_mailbox, read_manifest, read_pack, read_positions, read_recipients, read_record, read_roots, same, sha,
                          subkey, whole, write_commit, write_facts, write_frame, write_guide, write_head, write_mailbox, write_manifest,
                          write_pack, write_positions, write_record, write_roots)
from vault_members import read_start, read_statement, write_boxes, write_start, write_statement  # noqa: E402

S, T = 0x8877665544332211, 0x9000000000000000


def fill(n, count): return bytes([n]) * count


# -- cases: name, how it is read and written, values ---------------------------------------------------------------------------

KINDS = {
    "positions": (whole(read_positions), write_positions),
    "pack": (whole(read_pack), write_pack),
    "commit": (whole(read_commit), write_commit),
    "facts": (whole(read_facts), write_facts),
    "statement": (whole(read_statement), write_statement),
    "start": (whole(read_start), write_start),
    "recipients": (whole(read_recipients), write_boxes),
    "mailbox": (whole(read_mailbox), write_mailbox),
    "guide": (whole(read_guide), write_guide),
    "root": (whole(read_roots), write_roots),
    "record": (whole(read_record), write_record),
    "frame": (whole(read_frame), write_frame),
    "derived": (same, same),
    "head": (whole(read_head), write_head),
    "manifest": (whole(read_manifest), write_manifest),
}


RECORDS = [(bytes([0x40]) + u64(7, "big"), bytes.fromhex("020205") + u64(S) + b"\1\6" + u64(T) + b"\2" + b"\1\1\1\1\2ab"),
           (bytes([0x40]) + u64(8, "big"), bytes.fromhex("020105") + u64(S) + b"\3" + b"\1\1\1\1\2ab"),
           (bytes([0x40]) + u64(8, "big") + b"x", bytes.fromhex("03ff")),
           (bytes([0x51]), bytes.fromhex("02000101000161"))]


def box(n, size=177): return bytes([1]) + fill(n, size - 1)
def box_list(*ids): return [(fill(n, 16), box(n)) for n in ids]


def page_commit():
    """The example of docs/format.md, which must say what the text around it says."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/format.md")) as f:
        text = f.read().split("## Examples")[1]
    blocks = [b.split("```")[0].split() for b in text.split("```\n")[1::2]]
    key, record = blocks[1][0], "".join(blocks[1][1:])
    digests = blocks[3]
    c = whole(read_commit)(bytes.fromhex("".join(blocks[4])))
    need(c == commit(records=[(bytes.fromhex(key), bytes.fromhex(record))], digest=bytes.fromhex(digests[0]), tree=bytes.fromhex(digests[1])))
    return c


def commit(**more):
    c = {"stream": S, "n": 1, "part": 0, "parts": 1, "previous": bytes(32), "time": u64(1795966476 * 10**9), "lamport": 6,
         "nonce": bytes(range(0x30, 0x40)), "rules": 1, "vv": [], "digest": fill(1, 32), "tree": bytes(32), "checkpoint": None, "epoch": NO_EPOCH,
         "purge": [], "hashes": [], "extensions": [], "records": []}
    c.update(more)
    return c if c["part"] + 1 == c["parts"] else {k: v for k, v in c.items() if k not in LAST}


FACTS = {"salt": fill(1, 16), "size": 135168, "epochs": [(1, fill(2, 8)), (300, fill(3, 8))],
         "blocks": [(fill(4, 32), 131072, 1), (fill(5, 32), 3, 0)]}
START = {"number": 7, "causes": [fill(6, 32), fill(7, 32)], "commitment": fill(8, 32), "slots": [(fill(1, 16), box(1))]}
A = (5, S, 1)


def statement(kind, number, body):
    return {"kind": kind, "flags": 1, "signer": fill(3, 16), "number": number, "previous": fill(4, 32) if number > 1 else bytes(32),
            "time": u64(1700000000), "body": body, "signature": fill(9, 64)}


KEYS = [fill(5, 32), b"\1" + fill(6, 32), fill(7, 32)]  # Ed25519 key, box key, hash of the mix key
NO_PIN, PIN = (0, bytes(32)), (9, fill(2, 32))
STATEMENTS = {
    "join": statement(1, 1, ([2, *KEYS], fill(8, 64))),
    "incarnation": statement(2, 2, (fill(1, 16), [(S, 0, bytes(32)), (T, 300, fill(2, 32))])),
    "revoke": statement(3, 2, {"signer": fill(1, 16), "pin": PIN, "ends": [(S, 1, fill(3, 32)), (T, 300, fill(2, 32))]}),
    "close": statement(4, 1, (S, 7, fill(1, 32))),
    "slot": statement(5, 2, {"who": [2, 1, *KEYS], "wrap": fill(8, 32), "replaces": fill(1, 16), "pin": PIN,
                             "boxes": [(1, fill(1, 32), box(4, 145)), (7, fill(2, 32), box(5))]}),
    "passphrase": statement(5, 1, {"who": [2, 2, *KEYS], "wrap": fill(8, 32), "replaces": bytes(16), "pin": NO_PIN, "boxes": []}),
    "confirm": statement(6, 1, fill(1, 32)),
    "rules": statement(7, 1, 3),
    "unknown": statement(8, 1, b"later"),
}
JOIN = write_statement(STATEMENTS["join"])
INCARNATION = write_statement(STATEMENTS["incarnation"])


def value(number, b, at=ZERO): return (number, VALUE, (at, b))
def keys(number, *all_of_them): return (number, MAP, tuple(((ZERO, b), ()) for b in all_of_them))


def place(group, sub, b): return bytes([0x45]) + u64(7, "big") + bytes([group]) + u64(sub, "big") + b"".join(u64(n, "big") for n in A), (
    value(1, u64(1700000000) + b),)


APPLIED = [(fill(1, 32), 5, fill(2, 16)), (fill(1, 32), 7, fill(3, 16)), (fill(4, 32), 300, fill(5, 16))]
HEAD = {"stream": S, "counter": 9, "time": u64(1795966476 * 10**9), "features": 0, "flags": 0, "rules": 1, "lamport": 300, "applied": [],
        "digest": fill(1, 32), "tree": bytes(32), "checkpoint": None, "extensions": []}
MANIFEST = {"stream": S, "lamport": 300, "rules": 1, "digest": fill(1, 32), "tree": fill(2, 32), "records": 1000, "applied": APPLIED,
            "behind": [(0, 2, 0), (2, 0, 4)], "chunks": [(fill(6, 16), fill(7, 32), 4096), (fill(8, 16), fill(9, 32), 9 << 20)],
            "extensions": [(1, b"x")]}


def named_records():
    content = u64(S) + fill(2, 8)
    yield "place", place(2, 9, b"\0" + u64(1) + b"\5a.txt")
    yield "mode", place(3, 0, b"\xa4\1")
    yield "xattr", place(11, 77, b"\6user.a\1v")
    yield "content", (b"\x46" + content, (value(1, fill(3, 16) + varint(1 << 40)),))
    yield "extents", (b"\x47" + content + (1).to_bytes(4, "big"), (value(1, b"\2" + varint(4096) + varint(4096) + fill(4, 16) + b"\0"
                      + varint(131072 - 8192) + varint(131072) + fill(5, 16) + b"\0"),))
    yield "segment", (b"\x48" + sha(b"cloudseal segment" + write_facts(FACTS))[:16], (value(1, write_facts(FACTS)), value(2, u64(1700000000), A)))
    yield "super", (b"\x50", (value(2, b"\7\0\0\0", A), value(3, b"\0\0\0\0", A)))
    yield "genesis", (b"\x51", (keys(1, b"\3\0gen\1\0" + fill(1, 64)),))
    yield "statement", (b"\x52" + sha(JOIN), (value(1, JOIN),))
    yield "slot", (b"\x53" + fill(6, 16), (keys(1, fill(1, 32)), keys(2, fill(6, 16) + b"\1" + fill(2, 220))))
    yield "device", (b"\x54" + fill(7, 16), (keys(1, fill(1, 32)), value(2, "Büro".encode(), A)))
    yield "epoch", (b"\x55" + (7).to_bytes(4, "big") + sha(b"cloudseal epoch\0" + write_start(START)), (value(1, write_start(START)), keys(2, fill(1, 32))))


def member_records():
    """Of a joiner: its statements, then the DEVICE record."""
    said = sorted((b"\x52" + sha(b), encode([value(1, b)])) for b in (JOIN, INCARNATION))
    return said + [(b"\x54" + fill(7, 16), encode([keys(1, fill(1, 32)), value(2, "Büro".encode(), A)]))]


EPOCH_AT = fill(1, 16) + fill(2, 32) + (3).to_bytes(4, "little") + fill(4, 32)


def derived_names():
    """Keys of an epoch, then names under the first of them."""
    keys = [subkey(fill(5, 32), b"cloudseal " + what, EPOCH_AT) for what in (b"names", b"objects", b"blocks")]
    return b"".join(keys + names_of(keys[0], fill(6, 32), 300, 2, 7, fill(8, 16), fill(9, 32)))


def named():
    """The same values are in tests/unit/test_vault_vectors.c."""
    yield "positions", "none", []
    yield "positions", "branches", [(S, 5, fill(2, 16)), (S, 7, fill(1, 16)), (T, 1 << 63, fill(3, 16))]
    yield "pack", "none", []
    yield "pack", "some", RECORDS
    yield "commit", "first", commit(records=RECORDS[:2])
    yield "commit", "part", commit(n=300, parts=2, records=RECORDS[:1])
    yield "commit", "last", commit(n=300, part=1, parts=2, previous=fill(9, 32), vv=[(T, 5, fill(2, 16))], checkpoint=(fill(3, 16), fill(4, 32)),
                                   purge=[b"\x43a", b"\x48b"], hashes=[fill(5, 32)], extensions=[(1, b""), (200, b"ext")], records=RECORDS[1:])
    yield "commit", "page", page_commit()
    yield "commit", "epoch", commit(epoch=(write_start(START), write_boxes(box_list(2, 3))))
    yield "facts", "two", FACTS
    for name, said in STATEMENTS.items():
        yield "statement", name, said
    yield "start", "one", START
    yield "start", "bare", {"number": 2, "causes": [], "commitment": fill(1, 32), "slots": []}
    yield "recipients", "two", box_list(2, 3)
    yield "recipients", "none", []
    yield "mailbox", "none", []
    yield "mailbox", "joined", member_records()
    yield "guide", "one", {"stream": S, "time": u64(1795966476 * 10**9), "records": member_records()[:2]}
    yield "root", "one", [(write_start(START), box(4))]
    yield "root", "two", [(write_start({**START, "number": n}), box(4)) for n in (258, 513)]
    for name, record in named_records():
        yield "record", name, record
    yield "head", "bare", HEAD
    yield "head", "full", {**HEAD, "flags": 1, "features": 1 << 63, "applied": APPLIED, "checkpoint": (fill(6, 16), fill(7, 32), 3, fill(8, 32)),
                           "extensions": [(7, b"ext")]}
    yield "manifest", "full", MANIFEST
    yield "derived", "names", derived_names()
    yield "derived", "hash", sha(b"cloudseal object hash\1" + EPOCH_AT + b"contents")
    yield "derived", "sizes", b"".join(u64(object_size(n)) for n in (0, 1, 4096, 4097, 262144, 262145, 300000, 9 << 20))


def is_one(kind, b):
    read, write = KINDS[kind]
    try:
        return int(write(read(b)) == b)
    except Refused:
        return 0


def check():
    counts, bad = {}, 0
    for line in sys.stdin:
        kind, text, verdict = line.split()
        b = bytes.fromhex(text[1:])
        counts[kind, verdict] = counts.get((kind, verdict), 0) + 1
        if is_one(kind, b) != int(verdict) and (bad := bad + 1) < 5:
            print(f"wrong: {line[:400].strip()}", file=sys.stderr)
    if {kind for kind, verdict in counts if verdict == "1"} != set(KINDS):
        bad += 1
    print(", ".join(f"{n} {kind} {verdict}" for (kind, verdict), n in sorted(counts.items())) + f", {bad} wrong")
    return bad


def vectors(folder):
    with open(os.path.join(folder, "vault.txt"), "w") as f:
        f.write("# What lies on the store in format 2: plaintexts and how they are sealed. Lines are \"name = hexadecimal\", the value of\n"
                "# the first is empty; a blank line ends a case.\n")
        for kind, name, value in named():
            b = KINDS[kind][1](value)
            need(KINDS[kind][0](b) == value)
            f.write(f"\n{kind}-{name} = \nbytes = {b.hex()}\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(bool(check()))
    vectors(sys.argv[1])
