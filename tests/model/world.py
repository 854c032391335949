"""Devices, the store between them and the journal of what users did, with what must hold at every step and at the end."""
import random
from collections import Counter
import records
from device import Device, Refused
from plain import Plain

NAMES = ["a", "b", "c.txt"]


SEEN = Counter()  # how often each phenomenon was looked at


HARMLESS = {"create", "mkdir", "symlink", "chmod", "setxattr", "unlink", "rmdir", "rmtree"}


class Broken(Exception):
    pass


def want(ok, what, *more):
    if not ok:
        raise Broken(what + "".join(f"\n      {m}" for m in more))


class World:
    """Devices, the commits on the store, and the journal of what users did."""

    def __init__(self, devices=3):
        self.devices = [Device("ABCDE"[i]) for i in range(devices)]
        self.store, self.made = [], {}  # commits; hash -> ids of the user operations in it
        self.journal = {}               # id -> (device, texts written, texts killed, ids known before, operation)
        self.known = [set() for _ in self.devices]
        self.pending = [[] for _ in self.devices]
        self.snapshots = [None] * devices
        self.states = {}                # set of commits -> what is published; (set, "tree") -> listing
        self.count, self.log = 0, []

    # -- what a user does --------------------------------------------------------------------------------------------
    def user(self, i, op, *args):
        d = self.devices[i]
        before, t = d.listing(), d.tree()
        plain, refused, expected = Plain(before), None, None
        shared = {path for path, e in self.paths(d) if e.sibling}
        try:
            getattr(plain, op)(*args)
        except Refused as e:
            expected = e
        saved = d.snapshot()
        try:
            getattr(d, op)(*args)
        except Refused as e:
            refused = e
            d.crash(saved)
        self.log.append((d.name, op, *args, str(refused or "")))
        if refused and str(refused) in ("EACCES", "EBUSY") and any("lost+found" in str(a) for a in args):
            return
        want(bool(refused) == bool(expected), "refused otherwise than POSIX does", expected, before)
        if refused:
            return
        after = d.listing()
        self.compare(op, args, plain.listing(), after, before, d, t)
        self.write_journal(i, set(Plain(after).texts() - Plain(before).texts()), set(Plain(before).texts() - plain.texts()), op)

    def paths(self, d):
        t = d.tree()
        return [(f"{t.path(c)}/{n}", e) for c, here in t.children.items() for n, e in here.items()]

    def compare(self, op, args, expected, after, before, d, t):
        """Exactly what POSIX says; but a sibling shares its inode's attributes, and lost+found goes when it is empty."""
        if op in ("chmod", "setxattr"):
            loose = lambda l: {p: v[:2] for p, v in l.items() if p != args[0]}
            want(loose(expected) == loose(after) and expected[args[0]] == after[args[0]], "not what the user saw", expected, after)
            return
        if "/lost+found" not in after:
            expected.pop("/lost+found", None)
        strip = lambda l: {p: v[:4] for p, v in l.items()}
        want(strip(expected) == strip(after), "not what the user saw", before, expected, after)
        groups = lambda l: {frozenset(q for q in l if l[q][4] == v[4]) for v in l.values()}
        want(groups(expected) == groups(after), "hard links not as the user saw", expected, after)

    def write_journal(self, i, written, killed, op):
        self.count += 1
        self.journal[self.count] = (i, written, killed, frozenset(self.known[i]), op)
        self.known[i].add(self.count)
        self.pending[i].append(self.count)

    # -- what devices do ---------------------------------------------------------------------------------------------
    def publish(self, i):
        d = self.devices[i]
        shown = d.listing()
        c = d.publish()
        want(d.listing() == shown, "publishing changed what is shown")
        if c:
            self.store.append(c)
            self.made[c.hash] = self.pending[i]
            self.log.append((d.name, "publish", c.hash))
        self.pending[i], self.snapshots[i] = [], None
        self.look(i)

    def ready(self, i):
        return [c for c in self.store if self.devices[i].ready(c)]

    def receive(self, i, r):
        ready = self.ready(i)
        if ready:
            c = ready[r % len(ready)]
            self.devices[i].receive(c)
            self.log.append((self.devices[i].name, "receive", c.hash))
            self.known[i].update(self.made[c.hash])
            self.look(i)

    def look(self, i):
        """Same commits, same bytes, same tree; and the tree is well formed."""
        d = self.devices[i]
        key, now = frozenset(d.applied), dict(d.base)
        want(self.states.setdefault(key, now) == now, "same commits, other bytes")
        if not d.open:
            listing = d.listing()
            want(self.states.setdefault((key, "tree"), listing) == listing, "same commits, other tree")
        self.well_formed(d)

    def well_formed(self, d):
        t, state = d.tree(), d.view()
        SEEN.update({"trees": 1, "voided": bool(t.voided), "revived": bool(t.revived), "united": any(len(m) > 1 for m in t.members.values()),
                     "lost+found": "lost+found" in t.children[records.ROOT]})
        want("lost+found" not in t.children[records.ROOT], "something has no place")
        SEEN.update({"sibling": any(e.sibling for h in t.children.values() for e in h.values()),
                     "name conflict": any(e.leans and not e.sibling for h in t.children.values() for e in h.values()),
                     "hidden": any(e.hidden for h in t.children.values() for e in h.values())})
        reached = [i for m in t.members.values() for i in m]
        want(len(reached) == len(set(reached)), "a directory twice")
        links = [(e.ino, e.lid) for h in t.children.values() for e in h.values() if e.type != "d" and not e.sibling]
        links += [x for h in t.children.values() for e in h.values() for x in e.hidden]
        want(len(links) == len(set(links)), "a link twice")
        for key, value in state.items():
            if key[0] == "link" and not t.at[key[1:]].removed:
                left = t.versions.get(key[1])
                want(key[1] in reached or (key[1], key[2]) in links or not left, "a live link not reached", key)
        for e in (e for h in t.children.values() for e in h.values() if e.type != "d"):
            for v in t.versions[e.ino]:
                text = t.texts[e.ino, v]
                want(any(x.ino == e.ino and t.texts[x.ino, x.vid] == text or (e.ino, e.lid) in x.hidden
                         for h in t.children.values() for x in h.values() if x.type != "d"), "a version not shown", e)

    def snap(self, i):
        if self.devices[i].open or self.snapshots[i] is None:
            self.snapshots[i] = (self.devices[i].snapshot(), set(self.known[i]), list(self.pending[i]))

    def crash(self, i):
        if self.snapshots[i]:
            self.devices[i].crash(self.snapshots[i][0])
            for lost in set(self.pending[i]) - set(self.snapshots[i][2]):
                del self.journal[lost]
            self.known[i], self.pending[i], self.snapshots[i] = self.snapshots[i][1], self.snapshots[i][2], None
            self.log.append((self.devices[i].name, "crash"))

    def newcomer(self, i):
        """One more device, by the checkpoint of another."""
        if len(self.devices) < 5:
            self.devices.append(Device("ABCDE"[len(self.devices)]))
            self.devices[-1].load(self.devices[i])
            self.known.append(set().union(*(self.made[h] for h in self.devices[i].applied)))
            self.pending.append([])
            self.snapshots.append(None)
            self.log.append((self.devices[-1].name, "loads a checkpoint of", self.devices[i].name))

    def write_handle(self, i, text):
        d = self.devices[i]
        before, plain = set(Plain(d.listing()).texts()), Plain(d.listing())
        h = d.handles.get("h")
        old = h and d.view().get(("ver", d.tree().homes.get((h["ino"], h["vid"]), h["ino"]), h["vid"]))
        shown = old and not h["orphan"] and self.shown_as(d, h)
        try:
            d.write_handle("h", text)
        except Refused:
            return
        self.log.append((d.name, "write_handle", text))
        self.write_journal(i, {text}, {old[0]} if old else set(), "write_handle")
        lost = before - set(Plain(d.listing()).texts()) - ({old[0]} if old else set())
        want(not lost, "writing through a handle took away", lost)
        if shown:  # as a write by name: what else is shown stays where it is
            plain.write(shown, text)
            expected, after = plain.listing(), d.listing()
            want({p: x[:2] for p, x in expected.items()} == {p: x[:2] for p, x in after.items()}, "not as the user saw", expected, after)

    def shown_as(self, d, h):
        """A path under which the version is shown that the handle goes on in."""
        t = d.tree()
        for at, name, e in d.entries():
            if e.type != "d" and e.ino == h["ino"] and h["vid"] in t.versions[e.ino] and t.texts[e.ino, e.vid] == t.texts[e.ino, h["vid"]]:
                return f"{t.path(at)}/{name}"
        return None

    # -- steps of a schedule: numbers only, so that any subsequence is a schedule -----------------------------------------
    def step(self, s):
        kind, i, r1, r2, r3 = s
        i %= len(self.devices)
        d = self.devices[i]
        if kind == "publish":
            return self.publish(i)
        if kind == "receive":
            return self.receive(i, r1)
        if kind == "snap":
            return self.snap(i)
        if kind == "crash":
            return self.crash(i)
        if kind == "newcomer":
            return self.newcomer(i)
        there = sorted(p for p, _ in self.paths(d))
        dirs = [""] + sorted(p for p, e in self.paths(d) if e.type == "d")
        old = there[r1 % len(there)] if there else "/" + NAMES[0]
        new = dirs[r2 % len(dirs)] + "/" + NAMES[r3 % len(NAMES)]
        if r2 % 7 == 0 and there:
            new = there[r3 % len(there)]
        text = f"t{self.count}{d.name}" if (r1 + r3) % 4 else "same"
        if kind in ("create", "symlink"):
            self.user(i, kind, new, text)
        elif kind == "mkdir":
            self.user(i, kind, new)
        elif kind in ("write", "append"):
            self.user(i, kind, old, text)
        elif kind == "save":
            self.user(i, kind, old if r2 % 3 else new, text)
        elif kind in ("truncate", "unlink", "rmdir", "rmtree"):
            self.user(i, kind, old)
        elif kind in ("rename", "link"):
            self.user(i, kind, old, new)
        elif kind == "exchange":
            self.user(i, kind, old, there[r2 % len(there)] if there else new)
        elif kind == "chmod":
            self.user(i, kind, old, 0o600 + r2 % 8)
        elif kind == "setxattr":
            self.user(i, kind, old, "x", str(r2 % 4))
        elif kind == "open" and there and r1 % 2:
            try:
                d.open_file(old, "h")
            except Refused:
                pass
        elif kind == "write_handle":
            self.write_handle(i, text)

    # -- the end of a schedule --------------------------------------------------------------------------------------------
    def settle_all(self, r):
        for i in range(len(self.devices)):
            self.publish(i)
        bases = [d.base for d in self.devices]
        r.shuffle(bases)
        bases = [dict(b) for b in bases]
        for i in range(len(self.devices)):
            while self.ready(i):
                self.receive(i, r.randrange(99))
        first = self.devices[0]
        self.join_whole_states(bases, first)
        for d in self.devices[1:]:
            want(d.base == first.base, "devices differ")
        for d in self.devices:
            want(d.publish() is None, "not quiescent")

    def join_whole_states(self, bases, first):
        """Joining whole states, in any order and grouping, is joining the commits."""
        if not any(d.purged for d in self.devices):
            left = right = {}
            for b in bases:
                left = records.join(dict(left), b)
            for b in reversed(bases):
                right = records.join(dict(b), right)
            for s in (left, right, records.join(dict(left), right)):
                want(s == first.base, "joining states differs from joining commits")

    def end(self, r):
        self.settle_all(r)
        texts = set(Plain(self.devices[0].listing()).texts())
        killed = set().union(*(j[2] for j in self.journal.values()), set())
        for written in (j[1] for j in self.journal.values()):
            want(not written - killed - texts, "lost", written - killed - texts, self.devices[0].listing())
        for k, (_, _, dead, past, _) in self.journal.items():  # what was removed comes back only by an act that can mean it
            if not any(j[4] not in HARMLESS and o not in past and k not in j[3] and o != k for o, j in self.journal.items()):
                want(not {x for x in dead if x.startswith("t")} & texts, "came back", dead & texts)
        for i, path in [(0, p) for p in sorted(self.devices[0].listing()) if p.count("/") == 1]:
            if path in self.devices[i].listing() and path != "/lost+found":
                self.user(i, "rmtree", path)
        if "/lost+found" in self.devices[0].listing():
            self.user(0, "rmtree", "/lost+found")
        self.settle_all(r)
        want(not self.devices[0].listing(), "rm -r left", self.devices[0].listing())


WEIGHTS = {"create": 6, "mkdir": 6, "write": 7, "append": 2, "truncate": 1, "save": 4, "unlink": 6, "rmdir": 3, "rmtree": 2,
           "rename": 12, "exchange": 3, "link": 4, "chmod": 2, "setxattr": 1, "symlink": 1, "open": 3, "write_handle": 3,
           "publish": 12, "receive": 22, "snap": 2, "crash": 1, "newcomer": 1}


TREES = {"mkdir": 12, "create": 2, "write": 1, "unlink": 1, "rmdir": 3, "rmtree": 1, "rename": 30, "exchange": 3, "publish": 8, "receive": 14}


def schedule(seed, steps):
    r = random.Random(seed)
    weights = TREES if seed % 3 == 0 else WEIGHTS
    kinds = r.choices(list(weights), list(weights.values()), k=steps)
    return [(k, r.randrange(60), r.randrange(999), r.randrange(999), r.randrange(999)) for k in kinds]


def run(steps, seed, devices=3):
    w = World(devices)
    for s in steps:
        w.step(s)
    w.end(random.Random(seed))
