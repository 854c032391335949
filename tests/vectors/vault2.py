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


def ascending(items):
    need(all(a < b for a, b in zip(items, items[1:])))
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
}


def named():
    """The same values are in tests/unit/test_vault2_vectors.c."""
    yield "positions", "none", []
    yield "positions", "branches", [(S, 5, fill(2, 16)), (S, 7, fill(1, 16)), (T, 1 << 63, fill(3, 16))]


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
