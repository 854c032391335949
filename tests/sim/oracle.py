#!/usr/bin/env python3
"""Judges worlds of the simulator from their journal alone: what users did, and what every device shows in the end.

    oracle.py [--known FILE] [--seen] JOURNAL

Prints each fault with its world. Exit: 0, nothing that FILE does not name; 1, something. --seen: that nothing was found of what is there often is a
fault, too. A line of FILE: a kind of schedule, a regular expression for the fault's first words, "often" if it is; tabs between. --quiet: what
is known is only counted.
"""
import json
import os
import re
import sys
from collections import Counter, defaultdict

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from plain import Plain, Wrong  # noqa: E402
from shared import Commits, Records, Refused, Same, Shown, inline, lacking, parted  # noqa: E402

STOPPED = 7  # phases from here on are no work any more
EMPTY = "0-e3b0c44298"
CONTENTS = ("write", "append", "truncate", "fallocate", "copy", "hwrite")
COPIED = ("clones", "backups")  # devices publish under one name
FAULTLESS = ("calm", "beside", "shared")  # the store does all that it should
POSIX = {"", "ENOENT", "EEXIST", "ENOTEMPTY", "EISDIR", "ENOTDIR", "EINVAL", "EBUSY", "EPERM", "ELOOP", "ENODATA", "EXDEV"}


class Device:
    def __init__(self):
        self.end, self.entries, self.records, self.broken, self.saved = None, {}, Records(), None, 0

    def stopped(self):
        return self.end and self.end["phase"] >= STOPPED

    def whole(self):
        return self.end and not self.stopped() and not self.end["round"] and not self.broken


class World:
    def __init__(self, begin):
        self.seed, self.kind = begin["seed"], begin["kind"]
        self.device, self.ops, self.lost_ops, self.wrong = defaultdict(Device), {}, set(), []
        self.quiet, self.commits, self.streams, self.contents, self.same = True, Commits(), {}, {}, Same()
        self.differs = []

    # -- the journal -----------------------------------------------------------------------------------------------------
    def read(self, x):
        if how := READ.get(x["e"]):
            how(self, x)

    def read_op(self, x):
        self.ops[x["k"]] = x
        if x["op"] == "read" and x["now"].startswith("!"):
            self.read_unread({**x, "was": x["now"]})

    def read_unread(self, x):
        if self.kind in FAULTLESS and not self.device[x["d"]].broken:
            self.say(f"unreadable at the time: {x['p']} on device {x['d']}: {x['was']}")

    def after(self, x):
        return [o for o in self.ops.values() if o["d"] == x["d"] and o["k"] > x["durable"] and not o["maybe"]]

    def read_crash(self, x):
        self.lost_ops |= {o["k"] for o in self.after(x)}

    def read_restore(self, x):
        for o in self.after(x):  # gone here, but others may have got it before
            o["maybe"] = 1

    def read_clone(self, x):
        self.device[x["d"]].clone = x["of"]

    def read_broken(self, x):
        self.device[x["d"]].broken = x["said"]
        self.say(f"broken: device {x['d']} cannot be opened: {x['said']}")

    def read_join(self, x):
        if x["r"]:
            self.say(f"no newcomer: device {x['d']} cannot join: {x['r']}")

    def read_round(self, x):
        if x["dangling"] and self.kind not in COPIED:
            self.say(f"dangling: {x['dangling']} blocks on device {x['d']} that the store does not have")
        if x["out"] and not x["r"]:
            self.device[x["d"]].saved = max(self.device[x["d"]].saved, x["upto"])

    def read_differs(self, x):
        self.differs.append([bytes.fromhex(x[name]) for name in ("k", "here", "there")])

    def read_asked(self, x):
        """A device said that all is on the store: so somebody joined, from that alone."""
        differs, self.differs = self.differs, []
        if x.get("crashed"):
            return self.say(f"crashed: joining ended with status {x['crashed']}")
        if x["joined"]:
            return self.say(f"called saved: nobody can join, when device {x['d']} says so: {x['joined']}")
        here, there = ([(k, v[at]) for k, *v in differs if v[at]] for at in (0, 1))
        if less := lacking(here, there):
            self.say(f"called saved: a newcomer lacks {len(less)} records of what device {x['d']} shows")
        if x["unread"]:
            self.say(f"called saved: a newcomer cannot read {x['unread']} files, when device {x['d']} says so: {x['p']}")

    def read_settled(self, x):
        self.quiet &= x["quiet"] >= 2

    def read_end(self, x):
        self.device[x["d"]].end = x

    def read_entry(self, x):
        self.device[x.pop("d")].entries[x["p"]] = x

    def read_record(self, x):
        self.device[x["d"]].records.add(x["t"], bytes.fromhex(x["k"]), bytes.fromhex(x["v"]))

    def read_part(self, x):
        self.commits.add(bytes.fromhex(x["hash"]), bytes.fromhex(x["v"]))

    def read_stream(self, x):
        self.streams[x["number"]] = x["device"]

    def read_index(self, x):
        if x["found"]:
            self.say(f"index: device {x['d']} shows otherwise than its records say: {x['k']} ({x['found']})")

    # -- judging ---------------------------------------------------------------------------------------------------------
    def say(self, what):
        self.wrong.append(what)

    def judge(self):
        if self.crashed:
            return [f"crashed: the product ended with status {self.crashed}"]
        self.judge_devices()
        self.judge_trees()
        self.judge_model()
        self.judge_contents()
        if self.kind in ("handover", "sharing", "narrow"):
            self.judge_plain()
        return self.wrong

    def judge_devices(self):
        for n, d in sorted(self.device.items()):
            if not d.end:
                continue
            if d.stopped():
                self.say(f"stopped: device {n} stopped for good: {d.end['said']}")
                continue
            if d.end["round"]:
                self.say(f"stuck: device {n} ends every round with: {d.end['round']}")
            elif d.end["dirty"] or d.end["queued"]:
                self.say(f"unpublished: device {n} keeps changes to itself")
            elif d.end["said"] and (self.kind in FAULTLESS or "went back" in d.end["said"] and self.kind not in COPIED):
                self.say(f"alarm: device {n} says: {d.end['said']}")
            for what in d.records.wrong(self.same):
                self.say(f"{what} (device {n})")
            for path, e in sorted(d.entries.items()):
                if e["now"].startswith("!") or e["r"]:
                    self.say(f"unreadable: {path} on device {n}: {e['now']}")
        if not self.quiet:
            self.say("restless: the devices do not come to an end with each other")

    def judge_trees(self):
        """The same applied, the same shown."""
        whole = [(n, d) for n, d in sorted(self.device.items()) if d.whole()]
        for n, d in whole[1:]:
            a, b = whole[0][1].entries, d.entries
            if a != b:
                paths = sorted(p for p in set(a) | set(b) if a.get(p) != b.get(p))
                self.say(f"trees differ: devices {whole[0][0]} and {n}, at {' '.join(paths[:4])}")
            elif whole[0][1].records.shared != d.records.shared:
                self.say(f"records differ: devices {whole[0][0]} and {n}")

    def judge_model(self):
        """What all devices have is the join of what anybody put on the store, and what they show is what the model shows of that."""
        whole = [(n, d) for n, d in sorted(self.device.items()) if d.whole()]
        if not whole:
            return
        n, d = whole[0]
        try:
            found, joined = parted(d.records.shared.items()), self.commits.joined()
            shown = Shown(d.records.shared, self.streams).entries()
        except Refused:
            return self.say(f"undecodable: of device {n}, or of the store")
        if found != joined:
            keys = [k for k in set(found) | set(joined) if found.get(k) != joined.get(k)]
            less = [k for k in keys if k not in found]
            self.say(f"not the join: device {n} has {len(keys)} records otherwise than the store says, of which {len(less)} are missing")
        self.judge_shown(n, d, shown)

    def judge_shown(self, n, d, shown):
        for path in sorted(set(shown) | set(d.entries)):
            is_, model = d.entries.get(path), shown.get(path)
            if not is_ or not model:
                return self.say(f"not as the model: device {n} {'does not show' if model else 'shows'} {path}")
            wrong = [k for k in model if k not in ("of", "nlink") and model[k] != is_[k]]
            if model["of"]:
                wrong += ["nlink"] if model["nlink"] != is_["nlink"] else []
                wrong += self.contents_wrong(model["of"], is_)
            if wrong:
                told = ", ".join(f"{k} {is_.get(k)} instead of {model.get(k)}" for k in wrong)
                return self.say(f"not as the model: device {n} at {path}: {told}")

    def contents_wrong(self, of, entry):
        """Contents that stand in the record are compared; those elsewhere must be the same wherever they are named."""
        now = inline(of)
        if now is None:
            now = self.contents.setdefault(of[3], entry["now"])
        return [] if now == entry["now"] else ["now"]

    def happened(self):
        return (o for k, o in sorted(self.ops.items()) if k not in self.lost_ops)

    def killed(self):
        """Contents that somebody who was shown them replaced or removed."""
        dead = set()
        for o in self.happened():
            if o["r"] and not o["maybe"]:
                continue
            if o["op"] in CONTENTS and (o["now"] != o["was"] or o["maybe"]):
                dead.add(o["was"])
            if o["op"] == "unlink" and not o["nlink"]:
                dead.add(o["was"])
            if o["op"] in ("save", "rename"):
                dead.add(o["qwas"])
        return dead

    def judge_contents(self):
        whole = [d for d in self.device.values() if d.whole()]
        shown = {e["now"] for d in whole for e in d.entries.values()}
        alive_or_dead = shown | self.killed()
        for o in self.happened():
            now = o["now"]
            if o["r"] or o["maybe"] or o["op"] == "read" or not o["nlink"] or not now or now == EMPTY or now.startswith("!"):
                continue
            if now not in alive_or_dead and whole:
                called = "called saved, and lost" if o["k"] <= self.device[o["d"]].saved else "lost"
                self.say(f"{called}: {o['q'] or o['p']} ({now}) of operation {o['k']} on device {o['d']}")

    def judge_plain(self):
        """One order: exactly what a plain file system shows."""
        plain = Plain()
        try:
            for o in self.happened():
                if o["maybe"]:
                    return
                if o["r"] not in POSIX:
                    self.say(f"refused: operation {o['k']} ({o['op']}) with {o['r']}")
                if not o["r"]:
                    plain.do(o)
            expected = plain.listing()
        except (Wrong, KeyError) as e:
            return self.say(f"not as plain: {e}")
        for n, d in sorted(self.device.items()):
            if d.whole():
                found = {p: (e["type"], e["ino"], e["now"], e["x"], e["uid"]) for p, e in d.entries.items()}
                if found != expected:
                    paths = sorted(p for p in set(found) | set(expected) if found.get(p) != expected.get(p))
                    return self.say(f"not as plain: device {n} at {' '.join(paths[:4])}")


READ = {name[5:]: how for name, how in vars(World).items() if name.startswith("read_")}


def worlds(file):
    world = None
    for line in file:
        x = json.loads(line)
        if x["e"] == "begin":
            world = World(x)
        elif x["e"] == "done":
            world.crashed = x.get("crashed", 0)
            yield world
        else:
            world.read(x)


def known_faults(name):
    if not name:
        return []
    with open(name) as f:
        return [tuple(line.rstrip("\n").split("\t")) for line in f if line.strip() and not line.startswith("#")]


def main():
    args = sys.argv[1:]
    name = args[args.index("--known") + 1] if "--known" in args else None
    known, seen, bad, count, kinds = known_faults(name), Counter(), 0, 0, set()
    with open(args[-1]) as f:
        for w in worlds(f):
            count += 1
            kinds.add(w.kind)
            for what in w.judge():
                match = [k for k in known if k[0] == w.kind and re.match(k[1], what)]
                seen.update(match[:1])
                bad += not match
                if not match or "--quiet" not in args:
                    print(f"{w.kind} seed {w.seed}: {what}{' (known)' if match else ''}")
    unseen = [k for k in known if k[0] in kinds and "often" in k and not seen[k]] if "--seen" in args else []
    for kind, words, _ in unseen:
        print(f"{kind}: a known fault was not found: {words}")
    print(f"{count} worlds, {bad} faults, {sum(seen.values())} known ones")
    return 1 if bad or unseen else 0


if __name__ == "__main__":
    sys.exit(main())
