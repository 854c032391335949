"""Who is a member: a pure function of genesis and the set of good statements (docs/format.md, "Statements").

    roster.py [--seeds N]    the scenarios, then random worlds with a thief

Signers are known by name. O is the recovery slot of genesis, L the first device. A statement is
    (signer, number, previous statement or None, kind, what)
with `what`: JOIN (name, rank); SLOT (name, rank, replaced slot, pin); REVOKE (name, pin); CONFIRM statement; a pin is a
statement, or None: nothing counts. Signatures and hashes are as they must be; tuples stand for hashes.
"""
import itertools
import random
import sys
from collections import namedtuple

Statement = namedtuple("Statement", "signer number previous kind what")
FIRST, RECOVERY = "L", "O"


def leads_to(s, pin):
    """s is the statement `pin`, or before it in its chain."""
    while pin is not None and pin.number > s.number:
        pin = pin.previous
    return pin == s


class Roster:
    def __init__(self, statements):
        self.all = sorted(statements, key=repr)
        self.pins = {}
        self.rank = {RECOVERY: 0, FIRST: 1}
        self.admitted = {}  # name -> statement
        for s in self.all:
            if s.kind in ("JOIN", "SLOT"):
                self.rank[s.what[0]], self.admitted[s.what[0]] = s.what[1], s
        self.slots = [RECOVERY]  # in force one after the other
        self.find_slots()
        for s in sorted((s for s in self.all if s.kind == "REVOKE"), key=self.order):
            if s.what[0] not in self.slots and self.counts(s):
                self.pins.setdefault(s.what[0], []).append(s.what[1])
        self.members = {x for x in self.rank if self.is_in(x) and x not in self.pins}

    def order(self, s):
        at = self.slots.index(s.signer) if s.signer in self.slots else 0
        return (0 if s.signer in self.slots else self.rank[s.signer], at, s.signer, s.number, repr(s))

    def is_in(self, name):
        return name in (FIRST, RECOVERY) or name in self.admitted and self.counts(self.admitted[name])

    def counts(self, s):
        return self.is_in(s.signer) and all(leads_to(s, pin) for pin in self.pins.get(s.signer, ()))

    def find_slots(self):
        while True:
            now = self.slots[-1]
            new = [s for s in self.all if s.kind == "SLOT" and s.what[2] == now and s.what[0] not in self.slots]
            own = [s for s in new if s.signer == now]
            new = own or [s for s in new if s.signer not in self.slots and self.settled(s)]
            if not new:
                return
            s = min(new, key=repr)
            self.pins[now] = [s if own else s.what[3]]
            self.slots.append(s.what[0])

    def settled(self, s):
        """All devices that were in before have confirmed. Of the slot that s replaces counts what leads up to the pin in s."""
        old, pin = s.what[2:]

        def by_slot(x):
            return x.signer in self.slots and (leads_to(x, pin) if x.signer == old else self.counts(x))
        revoked = {x.what[0] for x in self.all if x.kind == "REVOKE" and by_slot(x)}
        confirmed = {x.signer: x for x in self.all if x.kind == "CONFIRM" and x.what == s}
        need, todo = set(), [FIRST, s.signer] + [x.what[0] for x in self.all if x.kind == "JOIN" and by_slot(x)]
        while todo:
            d = todo.pop()
            if d in need:
                continue
            need.add(d)
            if d != s.signer and d not in confirmed and d not in revoked:
                return False
            behind = s if d == s.signer else confirmed.get(d)
            todo += [x.what[0] for x in self.all if x.kind == "JOIN" and x.signer == d and not (behind and leads_to(behind, x))]
        return True


class World:
    """Signers with the chains that they know."""
    def __init__(self):
        self.said, self.last = [], {}

    def say(self, signer, kind, *what, after=0):
        """after: the statement before it; 0: the last one."""
        previous = self.last.get(signer) if after == 0 else after
        s = Statement(signer, previous.number + 1 if previous else 1, previous, kind, what if kind != "CONFIRM" else what[0])
        self.said.append(s)
        self.last[signer] = s
        return s

    def members(self):
        return Roster(self.said).members


def family():
    w = World()
    l1 = w.say("L", "JOIN", "P", 2)
    p1 = w.say("P", "JOIN", "T", 3)
    l2 = w.say("L", "JOIN", "D", 4)
    return w, l1, p1, l2


def scenario(name):
    w, l1, p1, l2 = family()
    if name == "nobody is revoked":
        return w, "O L P T D"
    if name == "a thief has the phone, the laptop answers":
        w.say("P", "SLOT", "N", 4, "O", None), w.say("P", "REVOKE", "L", l2), w.say("P", "REVOKE", "T", None)
        w.say("L", "REVOKE", "P", p1)
        return w, "O L T D"
    if name == "a thief has the laptop, the phone answers":
        w.say("L", "REVOKE", "P", None), w.say("P", "REVOKE", "L", l2)
        return w, "O L D"
    if name == "the same, and the recovery key":
        w = scenario("a thief has the laptop, the phone answers")[0]
        w.say("O", "REVOKE", "L", l2)
        return w, "O P T D"
    if name == "a junior revokes a senior that says nothing":
        w.say("T", "REVOKE", "L", l2)
        return w, "O P T D"
    if name == "a stolen laptop revokes all and replaces the recovery key at once; the owner is late":
        for x in "PTD":
            w.say("L", "REVOKE", x, None)
        s = w.say("L", "SLOT", "N", 5, "O", None)
        w.say("L", "JOIN", "M", 6), w.say("M", "CONFIRM", s), w.say("L", "CONFIRM", s), w.say("N", "REVOKE", "P", None)
        w.say("O", "REVOKE", "L", l2)
        return w, "O P T D"
    if name == "the recovery key is replaced by a device, and all confirm":
        s = w.say("L", "SLOT", "N", 5, "O", None)
        w.say("P", "CONFIRM", s), w.say("T", "CONFIRM", s), w.say("D", "CONFIRM", s)
        w.say("O", "REVOKE", "L", None), w.say("O", "JOIN", "X", 6)
        return w, "N L P T D"
    if name == "one has not confirmed: both keys count":
        s = w.say("L", "SLOT", "N", 5, "O", None)
        w.say("P", "CONFIRM", s), w.say("T", "CONFIRM", s)
        return w, "O N L P T D"
    if name == "it is lost, and the old key has revoked it":
        o1 = w.say("O", "REVOKE", "D", None)
        s = w.say("L", "SLOT", "N", 5, "O", o1)
        w.say("P", "CONFIRM", s), w.say("T", "CONFIRM", s)
        return w, "N L P T"
    if name == "who joins after the confirmations need not confirm":
        w = scenario("the recovery key is replaced by a device, and all confirm")[0]
        w.say("T", "JOIN", "E", 7)
        return w, "N L P T D E"
    if name == "the old key replaces itself at once":
        w.say("O", "SLOT", "N", 5, "O", None), w.say("O", "REVOKE", "L", None), w.say("N", "REVOKE", "T", None)
        return w, "N L P D"
    if name == "two revoke one: what counts leads up to both pins":
        p2 = w.say("P", "JOIN", "E", 5)
        w.say("L", "REVOKE", "P", p2), w.say("D", "REVOKE", "P", p1)
        return w, "O L T D"
    if name == "nobody revokes the recovery slot in force":
        w.say("L", "REVOKE", "O", None), w.say("O", "REVOKE", "T", None)
        return w, "O L P D"
    assert name == "a clone of the laptop went on: no pin, both count"
    w.say("L", "JOIN", "E", 5, after=l1)
    return w, "O L P T D E"


SCENARIOS = (
    "nobody is revoked", "a thief has the phone, the laptop answers", "a thief has the laptop, the phone answers",
    "the same, and the recovery key", "a junior revokes a senior that says nothing",
    "a stolen laptop revokes all and replaces the recovery key at once; the owner is late",
    "the recovery key is replaced by a device, and all confirm", "one has not confirmed: both keys count",
    "it is lost, and the old key has revoked it", "who joins after the confirmations need not confirm",
    "the old key replaces itself at once", "two revoke one: what counts leads up to both pins",
    "nobody revokes the recovery slot in force", "a clone of the laptop went on: no pin, both count")


def random_joins(w, r, devices, count):
    for _ in range(count):
        name = f"d{len(devices):02}"
        w.say(r.choice(devices), "JOIN", name, 1 + max(Roster(w.said).rank.values()))
        devices.append(name)


def thief(w, r, stolen):
    """Says what it likes with the keys it has: its own, and those of the signers it made."""
    keys, made = [stolen], itertools.count()
    good = [w.last.get(stolen)]
    for _ in range(r.randrange(1, 9)):
        me, ranks = r.choice(keys), Roster(w.said).rank
        target = r.choice(sorted(ranks))
        pins = [None] + [s for s in w.said if s.signer == target]
        kind = r.choice(("JOIN", "SLOT", "REVOKE", "REVOKE", "CONFIRM"))
        slots = [s for s in w.said if s.kind == "SLOT"]
        if kind in ("JOIN", "SLOT"):
            name = f"z{next(made)}"
            rank = ranks[me] + r.choice((1, 2, 50))
            w.say(me, kind, *((name, rank) if kind == "JOIN" else (name, rank, RECOVERY, None)))
            keys.append(name)
        elif kind == "REVOKE":
            w.say(me, kind, target, r.choice(pins))
        elif slots:
            w.say(me, kind, r.choice(slots))
        if me == stolen and r.random() < 0.2:
            w.last[stolen] = r.choice([good[0]] + [s for s in w.said if s.signer == stolen])  # goes on from before
    return good[0]


def stolen_world(seed, by_recovery):
    """Whatever a thief says: who may, revokes the stolen device at its last honest statement, and all is as before."""
    r, w, devices = random.Random(seed), World(), [FIRST]
    random_joins(w, r, devices, r.randrange(1, 6))
    stolen = r.choice(devices if by_recovery else devices[1:])
    before = w.members()
    pin = thief(w, r, stolen)
    honest = [d for d in devices if d != stolen]
    ranks = Roster(w.said).rank
    if by_recovery:
        w.say(RECOVERY, "REVOKE", stolen, pin)
    else:
        w.say(min(honest, key=lambda d: ranks[d]), "REVOKE", stolen, pin)
    want = before - {stolen}
    shuffled = w.said[:]
    r.shuffle(shuffled)
    assert Roster(shuffled).members == w.members(), f"seed {seed}: order matters"
    assert w.members() == want, f"seed {seed}: {sorted(w.members())}, not {sorted(want)}"


def main():
    args = sys.argv[1:]
    seeds = int(args[args.index("--seeds") + 1]) if "--seeds" in args else 2000
    wrong = 0
    for name in SCENARIOS:
        w, want = scenario(name)
        if w.members() != set(want.split()):
            print(f"{name}:\n  is   {' '.join(sorted(w.members()))}\n  must {want}")
            wrong += 1
    print(f"{len(SCENARIOS)} scenarios, {wrong} wrong")
    for seed in range(seeds):
        stolen_world(seed, True)
        stolen_world(seed, False)
    print(f"{seeds} worlds with a thief, each twice")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
