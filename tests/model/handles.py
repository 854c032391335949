"""Files that are open (section 5): what is written to a handle goes on in the version that was opened."""
import tree
from records import FIRST

RENEW = 50  # a branch of one's own without a conflict here gets a new root after this (on disk: a day)


class Refused(Exception):
    """What POSIX says: ENOENT, EEXIST, ..."""


class Handles:
    def open_file(self, path, handle):
        d, name, e = self.need(path)
        if e.type != "f":
            raise Refused("EISDIR")
        self.handles[handle] = {"number": self.number(e), "ino": e.ino, "vid": e.vid, "lid": e.lid, "root": self.tree().roots[e.ino, e.vid], "orphan": False, "at": path}

    def number(self, e):
        """Of a sibling that of the file that it would become: programs that open it share one file in memory."""
        t = self.tree()
        if not e.sibling:
            return e.ino
        root = t.roots[e.ino, e.vid]
        alone = any(t.roots[e.ino, v] == root and v != e.vid for v in t.versions[e.ino])
        return tree.copy_of(e.ino, e.vid if alone else root, alone)

    def split_opened(self, h):
        """A sibling that is written becomes a file, also through a handle: otherwise the greatest root, which a write to
        another device's branch has, would take the name from what has it."""
        t = self.tree()
        same = [v for v in t.versions[h["ino"]] if t.texts[h["ino"], v] == t.texts.get((h["ino"], h["vid"]))]
        if not same or t.versions[h["ino"]][0] in same:
            return
        d, name, e = next(x for x in self.entries() if x[2].sibling and x[2].ino == h["ino"] and x[2].vid in same)
        h["vid"] = e.vid  # which stands for all that equal it
        self.settle(f"{t.path(d)}/{name}")
        h["lid"] = FIRST

    def write_at_name(self, h):
        """The link that it is written through: that of the handle, as long as it is shown; then the first that is. What is
        written would else bring back a name that is gone, where the file is shown again without its names."""
        links = self.tree().links[h["ino"]]
        if links and h["lid"] not in links:
            h["lid"] = min(links)

    def write_handle(self, handle, text):
        """Goes on in the version that was opened, whatever came since. Removed elsewhere, and this device knows: a new
        file, in the nearest directory left, so that nobody ever writes to what is dead."""
        h = self.handles.get(handle)
        if h is None or h["orphan"]:
            raise Refused("EBADF")
        while ("inode", copy := tree.copy_of(h["ino"], h["root"])) in self.view():
            h["ino"] = copy  # the branch is a file of its own now
        t = self.tree()
        if not t.versions.get(h["ino"]) or not t.links[h["ino"]]:
            d, name = h["at"].rpartition("/")[::2]
            while d:
                try:
                    if self.need(d)[2].type == "d":
                        break
                except Refused:
                    pass
                d = d.rpartition("/")[0]
            count, free = 1, name
            while self.find(f"{d}/{free}")[2]:
                free = tree.conflict_name(name, h["vid"], count)
                count += 1
            h["ino"] = self.born(*self.free(f"{d}/{free}"), "f", text, 0o644)
            h["vid"] = h["root"] = self.tree().versions[h["ino"]][0]
            h["lid"] = FIRST
            return h["ino"], None
        self.write_at_name(h)  # also before what is equal parts: that may take the last link, and what is written is shown there
        self.split_opened(h)
        self.part(h["ino"])
        self.keep_apart(h["ino"], text)
        self.write_at_name(h)
        old, t = h["vid"], self.tree()  # settling may have split the version: the handle follows
        equal = [v for v in t.versions[h["ino"]] if t.texts[h["ino"], v] == t.texts.get((h["ino"], old))]
        h["vid"] = self.replace(h["ino"], {old, *equal}, text, h["lid"], h["number"])
        h["root"] = self.tree().roots[h["ino"], h["vid"]]
        return h["ino"], old

    def hands_on(self, ino, vids, root, stamp):
        """Of a file without a conflict. A version that was never published leaves no trace: what comes begins the branch."""
        published = root[1:3] != stamp[1:3] or ("ver", self.tree().homes.get((ino, root), ino), root) in self.base
        return stamp[0] - root[0] <= RENEW and (root not in vids or published)
