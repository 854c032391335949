"""list_tree.py DIR: every path below it with type, mode, size, mtime, SHA-256 of its contents or its target, and user xattrs."""
import hashlib
import os
import stat
import sys


def line(root, path):
    st = os.lstat(path)
    kind = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link", stat.S_IFIFO: "fifo", stat.S_IFCHR: "device"}[stat.S_IFMT(st.st_mode)]
    size, rest = (st.st_size, "-") if kind != "dir" else (0, "-")
    if kind == "file":
        rest = hashlib.sha256(open(path, "rb").read()).hexdigest()
    elif kind == "link":
        rest = os.readlink(path)
    names = [] if kind == "link" else sorted(n for n in os.listxattr(path) if n.startswith("user."))
    xattrs = [f"{n}={os.getxattr(path, n).hex()}" for n in names]
    where = os.path.relpath(path, root)
    return " ".join([where, kind, f"{stat.S_IMODE(st.st_mode):o}", str(st.st_nlink), str(size), str(st.st_mtime_ns), rest, *xattrs])


def paths(root):
    yield root
    for folder, dirs, files in os.walk(root):
        yield from (os.path.join(folder, name) for name in dirs + files)


print("\n".join(sorted(line(sys.argv[1], p) for p in paths(sys.argv[1]))))
