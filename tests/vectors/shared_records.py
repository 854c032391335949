#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shared records of format 2, a second time: written from the text of their layout alone (vault/join/group.h, shared_key.h,
inode_head.h, attr.h, place.h, version.h, xattr_map.h), without any code of the project.

    tests/vectors/shared_records.py FOLDER        makes shared_records.txt, which is kept in the repository; only to change it
    tests/vectors/shared_records.py --make SEED   prints random cases, for tests/unit/test_join_vectors.c to check
    tests/vectors/shared_records.py --check       reads cases as that test prints them, and says what is wrong

A case is a line: "decode X 0|1" (is it a record), "join A B AB", "delta A AB D" ("-" is no record); or "state", then for each commit
lines "put KEY VALUE" and "next", then the same lines for what they give, then "result": the model (tests/model/records.py) joins
the commits to that.
"""
import os
import random
import sys

VALUE, MAP, SCOPED, VERSION = 1, 2, 3, 4
ZERO = (0, 0, 0)
LIMIT, DEPTH = 1 << 20, 4


class Refused(Exception):
    pass


def need(ok):
    if not ok:
        raise Refused


# -- bytes ---------------------------------------------------------------------------------------------------------------

class Reader:
    def __init__(self, b):
        self.b, self.at = b, 0

    def take(self, n):
        need(self.at + n <= len(self.b))
        self.at += n
        return self.b[self.at - n:self.at]

    def left_now(self):
        return self.b[self.at:]

    def left(self):
        return self.take(len(self.b) - self.at)

    def number(self, n, order="little"):
        return int.from_bytes(self.take(n), order)

    def varint(self):
        if self.at < len(self.b) and self.b[self.at] < 128:  # most are
            self.at += 1
            return self.b[self.at - 1]
        v = shift = 0
        while True:
            b = self.number(1)
            v |= (b & 127) << shift
            if b < 128:
                need((b or not shift) and v < 1 << 64 and shift < 70)
                return v
            shift += 7

    def stamp(self):
        return (self.varint(), self.number(8), self.varint())

    def end(self):
        need(self.at == len(self.b))


def varint(v):
    out = b""
    while v > 127:
        out, v = out + bytes([v & 127 | 128]), v >> 7
    return out + bytes([v])


def u64(v, order="little"): return v.to_bytes(8, order)
def stamp(s): return varint(s[0]) + u64(s[1]) + varint(s[2])


# -- records: tuples of (number, class, body); VALUE (stamp, bytes), SCOPED (stamp, groups), else ((stamp, bytes), groups)... ----

def ascending(items, key):
    for a, b in zip(items, items[1:]):
        need(key(a) < key(b))
    return tuple(items)


def read_body(r, cls, depth, at):
    if cls == VALUE:
        s = at(r.varint())
        return (s, r.take(r.varint()))
    if cls == SCOPED:
        s = at(r.varint())
        return (s, read_groups(r, depth + 1, at))
    keys = []
    for _ in range(r.varint()):
        s = at(r.varint())
        keys.append(((s, r.take(16 if cls == VERSION else r.varint())), read_groups(r, depth + 1, at)))
    need(keys)
    return ascending(keys, lambda k: k[0])


def read_groups(r, depth, at):
    n, groups = r.varint(), []
    need(not n or depth <= DEPTH)
    for _ in range(n):
        number, cls = r.varint(), r.number(1)
        need(1 <= number < 1 << 16 and VALUE <= cls <= VERSION)
        groups.append((number, cls, read_body(r, cls, depth, at)))
    return ascending(groups, lambda g: g[0])


def decode(b):
    need(len(b) <= LIMIT)
    r, used = Reader(b), set()
    need(r.number(1) == 2)
    table = [ZERO]
    for _ in range(r.varint()):
        table.append(r.stamp())
    ascending(table, lambda s: s)

    def at(i):
        need(i < len(table))
        used.add(i)
        return table[i]

    groups = read_groups(r, 1, at)
    r.end()
    need(groups and used | {0} == set(range(len(table))))
    return groups


def stamps(groups):
    for _, cls, body in groups:
        if cls in (VALUE, SCOPED):
            yield body[0]
        for inside in [body[1]] if cls == SCOPED else [k[1] for k in body] if cls != VALUE else []:
            yield from stamps(inside)
        if cls in (MAP, VERSION):
            yield from (k[0][0] for k in body)


def write_groups(groups, index):
    out = varint(len(groups))
    for number, cls, body in groups:
        out += varint(number) + bytes([cls])
        if cls == VALUE:
            out += index(body[0]) + varint(len(body[1])) + body[1]
        elif cls == SCOPED:
            out += index(body[0]) + write_groups(body[1], index)
        else:
            out += varint(len(body))
            for (s, name), inside in body:
                out += index(s) + (varint(len(name)) if cls == MAP else b"") + name + write_groups(inside, index)
    return out


def encode(groups):
    table = sorted(set(stamps(groups)) | {ZERO})
    return b"\2" + varint(len(table) - 1) + b"".join(map(stamp, table[1:])) + write_groups(groups, lambda s: varint(table.index(s)))


# -- join ----------------------------------------------------------------------------------------------------------------

def join_lists(a, b, key, two):
    a, b = {key(x): x for x in a}, {key(x): x for x in b}
    return tuple(two(a[k], b[k]) if k in a and k in b else a.get(k) or b[k] for k in sorted(a.keys() | b.keys()))


def join_two(a, b):
    if a[1] != b[1]:
        return max(a, b, key=lambda g: g[1])
    if a[1] == VALUE:
        return max(a, b)
    if a[1] == SCOPED:
        if a[2][0] != b[2][0]:
            return max(a, b, key=lambda g: g[2][0])
        return (a[0], SCOPED, (a[2][0], join(a[2][1], b[2][1])))
    return (a[0], a[1], join_lists(a[2], b[2], lambda k: k[0], lambda x, y: (x[0], join(x[1], y[1]))))


def join(a, b):
    return join_lists(a, b, lambda g: g[0], join_two)


def delta_two(a, b):
    """What group b says and a does not; None: nothing."""
    if a[1] != b[1] or b[1] == VALUE or b[1] == SCOPED and a[2][0] != b[2][0]:
        return None if a == b else b
    if b[1] == SCOPED:
        inside = delta(a[2][1], b[2][1])
        return (b[0], SCOPED, (b[2][0], inside)) if inside else None
    old = dict(a[2])
    keys = tuple((k, delta(old[k], v) if k in old else v) for k, v in b[2] if k not in old or delta(old[k], v))
    return (b[0], b[1], keys) if keys else None


def delta(a, b):
    old = {g[0]: g for g in a}
    return tuple(g for g in (delta_two(old[g[0]], g) if g[0] in old else g for g in b) if g)


# -- what records of files mean, as the model has it -------------------------------------------------------------------------

KINDS = {0x40: "INODE", 0x41: "LINK", 0x42: "SIBLING", 0x43: "VERSION", 0x44: "XATTR"}


def read_spot(r):
    at = r.number(8), r.take(r.number(1))
    need(at[0] and 1 <= len(at[1]) and at[1] not in (b".", b"..") and b"/" not in at[1] and b"\0" not in at[1])
    return at[0], at[1].hex()


def read_seat(r):
    seat = r.stamp(), r.varint()
    need(seat[1] < 1 << 32)
    return seat


def read_where(s, b, Where):
    r = Reader(b)
    flags, at, seat, back, half = r.number(1), read_spot(r), (s, 0), None, None
    need(flags < 8)
    if flags & 1:
        seat = read_seat(r)
        need(seat != (s, 0))
    if flags & 2:
        back = read_spot(r)
    if flags & 4:
        ino, lid, life = r.number(8), r.number(8), r.stamp()
        need(ino)
        half = (ino, lid, life, read_spot(r) + (read_seat(r),))
    r.end()
    return Where(s, at[0], at[1], back, seat, half)


def read_seen(groups, number):
    for n, cls, body in groups:
        if n == number:
            need(cls == MAP and all(len(k[0][1]) == 16 for k in body))
            return frozenset(k[0][0] + (k[0][1].hex(),) for k in body)
    return frozenset()


def read_place(body, model):
    life, groups = body
    by = {n: (cls, b) for n, cls, b in groups}
    need(1 in by and by[1][0] == VALUE and (2 in by) == (4 in by) and (2 in by or 3 not in by))
    for n in (2, 4):
        need(n not in by or by[n][0] == VALUE and by[n][1][1] == b"")
    removed = (by[2][1][0], read_seen(groups, 3), by[4][1][0]) if 2 in by else None
    replaced = set()
    need(5 not in by or by[5][0] == MAP)
    for (s, name), inside in by[5][1] if 5 in by else ():
        r = Reader(name)
        replaced.add((r.number(8, "big"), r.number(8, "big"), s, read_seen(inside, 1)))
        r.end()
    return model.Link(read_where(*by[1][1], model.Where), life, removed, frozenset(replaced))


def read_version(key, groups):
    """(contents, gone, root, via); of a mere mark the least there is."""
    by = {n: b for n, cls, b in groups}
    need(all(cls == VALUE for n, cls, b in groups if n <= 4) and all(by[n][0] == ZERO for n in (2, 3, 4) if n in by))
    need((1 in by and 4 in by) or 3 in by and not (1 in by or 2 in by or 4 in by))
    root, via = (), 0
    if 1 in by:
        s, b = by[1]
        need(len(b) in (0, 24) and (b or s == key[0]) and (s, b[:16]) != key)
        root = s + ((b[:16] or key[1]).hex(),)
    if 2 in by:
        via = int.from_bytes(by[2][1], "big")
        need(len(by[2][1]) == 8 and via)
    if 4 in by:
        r = Reader(by[4][1])
        kind, size, _, payload = r.number(1), r.varint(), r.take(8), r.left()
        need(kind < 4 and (kind > 1 or size == len(payload)) and bool(size) == bool(kind) and (kind < 2 or len(payload) == 48))
        need(size <= (0, 4095, 131072, 1 << 53)[kind])
    need(3 not in by or by[3][1] == b"")
    return (by[4][1].hex() if 4 in by else "", 3 in by, root, via)


ATTR_LENGTH = {3: (2, 65538), 4: (4, 4), 5: (4, 4), 6: (8, 8), 7: (12, 12), 8: (36, 36)}


def read_inode_group(ino, number, cls, body, model):
    if number == 1:
        need(cls == VALUE and body[0] == ZERO and len(body[1]) == 17 and body[1][16] in (1, 2, 4, 6, 8, 10, 12))
        yield ("inode", ino), (body[1][16], body[1][:16].hex())
    elif number == 2:
        need(cls == SCOPED)
        yield ("link", ino, 0), read_place(body, model)
    elif number in ATTR_LENGTH:
        low, high = ATTR_LENGTH[number]
        need(cls == VALUE and low <= len(body[1]) <= high)
        yield ("attr", ino, number), (body[0], body[1].hex())
    elif number == 10:
        need(cls == VERSION and len(body) == 1)
        (s, tag), inside = body[0]
        yield ("ver", ino, s + (tag.hex(),)), read_version((s, tag), inside)


def meaning(key, value, model):
    """What a record of a file says, as pairs of the model."""
    r, groups = Reader(key), decode(value)
    kind, ino = KINDS[r.number(1)], r.number(8, "big")
    need(ino)
    if kind == "INODE":
        out = [x for n, cls, body in groups for x in read_inode_group(ino, n, cls, body, model)]
    elif kind in ("SIBLING", "VERSION"):
        vid = (r.number(8, "big"), r.number(8, "big"), r.number(8, "big"), r.take(16).hex())
        out = list(read_inode_group(ino, *groups[0], model))
        need(len(groups) == 1 and groups[0][0] == 10 and out[0][0][2] == vid and out[0][1][1] == (kind == "VERSION"))
    else:
        number = r.number(8, "big")
        (n, cls, body), = groups
        if kind == "LINK":
            need(n == 2 and cls == SCOPED and number)
            out = [(("link", ino, number), read_place(body, model))]
        else:
            need(n == 1 and cls == MAP)
            out = [(("xattr", ino, name.hex()), (inside[0][2][0], inside[0][2][1].hex())) for (_, name), inside in body]
    r.end()
    return out


def check_folded(records, model):
    """Where a version stands follows from all of them."""
    live = {}
    for key, value in records.items():
        for k, v in meaning(key, value, model) if key[0] in (0x40, 0x42) else ():
            if k[0] == "ver" and not v[1]:
                live.setdefault(k[1], []).append(((v[2], k[2]), key[0]))
    for some in live.values():
        need([kind for _, kind in sorted(some)] == [0x42] * (len(some) - 1) + [0x40])


def check_state(commits, result, model):
    state = {}
    for c in commits:
        model.join(state, dict(x for k, v in c.items() for x in meaning(k, v, model)))
    check_folded(result, model)
    return state == dict(x for k, v in result.items() for x in meaning(k, v, model))


# -- cases ---------------------------------------------------------------------------------------------------------------

STAMPS = [ZERO, (1, 1, 1), (1, 2, 1), (2, 1, 1), (300, 1 << 60, 70000)]
BYTES = [b"", b"\1", b"a", b"ab", b"b"]


def random_keys(r, cls, depth):
    keys = {(r.choice(STAMPS), bytes([r.randrange(5)]) + bytes(15) if cls == VERSION else r.choice(BYTES)) for _ in range(r.randrange(1, 4))}
    return tuple((k, random_groups(r, depth)) for k in sorted(keys))


def random_group(r, number, depth):
    cls = number % 4 + 1 if r.randrange(8) else r.randrange(1, 5)
    if cls == VALUE:
        return (number, cls, (r.choice(STAMPS), r.choice(BYTES)))
    if cls == SCOPED:
        return (number, cls, (r.choice(STAMPS), random_groups(r, depth + 1)))
    return (number, cls, random_keys(r, cls, depth + 1))


def random_groups(r, depth):
    return tuple(random_group(r, n, depth) for n in (1, 2, 3, 10, 127, 128, 65535) if depth <= DEPTH and not r.randrange(2 + 2 * depth))


def random_record(r):
    while not (groups := random_groups(r, 1)):
        pass
    return groups


def is_record(b):
    try:
        return int(encode(decode(b)) == b)
    except Refused:
        return 0


def text(groups):
    return encode(groups).hex() if groups else "-"


def make(seed, count=300):
    r = random.Random(seed)
    for _ in range(count):
        a, b = random_record(r), random_record(r)
        both = join(a, b)
        assert both == join(b, a) and join(a, delta(a, both)) == both
        print("join", text(a), text(b), text(both))
        print("delta", text(a), text(both), text(delta(a, both)))
        damaged = bytearray(encode(a))
        for _ in range(r.randrange(3)):
            damaged[r.randrange(len(damaged))] = r.choice((0, 1, 2, 3, 128, r.randrange(256)))
        print("decode", damaged.hex(), is_record(bytes(damaged)))


def join_values(a, b):
    """Of two values, empty ones none. One of a later version is carried whole: the greater bytes win."""
    if any(x[:1] > b"\2" for x in (a, b)):
        return max(a, b)
    both = join(*(decode(x) if x else () for x in (a, b)))
    return encode(both) if both else b""


def delta_values(a, b):
    if b[:1] > b"\2":
        return b if a != b else b""
    d = delta(*(decode(x) if x else () for x in (a, b)))
    return encode(d) if d else b""


def check_line(words, world, model):
    """Whether what the line says is so."""
    un = lambda x: b"" if x == "-" else bytes.fromhex(x)
    if words[0] == "decode":
        return is_record(bytes.fromhex(words[1])) == int(words[2])
    if words[0] == "join":
        return join_values(un(words[1]), un(words[2])) == un(words[3])
    if words[0] == "delta":
        return delta_values(un(words[1]), un(words[2])) == un(words[3])
    if words[0] == "state":
        world[:] = [{}]
    elif words[0] == "put":
        world[-1][bytes.fromhex(words[1])] = bytes.fromhex(words[2])
    elif words[0] == "next":
        world.append({})
    return words[0] != "result" or check_state(world[:-1], world[-1], model)


def check():
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../model"))
    sys.dont_write_bytecode = True
    import records as model
    world, counts, bad = [], {}, 0
    for line in sys.stdin:
        words = line.split()
        try:
            right = check_line(words, world, model)
        except Refused:
            right = False
        counts[words[0]] = counts.get(words[0], 0) + 1
        if not right and (bad := bad + 1) < 5:
            print(f"wrong: {line[:400].strip()}", file=sys.stderr)
    if not counts.get("result") or not counts.get("join") or not counts.get("decode"):
        bad += 1
    print(", ".join(f"{n} {name}" for name, n in sorted(counts.items())) + f", {bad} wrong")
    return bad


# -- vectors -------------------------------------------------------------------------------------------------------------

def key(kind, *numbers, tag=b""): return bytes([kind]) + b"".join(u64(n, "big") for n in numbers) + tag
def spot(at, name): return u64(at) + bytes([len(name)]) + name
def time(sec, nsec): return u64(sec) + nsec.to_bytes(4, "little")
def place(life, *groups): return (2, SCOPED, (life, groups))
def contents(kind, size, when, payload): return (4, VALUE, (ZERO, bytes([kind]) + varint(size) + u64(when) + payload))
def version(s, tag, *groups): return (10, VERSION, (((s, tag), groups),))


def named():
    """Key and groups of one record of each kind; the same values are in tests/unit/test_join_vectors.c."""
    a, b, c, d = (5, 10, 1), (6, 10, 1), (7, 11, 2), (1 << 40, 12, 300)
    tag = lambda n: bytes([n]) * 16
    identity = lambda kind: (1, VALUE, (ZERO, tag(1) + bytes([kind])))
    yield "file", key(0x40, 42), (
        identity(8), place(a, (1, VALUE, (a, b"\0" + spot(1, b"notes.txt")))), (3, VALUE, (a, b"\xa4\1")),
        (4, VALUE, (a, b"\xff" * 4)), (5, VALUE, (c, b"\x64\0\0\0")), (7, VALUE, (b, time(1700000000, 999999999))),
        (8, VALUE, (b, time(1, 0) + time(2, 0) + time(3, 0))),
        version(b, tag(2), (1, VALUE, (a, tag(3) + u64(1600000000))), contents(1, 5, 1700000000, b"hello")))
    yield "directory", key(0x40, 43), (identity(4), place(b, (1, VALUE, (c, b"\2" + spot(1, b"new") + spot(44, b"old")))),
                                       (3, VALUE, (a, b"\xed\1acl")))
    yield "device", key(0x40, 45), (identity(2), place(a, (1, VALUE, (a, b"\0" + spot(1, b"null")))), (6, VALUE, (a, u64(0x103))))
    yield "exchanged", key(0x41, 42, 9), (
        place(b, (1, VALUE, (b, b"\5" + spot(43, b"x") + stamp(d) + varint(400) + u64(45) + u64(0) + stamp(b) + spot(1, b"y")
                             + stamp(a) + b"\0"))),)
    yield "removed", key(0x41, 42, 10), (
        place(a, (1, VALUE, (a, b"\0" + spot(1, b"z"))), (2, VALUE, (b, b"")), (3, MAP, (((a, tag(2)), ()), ((b, tag(1)), ()))),
              (4, VALUE, (c, b"")),
              (5, MAP, (((c, key(0, 45, 0)[1:]), ()), ((c, key(0, 45, 1)[1:]), ((1, MAP, (((a, tag(2)), ()),)),))))),)
    yield "sibling", key(0x42, 42, *c, tag=tag(4)), (
        version(c, tag(4), (1, VALUE, (c, b"")), (2, VALUE, (ZERO, u64(9, "big"))), contents(2, 1000, 1700000001, tag(5) + tag(6) * 2)),)
    yield "gone", key(0x43, 42, *a, tag=tag(3)), (
        version(a, tag(3), (1, VALUE, (a, b"")), (3, VALUE, (ZERO, b"")), contents(3, 1 << 53, 1600000000, tag(7) + tag(8) * 2)),)
    yield "mark", key(0x43, 42, *d, tag=tag(9)), (version(d, tag(9), (3, VALUE, (ZERO, b""))),)
    yield "xattr", key(0x44, 42, 77), ((1, MAP, (((ZERO, b"user.a"), ((1, VALUE, (a, b"\1value")),)),
                                                 ((ZERO, b"user.b"), ((1, VALUE, (b, b"\0")),)))),)


def small(r):
    while len(encode(groups := random_record(r))) > 120:
        pass
    return groups


def vectors(folder):
    r = random.Random(2)
    with open(os.path.join(folder, "shared_records.txt"), "w") as f:
        f.write("# Shared records of format 2: one of each kind, then records, their join, and what it says beside the first.\n"
                "# Lines are \"name = hexadecimal\"; a blank line ends a case.\n")
        for name, k, groups in named():
            f.write(f"\n{name} = \nkey = {k.hex()}\nvalue = {text(groups)}\n")
        for _ in range(40):
            a, b = small(r), small(r)
            both = join(a, b)
            f.write(f"\na = {text(a)}\nb = {text(b)}\njoin = {text(both)}\ndelta = {encode(d).hex() if (d := delta(a, both)) else ''}\n")


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--make":
        make(int(sys.argv[2]))
    elif sys.argv[1:] == ["--check"]:
        sys.exit(bool(check()))
    else:
        vectors(sys.argv[1])
