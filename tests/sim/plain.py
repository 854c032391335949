"""What a plain file system would show after the operations of a journal, one after the other: for hand-overs, where there is one order."""
REG, DIR, LNK = 8, 4, 10
ROOT = 1


class Wrong(Exception):
    pass


def want(ok, what, op):
    if not ok:
        raise Wrong(f"{what}: operation {op['k']} ({op['op']} {op['p']} {op['q']}) on device {op['d']}")


class Plain:
    def __init__(self):
        self.node = {ROOT: {"type": DIR}}
        self.name = {}  # (directory, name): inode

    def at(self, path):
        ino = ROOT
        for part in path.split("/")[1:]:
            ino = self.name.get((ino, part))
            if ino is None:
                return None
        return ino

    def split(self, path):
        dir_, _, name = path.rpartition("/")
        return self.at(dir_), name

    def links(self, ino):
        return sum(i == ino for i in self.name.values())

    def put(self, path, ino):
        self.name[self.split(path)] = ino

    def take(self, path):
        ino = self.name.pop(self.split(path))
        if not self.links(ino):
            self.node.pop(ino, None)
        return ino

    # -- one operation that went well ------------------------------------------------------------------------------------
    def do(self, op):
        subject = op["p"] and self.at(op["p"])
        if op["p"]:
            want(subject == op["ino"], "not the file that a plain file system has there", op)
        if op["was"] and op["op"] not in ("hwrite", "hclose"):
            want(self.node[subject].get("now", "") == op["was"], "not the contents that a plain file system has", op)
        getattr(self, "do_" + op["op"], self.do_nothing)(op)

    def do_nothing(self, op):
        if op["now"] and not op["now"].startswith("!") and op["ino"] in self.node:
            want(op["op"] == "open" or self.node[op["ino"]].get("now") == op["now"], "not the contents that a plain file system has", op)

    def make(self, op, kind, **more):
        want(self.at(op["q"]) is None, "made although it is there", op)
        self.node[op["ino"]] = {"type": kind, **more}
        self.put(op["q"], op["ino"])

    def do_create(self, op):
        self.make(op, REG, now=op["now"], mode=0o644)

    do_reflink = do_create

    def do_mkdir(self, op):
        self.make(op, DIR, mode=0o755)

    def do_symlink(self, op):
        self.make(op, LNK, now=op["now"])

    def write(self, op):
        if op["ino"] in self.node:
            self.node[op["ino"]]["now"] = op["now"]

    do_write = do_append = do_truncate = do_fallocate = do_copy = do_hwrite = write

    def do_save(self, op):
        self.take(op["q"])
        self.node[op["ino"]] = {"type": REG, "now": op["now"], "mode": 0o644}
        self.put(op["q"], op["ino"])

    def do_rename(self, op):
        there = self.at(op["q"])
        if there == op["ino"]:
            return
        if there is not None:
            want(not any(d == there for d, _ in self.name), "a full directory was replaced", op)
            self.take(op["q"])
        node, ino = self.node[op["ino"]], self.name.pop(self.split(op["p"]))
        self.node[ino] = node
        self.put(op["q"], ino)

    def do_exchange(self, op):
        a, b = self.split(op["p"]), self.split(op["q"])
        self.name[a], self.name[b] = self.name[b], self.name[a]

    def do_link(self, op):
        self.put(op["q"], op["ino"])

    def do_unlink(self, op):
        self.take(op["p"])

    def do_rmdir(self, op):
        want(not any(d == op["ino"] for d, _ in self.name), "a full directory was removed", op)
        self.take(op["p"])

    def attribute(self, op, which, value):
        self.node[op["ino"]][which] = value

    def do_chmod(self, op):
        self.attribute(op, "mode", int(op["v"]))

    def do_chown(self, op):
        self.attribute(op, "uid", int(op["v"]))

    def do_setxattr(self, op):
        self.attribute(op, "x", op["v"])

    def do_removexattr(self, op):
        self.attribute(op, "x", "")

    # -- the end ---------------------------------------------------------------------------------------------------------
    def listing(self):
        found, left = {}, [("", ROOT)]
        while left:
            path, ino = left.pop()
            if len(path) > 200:
                raise Wrong("a directory is inside itself")
            for (d, name), child in self.name.items():
                if d == ino:
                    node = self.node[child]
                    found[f"{path}/{name}"] = (node["type"], child, node.get("now", ""), node.get("x", ""), node.get("uid", 1000))
                    if node["type"] == DIR:
                        left.append((f"{path}/{name}", child))
        return found
