"""The oracle's own reading of format 2: commits and records by tests/vectors/*2.py, the join of all of them, and the tree that the model
(tests/model) derives from that. Nothing here is the product's."""
import functools
import hashlib
import os
import re
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE + "/../model", HERE + "/../vectors"]
import against_tree  # noqa: E402
import broken  # noqa: E402
import shared_records  # noqa: E402
import tree  # noqa: E402
from shared_records import MAP, Reader, Refused  # noqa: E402, F401
from vault_forms import read_commit, read_facts, whole  # noqa: E402

INODE, SIBLING, VERSION, XATTR, EXTENTS, SEGMENT, DEVICE = 0x40, 0x42, 0x43, 0x44, 0x47, 0x48, 0x54
ROOT, LOST, OWNER = 1, 2, 1000
TYPES = {letter: number for number, letter in broken.TYPES.items()}
against_tree.in_numbers()
shared_records.decode = functools.lru_cache(1 << 12)(shared_records.decode)  # devices have the same records, each read several times


# -- commits -------------------------------------------------------------------------------------------------------------------

class Commits:
    """All that anybody has put on the store."""

    def __init__(self):
        self.parts = {}  # object hash -> part

    def add(self, object_hash, plain):
        if object_hash not in self.parts:
            self.parts[object_hash] = whole(read_commit)(plain)

    def whole(self):
        """(last part, all its records) of each commit of which every part is there."""
        for part in self.parts.values():
            if "hashes" in part and all(h in self.parts for h in part["hashes"]):
                pieces = [self.parts[h] for h in part["hashes"]] + [part]
                yield part, [record for p in pieces for record in p["records"]]

    def joined(self):
        state = {}
        for _, records in self.whole():
            for key, groups in parted(records).items():
                state[key] = shared_records.join(state[key], groups) if key in state else groups
        return state


def parted(records):
    """Records with each version by itself, wherever it stands: so states join key by key."""
    out = {}

    def put(key, groups):
        out[key] = shared_records.join(out[key], groups) if key in out else groups

    for key, value in records:
        groups = shared_records.decode(value)
        if key[0] in (INODE, SIBLING, VERSION):
            for version, inside in broken.group(groups, 10, shared_records.VERSION) or ():
                put((key[1:9], version), inside)
            groups = tuple(g for g in groups if g[0] != 10)
        if groups:
            put(key, groups)
    return out


def lacking(wanted, there):
    """Keys of what joining the records `wanted` would change in those that are `there`."""
    wanted, there = parted(wanted), parted(there)
    return [k for k, groups in wanted.items() if k not in there or shared_records.join(there[k], groups) != there[k]]


# -- what is shown -------------------------------------------------------------------------------------------------------------

def conflict_name(recorded, who, count):
    """docs/format.md, "The shown tree"; names are text here."""
    recorded = re.sub(r" \(conflict (?=[^()]* )[^()]*\d\)( \d+)?(?=\.|$)", "", recorded)
    stem, ext = re.fullmatch(r"(.+?)((?:\.[A-Za-z][A-Za-z0-9]{,7})?\.[A-Za-z0-9]{1,8})?", recorded, re.S).groups("")
    return f"{stem} (conflict {who}){'' if count == 1 else f' {count}'}{ext}"


class Shown:
    """What the model shows of the records of one device. `streams`: whose each is."""

    def __init__(self, records, streams):
        self.records, self.streams = records, streams
        self.inode = {int.from_bytes(k[1:9], "big"): shared_records.decode(v) for k, v in records.items() if k[0] == INODE}
        self.version, self.root_time = {}, {}  # (recorded under, id) -> contents group; root -> time
        self.xattr = {}
        for key, value in records.items():
            ino = int.from_bytes(key[1:9], "big")
            if key[0] in (INODE, SIBLING, VERSION):
                for (at, tag), inside in broken.group(shared_records.decode(value), 10, shared_records.VERSION) or ():
                    self.add_version(ino, at, tag, inside)
            elif key[0] == XATTR:
                for (_, name), inside in broken.group(shared_records.decode(value), 1, MAP):
                    said = broken.value(inside, 1, zero=False)[1]
                    if said[:1] == b"\1":
                        self.xattr[ino, name] = said[1:]
        tree.conflict_name = lambda name, root, count: conflict_name(name, self.who(root), count)
        self.tree = tree.build(broken.read_state(records))

    def add_version(self, ino, at, tag, inside):
        contents, root = broken.value(inside, 4), broken.value(inside, 1, zero=False)
        if not contents:
            return
        r = Reader(contents[1])
        form, size, when = r.number(1), r.varint(), r.take(8)
        self.version[ino, at + (tag,)] = form, size, r.left(), tag
        if root:
            key = root[0] + (root[1][:16] or tag,)
            self.root_time[key] = int.from_bytes(root[1][16:] or when, "little", signed=True)

    def who(self, root):
        device = self.streams.get(root[1])
        said = device and self.records.get(bytes([DEVICE]) + bytes.fromhex(device))
        name = said and broken.value(shared_records.decode(said), 2, zero=False)
        name = re.sub(r"[\0-\x1f\x7f/()]", "_", name[1].decode()[:40]) if name else f"{root[1]:016x}"
        return name + time.strftime(" %Y-%m-%d %H.%M.%S", time.gmtime(self.root_time.get(root, 0)))

    def attribute(self, ino, number):
        found = broken.value(self.inode.get(ino, ()), number, zero=False)
        return found and found[1]

    def attributes(self, ino):
        mode, uid, mtime = (self.attribute(ino, n) for n in (3, 4, 7))
        uid = int.from_bytes(uid or b"\xff" * 4, "little")
        return {"mode": int.from_bytes((mode or b"")[:2], "little"), "uid": OWNER if uid == 0xffffffff else uid,
                "mtime": int.from_bytes((mtime or b"")[:8], "little", signed=True), "x": self.xattr.get((ino, b"user.x"), b"").decode()}

    def number(self, e):
        """Under which a sibling is shown: that of the file that it would become."""
        if not e.sibling:
            return e.ino
        versions, roots = self.tree.versions[e.ino], self.tree.roots
        root = roots[e.ino, e.vid]
        alone = next(v for v in versions if roots[e.ino, v] == root) != e.vid
        return int(against_tree.copy_number(e.ino, e.vid if alone else root, alone))

    def entries(self):
        """path -> what is shown there, "of": contents as the record has them."""
        out = {}

        def walk(d, path):
            for name, e in self.tree.children[d].items():
                is_dir = e.type == "d"
                home = None if is_dir else self.tree.homes[e.ino, e.vid]
                out[f"{path}/{name}"] = {"type": TYPES[e.type], "ino": self.number(e), **self.attributes(e.ino),
                                         "nlink": None if is_dir else self.tree.nlink[e.ino, e.vid if e.sibling else None],
                                         "of": None if is_dir else self.version[home, e.vid]}
                if is_dir:
                    walk(e.ino, f"{path}/{name}")

        walk(ROOT, "")
        return out


def inline(of):
    """How the journal writes contents that stand in the record; None: they do not."""
    form, size, payload, _ = of
    return f"{size}-{hashlib.sha256(payload).hexdigest()[:10]}" if form < 2 else None


# -- one device ----------------------------------------------------------------------------------------------------------------

class Records:
    """The map of a device at the end."""

    def __init__(self):
        self.shared, self.local, self.queue = {}, [], []

    def add(self, table, key, value):
        if table == "q":
            self.queue.append(key)
        elif key[0] < 0x80:
            self.shared[key] = value
        else:
            self.local.append(key)

    def wrong(self, same):
        """Sentences, each begun by its kind of fault. same: of the devices of one world."""
        misplaced, listed, used = same.of(self.shared)
        yield from misplaced
        for block in sorted(used - listed):
            yield f"no block: {block.hex()} is used, and no segment lists it"
        placed = {key[1:] for key in self.local if key[0] == 0xa7}
        for block in sorted(listed ^ placed):
            yield f"placed: block {block.hex()} is {'listed, and not known here' if block in listed else 'known here, and not listed'}"
        yield from self.left_over()

    def left_over(self):
        for kind, name in ((0xa8, "unlinked inode"), (0xa9, "count of uses"), (0xaf, "contents of a nameless inode"), (0xb0, "said"), (0xb1, "said")):
            for key in self.local:
                if key[0] == kind:
                    yield f"left over: {name} {key[1:].hex()}"
        for key in self.queue:
            if key[:1] in b"BHCSO":
                yield f"left over: queue {key[:1].decode()} {key[1:9].hex()}"


class Same:
    """What follows from shared records alone, found once for all devices that have the same."""

    def __init__(self):
        self.known = []

    def of(self, records):
        """(misplaced, blocks that segments list, blocks that are used)"""
        for had, found in self.known:
            if had == records:
                return found
        found = list(misplaced(records)), *blocks(records)
        self.known.append((records, found))
        return found


def versions(groups):
    return broken.group(groups, 10, shared_records.VERSION) or ()


def misplaced(records):
    """Where a version stands follows from all of them."""
    live = {}
    for key, value in records.items():
        for (at, tag), inside in versions(shared_records.decode(value)) if key[0] in (INODE, SIBLING, VERSION) else ():
            root = broken.value(inside, 1, zero=False)
            if broken.is_there(inside, 3) != (key[0] == VERSION):
                yield f"misplaced: a version of {key[1:9].hex()}"
            elif key[0] != VERSION:
                live.setdefault(key[1:9], []).append(((root[0], root[1][:16] or tag), (at, tag), key[0]))
    for ino, some in live.items():
        if [kind for *_, kind in sorted(some)] != [SIBLING] * (len(some) - 1) + [INODE]:
            yield f"misplaced: the versions of {ino.hex()}"


def blocks(records):
    listed, used = set(), set()
    for key, value in records.items():
        groups = shared_records.decode(value)
        if key[0] == SEGMENT and (facts := broken.value(groups, 1)):
            listed |= {h[:16] for h, _, _ in whole(read_facts)(facts[1])["blocks"]}
        elif key[0] == EXTENTS:
            used |= set(extents(broken.value(groups, 1)[1]))
        elif key[0] in (INODE, SIBLING, VERSION):
            for _, inside in versions(groups):
                contents = broken.value(inside, 4)
                if contents and contents[1][0] == 2:
                    r = Reader(contents[1][1:])
                    r.varint(), r.take(8)
                    used.add(r.take(16))
    return listed, used


def extents(value):
    r = Reader(value)
    for _ in range(r.varint()):
        r.varint(), r.varint()
        yield r.take(16)
        r.varint()
