#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Very many small files: many.py make|list|rename|remove DIR COUNT. 1,000 in a directory. Prints operations a second."""
import os
import sys
import time

PER = 1000


def name(i):
    return f"d{i // PER:04d}/file{i:07d}"


def make(root, count):
    for i in range(count):
        if i % PER == 0:
            os.mkdir(f"{root}/d{i // PER:04d}")
        fd = os.open(f"{root}/{name(i)}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        os.write(fd, b"%d\n" % i * 12)
        os.close(fd)


def listing(root, count):
    n = 0
    for d in os.scandir(root):
        for f in os.scandir(d.path):
            n += f.stat().st_size > 0
    assert n == count, f"{n} files, not {count}"
    for i in range(0, count, max(1, count // 200)):
        for p in (f"{root}/{name(i)}", f"{root}/{name(i)}.r"):
            if os.path.exists(p):
                with open(p, "rb") as f:
                    assert f.read() == b"%d\n" % i * 12, p


def rename(root, count):
    for i in range(count):
        os.rename(f"{root}/{name(i)}", f"{root}/{name(i)}.r")


def remove(root, count):
    for i in range(count):
        os.unlink(f"{root}/{name(i)}.r")
        if i % PER == PER - 1 or i == count - 1:
            os.rmdir(f"{root}/d{i // PER:04d}")


def main():
    what, root, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    start = time.monotonic()
    {"make": make, "list": listing, "rename": rename, "remove": remove}[what](root, count)
    took = time.monotonic() - start
    print(f"{what}: {count} in {took:.1f} s, {count / took:.0f} a second")


main()
