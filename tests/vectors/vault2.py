#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What lies on the store in format 2, a second time: written from docs/format.md alone, without any code of the project.

    tests/vectors/vault2.py FOLDER     makes vault2.txt, which is kept in the repository; only to change it
    tests/vectors/vault2.py --check    reads lines "KIND HEX 0|1" (is it one) as tests/unit/test_vault2_vectors.c prints them,
                                       and says which are wrong
"""
import hashlib
import os
import sys

sys.dont_write_bytecode = True
import records2  # noqa: E402
from records2 import MAP, VALUE, ZERO, Reader, Refused, need, u64, varint  # noqa: E402

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


# -- records of contents and members, by kind ----------------------------------------------------------------------------------

PADME_LEAST, SEGMENT_MOST = 4096, 18 << 20


def padme(n):
    e = n.bit_length() - 1
    step = 1 << (e - e.bit_length())
    return -(-n // step) * step


def read_facts(r):
    f = {"salt": r.take(16), "size": r.varint()}
    f["epochs"] = ascending(read_list(r, lambda r: (r.varint(), r.take(8))))
    f["blocks"] = read_list(r, lambda r: (r.take(32), r.varint(), r.varint()))
    need(all(1 <= n < 1 << 32 for n, _ in f["epochs"]) and 1 <= len(f["blocks"]) <= 4096)
    need(all(1 <= n <= 131072 for _, n, _ in f["blocks"]) and {e for _, _, e in f["blocks"]} == set(range(len(f["epochs"]))))
    need(f["size"] == segment_size(f["blocks"]) <= SEGMENT_MOST)
    return f


def segment_size(blocks):
    return padme(max(PADME_LEAST, sum(16 + n + 16 * -(-n // 16384) for _, n, _ in blocks)))


def write_facts(f):
    out = f["salt"] + varint(f["size"]) + varint(len(f["epochs"])) + b"".join(varint(n) + i for n, i in f["epochs"])
    return out + varint(len(f["blocks"])) + b"".join(h + varint(n) + varint(e) for h, n, e in f["blocks"])


def read_statement(r):
    start = r.at
    need(r.number(1) == 1)
    kind, flags = r.number(1), r.number(1)
    need(flags < 2)
    r.take(16)
    need((r.number(8) == 1) == (r.take(32) == bytes(32)))
    need(r.b[start + 19:start + 27] != bytes(8))
    r.take(8)
    body = r.take(r.number(2))
    r.take(64)
    need(len(body) <= 16384)
    b = Reader(body)
    if kind in (1, 5):
        b.take(4)
        need(kind == 1 or b.number(1) in (1, 2))
        b.take(32)
        b.take(b.number(2))
        b.take(32)
        b.take(64 if kind == 1 else 32)
        if kind == 1:
            b.end()
    return r.b[start:r.at]


def read_start(r):
    b = r.left()
    check_epoch(b, b"\0\0")
    need(b)
    return b


def same(v): return v


def at_zero(groups, number, cls):
    """Body of a group, which must have that class and the zero stamp (a MAP: all its keys); None: not there."""
    for n, c, body in groups:
        if n == number:
            need(c == cls and (all(k[0][0] == ZERO for k in body) if cls == MAP else body[0] == ZERO))
            need(cls != MAP or all(n > 15 for _, inside in body for n, _, _ in inside))
            return [k[0][1] for k in body] if cls == MAP else body[1]
    return None


def each(groups, number, ok): need(all(map(ok, at_zero(groups, number, MAP) or [])))


def plain_value(groups, number):
    for n, c, body in groups:
        if n == number:
            need(c == VALUE)
            return body[1]
    return None


def check_place(k, value):
    ino, group, sub = k.number(8, "big"), k.number(1), k.number(8, "big")
    k.take(24)
    r = Reader(value)
    r.take(8)
    need(ino)
    if group == 2:
        need(r.number(1) == 0)
        records2.read_spot(r)
        r.end()
    elif group in records2.ATTR_LENGTH:
        low, high = records2.ATTR_LENGTH[group]
        what = r.left()
        need(sub == 0 and low <= len(what) <= high)
        need(group != 3 or int.from_bytes(what[:2], "little") < 1 << 12)
        times = [what[i + 8:i + 12] for i in range(0, len(what), 12)] if group in (7, 8) else []
        need(all(int.from_bytes(t, "little") < 10**9 for t in times))
    elif group == 11:
        name, there = r.take(r.number(1)), r.number(1)
        need(name and b"\0" not in name and there < 2 and len(r.left()) <= (65536 if there else 0))
    else:
        need(group > 11)


def check_extents(value):
    r, end = Reader(value), 0
    n = r.varint()
    need(n <= 1024)
    for _ in range(n):
        at = end + r.varint()
        length = r.varint()
        end = at + length
        r.take(16)
        need(length and at // 131072 == (end - 1) // 131072 and end <= 2 << 20 and r.varint() + length <= 131072)
    r.end()


def check_content(value):
    if value:
        r = Reader(value)
        r.take(16)
        need(1 <= r.varint() <= 1 << 53)
        r.end()


def is_wrap(b, slot): return len(b) == 237 and b[:16] == slot and b[16] in (1, 2)


def is_genesis(b):
    r = Reader(b)
    genesis = r.take(r.number(2))
    r.take(64 * r.number(2))
    r.end()
    return genesis


def days(groups, number, least):
    b = plain_value(groups, number)
    need(b is None or len(b) == 4 and int.from_bytes(b, "little") >= least)


def is_name(b):
    try:
        text = b.decode()
    except UnicodeDecodeError:
        return False
    return 1 <= len(b) <= 64 and all(ord(c) >= 32 and not 127 <= ord(c) < 160 for c in text)


def sha(b): return hashlib.sha256(b).digest()


def check_members(kind, k, groups):
    if kind == 0x50:
        days(groups, 2, 7)
        days(groups, 3, 0)
    elif kind == 0x51:
        need(at_zero(groups, 1, MAP))
        each(groups, 1, is_genesis)
    elif kind == 0x52:
        value = at_zero(groups, 1, VALUE)
        need(value is not None and whole(read_statement)(value) and k.take(32) == sha(value))
    elif kind in (0x53, 0x54):
        who = k.take(16)
        each(groups, 1, lambda b: len(b) == 32)
        name = plain_value(groups, 2) if kind == 0x54 else None
        need(name is None or is_name(name))
        if kind == 0x53:
            each(groups, 2, lambda b: is_wrap(b, who))
    else:
        number, epoch, start = k.number(4, "big"), k.take(32), at_zero(groups, 1, VALUE)
        need(number)
        each(groups, 2, lambda b: len(b) == 32)
        if start is not None:
            whole(read_start)(start)
            need(int.from_bytes(start[1:5], "little") == number and epoch == sha(b"cloudseal epoch\0" + start))


GROUPS = {0x48: {1, 2}, 0x50: {2, 3}, 0x53: {1, 2}, 0x54: {1, 2}, 0x55: {1, 2}}


def check_record(key, groups):
    k = Reader(key)
    kind = k.number(1)
    need(kind not in range(0x45, 0x49) and kind not in range(0x50, 0x56) or {n for n, _, _ in groups if n < 12} <= GROUPS.get(kind, {1}))
    if kind in (0x45, 0x46, 0x47):
        value = at_zero(groups, 1, VALUE)
        need(value is not None)
        if kind == 0x45:
            check_place(k, value)
        else:
            k.take(16 if kind == 0x46 else 20)
            (check_content if kind == 0x46 else check_extents)(value)
    elif kind == 0x48:
        segment, facts, condemned = k.take(16), at_zero(groups, 1, VALUE), plain_value(groups, 2)
        need(condemned is None or len(condemned) in (0, 8))
        need(facts is None or whole(read_facts)(facts) and segment == sha(b"cloudseal segment" + facts)[:16])
    elif 0x50 <= kind <= 0x55:
        check_members(kind, k, groups)
    else:
        need(kind >= 0x49)  # records2.py has those of files
        k.left()
    k.end()


def read_record(r):
    key, value = read_blob(r), r.left()
    groups = records2.decode(value)
    check_record(key, groups)
    return key, groups


def write_record(v): return blob(v[0]) + records2.encode(v[1])


# -- heads and manifests -------------------------------------------------------------------------------------------------------

def read_applied(r):
    n = r.varint()
    need(n <= STREAMS)
    out = ascending([(r.take(32), r.varint(), r.take(16)) for _ in range(n)])
    need(all(stream[:8] != bytes(8) and n for stream, n, _ in out))
    return out


def write_applied(v): return varint(len(v)) + b"".join(s + varint(n) + h for s, n, h in v)


def read_head(r):
    need(r.number(1) == 2)
    h = {"stream": r.number(8), "counter": r.number(8), "time": r.take(8), "features": r.number(8), "flags": r.number(1)}
    need(h["stream"] and h["flags"] < 2)
    h["rules"], h["lamport"], h["applied"] = r.varint(), r.varint(), read_applied(r)
    h["digest"], h["tree"] = r.take(32), r.take(32)
    h["checkpoint"] = read_optional(r, lambda r: (r.take(16), r.take(32), r.number(4), r.take(32)))
    need(not h["checkpoint"] or h["checkpoint"][2])
    h["extensions"] = read_extensions(r)
    return h


def write_head(h):
    out = b"\2" + u64(h["stream"]) + u64(h["counter"]) + h["time"] + u64(h["features"]) + bytes([h["flags"]])
    out += varint(h["rules"]) + varint(h["lamport"]) + write_applied(h["applied"]) + h["digest"] + h["tree"]
    if h["checkpoint"]:
        manifest, digest, number, epoch = h["checkpoint"]
        out += b"\1" + manifest + digest + number.to_bytes(4, "little") + epoch
    else:
        out += b"\0"
    return out + write_extensions(h["extensions"])


def read_manifest(r):
    need(r.number(1) == 2)
    m = {"stream": r.number(8), "lamport": r.varint(), "rules": r.varint(), "digest": r.take(32), "tree": r.take(32)}
    m["records"], m["applied"] = r.varint(), read_applied(r)
    need(m["stream"])
    m["behind"] = ascending(read_list(r, lambda r: (r.varint(), r.varint(), r.varint())), lambda b: b[:2])
    count = len(m["applied"])
    need(all(a < count and b < count and a != b and n < m["applied"][b][1] for a, b, n in m["behind"]))
    m["chunks"] = read_list(r, lambda r: (r.take(16), r.take(32), r.varint()))
    need(len(m["chunks"]) <= 1 << 20 and all(4096 <= n <= 9 << 20 for _, _, n in m["chunks"]))
    m["extensions"] = read_extensions(r)
    return m


def write_manifest(m):
    out = b"\2" + u64(m["stream"]) + varint(m["lamport"]) + varint(m["rules"]) + m["digest"] + m["tree"] + varint(m["records"])
    out += write_applied(m["applied"]) + varint(len(m["behind"])) + b"".join(varint(x) for b in m["behind"] for x in b)
    out += varint(len(m["chunks"])) + b"".join(i + h + varint(n) for i, h, n in m["chunks"])
    return out + write_extensions(m["extensions"])


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
    "facts": (whole(read_facts), write_facts),
    "statement": (whole(read_statement), same),
    "start": (whole(read_start), same),
    "record": (whole(read_record), write_record),
    "head": (whole(read_head), write_head),
    "manifest": (whole(read_manifest), write_manifest),
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


FACTS = {"salt": fill(1, 16), "size": 135168, "epochs": [(1, fill(2, 8)), (300, fill(3, 8))],
         "blocks": [(fill(4, 32), 131072, 1), (fill(5, 32), 3, 0)]}
START = b"\1" + (7).to_bytes(4, "little") + b"\2\0" + fill(6, 32) + fill(7, 32) + fill(8, 32) + box_list(1)
A = (5, S, 1)


def statement(kind, number, body):
    return (bytes([1, kind, 1]) + fill(3, 16) + u64(number) + (fill(4, 32) if number > 1 else bytes(32)) + u64(1700000000)
            + len(body).to_bytes(2, "little") + body + fill(9, 64))


JOIN = statement(1, 1, (2).to_bytes(4, "little") + fill(5, 32) + b"\x21\0\1" + fill(6, 32) + fill(7, 32) + fill(8, 64))
SLOT = statement(5, 2, (2).to_bytes(4, "little") + b"\1" + fill(5, 32) + b"\x21\0\1" + fill(6, 32) + fill(7, 32) + fill(8, 32) + b"rest")


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
    yield "epoch", (b"\x55" + (7).to_bytes(4, "big") + sha(b"cloudseal epoch\0" + START), (value(1, START), keys(2, fill(1, 32))))


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
    yield "commit", "epoch", commit(epoch=(START, box_list(2, 3)))
    yield "facts", "two", FACTS
    yield "statement", "join", JOIN
    yield "statement", "slot", SLOT
    yield "start", "one", START
    for name, record in named_records():
        yield "record", name, record
    yield "head", "bare", HEAD
    yield "head", "full", {**HEAD, "flags": 1, "features": 1 << 63, "applied": APPLIED, "checkpoint": (fill(6, 16), fill(7, 32), 3, fill(8, 32)),
                           "extensions": [(7, b"ext")]}
    yield "manifest", "full", MANIFEST


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
