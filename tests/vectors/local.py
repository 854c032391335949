#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the test vectors of Padme and of local records (their headers say the bytes), without any code of the project.

    tests/vectors/local.py FOLDER

The files are kept in the repository; run this only to change them.
"""
import struct
import sys

BLOCK = 131072


def u8(v): return struct.pack("<B", v)
def u16(v): return struct.pack("<H", v)
def u32(v): return struct.pack("<I", v)
def u64(v): return struct.pack("<Q", v & (1 << 64) - 1)


def padme(n):
    if n < 2:
        return n
    e = n.bit_length() - 1
    mask = (1 << (e - e.bit_length())) - 1
    return n + mask & ~mask


class File:
    def __init__(self, name, title):
        self.f = open(sys.argv[1] + "/" + name, "w")
        self.f.write("# %s\n# Lines are \"name = hexadecimal\"; a blank line ends a case.\n" % title)

    def case(self, **fields):
        self.f.write("\n" + "".join("%s = %s\n" % (k.replace("_", "-"), v.hex()) for k, v in fields.items()))


def padme_table():
    f = File("padme.txt", "Padme sizes (PETS 2019): n, padded, both as 8 bytes little-endian")
    for n in (0, 1, 2, 3, 7, 8, 9, 10, 99, 100, 255, 256, 257, 1000, 4095, 4096, 4097, 65535, 65537, 100000, 131072,
              131200, 1000000, 8 << 20, (8 << 20) - 1, (8 << 20) + 1, 1 << 40, (1 << 40) + 1, (1 << 63) + 5):
        f.case(n=u64(n), padded=u64(padme(n)))


def stamp(sec, nsec): return u64(sec) + u32(nsec)


def inode(flags, ino, birth, mode, uid, gid, size, mtime=(0, 0), tail=b"", atime=(0, 0)):
    return (u8(1) + u8(flags) + u64(ino) + birth + u32(mode) + u32(uid) + u32(gid) + u64(size) + stamp(*atime) +
            stamp(*mtime) + stamp(0, 0) + stamp(0, 0) + tail)


def first(v, n): return u8(v) + bytes(n - 1)


def records():
    f = File("local.txt", "Values of records, one a line; the structures are in tests/unit/test_vault_record.c")
    b1, t = b"\1" * 16, (1700000000, 999999999)
    lines = {
        "inode-inline": inode(10, 42, b1, 0o100644, 0xffffffff, 100, 5, t, b"\2" * 16 + b"\3" * 32 + b"hello"),
        "inode-content": inode(14, 42, b1, 0o100644, 0xffffffff, 100, 1 << 20, t,
                               b"\2" * 16 + b"\4" * 16 + b"\3" * 32),
        "inode-directory": inode(0, 1, bytes(16), 0o41777, 0, 0, 0, atime=(-1, 0)),
        "inode-device": inode(1, 9, bytes(16), 0o20600, 0, 0, 0, tail=u64(0x103)),
        "inode-symlink": inode(0, 10, bytes(16), 0o120777, 0, 0, 4, tail=b"/tmp"),
        "xattr": u8(1) + u8(6) + b"user.a" + u32(0) + u8(6) + b"user.b" + u32(5) + b"value",
        "pending": u8(1) + u32(BLOCK) + u32(2) + u64(7) + first(9, 32),
        "ref": u8(1) + u32(3),
        "mark": u8(1),
    }
    for k, v in lines.items():
        f.case(**{k: v})


for make in (padme_table, records):
    make()
