"""The oracle's own reading of the records of format 1 (docs/format.md, "Records"), and what must hold among them on one device."""
import struct
from collections import Counter, defaultdict

INODE, DIRENT, EXTENTS, BLOCK, ORPHAN, LINK, COUNT, REF, REAP = 0x10, 0x11, 0x12, 0x20, 0x80, 0x81, 0x82, 0x83, 0x84
ROOT = 1


def inode(value):
    """mode and the content id, or None."""
    flags, mode = value[1], struct.unpack_from("<I", value, 26)[0]
    at = 38 + 8 + 48 + (8 if flags & 1 else 0) + (16 if flags & 2 else 0)
    return mode, value[at:at + 16] if flags & 4 else None


def entries(value):
    """inode numbers and names of a directory entry record."""
    at, found = 1, []
    while at < len(value):
        kind, ino, n = struct.unpack_from("<BQB", value, at)
        found.append((kind, ino, value[at + 10:at + 10 + n]))
        at += 10 + n
    return found


def extents(value):
    return [value[at + 12:at + 28] for at in range(1, len(value), 28)]


class Records:
    def __init__(self):
        self.kind = defaultdict(dict)
        self.pending = set()

    def add(self, table, key, value):
        if table == "r":
            self.kind[key[0]][key[1:]] = value
        elif key[:1] == b"B":
            self.pending.add(key[1:])

    def shared(self):
        """What every device has the same."""
        return {k: v for k, v in self.kind.items() if k < 0x80 and v}

    def wrong(self):
        """Sentences, each begun by its kind of fault."""
        yield from self.wrong_names()
        yield from self.wrong_blocks()
        yield from self.left_over()

    def wrong_names(self):
        names, subdirs, links = Counter(), Counter(), set()
        for key, value in self.kind[DIRENT].items():
            for kind, ino, _ in entries(value):
                names[ino] += 1
                links.add(struct.pack(">Q", ino) + key)
                if kind == 4:
                    subdirs[struct.unpack(">Q", key[:8])[0]] += 1
                if struct.pack(">Q", ino) not in self.kind[INODE]:
                    yield f"no inode: a name leads to inode {ino}, which is not there"
        counts = {k: struct.unpack("<II", v[1:9]) for k, v in self.kind[COUNT].items()}
        for key in set(counts) | {struct.pack(">Q", i) for i in set(names) | set(subdirs)}:
            ino = struct.unpack(">Q", key)[0]
            if counts.get(key, (0, 0)) != (names[ino], subdirs[ino]):
                yield f"count: inode {ino} has {names[ino]} names and {subdirs[ino]} directories, the record says {counts.get(key, (0, 0))}"
        if links != set(self.kind[LINK]):
            yield f"link: {len(links ^ set(self.kind[LINK]))} records of the reverse index are wrong"
        for key in self.kind[INODE]:
            ino = struct.unpack(">Q", key)[0]
            if not names[ino] and ino != ROOT and key not in self.kind[ORPHAN]:
                yield f"nameless: inode {ino} has no name and waits for nobody"

    def wrong_blocks(self):
        contents = {inode(v)[1] for v in self.kind[INODE].values()}
        used = Counter()
        for key, value in self.kind[EXTENTS].items():
            used.update(extents(value))
            if key[:16] not in contents and key[:16] not in self.kind[REAP]:
                yield f"extents: of contents {key[:4].hex()} that no inode has"
        counted = {k: struct.unpack("<I", v[1:5])[0] for k, v in self.kind[REF].items()}
        for block in set(used) | set(counted):
            if used[block] != counted.get(block, 0):
                yield f"reference: block {block[:4].hex()} is used {used[block]} times, the record says {counted.get(block, 0)}"
            if block not in self.kind[BLOCK] and block not in self.pending:
                yield f"no block: {block[:4].hex()} is used, and nothing says where it is"
        for block in set(self.kind[BLOCK]) - set(used):
            yield f"leaked block: {block[:4].hex()} has a record and no file uses it"

    def left_over(self):
        for kind, name in ((ORPHAN, "orphan"), (REAP, "contents to reclaim")):
            for key in self.kind[kind]:
                yield f"left over: {name} {key[:8].hex()}"
