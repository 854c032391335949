"""What a driver of the C code is told, and what it must answer, as the model says: the worlds of tests/model, each step
of which is written down as a command and its answer.

Conflict names: the model says `name (conflict DEVICE LAMPORT)`, the code a date. The driver's clock is the lamport, so
`dated` makes the model say the same; only the form differs.
"""
import os
import random
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model"))
import device  # noqa: E402
import records  # noqa: E402
import tree  # noqa: E402
import world  # noqa: E402

SUFFIX = r" \(conflict \w+ \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\)( \d+)?(?=\.|$)"


def date(lamport):
    return time.strftime("%Y-%m-%d %H.%M.%S", time.gmtime(lamport))


def dated(text):
    """A path or message with the model's conflict names, as the code has it."""
    return re.sub(r"\(conflict (\w+) (\d+)\)", lambda m: f"(conflict {m[1]} {date(int(m[2]))})", text)


def conflict_name(name, stamp, count):
    name = re.sub(SUFFIX, "", name)
    stem, ext = re.fullmatch(r"(.+?)((?:\.[A-Za-z][A-Za-z0-9]{,7})?\.[A-Za-z0-9]{1,8})?", name, re.S).groups("")
    suffix = f" (conflict {stamp[1]} {date(stamp[0])}){'' if count == 1 else f' {count}'}{ext}"
    return stem[: 255 - len(suffix)] + suffix


def number(ino):
    """The number that the driver gives an inode of the model: the bytes of its text; copies of siblings are no directories."""
    return {records.ROOT: 1, records.LOST: 2}.get(ino) or int.from_bytes(ino.encode()[:8].ljust(8, b"\0"), "big")


def order(x, plain=records.order):
    """Of two values under one stamp the greater bytes win: of a place its record's. They meet when two devices split one
    sibling that they saw under different names."""
    if not isinstance(x, records.Where):
        return plain(x)
    flags = (x.seat != x.stamp) | (2 if x.back else 0) | (4 if x.half else 0)
    name = x.name.encode()
    return (x.stamp, flags, number(x.dir).to_bytes(8, "little"), len(name), name, plain(x))


def quoted(word):
    return word if re.fullmatch(r"[^\s']+", word) else f"'{word}'"


def command(*words):
    return " ".join(quoted(str(w)) for w in words)


def shown(listing):
    """A listing as the driver prints it."""
    out = []
    for path, (kind, text, mode, xattrs, first) in sorted(listing.items(), key=lambda x: x[0].split("/")):
        xattrs = ",".join(f"{k}={v}" for k, v in xattrs)
        out.append("\t".join((path, kind, text or "", f"{mode or 0:o}", xattrs, first)))
    return out


class Watched(device.Device):
    """A device that says what was done through handles, which a world's log leaves out."""

    watch = None  # called with (device, words, refusal)

    def told(self, words, act):
        refusal = ""
        try:
            return act()
        except device.Refused as e:
            refusal = str(e)
            raise
        finally:
            if Watched.watch:
                Watched.watch(self, words, refusal)

    def open_file(self, path, handle):
        return self.told(("open_file", path, handle), lambda: super(Watched, self).open_file(path, handle))

    def write_handle(self, handle, text):
        return self.told(("write_handle", handle, text), lambda: super(Watched, self).write_handle(handle, text))


class Traced(world.World):
    """A world that writes down (command, answer): answer is a list of lines, or a key under which answers must be equal."""

    def __init__(self, devices=3):
        self.lines = [("reset", ["ok"])]
        super().__init__(devices)
        Watched.watch = lambda d, words, refusal: self.tell(d, words, refusal)

    def tell(self, d, words, refusal="", answer=""):
        said = f"refused {refusal}" if refusal else "ok" + answer
        self.lines.append((command(d.name, *words), [said]))

    def look_at(self, d):
        t = d.tree()
        self.lines.append((command(d.name, "list"), [*shown(d.listing()), "ok"]))
        self.lines.append((command(d.name, "conflicts"), [*tree.conflicts(t), "ok"]))

    def user(self, i, op, *args):
        d = self.devices[i]
        super().user(i, op, *args)
        refusal = self.log[-1][-1]
        self.tell(d, ("try", op, *args) if refusal else (op, *args), refusal)
        self.look_at(d)

    def write_handle(self, i, text):
        super().write_handle(i, text)
        self.look_at(self.devices[i])

    def publish(self, i):
        d, before = self.devices[i], len(self.store)
        super().publish(i)
        made = len(self.store) > before
        self.tell(d, ("publish",), answer=f" {d.stream}{d.n}" if made else " nothing")
        self.after(d)

    def receive(self, i, r):
        ready = self.ready(i)
        super().receive(i, r)
        if ready:
            c = ready[r % len(ready)]
            self.tell(self.devices[i], ("receive", f"{c.stream}{c.n}"))
            self.after(self.devices[i])

    def after(self, d):
        self.look_at(d)
        self.lines.append((command(d.name, "digest"), frozenset(d.applied)))

    def snap(self, i):
        before = self.snapshots[i]
        super().snap(i)
        if self.snapshots[i] is not before:
            self.tell(self.devices[i], ("snapshot",))

    def crash(self, i):
        had = self.snapshots[i]
        super().crash(i)
        if had:
            self.tell(self.devices[i], ("crash",))
            self.look_at(self.devices[i])

    def meet(self):
        for i in range(len(self.devices)):
            self.publish(i)
        for i in range(len(self.devices)):
            while self.ready(i):
                self.receive(i, 0)

    def gc(self, i):
        """What is dead is purged by one device; the others may be behind, or hold changes."""
        d = self.devices[i]
        if d.open:
            return
        shown = d.listing()
        c = d.gc([x.ack() for x in self.devices])
        world.want(d.listing() == shown, "gc changed what is shown")
        if c:
            for x in self.devices:
                x.purged |= bool(c.purge)
            self.store.append(c)
            self.made[c.hash] = []
            self.snapshots[i] = None
        self.tell(d, ("gc",), answer=f" {d.stream}{d.n}" if c else " nothing")
        self.after(d)

    def step(self, s):
        if s[0] == "meet":
            return self.meet()
        if s[0] == "gc":
            return self.gc(s[1] % len(self.devices))
        return super().step(s)

    def newcomer(self, i):
        before = len(self.devices)
        super().newcomer(i)
        if len(self.devices) > before:
            self.tell(self.devices[-1], ("load", self.devices[i].name))
            self.after(self.devices[-1])


def trace(steps, seed):
    """[(command, answer)] of a schedule of the model, up to where the model itself fails."""
    w = Traced()
    for s in steps:
        w.step(s)
    w.end(random.Random(seed))
    return w.lines


def schedule(seed, steps):
    """As the model's; every fifth with gc in it, before which all have met."""
    plan, r = world.schedule(seed, steps), random.Random(seed)
    for _ in range(0 if seed % 5 else steps // 12):
        at = r.randrange(len(plan))
        plan[at:at] = [("meet", 0, 0, 0, 0), ("gc", r.randrange(60), 0, 0, 0)]
    return plan


def prepare():
    """The model as the driver is: names with dates, places in the order of their bytes; and devices that are watched."""
    tree.conflict_name = conflict_name
    records.order = order
    world.Device = Watched
