"""Seeded bugs: the rules with one line changed, each of which the checks must catch. `check.py --mutants` runs them."""
import inspect
import os
import shutil
import subprocess
import sys
import tempfile
import collect
import device
import handles
import records
import tree

FILES = ("records.py", "tree.py", "handles.py", "collect.py", "device.py", "plain.py", "vectors.py", "world.py", "members.py", "mutants.py", "check.py")

def patched(module, old, new):
    """The module's source with one line changed."""
    source = inspect.getsource(module)
    assert source.count(old) >= 1, old
    return source.replace(old, new)


MUTANTS = [
    ("a removal stays when a move beats it", records, "same = [x for x in (a, b) if x.life == life]", "same = [a, b]"),
    ("a removal is lost when another comes", records, "frozenset().union(*seen)", "seen[0]"),
    ("replaced versions come back", records, "a[1] or b[1]", "a[1] and b[1]"),
    ("last to arrive wins", records, "return max(a, b, key=order)", "return b"),
    ("place: last to arrive wins", records, "max((a, b), key=lambda x: (x.life, order(x.where))).where", "b.where"),
    ("settling beats a concurrent move", records, "key=lambda x: (x.life, order(x.where))", "key=lambda x: order(x.where)"),
    ("a revived file comes with what was removed", tree, "versions = [v for v in versions if v not in seen]", "versions = versions if set(versions) - seen else []"),
    ("removal beats edit", tree, "        if versions:\n            via", "        if False:\n            via"),
    ("the first link removed stays, not the last", tree, "lid = max(links, key=lambda", "lid = min(links, key=lambda"),
    ("a removed directory hides what is in it", tree, "if alive or any(inside) or files.get(d):", "if alive:"),
    ("only one directory of a name is shown", tree, "t.members[united[0]], t.up[united[0]] = united, (d, name)", "t.members[united[0]], t.up[united[0]] = united[:1], (d, name)"),
    ("conflict names collide", tree, "while (name := conflict_name(entry.name, t.roots[entry.ino, entry.vid], count)) in here:", "while (name := conflict_name(entry.name, t.roots[entry.ino, entry.vid], count)) in ():"),
    ("a revived member gives the identity", tree, "(i == LOST, i in t.revived, types", "(i == LOST, types"),
    ("of a cycle the first goes back, not the last", tree, "for d in sorted(moved, key=lambda d: (links[d][FIRST].where.stamp, d)):",
     "for d in sorted(moved, key=lambda d: (links[d][FIRST].where.stamp, d), reverse=True):"),
    ("a voided move: always to the root", tree, "at = links[d][FIRST].where.back[0]\n            while", "at = ROOT\n            while"),
    ("a removed member that moves along lives again", device, "if e.type == \"d\" and m != e.ino and m in t.revived:", "if False:"),
    ("nothing is settled", device, "or shown != name and (name in x.leans or mine):", "or False:"),
    ("settling counts as a move", device, "._replace(where=Where(stamp, dir, name, back, stamp, None)))", "._replace(where=Where(stamp, dir, name, back, stamp, None), life=stamp, removed=None))"),
    ("a revived file jumps into a directory that lives again", device, "if len(mine) > 1 and len(shown) == 1 and all(", "if False and all("),
    ("no reaffirming", device, "if d != LOST and all(", "if False and all("),
    ("voided moves jump", device, "for v in t.voided:", "for v in ():"),
    ("rename takes one member of a union", device, 'for m in t.members[e.ino] if e.type == "d" else [e.ino]:\n            link', 'for m in [e.ino]:\n            link'),
    ("rmdir takes one member of a union", device, "for m in self.tree().members[e.ino]:", "for m in [e.ino]:"),
    ("every removal is a last one", device, "seen = frozenset(t.versions.get(ino, ())) if last else frozenset()", "seen = frozenset(t.versions.get(ino, ()))"),
    ("lamport per commit", device, "self.lamport += 1\n", "self.lamport = max([self.lamport] + [self.lamport + 1] * (not self.open))\n"),
    ("lamport does not follow what is received", device, "self.lamport = max(self.lamport, c.lamport)", "pass"),
    ("a copy's place has a stamp of its own", device, "self.put((\"link\", ino, FIRST), Link(where, stamp, self.kept(e)))", "self.put((\"link\", ino, FIRST), Link(where, self.tick(), self.kept(e)))"),
    ("equal files stay together when one is written", device, "if (other == ino) != (e.ino == ino):", "if False:"),
    ("equal siblings are not replaced", device, "return [v for v in t.versions[e.ino] if t.texts[e.ino, v] == t.texts[e.ino, e.vid]]", "return [e.vid]"),
    ("unpublished inode forgotten though named", device, "gone = born - named - alive", "gone = born - alive"),
    ("what a remover saw is not buried", device, "            if vid not in t.versions[ino]:", "            if False:"),
    ("coming back: what is gone stays gone", collect, 'whole = {i for i in meant if ("inode", i) not in self.base}', "whole = set()"),
    ("gc takes what others have not seen", collect, "- alive - named - fresh - {ROOT}", "- alive - named - {ROOT}"),
    ("an acknowledgement counts at once", collect, "a if a and all(self.vv.get(s, 0) >= n for s, n in a.items()) else {} for a", "a or {} for a"),
    ("what becomes equal vanishes", device, "and texts[x.ino, x.vid] == text:", "and False:"),
    ("an equal file is not made to live", device, "if x.hidden and stays:", "if False:"),
    ("no root is handed on", device, "root = max(own) if own and", "root = max(own) if own and False and"),
    ("no seat is handed on", device, "heir if x and seat[1] == self.stream else stamp)", "stamp)"),
    ("the last place gives the name, not the seat", tree, "(links[f[0]][f[1]].where.seat, f)", "(links[f[0]][f[1]].where.stamp, f)"),
    ("a replacement holds whatever becomes of what came", records, "return other is None or other.life == stamp", "return True"),
    ("half of an exchange holds", records, "if where.half and not holds(", "if False and not holds("),
    ("a replacement is not confirmed", device, "                if bound:\n", "                if False:\n"),
    ("an exchange is not confirmed", device, "if link.where.half and link.where.half[:3] == me and key[1] in shown:", "if False:"),
    ("an exchange is confirmed without a look at cycles", device, 'if view["inode", key[1]][0] == "d":', "if False:"),
    ("siblings jump when links of one name part", device, "if not x.sibling and any(h[0] == x.ino for h in x.hidden):", "if False:"),
    ("a new life brings back what a remover saw", device, "        self.bury(ino)\n        self.confirm", "        self.confirm"),
    ("what comes late does not find its copy", tree, "while copy := next(", "while copy := None and next("),
    ("a revived file is shown in a removed folder", tree, "(not buried(links[l].where.dir), l == via,", "(l == via,"),
    ("a revived file is shown where it was removed last", tree, "(not buried(links[l].where.dir), l == via,", "(not buried(links[l].where.dir),"),
    ("the choice of a revived link leans on copies", tree, "written.get(ino, {}), buried)", "{v: written[ino][v] for v in versions.get(ino, []) if v in written.get(ino, {})}, buried)"),
    ("gc takes what a move may still write", collect, "dead -= {k[1] for k in self.open}", "pass"),
    ("gc brings the version of a removed copy back", collect, "if ino in dead and home not in dead:", "if False:"),
    ("gc takes the home of a copy's version", collect, "| {t.homes[x.ino, v] for here in t.children.values()\n                                                               for x in here.values() if x.vid for v in t.versions[x.ino]}", ""),
    ("a copy that is written while it is open takes the name", handles, "        self.split_opened(h)\n", ""),
    ("what is open brings back a name that is gone", handles, 'if links and h["lid"] not in links:', "if False:"),
    ("what is open takes its link after what is equal parted", handles, "        self.write_at_name(h)  # also", "        # also"),
    ("what is open takes its link before what is equal parts", handles, "        self.write_at_name(h)\n", ""),
    ("two open files of one version share what is written", device, 'if h["number"] == number and h["ino"]', 'if h["ino"]'),
    ("what a remover saw stays in a copy", tree, "return taken(t, links, at)", "return frozenset()"),
    ("a moved copy goes with its file", tree, "or mine[FIRST].life != life or", "or"),
    ("a split forgets whose removal it knew", device, "Link(where, stamp, self.kept(e))", "Link(where, stamp)"),
    ("a taken copy comes back when its file moves", device, "for copy, dead in hangs.items():", "for copy, dead in ():"),
    ("a taken copy's version goes for good when its file moves", device, 'self.put(("link", copy, FIRST), view[("link", copy, FIRST)]._replace(removed=(stamp, dead, stamp)))',
     '[self.put(("ver", t.homes[copy, v], v), (view["ver", t.homes[copy, v], v][0], True) + view["ver", t.homes[copy, v], v][2:]) for v in dead]'),
    ("a link brings back what was taken of a copy", device, "        self.bury(e.ino)\n        to, name", "        to, name"),
    ("gc takes what a copy was split from", collect, 'out.add(k[1].rpartition("~")[0])', "pass"),
    ("gc takes directories that records name", collect, "- alive - named - fresh - {ROOT}", "- alive - fresh - {ROOT}"),
]


def mutants(first):
    """Runs this program again, from a copy with one rule broken."""
    here, caught = os.path.dirname(os.path.abspath(__file__)), 0
    for name, module, old, new in MUTANTS[first:]:
        with tempfile.TemporaryDirectory() as folder:
            for f in FILES:
                shutil.copy(os.path.join(here, f), folder)
            with open(os.path.join(folder, module.__name__ + ".py"), "w") as f:
                f.write(patched(module, old, new))
            r = subprocess.run([sys.executable, os.path.join(folder, "check.py"), "--brief"], capture_output=True, text=True, timeout=900)
            caught += r.returncode != 0
            print(f"  {'caught' if r.returncode else 'MISSED'}: {name} ({(r.stdout.strip() or r.stderr.strip()).splitlines()[-1][:90]})", flush=True)
    print(f"{caught} of {len(MUTANTS[first:])} caught")
    return caught == len(MUTANTS[first:])


