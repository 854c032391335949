# SPDX-License-Identifier: MIT
"""Bytes of format 2 as docs/format.md has them, read and written (vault.py): records and what is around them. A reader refuses what a
writer would not write."""
import hashlib
import hmac
import os
import sys

sys.dont_write_bytecode = True
import shared_records  # noqa: E402
from shared_records import MAP, VALUE, ZERO, Reader, need, u64, varint  # noqa: E402
from vault_members import read_boxes, read_start, read_statement  # noqa: E402

STREAMS = 4096


def blob(b): return varint(len(b)) + b


def ascending(items, key=lambda x: x):
    need(all(key(a) < key(b) for a, b in zip(items, items[1:])))
    return items


def whole(read):
    def fn(b):
        r = Reader(b)
        v = read(r)
        r.end()
        return v
    return fn


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


def check_epoch(start, recipients):
    if (start, recipients) != NO_EPOCH:
        whole(read_start)(start)
        whole(read_recipients)(recipients)


def read_recipients(r): return read_boxes(r, 4096)


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

PADME_LEAST, SEGMENT_MOST = 8192, 18 << 20


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
        shared_records.read_spot(r)
        r.end()
    elif group in shared_records.ATTR_LENGTH:
        low, high = shared_records.ATTR_LENGTH[group]
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
            need(whole(read_start)(start)["number"] == number and epoch == sha(b"cloudseal epoch\0" + start))


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
        need(kind >= 0x49)  # shared_records.py has those of files
        k.left()
    k.end()


def read_record(r):
    key, value = read_blob(r), r.left()
    groups = shared_records.decode(value)
    check_record(key, groups)
    return key, groups


def write_record(v): return blob(v[0]) + shared_records.encode(v[1])


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


# -- sealed objects, but for the envelope ----------------------------------------------------------------------------------------

ENVELOPE = 80


def object_size(n): return padme(n) if n > 262144 else max(4096, 1 << (n - 1).bit_length() if n else 0)


def read_frame(r):
    size, flag = ENVELOPE + len(r.b), r.number(1)
    need(flag < 2)
    f = {"signature": r.take(64) if flag else None, "contents": r.take(r.number(4))}
    need(1 <= len(f["contents"]) <= 8 << 20 and size == object_size(ENVELOPE + r.at) and not any(r.left()))
    return f


def write_frame(f):
    out = (b"\1" + f["signature"] if f["signature"] else b"\0") + len(f["contents"]).to_bytes(4, "little") + f["contents"]
    return out + bytes(object_size(ENVELOPE + len(out)) - ENVELOPE - len(out))


def mac(key, b): return hmac.digest(key, b, "sha256")
def subkey(key, label, context): return mac(mac(bytes(32), key), label + context + b"\1")


def names_of(key, stream, n, part, i, device, object_hash):
    over = [b"commit" + stream + u64(n) + part.to_bytes(4, "little"), b"head" + stream, b"join" + u64(i), b"root" + device,
            b"hash" + object_hash[:16], b"guide"]
    return [mac(key, b"cloudseal name " + x)[:16] for x in over]


# -- objects of members ----------------------------------------------------------------------------------------------------------

def records_of(r, kinds):
    records = read_pack(r)
    need({key[0] for key, _ in records} <= set(kinds))
    for key, value in records:
        check_record(key, shared_records.decode(value))
    return records


def read_mailbox(r):
    need(r.number(1) == 2)
    return records_of(r, (0x52, 0x54))


def write_mailbox(records): return b"\2" + write_pack(records)


def read_guide(r):
    need(r.number(1) == 2)
    g = {"stream": r.number(8), "time": r.take(8), "records": records_of(r, (0x52,))}
    need(g["stream"])
    return g


def write_guide(g): return b"\2" + u64(g["stream"]) + g["time"] + write_pack(g["records"])


def read_roots(r):
    need(r.number(1) == 2)
    roots = ascending(read_list(r, lambda r: (read_blob(r), read_blob(r))), lambda x: (x[0][1:5][::-1], sha(b"cloudseal epoch\0" + x[0])))
    for start, box in roots:
        whole(read_start)(start)
        need(box and box[0] and (box[0] != 1 or len(box) == 177))
    return roots


def write_roots(roots): return b"\2" + varint(len(roots)) + b"".join(blob(s) + blob(b) for s, b in roots)
