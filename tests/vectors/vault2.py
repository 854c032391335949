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


# -- commits -----------------------------------------------------------------------------------------------------------------

COMMIT_MAX, HASHES = 7 << 20, 32
NO_EPOCH = (b"", b"")
LAST = ("previous", "time", "lamport", "nonce", "rules", "vv", "digest", "tree", "checkpoint", "epoch", "purge", "hashes", "extensions")


def read_list(r, one): return [one(r) for _ in range(r.varint())]
def read_blob(r): return r.take(r.varint())
def read_extensions(r): return ascending(read_list(r, lambda r: (r.varint(), read_blob(r))), lambda x: x[0])
def write_extensions(v): return varint(len(v)) + b"".join(varint(n) + blob(b) for n, b in v)


def read_optional(r, one):
    v = read_list(r, one)
    need(len(v) < 2)
    return v[0] if v else None


def read_boxes(r, most):
    n = r.number(2)
    need(n <= most)
    boxes = ascending([(r.take(16), r.take(r.number(2))) for _ in range(n)], lambda x: x[0])
    need(all(b and b[0] and (b[0] != 1 or len(b) == 177) for _, b in boxes))


def check_epoch(start, recipients):
    if (start, recipients) == NO_EPOCH:
        return
    r = Reader(start)
    need(r.number(1) == 1 and r.number(4) > 1)
    n = r.number(2)
    need(n <= 4096)
    ascending([r.take(32) for _ in range(n)])
    r.take(32)
    read_boxes(r, 65535)
    r.end()
    r = Reader(recipients)
    read_boxes(r, 4096)
    r.end()


def read_last(r, c):
    c["previous"] = r.take(32)
    need((c["n"] == 1) == (c["previous"] == bytes(32)))
    c["time"], c["lamport"], c["nonce"], c["rules"] = r.take(8), r.varint(), r.take(16), r.varint()
    c["vv"] = read_positions(r)
    need(c["stream"] not in [p[0] for p in c["vv"]])
    c["digest"], c["tree"] = r.take(32), r.take(32)
    c["checkpoint"] = read_optional(r, lambda r: (r.take(16), r.take(32)))
    c["epoch"] = read_blob(r), read_blob(r)
    check_epoch(*c["epoch"])
    c["purge"] = ascending(read_list(r, read_blob))
    need(all(1 <= len(k) <= 255 and 0x40 <= k[0] <= 0x7f for k in c["purge"]))
    c["hashes"] = [r.take(32) for _ in range(c["parts"] - 1)]
    c["extensions"] = read_extensions(r)


def read_commit(r):
    need(len(r.b) <= COMMIT_MAX and r.number(1) == 2)
    c = {"stream": r.number(8), "n": r.varint(), "part": r.varint(), "parts": r.varint()}
    need(c["stream"] and c["n"] and c["part"] < c["parts"] <= 65536)
    if c["part"] + 1 == c["parts"]:
        read_last(r, c)
    c["records"] = read_pack(r)
    return c


def write_commit(c):
    out = b"\2" + u64(c["stream"]) + varint(c["n"]) + varint(c["part"]) + varint(c["parts"])
    if c["part"] + 1 == c["parts"]:
        out += c["previous"] + c["time"] + varint(c["lamport"]) + c["nonce"] + varint(c["rules"]) + write_positions(c["vv"])
        out += c["digest"] + c["tree"] + (b"\1" + b"".join(c["checkpoint"]) if c["checkpoint"] else b"\0")
        out += blob(c["epoch"][0]) + blob(c["epoch"][1]) + varint(len(c["purge"])) + b"".join(map(blob, c["purge"]))
        out += b"".join(c["hashes"]) + write_extensions(c["extensions"])
    return out + write_pack(c["records"])


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
    "commit": (whole(read_commit), write_commit),
}


RECORDS = [(bytes([0x40]) + u64(7, "big"), bytes.fromhex("020205") + u64(S) + b"\1\6" + u64(T) + b"\2" + b"\1\1\1\1\2ab"),
           (bytes([0x40]) + u64(8, "big"), bytes.fromhex("020105") + u64(S) + b"\3" + b"\1\1\1\1\2ab"),
           (bytes([0x40]) + u64(8, "big") + b"x", bytes.fromhex("03ff")),
           (bytes([0x51]), bytes.fromhex("02000101000161"))]


def box(n): return bytes([1]) + fill(n, 176)
def box_list(*ids): return len(ids).to_bytes(2, "little") + b"".join(fill(n, 16) + len(box(n)).to_bytes(2, "little") + box(n) for n in ids)


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


def named():
    """The same values are in tests/unit/test_vault2_vectors.c."""
    yield "positions", "none", []
    yield "positions", "branches", [(S, 5, fill(2, 16)), (S, 7, fill(1, 16)), (T, 1 << 63, fill(3, 16))]
    yield "pack", "none", []
    yield "pack", "some", RECORDS
    yield "commit", "first", commit(records=RECORDS[:2])
    yield "commit", "part", commit(n=300, parts=2, records=RECORDS[:1])
    yield "commit", "last", commit(n=300, part=1, parts=2, previous=fill(9, 32), vv=[(T, 5, fill(2, 16))], checkpoint=(fill(3, 16), fill(4, 32)),
                                   purge=[b"\x43a", b"\x48b"], hashes=[fill(5, 32)], extensions=[(1, b""), (200, b"ext")], records=RECORDS[1:])
    yield "commit", "page", page_commit()
    start = b"\1" + (7).to_bytes(4, "little") + b"\2\0" + fill(6, 32) + fill(7, 32) + fill(8, 32) + box_list(1)
    yield "commit", "epoch", commit(epoch=(start, box_list(2, 3)))


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
