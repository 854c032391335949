#!/usr/bin/env python3
"""Who is a member by vault/members against roster.py: its scenarios, worlds with a thief, and sets of statements of any kind.

    against_roster.py build/tests/roster-show [--seeds N] [--from SEED] [--write]

The model's statements are written as docs/format.md has them (tests/vectors/vault_members.py), its signers and ties are put in the order
of those bytes. Each set is told in several orders, with some statements twice. The scenarios with what they show are also in
tests/vectors/members.txt, for other implementations; --write writes that.
"""
import hashlib
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../vectors"))
import roster  # noqa: E402
import vault_members as members  # noqa: E402
from roster import FIRST, PASSPHRASE, RECOVERY  # noqa: E402

VECTORS = os.path.join(HERE, "../vectors/members.txt")
VAULT = bytes(range(16))
DEVICE_SLOT = {"recovery": 1, "passphrase": 2, "device": 3}
KINDS = {"JOIN": 1, "INCARNATION": 2, "REVOKE": 3, "CLOSE": 4, "SLOT": 5, "CONFIRM": 6, "RULES": 7, "OTHER": 200}


def sha(*parts):
    return hashlib.sha256(b"".join(p if isinstance(p, bytes) else p.encode() for p in parts)).digest()


class Bytes:
    """What the model's signers and statements are in bytes. A recovery slot's name begins with O or N, a passphrase slot's with W."""
    def __init__(self):
        self.made, self.hashes = {}, {}

    def kind(self, name):
        return DEVICE_SLOT["recovery" if name[0] in "ON" else "passphrase" if name[0] == PASSPHRASE else "device"]

    def keys(self, name):
        return [sha("sign", name), b"\1" + sha("box", name), sha("mix", name)]

    def id(self, name):
        return sha("cloudseal signer", VAULT, bytes([self.kind(name)]), *self.keys(name))[:16]

    def pin(self, s):
        return (s.number, self.hash(s)) if s else (0, bytes(32))

    def end(self, end):
        of, n, label = end
        return int.from_bytes(self.hash(of)[:8], "little"), n, label

    def ends(self, ends):
        return sorted(map(self.end, ends))

    def body(self, s):
        if s.kind == "JOIN":
            name, rank = s.what
            return [rank] + self.keys(name), self.keys(name)[0] * 2
        if s.kind == "SLOT":
            name, rank, old, pin = s.what
            return {"who": [rank, self.kind(name)] + self.keys(name), "wrap": sha("wrap", name), "replaces": self.id(old) if old else bytes(16),
                    "pin": self.pin(pin), "boxes": []}
        if s.kind == "REVOKE":
            return {"signer": self.id(s.what[0]), "pin": self.pin(s.what[1]), "ends": self.ends(s.what[2] if len(s.what) > 2 else ())}
        if s.kind == "INCARNATION":
            return sha(s.what[0])[:16], self.ends(s.what[1])
        return {"CLOSE": lambda: self.end(s.what), "CONFIRM": lambda: self.hash(s.what), "RULES": lambda: s.what[0], "OTHER": lambda: b""}[s.kind]()

    def statement(self, s):
        if s not in self.made:
            self.made[s] = members.write_statement({
                "kind": KINDS[s.kind], "flags": int(s.kind == "OTHER" and s.what[0]), "signer": self.id(s.signer), "number": s.number,
                "previous": self.hash(s.previous) if s.previous else bytes(32), "time": bytes(8), "body": self.body(s),
                "signature": self.keys(s.signer)[0] * 2})
        return self.made[s]

    def hash(self, s):
        if s not in self.hashes:
            self.hashes[s] = sha(self.statement(s))
        return self.hashes[s]


def wanted(b, r):
    """What roster-show should print."""
    lines = []
    for name in sorted(r.rank, key=b.id):
        line = f"signer {b.id(name).hex()} " + ("member" if name in r.members else "in" if name in r.inside else "out")
        if name in r.pins:
            last = [s for s in r.all if s.signer == name and r.kept(s)]
            pin = max(last, key=lambda s: s.number, default=None)
            line += f" pin {pin.number} {b.hash(pin).hex()}" if pin else " pin nothing"
        lines.append(line)
    lines.append(f"in force {b.id(r.slots[-1]).hex()}")
    for s, begins, cut in r.streams():
        end = f" {cut[0]} {(cut[1] or bytes(32)).hex()}" if cut else ""
        lines.append(f"stream {b.hash(s).hex()} {b.id(s.signer).hex()} {'begins' if begins else 'no'}{end}")
    return lines + [f"rules {r.rules}"] + (["read-only"] if r.read_only else [])


def told(b, w, said):
    """The set as words."""
    words = [f"vault {VAULT.hex()}"]
    for name, rank in w.genesis:
        words.append(f"named {b.kind(name)} {rank} {' '.join(k.hex() for k in b.keys(name))}")
    return words + [f"statement {b.statement(s).hex()}" for s in said]


class Shown:
    def __init__(self, program):
        self.p = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def show(self, words):
        self.p.stdin.write("\n".join(words) + "\nshow\n")
        self.p.stdin.flush()
        lines = []
        while (line := self.p.stdout.readline().rstrip("\n")) != ".":
            if not line and self.p.poll() is not None:
                sys.exit("roster-show ended")
            lines.append(line)
        return lines


def any_world(seed):
    """Statements of every kind by anybody who has a name, good or not, on forked chains; some are withheld."""
    r = random.Random(seed)
    w = roster.World(roster.GENESIS + (((PASSPHRASE, 2),) if r.random() < 0.3 else ()))
    names, ranks = [n for n, _ in w.genesis], dict(w.genesis)
    loud = r.choice((None, None, "CONFIRM", "SLOT", "REVOKE"))
    for i in range(r.randrange(2, 40)):
        me = r.choice(names)
        kind = loud if loud and r.random() < 0.5 else r.choice(("JOIN", "JOIN", "SLOT", "REVOKE", "CONFIRM", "INCARNATION", "CLOSE", "RULES", "OTHER"))
        what = any_words(r, w, kind, me, names, ranks, i)
        own = [s for s in w.said if s.signer == me]
        if what is not None:
            w.say(me, kind, *what, after=r.choice(own) if own and r.random() < 0.1 else 0)
    w.said = [s for s in w.said if r.random() > r.choice((0, 0, 0.1))]
    return w


def any_words(r, w, kind, me, names, ranks, i):
    def some(*kinds): return [s for s in w.said if s.kind in kinds]
    pins = lambda who: [s for s in w.said if s.signer == who][-4:] + [None]
    ends = lambda: tuple({s: (s, n, sha(str(n)) if n else bytes(32)) for s in some("INCARNATION") for n in [r.randrange(4)] if r.random() < 0.4}.values())
    if kind in ("JOIN", "SLOT"):
        again = [n for n in names if (n[0] in "ONW") == (kind == "SLOT")]
        name = r.choice(again) if again and r.random() < 0.15 else {"JOIN": "d", "SLOT": r.choice("NNW")}[kind] + str(i)
        rank = ranks[me] + r.choice((1, 1, 2, 50, 65536)) - (r.random() < 0.05)
        names.extend([name] if name not in names else [])
        ranks.setdefault(name, max(rank, 0))
        old = r.choice([n for n in names if n[0] in "ON"])
        if kind == "SLOT":
            return (name, max(rank, 0)) + ((None, None) if name[0] == PASSPHRASE else (old, r.choice(pins(old))))
        return name, max(rank, 0)
    if kind == "REVOKE":
        who = r.choice(names)
        return who, r.choice(pins(who)), tuple(e for e in ends() if e[1])
    if kind == "INCARNATION":
        return str(i), ends()
    if kind == "CLOSE":
        n, of = r.randrange(4), some("INCARNATION")
        return ((r.choice(of), n, sha(str(n)) if n else bytes(32)),) if of else None
    if kind == "CONFIRM":
        return (r.choice(some("SLOT")),) if some("SLOT") else None
    return (r.randrange(1, 4),) if kind == "RULES" else (r.random() < 0.5,)


def replacement(seed):
    """A world in which a device replaces the recovery key, and most of what is needed for it to be settled is said."""
    r = random.Random(seed)
    w = roster.World(roster.GENESIS + (((PASSPHRASE, 2),) if r.random() < 0.2 else ()))
    devices = [FIRST]
    roster.random_joins(w, r, devices, r.randrange(1, 5))
    for _ in range(r.randrange(3)):
        who = r.choice(devices)
        pin = r.choice([s for s in w.said if s.signer == who] + [None])
        w.say(RECOVERY, "REVOKE", who, pin) if r.random() < 0.5 else w.say(r.choice([RECOVERY, w.genesis[-1][0]]), "JOIN", f"o{r.random()}", 3)
    me = r.choice(devices)
    s = w.say(me, "SLOT", "N1", max(roster.Roster(w.said).rank.values()) + 1, RECOVERY, r.choice([x for x in w.said if x.signer == RECOVERY] + [None]))
    for d in sorted(roster.Roster(w.said, w.genesis).devices):
        if r.random() < 0.1:
            w.say(d, "JOIN", f"x{d}", 300)
        if r.random() < 0.92:
            w.say(d, "CONFIRM", s)
        if r.random() < 0.2:
            w.say(d, "JOIN", f"y{d}", 400)
    for x in "N1", RECOVERY, r.choice(devices):
        if r.random() < 0.4:
            who = r.choice(devices)
            w.say(x, "REVOKE", who, r.choice([y for y in w.said if y.signer == who] + [None]))
    return w


def thief(seed):
    """The world that stolen_world makes."""
    kept = []
    say, roster.World.say = roster.World.say, lambda self, *a, **k: (kept.append(self), say(self, *a, **k))[1]
    try:
        roster.stolen_world(seed, seed % 2 == 0)
    finally:
        roster.World.say = say
    return kept[-1]


def compare(shown, w, r, orders=3):
    """The difference, or what both show."""
    b = Bytes()
    roster.tie, roster.place = b.hash, b.id
    want = wanted(b, roster.Roster(w.said, w.genesis))
    for turn in range(orders):
        said = w.said + [s for s in w.said if r.random() < 0.1 * turn]
        if turn:
            r.shuffle(said)
        got = shown.show(told(b, w, said))
        if got != want:
            return None, "\n".join(["model: " + x for x in want if x not in got] + ["C:     " + x for x in got if x not in want] + [f"order {turn}"])
    return want, ""


def scenarios(shown, write):
    text, wrong = [], 0
    for name in roster.SCENARIOS + roster.STREAM_SCENARIOS:
        w = (roster.scenario if name in roster.SCENARIOS else roster.stream_scenario)(name)[0]
        want, difference = compare(shown, w, random.Random(1), 6)
        if difference:
            print(f"{name}:\n{difference}")
            wrong += 1
            continue
        text += [f"# {name}"] + told(Bytes(), w, w.said) + ["shows"] + want + ["."]
    text = "\n".join(["# Who is a member: the scenarios of tests/model/roster.py (tests/model/against_roster.py --write).", *text, ""])
    if write:
        open(VECTORS, "w").write(text)
    elif not wrong and open(VECTORS).read() != text:
        print("tests/vectors/members.txt is not what the scenarios are")
        wrong += 1
    print(f"{len(roster.SCENARIOS + roster.STREAM_SCENARIOS)} scenarios, {wrong} wrong")
    return wrong


def main():
    args = sys.argv[1:]
    option = lambda name, other: int(args[args.index(name) + 1]) if name in args else other
    shown, first, seeds = Shown(args[0]), option("--from", 0), option("--seeds", 300)
    wrong = scenarios(shown, "--write" in args)
    seen, genesis = {"members": 0, "replaced": 0, "begins": 0, "read-only": 0}, f"in force {Bytes().id(RECOVERY).hex()}"
    for seed in range(first, first + seeds):
        for make in any_world, replacement, thief:
            roster.tie, roster.place = repr, str
            want, difference = compare(shown, make(seed), random.Random(seed))
            if difference:
                print(f"{make.__name__} {seed}:\n{difference}")
                wrong += 1
            for line in want or ():
                seen["members"] += " member" in line
                seen["replaced"] += line.startswith("in force") and line != genesis
                seen["begins"] += " begins" in line
                seen["read-only"] += line == "read-only"
        if wrong > 3:
            break
    print(f"{seeds} seeds, three worlds each, {wrong} wrong; {', '.join(f'{n} {k}' for k, n in seen.items())}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
