#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Very many small files: many.py make|list|rename|remove DIR COUNT. A tenth of them in one directory, the others 1,000 in
each. Prints operations a second, and how far it is to stderr."""
import os
import sys
import time

PER = 1000


def data(i):
    return b"%d\n" % i * 12 if i % 10 else b""


class Tree:
    """Where file number i is; renaming gives every file and every directory a new name."""

    def __init__(self, root, count):
        self.root, self.count, self.start = root, count, time.monotonic()
        self.big = count - count // 10

    def dir(self, i, mark=""):
        return f"{self.root}/" + ("big" if i >= self.big else f"d{i // PER:04d}") + mark

    def numbers(self):
        for i in range(self.count):
            if i % 10000 == 0 and i:
                print(f"{i} after {time.monotonic() - self.start:.1f} s", file=sys.stderr, flush=True)
            yield i, i == self.big or i % PER == 0 and i < self.big

    def make(self):
        for i, first in self.numbers():
            if first:
                os.mkdir(self.dir(i))
            fd = os.open(f"{self.dir(i)}/file{i:07d}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
            if data(i):
                os.write(fd, data(i))
            os.close(fd)

    def list(self):
        n = size = 0
        for d in os.scandir(self.root):
            for f in os.scandir(d.path):
                n, size = n + 1, size + f.stat().st_size
        assert n == self.count, f"{n} files, not {self.count}"
        assert size == sum(len(data(i)) for i in range(self.count)), f"{size} bytes"
        mark = "" if os.path.exists(self.dir(0)) else ".r"
        for i in range(0, self.count, max(1, self.count // 200) | 1):
            with open(f"{self.dir(i, mark)}/file{i:07d}{mark}", "rb") as f:
                assert f.read() == data(i), i

    def rename(self):
        for i, first in self.numbers():
            if first:
                os.rename(self.dir(i), self.dir(i, ".r"))
            name = f"{self.dir(i, '.r')}/file{i:07d}"
            os.rename(name, name + ".r")

    def remove(self):
        last = None
        for i, first in self.numbers():
            if first and last:
                os.rmdir(last)
            last = self.dir(i, ".r")
            os.unlink(f"{last}/file{i:07d}.r")
        os.rmdir(last)


def main():
    what, root, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    tree = Tree(root, count)
    getattr(tree, what)()
    took = time.monotonic() - tree.start
    print(f"{what}: {count} in {took:.1f} s, {count / took:.0f} a second")


main()
