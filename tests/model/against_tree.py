#!/usr/bin/env python3
"""The derivation of vault/tree against the model's, on states of random schedules and on random hostile records.

    against_tree.py build/tests/tree-show [--seeds N] [--from SEED]

A state of the model is told to both with numbers for inodes, links and streams, in the same order, and with the tags of
contents instead of them; the model's rules then run on that.
"""
import hashlib
import random
import subprocess
import sys
import records
import tree
import world
from records import Link, Where

TYPES = {"d": 4, "f": 8, "l": 10, "p": 1, "c": 2, "b": 6, "s": 12}
ROOT, LOST, FIRST = 1, 2, 0


def digest_copy(ino, root, alone):
    b = b"cloudseal copy" + ino.to_bytes(8, "little") + b"".join(x.to_bytes(8, "little") for x in root[:3]) + root[3] + bytes([alone])
    return hashlib.sha256(b).digest()


class Copy(int):
    """The number of a copy, with its birth id."""


def copy_number(ino, root, alone=False):
    digest = digest_copy(ino, root, alone)
    copy = Copy(int.from_bytes(digest[:8], "little") | 1 << 63)
    copy.birth = int(ino).to_bytes(8, "little") + digest[8:16]
    return copy


def is_copy(state, copy):
    return state.get(("inode", copy), (None, None))[1] == copy.birth


class Numbers:
    """What a state of the model is called in numbers."""
    def __init__(self, state):
        self.versions = {k[2] for k in state if k[0] == "ver"}
        inos, lids = set(), set()
        for key, value in state.items():
            inos.add(key[1])
            if key[0] == "link":
                lids.add(key[2])
                inos.update([value.where.dir] + ([value.where.back[0]] if value.where.back else []))
                if half := value.where.half:
                    inos.update([half[0], half[3][0]]), lids.add(half[1])
                inos.update(r[0] for r in value.replaced), lids.update(r[1] for r in value.replaced)
            if key[0] == "ver":
                lids.add(value[3])
        plain = sorted(i for i in inos if "~" not in i and i not in (records.ROOT, records.LOST))
        self.inos = {i: 10 + n for n, i in enumerate(plain)} | {records.ROOT: ROOT, records.LOST: LOST}
        self.lids = {lid: n for n, lid in enumerate(sorted(lids | {()}))}

    def stamp(self, s):
        return (s[0], ord(s[1]) - 64 if s[1] else 0, s[2])

    def tag(self, text):
        return hashlib.sha256(text.encode()).digest()[:16]

    def vid(self, v):
        return self.stamp(v) + (self.tag(v[3]),)

    def seat(self, s):
        return self.stamp(s) + ((s[3] if len(s) > 3 else 0),)

    def ino(self, i):
        if i not in self.inos:
            of, _, root = i.rpartition("~")
            lamport, stream, text = root.rstrip("!").split(".", 2)
            v = next((v for v in sorted(self.versions) if (str(v[0]), v[1], v[3]) == (lamport, stream, text)), (int(lamport), stream, 0, text))
            self.inos[i] = copy_number(self.ino(of), self.vid(v), i.endswith("!"))
        return self.inos[i]

    def spot(self, s):
        return (self.ino(s[0]), s[1])

    def partner(self, p):
        return (self.ino(p[0]), self.lids[p[1]], self.stamp(p[2]))

    def link(self, link):
        w, seen = link.where, lambda s: frozenset(map(self.vid, s))
        where = Where(self.stamp(w.stamp), self.ino(w.dir), w.name, w.back and self.spot(w.back), self.seat(w.seat),
                      w.half and self.partner(w.half) + (self.spot(w.half[3][:2]) + (self.seat(w.half[3][2]),),))
        removed = link.removed and (self.stamp(link.removed[0]), seen(link.removed[1]), self.stamp(link.removed[2]))
        return Link(where, self.stamp(link.life), removed, frozenset(self.partner(r) + (seen(r[3]),) for r in link.replaced))

    def state(self, state):
        out = {}
        for key, value in state.items():
            ino = self.ino(key[1])
            if key[0] == "inode":
                out["inode", ino] = (value[0], getattr(ino, "birth", hashlib.sha256(value[1].encode()).digest()[:16]))
            elif key[0] == "link":
                out["link", ino, self.lids[key[2]]] = self.link(value)
            elif key[0] == "ver":
                out["ver", ino, self.vid(key[2])] = (self.tag(value[0]), value[1], self.vid(value[2]), self.lids[value[3]])
        return out


# -- random records: small domains, anything goes --------------------------------------------------------------------------

def hostile(seed):
    r = random.Random(seed)
    inos, size = [ROOT, LOST] + list(range(10, 10 + r.choice((4, 8, 16)))), r.choice((3, 6, 40))
    stamp = lambda: (r.randrange(size), r.randrange(1, 3), r.randrange(2))
    names = ["a", "b", "a.txt", "lost+found", "a (conflict A 1)", "a (conflict A 1) 2", "a.tar.gz", ".rc", "é" * 120]
    tag = lambda: bytes([r.randrange(3)]) * 16
    vid = lambda: stamp() + (tag(),)
    seat = lambda: stamp() + (r.randrange(2),)
    spot = lambda: (r.choice(inos), r.choice(names))
    partner = lambda: (r.choice(inos), r.randrange(3), stamp())
    half = lambda: partner() + (spot() + (seat(),),)
    state = {}
    versions = [vid() for _ in range(6)]
    some = lambda: frozenset(r.sample(versions, r.randrange(4)))
    for ino in inos[2:]:
        if r.randrange(8):
            state["inode", ino] = (r.choice("dddfffl" if seed % 2 else "ddddddf"), bytes([r.randrange(256)]) * 16)
        for lid in range(3):
            if r.randrange(4) == 0 and lid or not lid and r.randrange(9):
                removed = (stamp(), some(), stamp()) if r.randrange(3) == 0 else None
                replaced = frozenset(partner() + (some(),) for _ in range(r.choice((0, 0, 0, 1, 2))))
                where = Where(stamp(), *spot(), spot() if r.randrange(2) else None, seat(), half() if r.randrange(4) == 0 else None)
                state["link", ino, lid] = Link(where, stamp(), removed, replaced)
        for _ in range(r.randrange(3)):
            v = r.choice(versions + [vid()])
            state["ver", ino, v] = (v[3], r.randrange(4) == 0, r.choice([v, v, r.choice(versions)]), r.randrange(3))
    for key in [k for k in state if k[0] == "ver" and r.randrange(3) == 0]:  # copies, that catch versions
        ino = copy_number(key[1], *r.choice(((key[2], True), (state[key][2], False))))
        state["inode", ino] = (r.choice("fffd"), ino.birth if r.randrange(8) else bytes([r.randrange(256)]) * 16)
        state["link", ino, FIRST] = Link(Where(stamp(), *spot(), None, seat(), None), stamp())
    return state


# -- telling both ----------------------------------------------------------------------------------------------------------

def flat(*parts):
    for p in parts:
        if isinstance(p, (tuple, list)):
            yield from flat(*p)
        else:
            yield "-" if p in ("", b"") else p.hex() if isinstance(p, bytes) else p.encode().hex() if isinstance(p, str) else str(int(p))


def line(word, *parts):
    return word + " " + " ".join(flat(*parts)) + "\n"


def told(state):
    out = []
    for key, v in state.items():
        if key[0] == "inode":
            out.append(line("inode", key[1], TYPES[v[0]], v[1]))
        elif key[0] == "ver":
            out.append(line("version", key[1], key[2], v[2], v[3], v[1]))
        elif key[0] == "link":
            w, many = v.where, lambda s: (len(s), sorted(s))
            option = lambda x: (1, x) if x else 0
            removed = (1, v.removed[0], *many(v.removed[1])) if v.removed else 0
            replaced = [(x[:3], *many(x[3])) for x in sorted(v.replaced, key=lambda x: (x[2], x[0], x[1], sorted(x[3])))]
            out.append(line("link", key[1:], v.life, w.stamp, w.dir, w.name, w.seat, option(w.back), option(w.half), removed,
                            len(replaced), replaced))
    return "".join(out) + "show\n"


def show_entry(t, d, name, e):
    words = [str(d), name.encode().hex(), str(TYPES[e.type]), str(e.ino), str(e.lid), str(int(e.sibling)), e.name.encode().hex()]
    words += ["nlink", str(t.nlink[e.ino, e.vid if e.sibling else None] if e.type != "d" else 0), "hidden"]
    words += [f"{ino}.{lid}" for ino, lid in e.hidden]
    if e.vid:
        words += [".".join([*map(str, e.vid[:3]), e.vid[3].hex()]), "home", str(t.homes[e.ino, e.vid])]
    words += ["<" + n for n in sorted(n.encode().hex() for n in e.leans if n in t.children[d])]
    return " ".join(words)


def shown(t):
    lines = []

    def walk(d):
        up = t.up[d]
        path = t.path(d).encode().hex()
        members = "".join(f" {m}{'!' if m in t.revived else ''}" for m in t.members[d])
        lines.append(f"dir {d} up {up[0] if up else 0} path {path} members{members}")
        here = sorted(t.children[d].items(), key=lambda x: x[0].encode())
        lines.extend(show_entry(t, d, n, e) for n, e in here)
        for _, e in here:
            if e.type == "d":
                walk(e.ino)

    walk(ROOT)
    return lines + ["void" + "".join(f" {v}" for v in t.voided)]


class Program:
    def __init__(self, path):
        self.p = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def show(self, state):
        return self.show_text(told(state))

    def show_text(self, text):
        self.p.stdin.write(text)
        self.p.stdin.flush()
        lines = []
        while (text := self.p.stdout.readline()) != ".\n":
            if not text:
                raise SystemExit("the program ended")
            lines.append(" ".join(text.split()))
        return lines


def letter(stream):
    return chr(64 + stream % 27)


def in_numbers():
    """The model's rules, with numbers where it has words."""
    tree.ROOT, tree.LOST, tree.FIRST, tree.copy_of, tree.is_copy = ROOT, LOST, FIRST, copy_number, is_copy
    plain = tree.conflict_name

    def conflict_name(name, stamp, count):
        made = plain(name, (stamp[0], letter(stamp[1])), count)
        return made if len(made.encode()) <= 255 else cut(name, stamp, count)

    def cut(name, stamp, count):  # the model counts characters
        for n in range(len(name), 0, -1):
            stem = name[:n]
            if len((made := plain(stem, (stamp[0], letter(stamp[1])), count)).encode()) <= 255:
                return made

    tree.conflict_name = conflict_name


def states(first, count):
    """States of devices in random schedules, in numbers; every third one hostile."""
    for seed in range(first, first + count):
        w = world.World()
        for i, s in enumerate(world.schedule(seed, 20 + seed % 60)):
            w.step(s)
            if i % 5 == 4:
                view = w.devices[i % len(w.devices)].view()
                yield f"seed {seed} step {i}", Numbers(view).state(view)
        w.settle_all(random.Random(seed))
        yield f"seed {seed} end", Numbers(w.devices[0].base).state(w.devices[0].base)


def compare(program, name, state):
    model, is_ = [" ".join(x.split()) for x in shown(tree.build(state))], program.show(state)
    if model == is_:
        return True
    print(f"{name}: not as the model")
    for line in sorted(set(model) - set(is_)):
        print("  model  ", line)
    for line in sorted(set(is_) - set(model)):
        print("  program", line)
    print(told(state)[:4000])
    return False


def main():
    args = sys.argv[1:]
    number = lambda flag, default: int(args[args.index(flag) + 1]) if flag in args else default
    first, count = number("--from", random.randrange(10**6)), number("--seeds", 300)
    print(f"against_tree.py --from {first} --seeds {count}", flush=True)
    honest = list(states(first, count))
    in_numbers()
    program = Program(args[0])
    good = all(compare(program, *x) for x in honest)
    good = good and all(compare(program, f"hostile {s}", hostile(s)) for s in range(first, first + 20 * count))
    print(f"{len(honest)} states of schedules, {20 * count} hostile ones: {'the same' if good else 'different'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
