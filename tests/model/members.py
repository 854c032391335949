"""Worlds of members: one that comes back after others purged, one that is revoked, one that is cloned."""
import random
import records
from device import Device
from world import SEEN, World, schedule, want

def away(seed):
    """C goes away; A and B go on, purge what is dead; C, with changes that nobody has, comes back. In half of the worlds
    C's changes are in commits beyond the cut, that nobody applied."""
    r, w = random.Random(seed), World(3)
    for s in schedule(seed, 30):
        if s[0] not in ("crash", "newcomer", "snap"):
            w.step(s)
    a, b, c = w.devices
    w.settle_all(r)
    cut = c.n
    for s in schedule(seed + 7, 30):
        if s[0] not in ("publish", "receive", "crash", "newcomer", "snap"):
            w.step((s[0], 2, *s[2:]))
    if seed % 2:
        c.publish()
    w.devices = [a, b]
    for s in schedule(seed + 9, 30):
        if s[0] not in ("crash", "newcomer", "snap"):
            w.step(s)
    a.purged = b.purged = True
    for turn in range(4):
        w.publish(0), w.publish(1)
        for _ in range(r.choice((2, 4, 99))):
            w.receive(0, r.randrange(99)), w.receive(1, r.randrange(99))
        acks, (one, other) = [a.ack(), b.ack()], (a, b) if turn % 2 else (b, a)
        x = one.gc(acks)
        for s in schedule(seed + 11 + turn, 12):  # at the same time, at the other one
            if s[0] not in ("publish", "receive", "crash", "newcomer", "snap"):
                w.step((s[0], w.devices.index(other), *s[2:]))
        y = None if other.open else other.gc(acks)
        for c2 in filter(None, (x, y)):
            SEEN["purged"] += len(c2.purge)
            w.store.append(c2)
            w.made[c2.hash] = []
    w.settle_all(r)
    w.devices, c.memo = [a, b, c], None
    c.purged = True
    c.come_back(a if seed % 3 else b, cut)
    w.well_formed(c)
    w.known[2] |= w.known[0]
    w.end(r)


def revoked(seed):
    """C is revoked at a cut that A and B learn of at different times; what somebody had applied in good faith counts."""
    r, w = random.Random(seed), World(3)
    plan = [s for s in schedule(seed, 60) if s[0] not in ("crash", "newcomer", "snap")]
    told = [r.randrange(20, 60), r.randrange(20, 60)]
    cut = None
    for at, s in enumerate(plan):
        if at == 20:
            cut = w.devices[2].n
        i = s[1] % 3
        if s[0] == "receive" and i < 2 and at >= told[i]:
            counts = counted(w.store, cut)
            ready = [x for x in w.ready(i) if x.hash in counts]
            if ready:
                w.devices[i].receive(ready[s[2] % len(ready)])
                w.look(i)
        elif s[0] != "receive":
            w.step(s)
        elif w.ready(i):
            w.receive(i, s[2])
    w.devices = w.devices[:2]
    for name, i in (("/za", 0), ("/zb", 1)):
        w.devices[i].create(name, name)  # both speak once more
        w.publish(i)
    for i in (0, 1):
        while ready := [x for x in w.ready(i) if x.hash in counted(w.store, cut)]:
            w.devices[i].receive(ready[r.randrange(len(ready))])
            w.look(i)
    want(w.devices[0].base == w.devices[1].base, "revocation: devices differ")


def counted(store, cut):
    known = {c.hash: c for c in store}
    counts, todo = set(), [c.hash for c in store if c.stream != "C" or c.n <= cut]
    while todo:
        h = todo.pop()
        if h not in counts:
            counts.add(h)
            todo += known[h].heads
    return counts


def cloned(seed):
    """A copy of C runs: one (stream, n), two hashes. Both count; all converge."""
    r, w = random.Random(seed), World(3)
    plan = [s for s in schedule(seed, 60) if s[0] not in ("crash", "newcomer", "snap")]
    for at, s in enumerate(plan):
        if at == 20:
            w.devices.append(Device("C"))
            w.devices[3].crash(w.devices[2].snapshot())
            w.devices[3].prefix = "D"
            w.known.append(set(w.known[2])), w.pending.append(list(w.pending[2])), w.snapshots.append(None)
        w.step(s)
    w.settle_all(r)


