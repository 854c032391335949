"""What is stable and dead is taken out, and a device that was away for long comes back (section 6)."""
from records import ROOT, Link, Where, dots, holds, join, join_value
import tree


def fresh_key(key, stream):
    return key[2][1] == stream


def unconfirmed(link):
    """Removals by a rename over it that no plain removal stands for."""
    return [r for r in link.replaced if not link.removed or not r[3] <= link.removed[1]]


class Collect:
    def named(self, state):
        """Inodes that a record names: as a place, a place before, as what a void removal or half is bound to, or as what a
        copy was split from."""
        out = set()
        for k, v in state.items():
            if k[0] == "inode":
                out.add(k[1].rpartition("~")[0])  # who removed that one may have removed this copy
            if k[0] == "link":
                out |= {v.where.dir, (v.where.back or "?")[0], (v.where.half or (0, 0, 0, "?"))[3][0]}
                bound = [r[:3] for r in v.replaced] + ([v.where.half[:3]] if v.where.half else [])
                out |= {b[0] for b in bound if not holds(state, *b)}
        return out

    def ack(self):
        """What this device acknowledges: never while it holds changes that nobody has."""
        return dict(self.vv) if not self.open else None

    def gc(self, acks):
        """Publishes the removal of what is dead, stable in all its records, and named by nothing. An acknowledgement counts
        when all that it names is applied here: what its author did before may concern the same records."""
        assert not self.open
        acks = [a if a and all(self.vv.get(s, 0) >= n for s, n in a.items()) else {} for a in acks]
        t, stable = self.tree(), lambda dot: all(a.get(dot[0], 0) >= dot[1] for a in acks)
        alive = {h[0] for here in t.children.values() for e in here.values() for h in e.hidden + ((e.ino,),)}
        alive |= {i for m in t.members.values() for i in m} | {t.homes[x.ino, v] for here in t.children.values()
                                                               for x in here.values() if x.vid for v in t.versions[x.ino]}
        named = self.named(self.base)
        fresh = {k[1] for k, v in self.base.items() if not all(stable(d) for d in dots(k, v) if d[0])}
        dead = {k[1] for k in self.base} - alive - named - fresh - {ROOT}
        for key, link in self.base.items():  # what hangs on another's move is written by who moves that again: not yet
            for r in unconfirmed(link) if key[0] == "link" and key[1] in dead else ():
                if holds(self.base, *r[:3]):
                    self.confirm(*r[:2])
        dead -= {k[1] for k in self.open}
        for (ino, vid), home in t.homes.items():  # a version of a dead copy would be a sibling again where it is recorded
            if ino in dead and home not in dead:
                key = ("ver", home, vid)
                self.put(key, (self.view()[key][0], True) + self.view()[key][2:])
        return self.publish(tuple(sorted(dead)))

    def load(self, other):
        """Joining by a checkpoint: shared records and vv, nothing else."""
        self.base, self.open, self.memo, self.handles = dict(other.base), {}, None, {}
        self.applied, self.heads, self.vv = set(other.applied), set(other.heads), dict(other.vv)
        self.lamport = max(self.lamport, other.lamport)

    def come_back(self, other, cut):
        """The stream was closed at `cut` while it was away; what others removed since may be purged. Load a checkpoint,
        and issue again, as a new stream, what is new here: values that the join with the checkpoint changes, under the
        same lamport. A file or directory that is gone there comes back, whole, if it was written or moved here."""
        mine, old = join(dict(self.base), self.open), self.stream
        fresh = lambda s: s[1] == old and s[2] > cut
        self.load(other)
        meant = {k[1] for k, v in mine.items() if k[0] == "link" and fresh(v.life) or k[0] == "ver" and fresh(k[2]) and not v[1]}
        whole = {i for i in meant if ("inode", i) not in self.base}
        while more := {v.where.dir for k, v in mine.items() if k[0] == "link" and k[1] in whole | meant
                       and ("inode", v.where.dir) in mine and ("inode", v.where.dir) not in self.base} - whole:
            whole |= more
        whole |= {home for (i, _), home in tree.build(mine).homes.items() if i in whole and ("inode", home) not in self.base}
        self.stream, self.n = old + "+", 0
        again = lambda x: tuple(map(again, x)) if type(x) is tuple and not is_stamp(x) else (
            (x[0], self.stream, 1) + x[3:] if type(x) is tuple and fresh(x) else frozenset(map(again, x)) if type(x) is frozenset
            else type(x)(*map(again, x)) if isinstance(x, (Link, Where)) else x)
        is_stamp = lambda x: len(x) >= 3 and type(x[0]) is int and type(x[1]) is str and type(x[2]) is int
        for key, value in mine.items():
            ino = key[1]
            if ("inode", ino) in self.base or ino in whole:
                key, value = again(key), again(value)
                now = self.base.get(key)
                if now is None and key[0] == "ver" and ino not in whole and not fresh_key(key, self.stream):
                    continue  # thinned there
                if now is None or join_value(key[0], now, value) != now:
                    self.put(key, value)
