#!/usr/bin/env python3
"""States with broken groups: records in bytes of which groups, or keys in them, are missing or break their rule. What docs/format.md
("Kinds") says of reading these, a second time, and then the model's rules; beside what the C code makes of the same bytes.

    broken.py build/tests/tree-show [--seeds N] [--from SEED]
"""
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vectors"))
import against_tree  # noqa: E402
import shared_records  # noqa: E402
import tree  # noqa: E402
from records import Link, Where  # noqa: E402
from shared_records import MAP, SCOPED, VALUE, VERSION, ZERO, Reader, Refused, stamp, u64, varint  # noqa: E402

ROOT, LOST = 1, 2
TYPES = {1: "p", 2: "c", 4: "d", 6: "b", 8: "f", 10: "l", 12: "s"}


# -- reading: what breaks its rule is as if it were not there --------------------------------------------------------------------

def only(read, *args):
    """What `read` makes of it; None: it breaks a rule."""
    try:
        return read(*args)
    except Refused:
        return None


def group(groups, number, cls):
    return next((body for n, c, body in groups if n == number and c == cls), None)


def is_there(groups, number): return any(n == number for n, _, _ in groups)


def value(groups, number, zero=True):
    """(stamp, bytes) of a VALUE; None: none that counts."""
    body = group(groups, number, VALUE)
    return body if body and (not zero or body[0] == ZERO) else None


def no_bytes(groups, number):
    body = value(groups, number, zero=False)
    return body[0] if body and body[1] == b"" else None


def seen(groups, number):
    return frozenset(at + (tag,) for (at, tag), _ in group(groups, number, MAP) or () if len(tag) == 16)


def read_where(body):
    where = shared_records.read_where(body[0], body[1], Where)
    seat = lambda s: s[0] + (s[1],)
    plain = lambda spot: (spot[0], bytes.fromhex(spot[1]).decode())
    half = where.half and where.half[:3] + (plain(where.half[3][:2]) + (seat(where.half[3][2]),),)
    return Where(where.stamp, where.dir, bytes.fromhex(where.name).decode(), where.back and plain(where.back), seat(where.seat), half)


def replaced(groups):
    for (at, name), inside in group(groups, 5, MAP) or ():
        ino, lid = int.from_bytes(name[:8], "big"), int.from_bytes(name[8:], "big")
        if len(name) == 16:
            yield ino, lid, at, seen(inside, 1)


def read_link(ino, groups):
    place = group(groups, 2, SCOPED)
    if place is None:
        return None
    life, inside = place
    body = value(inside, 1, zero=False)
    where = only(read_where, body) if body else None
    where = where or Where(ZERO, LOST, f"{ino:016x}", None, ZERO + (0,), None)
    removed, written = no_bytes(inside, 2), no_bytes(inside, 4)
    removed = (removed, seen(inside, 3), written) if removed is not None and written is not None else None
    return Link(where, life, removed, frozenset(replaced(inside)))


def read_contents(b):
    r = Reader(b)
    form, size, _, payload = r.number(1), r.varint(), r.take(8), r.left()
    shared_records.need(form < 4 and (form > 1 or size == len(payload)) and bool(size) == bool(form) and (form < 2 or len(payload) == 48))
    shared_records.need(size <= (0, 4095, 131072, 1 << 53)[form])
    return True


def read_root(key, body):
    at, b = body
    shared_records.need(len(b) in (0, 24) and (b or at == key[0]) and (at, b[:16]) != key)
    return at + (b[:16] or key[1],)


def read_version(key, inside):
    """(tag, gone, root, via); None: none."""
    gone = is_there(inside, 3)
    root, via, contents = value(inside, 1, zero=False), value(inside, 2), value(inside, 4)
    if not gone and not (contents and only(read_contents, contents[1])):
        return None
    via = int.from_bytes(via[1], "big") if via and len(via[1]) == 8 else 0
    return key[1], gone, root and only(read_root, key, root) or key[0] + (key[1],), via


def read_inode(state, ino, groups):
    """Without identity it is not shown; its place is there all the same, for what is bound to it."""
    identity = value(groups, 1)
    if identity and len(identity[1]) == 17 and identity[1][16] in (1, 2, 4, 6, 8, 10, 12):
        state["inode", ino] = (TYPES[identity[1][16]], identity[1][:16])
    if link := read_link(ino, groups):
        state["link", ino, 0] = link


def read_state(records):
    state, dirs = {}, {ROOT}
    for key, b in sorted(records.items()):
        kind, ino, groups = key[0], int.from_bytes(key[1:9], "big"), shared_records.decode(b)
        if kind == 0x40 and ino != ROOT:
            read_inode(state, ino, groups)
            dirs |= {ino} if state.get(("inode", ino), "?")[0] == "d" else set()
        elif kind == 0x41 and (link := read_link(ino, groups)):
            state["link", ino, int.from_bytes(key[9:], "big")] = link
        wanted = key[33:] if kind in (0x42, 0x43) else None
        for (at, tag), inside in group(groups, 10, VERSION) or () if kind in (0x40, 0x42, 0x43) and ino not in dirs else ():
            named = wanted is None or key[9:] == b"".join(u64(n, "big") for n in at) + tag
            if named and (v := read_version((at, tag), inside)):
                state["ver", ino, at + (tag,)] = v
    return state


# -- making them -----------------------------------------------------------------------------------------------------------------

class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.inos = list(range(10, 10 + self.r.choice((3, 6, 10))))
        self.breaks = self.r.choice((4, 12, 40))
        self.used = set()

    def stamp(self): return (self.r.randrange(1, 9), self.r.randrange(1, 3), self.r.randrange(1, 3))
    def tag(self): return bytes([self.r.randrange(3)]) * 16
    def one_in(self, n): return not self.r.randrange(n)

    def spot(self):
        name = self.r.choice((b"a", b"b", b"a.txt", b"lost+found"))
        return u64(self.r.choice([ROOT, ROOT, LOST] + self.inos)) + bytes([len(name)]) + name

    def where(self):
        flags = self.r.choice((0, 0, 2, 2, 1, 4, 7))
        out = bytes([flags]) + self.spot()
        out += stamp(self.stamp()) + varint(self.r.randrange(3)) if flags & 1 else b""
        out += self.spot() if flags & 2 else b""
        if flags & 4:
            out += u64(self.r.choice(self.inos)) + u64(self.r.randrange(2)) + stamp(self.stamp()) + self.spot() + stamp(self.stamp()) + b"\0"
        return out

    def seen(self, number):
        keys = {(self.stamp(), self.tag()) for _ in range(self.r.randrange(1, 4))}
        return number, MAP, tuple((k, ()) for k in sorted(keys))

    def place(self):
        inside = [(1, VALUE, (self.stamp(), self.where()))]
        if self.one_in(3):
            inside += [(2, VALUE, (self.stamp(), b"")), self.seen(3), (4, VALUE, (self.stamp(), b""))]
        if self.one_in(4):
            by = u64(self.r.choice(self.inos), "big") + u64(self.r.randrange(2), "big")
            inside.append((5, MAP, (((self.stamp(), by), (self.seen(1),)),)))
        return 2, SCOPED, (self.stamp(), tuple(inside))

    def contents(self):
        text = self.r.choice((b"x", b"yy", b""))
        return bytes([1 if text else 0]) + varint(len(text)) + u64(0) + text

    def version(self, key, gone):
        other = self.stamp()
        root = (key[0], b"") if self.one_in(2) or (other, key[1]) == key else (other, self.tag() + u64(0))
        inside = [(1, VALUE, root)] + ([(2, VALUE, (ZERO, u64(1, "big")))] if self.one_in(3) else [])
        inside += [(3, VALUE, (ZERO, b""))] if gone else []
        return 10, VERSION, ((key, tuple(inside + [(4, VALUE, (ZERO, self.contents()))])),)

    # what is wrong with it

    def bent_bytes(self, b):
        b = bytearray(b)
        how = self.r.randrange(4)
        if how == 0 or not b:
            return bytes(b) + b"\0"
        if how == 1:
            return bytes(b[:-1])
        if how == 2:
            b[self.r.randrange(len(b))] ^= 1 << self.r.randrange(8)
            return bytes(b)
        return b""

    def bent(self, g):
        """A group, or None: it is left out."""
        number, cls, body = g
        if self.one_in(self.breaks):
            how = self.r.randrange(4)
            if how == 0:
                return None
            if how == 1:
                return shared_records.random_group(self.r, number, 2)
            if cls == VALUE:
                return number, cls, ((self.stamp(), body[1]) if how == 2 else (body[0], self.bent_bytes(body[1])))
        if cls == SCOPED:
            return number, cls, (body[0], self.bent_all(body[1]))
        if cls in (MAP, VERSION):
            keys = [((at, self.bent_bytes(b) if cls == MAP and self.one_in(self.breaks) else b), self.bent_all(inside)) for (at, b), inside in body]
            return number, cls, tuple(sorted(dict(keys).items()))
        return g

    def bent_all(self, groups): return tuple(x for x in map(self.bent, groups) if x)

    def put(self, records, key, *groups):
        b = shared_records.encode(self.bent_all(groups)) if self.bent_all else b""
        if shared_records.is_record(b):
            records[key] = b

    def id_for(self, ino):
        while (ino, key := (self.stamp(), self.tag())) in self.used:
            pass
        self.used.add((ino, key))
        return key

    def file(self, records, ino):
        kind = self.r.choice((4, 4, 8, 8, 8, 10))  # the model has nothing else
        identity = (1, VALUE, (ZERO, bytes([self.r.randrange(256)]) * 16 + bytes([kind])))
        versions = [self.version(self.id_for(ino), False)] if kind != 4 or self.one_in(8) else []
        self.put(records, b"\x40" + u64(ino, "big"), identity, self.place(), *versions)
        for lid in (1, 2):
            if self.one_in(3):
                self.put(records, b"\x41" + u64(ino, "big") + u64(lid, "big"), self.place())
        for kind in (0x42, 0x43, 0x43):
            if self.one_in(2):
                at, tag = key = self.id_for(ino)
                self.put(records, bytes([kind]) + u64(ino, "big") + b"".join(u64(n, "big") for n in at) + tag, self.version(key, kind == 0x43))

    def records(self):
        out = {}
        self.put(out, b"\x40" + u64(ROOT, "big"), (1, VALUE, (ZERO, bytes(16) + b"\x04")), self.place())
        for ino in self.inos:
            self.file(out, ino)
        return out


def told(records): return "".join(f"record {k.hex()} {b.hex()}\n" for k, b in sorted(records.items())) + "show\n"


def compare(program, seed):
    records = Maker(seed).records()
    try:
        state = read_state(records)
    except UnicodeDecodeError:  # the model's names are text
        return True
    model = [" ".join(x.split()) for x in against_tree.shown(tree.build(state))]
    is_ = program.show_text(told(records))
    if model == is_:
        return True
    print(f"seed {seed}: not as the model")
    for mark, some, other in (("model", model, is_), ("program", is_, model)):
        for line in sorted(set(some) - set(other)):
            print(f"  {mark:8}{line}")
    print(told(records))
    return False


def main():
    args = sys.argv[1:]
    number = lambda flag, default: int(args[args.index(flag) + 1]) if flag in args else default
    first, count = number("--from", random.randrange(10**6)), number("--seeds", 300)
    print(f"broken.py --from {first} --seeds {count}", flush=True)
    against_tree.in_numbers()
    program = against_tree.Program(args[0])
    good = all(compare(program, seed) for seed in range(first, first + count))
    print(f"{count} states with broken groups: {'the same' if good else 'different'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
