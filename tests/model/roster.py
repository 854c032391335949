"""Who is a member, and which streams there are: a pure function of genesis and a set of statements (docs/format.md, "Statements").

    roster.py [--seeds N]    the scenarios, then random worlds with a thief

Signers are known by name. O is the recovery slot of genesis, L the first device; W, where it is there, its passphrase slot. A
statement is (signer, number, previous statement or None, kind, what) with `what`:
    JOIN (name, rank); SLOT (name, rank, replaced slot or None, pin); REVOKE (name, pin[, ends]); CONFIRM statement
    INCARNATION (random, ends); CLOSE end; RULES (version,); a kind that is not known: OTHER (critical,)
A pin is a statement, or None: nothing counts. An end is (INCARNATION, n, hash). Signatures are as they must be; tuples stand
for hashes.
"""
import itertools
import random
import sys
from collections import namedtuple

Statement = namedtuple("Statement", "signer number previous kind what")
FIRST, RECOVERY, PASSPHRASE = "L", "O", "W"
GENESIS = ((RECOVERY, 0), (FIRST, 1))
ZERO = bytes(32)
FAR = 65536  # how much greater than its signer's a rank may be
OPEN_MAX, STREAMS_MAX = 256, 4096  # of streams that are not cut, and that are not cut before their first commit


def tie(s):
    """In the order of their hashes."""
    return repr(s)


def place(name):
    """In the order of their ids."""
    return name


def leads_to(s, pin):
    """s is the statement `pin`, or before it in its chain."""
    while pin is not None and pin.number > s.number:
        pin = pin.previous
    return pin == s


class Good:
    """The good ones of a set of statements, and what ranks they give: the least says who is senior, the greatest how far one may go."""
    def __init__(self, statements, genesis):
        self.low, self.high = dict(genesis), dict(genesis)
        self.all, left = [], sorted(set(statements), key=tie)
        while new := next((s for s in left if self.is_good(s)), None):
            left.remove(new)
            self.all.append(new)
            if new.kind in ("JOIN", "SLOT"):
                name, rank = new.what[:2]
                self.low[name] = min(rank, self.low.get(name, rank))
                self.high[name] = max(rank, self.high.get(name, rank))
        self.all.sort(key=tie)

    def is_good(self, s):
        if s.signer not in self.low or s.number != (s.previous.number + 1 if s.previous else 1):
            return False
        if s.previous and (s.previous.signer != s.signer or s.previous not in self.all):
            return False
        return s.kind not in ("JOIN", "SLOT") or self.low[s.signer] < s.what[1] <= self.high[s.signer] + FAR


class Roster:
    most = STREAMS_MAX  # less in scenarios

    def __init__(self, statements, genesis=GENESIS):
        good = Good(statements, genesis)
        self.all, self.rank, self.genesis = good.all, good.low, [name for name, _ in genesis]
        self.devices = {FIRST} | {s.what[0] for s in self.all if s.kind == "JOIN"}
        self.pins, self.slots, self.replacing, self.revoked = {}, [RECOVERY], [], []
        self.find_slots()
        self.inside = self.find_inside()
        for s in sorted(self.kind("REVOKE"), key=self.order):
            if s.what[0] not in self.slots and self.counts(s):
                self.pins.setdefault(s.what[0], []).append(self.pin(s))
                self.revoked.append(s)
                self.inside = self.find_inside()
        self.members = {x for x in self.inside if x not in self.pins}
        by_slot = [s for s in self.all if s.signer in self.slots and self.counts(s)]
        self.rules = max([s.what[0] for s in by_slot if s.kind == "RULES"], default=0)
        self.read_only = any(s.kind == "OTHER" and s.what[0] for s in by_slot)

    def kind(self, *kinds):
        return [s for s in self.all if s.kind in kinds]

    def pin(self, s):
        """What a REVOKE or SLOT leaves of another's statements: a good one of that signer, or nothing."""
        name, pin = s.what[-2:] if s.kind == "SLOT" else s.what[:2]
        return pin if pin in self.all and pin.signer == name else None

    def order(self, s):
        at = self.slots.index(s.signer) if s.signer in self.slots else 0
        return (0 if s.signer in self.slots else self.rank[s.signer], at, place(s.signer), s.number, tie(s))

    def kept(self, s):
        return all(leads_to(s, pin) for pin in self.pins.get(s.signer, ()))

    def find_inside(self):
        """Whom genesis names, a slot that took the place of one, and whom a statement that counts lets in."""
        inside, todo = set(), self.genesis + self.slots
        while todo:
            name = todo.pop()
            if name not in inside:
                inside.add(name)
                todo += [s.what[0] for s in self.kind("JOIN", "SLOT") if s.signer == name and self.kept(s)]
        return inside

    def counts(self, s):
        return s.signer in self.inside and self.kept(s)

    def find_slots(self):
        while True:
            now = self.slots[-1]
            new = [s for s in self.kind("SLOT") if s.what[2] == now and s.what[0] not in self.slots]
            own = [s for s in new if s.signer == now]
            new = own or [s for s in new if s.signer not in self.slots and self.settled(s)]
            if not new:
                return
            s = min(new, key=tie)
            self.pins[now] = [s if own else self.pin(s)]
            self.slots.append(s.what[0])
            self.replacing.append(s)

    def settled(self, s):
        """All devices that were in before have confirmed. Of the slot that s replaces counts what leads up to the pin in s."""
        old, pin = s.what[2], self.pin(s)

        def by_slot(x):
            return x.signer in self.slots and (leads_to(x, pin) if x.signer == old else self.kept(x))
        revoked, confirmed = {}, {}
        for x in filter(by_slot, self.kind("REVOKE")):
            revoked.setdefault(x.what[0], []).append(self.pin(x))
        for x in self.kind("CONFIRM"):
            if x.what == s and x.signer in self.devices:
                confirmed.setdefault(x.signer, []).append(x)

        def stands(x):
            return all(leads_to(x, pin) for pin in revoked.get(x.signer, ()))
        if not stands(s):
            return False
        need = set()
        todo = [x for x in self.genesis if x != RECOVERY] + [s.signer]
        todo += [x.what[0] for x in self.kind("JOIN", "SLOT") if by_slot(x)]
        while todo:
            d = todo.pop()
            if d in need or d in self.slots:
                continue
            need.add(d)
            if d in self.devices and d != s.signer and d not in confirmed and d not in revoked:
                return False
            behind = [s] if d == s.signer else confirmed.get(d, ())
            todo += [x.what[0] for x in self.kind("JOIN", "SLOT")
                     if x.signer == d and stands(x) and not any(leads_to(b, x) for b in behind)]
        return True

    # -- streams: each INCARNATION of a device, with where it is cut: (n, hash), or None: it is open --------------------------

    def cuts(self, begun):
        """stream -> ends that are said of it."""
        said = {s: [] for s in begun}

        def end(of, n, h, who=None):
            if of in said and who in (None, of.signer):
                said[of].append((n, h))
        for s in filter(self.counts, self.kind("INCARNATION", "CLOSE")):
            if s.kind == "CLOSE":
                end(*s.what)
            elif s.signer in self.devices:
                for e in s.what[1]:
                    end(*e, who=s.signer)
        for s in self.revoked:
            ends = {e[0]: e[1:] for e in (s.what[2] if len(s.what) > 2 else ())}
            for of in begun:
                end(of, *ends.get(of, (0, ZERO)), who=s.what[0])
        return said

    def streams(self):
        """[(INCARNATION, begins, cut)] by (rank of the device, hash)."""
        begun = sorted((s for s in self.kind("INCARNATION") if s.signer in self.devices), key=lambda s: (self.rank[s.signer], tie(s)))
        cuts, out, count, alive = self.cuts(begun), [], 0, 0
        for s in begun:
            cut = min(cuts[s], default=None if self.counts(s) else (0, ZERO))
            void = cut is not None and cut[0] == 0
            begins = self.counts(s) and (void or (count < self.most and (cut is not None or alive < OPEN_MAX)))
            count += begins and not void
            alive += begins and cut is None
            out.append((s, begins, cut))
        return out


class World:
    """Signers with the chains that they know."""
    def __init__(self, genesis=GENESIS):
        self.said, self.last, self.genesis = [], {}, genesis

    def say(self, signer, kind, *what, after=0):
        """after: the statement before it; 0: the last one."""
        previous = self.last.get(signer) if after == 0 else after
        s = Statement(signer, previous.number + 1 if previous else 1, previous, kind, what[0] if kind in ("CONFIRM", "CLOSE") else what)
        self.said.append(s)
        self.last[signer] = s
        return s

    def members(self):
        return Roster(self.said, self.genesis).members


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
    if name == "a clone of the laptop went on: no pin, both count":
        w.say("L", "JOIN", "E", 5, after=l1)
        return w, "O L P T D E"
    return more_scenario(name, w, l1, p1, l2)


def all_confirm(w, pin=None):
    s = w.say("L", "SLOT", "N", 5, "O", pin)
    for d in "PTD":
        w.say(d, "CONFIRM", s)
    return s


def more_scenario(name, w, l1, p1, l2):
    if name == "whom two let in stays when one of them is out":
        w.say("L", "JOIN", "T", 5), w.say("L", "REVOKE", "P", None)
        return w, "O L T D"
    if name == "a thief lets another's device in once more: that takes nothing from it":
        w.say("P", "JOIN", "D", 3), w.say("L", "REVOKE", "P", p1)
        return w, "O L T D"
    if name == "who lets each other in are both out":
        w.say("T", "JOIN", "P", 4), w.say("L", "REVOKE", "P", None), w.say("O", "REVOKE", "L", None)
        return w, "O"
    if name == "the new key revokes who brought it, at a statement before: it stays in force":
        all_confirm(w)
        w.say("N", "REVOKE", "L", l2)
        return w, "N P T D"
    if name == "whom a passphrase slot let in confirms, too":
        w.genesis += ((PASSPHRASE, 2),)
        w.say("W", "JOIN", "E", 5), all_confirm(w)
        return w, "O N W L P T D E"
    if name == "what a device says after the old key revoked it is not asked about":
        o1 = w.say("O", "REVOKE", "P", p1)
        w.say("P", "JOIN", "E", 5), all_confirm(w, o1)
        return w, "N L T D"
    if name == "a device that the old key revoked replaces nothing":
        o1 = w.say("O", "REVOKE", "T", None)
        s = w.say("T", "SLOT", "N", 5, "O", o1)
        for d in "LPD":
            w.say(d, "CONFIRM", s)
        return w, "O L P D"
    if name == "a revoked device comes back with a fresh identity: it cannot let that in":
        w.say("L", "REVOKE", "P", p1), w.say("P", "JOIN", "Z", 5), w.say("Z", "JOIN", "Y", 6), w.say("Z", "REVOKE", "T", None)
        return w, "O L T D"
    if name == "two of one rank revoke each other: the smaller id stays":
        w.say("L", "JOIN", "E", 5), w.say("L", "JOIN", "F", 5, after=l2)
        w.say("E", "REVOKE", "F", None), w.say("F", "REVOKE", "E", None)
        return w, "O L P T D " + min("EF", key=place)
    if name == "a rank that is not over the signer's, or far over it, is not good":
        w.say("T", "JOIN", "E", 3), w.say("D", "JOIN", "F", 5 + FAR), w.say("P", "JOIN", "G", 2 + FAR)
        return w, "O L P T D G"
    if name == "a pin on another's statement leaves nothing":
        w.say("L", "REVOKE", "P", l1)
        return w, "O L D"
    if name in VOUCHED:
        return vouched_scenario(name)
    assert name == "a critical statement that is not known counts from the recovery slot alone"
    w.say("L", "OTHER", True), w.say("O", "OTHER", False), w.say("O", "RULES", 2), w.say("L", "RULES", 9)
    return w, "O L P T D"


VOUCHED = (
    "a thief has the first device: whom the recovery key alone let in is out with that key",
    "the same, and the first device had let them in as well: they are asked",
    "they are asked, too, where the thief goes on from before",
    "once they have confirmed it is replaced, and they stay")


def vouched_scenario(name):
    """P joins by the recovery key; then L replaces that, and pins it at nothing."""
    w = World()
    w.say("O", "JOIN", "P", 2)
    if name == VOUCHED[0]:
        w.say("L", "SLOT", "N", 3, "O", None)
        return w, "N L"
    w.say("L", "JOIN", "P", 3)
    s = w.say("L", "SLOT", "N", 4, "O", None, after=None if name == VOUCHED[2] else 0)
    if name == VOUCHED[3]:
        w.say("P", "CONFIRM", s)
        return w, "N L P"
    return w, "O N L P"


def stream_scenario(name):
    """As scenario, of the streams: INCARNATION -> None, where it is cut, or "no": it begins none."""
    w, l1, p1, l2 = family()
    a = w.say("P", "INCARNATION", "a", ())
    h = lambda n: bytes([n]) * 32
    if name == "a device goes on: it says where its former stream ends":
        b = w.say("P", "INCARNATION", "b", ((a, 7, h(7)),))
        return w, {a: (7, h(7)), b: None}
    if name == "an incarnation ends no other's stream":
        b = w.say("T", "INCARNATION", "b", ((a, 7, h(7)),))
        return w, {a: None, b: None}
    if name == "a revocation cuts where it says, and at nothing what it does not name":
        b, p2 = w.say("P", "INCARNATION", "b", ()), w.last["P"]
        c = w.say("P", "INCARNATION", "c", ())
        w.say("L", "REVOKE", "P", p2, ((a, 5, h(5)),))
        return w, {a: (5, h(5)), b: (0, bytes(32)), c: "no"}
    if name == "closed at one commit and revoked at another: the lesser":
        w.say("T", "CLOSE", (a, 3, h(3))), w.say("L", "REVOKE", "P", w.last["P"], ((a, 5, h(5)),))
        return w, {a: (3, h(3))}
    assert name == "a thief closes a stream, and is revoked before that"
    w.say("T", "CLOSE", (a, 3, h(3))), w.say("L", "REVOKE", "T", None)
    return w, {a: None}


SCENARIOS = (
    "nobody is revoked", "a thief has the phone, the laptop answers", "a thief has the laptop, the phone answers",
    "the same, and the recovery key", "a junior revokes a senior that says nothing",
    "a stolen laptop revokes all and replaces the recovery key at once; the owner is late",
    "the recovery key is replaced by a device, and all confirm", "one has not confirmed: both keys count",
    "it is lost, and the old key has revoked it", "who joins after the confirmations need not confirm",
    "the old key replaces itself at once", "two revoke one: what counts leads up to both pins",
    "nobody revokes the recovery slot in force", "a clone of the laptop went on: no pin, both count",
    "whom two let in stays when one of them is out", "a thief lets another's device in once more: that takes nothing from it",
    "who lets each other in are both out", "the new key revokes who brought it, at a statement before: it stays in force",
    "whom a passphrase slot let in confirms, too", "what a device says after the old key revoked it is not asked about",
    "a device that the old key revoked replaces nothing",
    "a revoked device comes back with a fresh identity: it cannot let that in",
    "two of one rank revoke each other: the smaller id stays",
    "a rank that is not over the signer's, or far over it, is not good", "a pin on another's statement leaves nothing",
    "a critical statement that is not known counts from the recovery slot alone") + VOUCHED
STREAM_SCENARIOS = (
    "a device goes on: it says where its former stream ends", "an incarnation ends no other's stream",
    "a revocation cuts where it says, and at nothing what it does not name",
    "closed at one commit and revoked at another: the lesser", "a thief closes a stream, and is revoked before that")


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
            name = f"{'z' if kind == 'JOIN' else 'N'}{next(made)}"
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


def vouched_world(seed, vouched=True):
    """A thief has the first device; whom the recovery key let in, that had let in as well. Whatever the thief says, that key stays in force."""
    r, w, devices = random.Random(seed), World(), [FIRST]
    for i in range(r.randrange(1, 5)):
        ranks = Roster(w.said).rank
        w.say(r.choice([RECOVERY] + devices[i and 1:]) if i else RECOVERY, "JOIN", f"d{i:02}", 1 + max(ranks.values()))
        devices.append(f"d{i:02}")
    for d in devices[1:]:
        if vouched and {s.signer for s in w.said if s.what[0] == d} == {RECOVERY}:
            w.say(FIRST, "JOIN", d, 1 + max(Roster(w.said).rank.values()))
    by_first = {s.what[0] for s in w.said if s.signer == FIRST}
    thief(w, r, FIRST)
    shuffled = w.said[:]
    r.shuffle(shuffled)
    is_now, also = Roster(w.said), Roster(shuffled)
    assert is_now.slots == also.slots and is_now.members == also.members, f"seed {seed}: order matters"
    assert not vouched or is_now.slots == [RECOVERY], f"seed {seed}: the recovery key is replaced"
    revoked = {s.what[0] for s in is_now.revoked}
    assert by_first - revoked <= is_now.members, f"seed {seed}: somebody is out whom nobody revoked"
    return is_now.slots != [RECOVERY]


def many_streams():
    """A thief says as many INCARNATIONs as there may be, and is revoked with a pin behind them: a junior's begins all the same."""
    w, l1, p1, l2 = family()
    made = [w.say("P", "INCARNATION", str(i), ()) for i in range(4)]
    junior = w.say("T", "INCARNATION", "t", ())

    def begun(most):
        r = Roster(w.said, w.genesis)
        r.most = most
        return {s for s, begins, cut in r.streams() if begins}
    assert begun(4) == set(made)
    w.say("L", "REVOKE", "P", w.last["P"], ((made[0], 5, bytes(32)),))
    assert begun(4) == {junior, *made}
    assert begun(1) == {*made}  # that one has a commit that counts


def main():
    args = sys.argv[1:]
    seeds = int(args[args.index("--seeds") + 1]) if "--seeds" in args else 2000
    wrong = 0
    for name in SCENARIOS:
        w, want = scenario(name)
        if w.members() != set(want.split()):
            print(f"{name}:\n  is   {' '.join(sorted(w.members()))}\n  must {want}")
            wrong += 1
    for name in STREAM_SCENARIOS:
        w, want = stream_scenario(name)
        got = {s: cut if begins else "no" for s, begins, cut in Roster(w.said, w.genesis).streams()}
        if got != want:
            print(f"{name}:\n  is   {got}\n  must {want}")
            wrong += 1
    print(f"{len(SCENARIOS + STREAM_SCENARIOS)} scenarios, {wrong} wrong")
    many_streams()
    for seed in range(seeds):
        stolen_world(seed, True)
        stolen_world(seed, False)
    print(f"{seeds} worlds with a thief, each twice")
    shaken = sum(vouched_world(seed, False) for seed in range(seeds))
    for seed in range(seeds):
        vouched_world(seed)
    print(f"{seeds} worlds where a thief has the first device: none replaces the recovery key; {shaken} would, had it let in nobody")
    wrong += not shaken
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
