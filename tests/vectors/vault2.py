#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What lies on the store in format 2, a second time: written from docs/format.md alone, without any code of the project.

    tests/vectors/vault2.py FOLDER     makes vault2.txt, which is kept in the repository; only to change it
    tests/vectors/vault2.py --check    reads lines "KIND HEX 0|1" (is it one) as tests/unit/test_vault2_vectors.c prints them,
                                       and says which are wrong
"""
import os
import sys

sys.dont_write_bytecode = True
from records2 import Reader, Refused, need, u64, varint  # noqa: E402

STREAMS = 4096
S, T = 0x8877665544332211, 0x9000000000000000


def blob(b): return varint(len(b)) + b
def fill(n, count): return bytes([n]) * count


def ascending(items, key=lambda x: x):
    need(all(key(a) < key(b) for a, b in zip(items, items[1:])))
    return items


# -- positions -------------------------------------------------------------------------------------------------------------

def read_positions(r):
    n = r.varint()
    need(n <= STREAMS)
    out = ascending([(r.number(8), r.varint(), r.take(16)) for _ in range(n)])
    need(all(stream and n for stream, n, _ in out))
    return out


def write_positions(v):
    return varint(len(v)) + b"".join(u64(s) + varint(n) + h for s, n, h in v)


# -- packs -------------------------------------------------------------------------------------------------------------------

def stamped(value):
    """(stamps, rest) of a value of record version 2; None: another version."""
    r = Reader(value)
    if r.number(1) != 2:
        return None
    return [r.stamp() for _ in range(r.varint())], r.left()


def write_pack(records):
    tables = [t for _, value in records for t in [stamped(value)] if t]
    stamps = [s for table, _ in tables for s in table]
    lamport = max((s[0] for s in stamps), default=0)
    streams = sorted({s[1] for s in stamps})
    top = {s: max(x[2] for x in stamps if x[1] == s) for s in streams}
    out = varint(lamport) + varint(len(streams)) + b"".join(u64(s) + varint(top[s]) for s in streams)
    before = b""
    for key, value in records:
        shared = len(os.path.commonprefix([before, key]))
        table = stamped(value)
        if table:
            value = b"\2" + varint(len(table[0])) + b"".join(
                varint(streams.index(s)) + varint(top[s] - n) + varint(lamport - at) for at, s, n in table[0]) + table[1]
        out += varint(shared) + blob(key[shared:]) + blob(value)
        before = key
    return out


def read_value(r, lamport, streams):
    if r.left_now()[:1] != b"\2":
        need(r.left_now())
        return r.left()
    r.take(1)
    stamps = []
    for _ in range(r.varint()):
        i, n, at = r.varint(), r.varint(), r.varint()
        need(i < len(streams) and n <= streams[i][1] and at <= lamport)
        stamps.append((lamport - at, streams[i][0], streams[i][1] - n))
    return b"\2" + varint(len(stamps)) + b"".join(varint(a) + u64(s) + varint(n) for a, s, n in stamps) + r.left()


def read_pack(r):
    start = r.at
    lamport = r.varint()
    streams = [(r.number(8), r.varint()) for _ in range(r.varint())]
    records, before = [], b""
    while r.left_now():
        shared = r.varint()
        need(shared <= len(before))
        key = before[:shared] + r.take(r.varint())
        need(key > before and len(key) <= 255 and 0x40 <= key[0] <= 0x7f)
        records.append((key, read_value(Reader(r.take(r.varint())), lamport, streams)))
        before = key
    need(write_pack(records) == r.b[start:])  # what is shared, which streams are used, what is greatest
    return records


# -- cases: name, how it is read and written, values ---------------------------------------------------------------------------

def whole(read):
    def fn(b):
        r = Reader(b)
        v = read(r)
        r.end()
        return v
    return fn


KINDS = {
    "positions": (whole(read_positions), write_positions),
    "pack": (whole(read_pack), write_pack),
}


RECORDS = [(bytes([0x40]) + u64(7, "big"), bytes.fromhex("020205") + u64(S) + b"\1\6" + u64(T) + b"\2" + b"\1\1\1\1\2ab"),
           (bytes([0x40]) + u64(8, "big"), bytes.fromhex("020105") + u64(S) + b"\3" + b"\1\1\1\1\2ab"),
           (bytes([0x40]) + u64(8, "big") + b"x", bytes.fromhex("03ff")),
           (bytes([0x51]), bytes.fromhex("02000101000161"))]


def named():
    """The same values are in tests/unit/test_vault2_vectors.c."""
    yield "positions", "none", []
    yield "positions", "branches", [(S, 5, fill(2, 16)), (S, 7, fill(1, 16)), (T, 1 << 63, fill(3, 16))]
    yield "pack", "none", []
    yield "pack", "some", RECORDS


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
    with open(os.path.join(folder, "vault2.txt"), "w") as f:
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
