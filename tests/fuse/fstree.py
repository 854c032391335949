#!/usr/bin/env python3
"""fstree.py run DIR SEED OPS PROCESSES: random operations on one tree by several processes at once.
fstree.py list DIR: everything in it, one line a name, to be compared after a remount or on another device."""
import errno, hashlib, os, random, stat, sys

EXPECTED = {errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY, errno.EISDIR, errno.ENOTDIR, errno.EINVAL, errno.ELOOP,
            errno.EPERM, errno.EBUSY, errno.ENODATA, errno.EXDEV, errno.EOPNOTSUPP, errno.ENXIO}


class Walker:
    """One process. Names are few, so the processes meet on them."""

    def __init__(self, root, seed):
        self.rnd, self.root = random.Random(seed), root
        self.done = 0

    def path(self):
        depth = self.rnd.randrange(1, 5)
        return "/".join([self.root] + [f"d{self.rnd.randrange(4)}" for _ in range(depth - 1)] + [self.rnd.choice("dfgl") + str(self.rnd.randrange(6))])

    def data(self):
        size = self.rnd.choice([0, 1, 700, 1024, 1025, 5000, 131072, 200000, 400000])
        return self.rnd.randbytes(min(size, 64)) * (size // 64 + 1)

    def open(self, flags):
        return os.open(self.path(), flags | os.O_NONBLOCK | os.O_NOFOLLOW, 0o644)

    def write(self):
        fd = self.open(self.rnd.choice([os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                                        os.O_WRONLY | os.O_CREAT | os.O_APPEND, os.O_WRONLY | os.O_CREAT | os.O_EXCL]))
        try:
            if stat.S_ISREG(os.fstat(fd).st_mode):
                os.pwrite(fd, self.data(), self.rnd.choice([0, 0, 3, 4096, 300000, 5 << 20]))
                if self.rnd.randrange(20) == 0:
                    os.fsync(fd)
        finally:
            os.close(fd)

    def shape(self):
        fd = self.open(os.O_RDWR)
        try:
            if stat.S_ISREG(os.fstat(fd).st_mode):
                if self.rnd.randrange(2):
                    os.ftruncate(fd, self.rnd.choice([0, 1, 1024, 60000, 3 << 20]))
                else:
                    os.posix_fallocate(fd, self.rnd.randrange(100000), 1 + self.rnd.randrange(100000))
        finally:
            os.close(fd)

    def copy(self):
        a, b = self.open(os.O_RDONLY), None
        try:
            b = self.open(os.O_WRONLY | os.O_CREAT)
            if all(stat.S_ISREG(os.fstat(x).st_mode) for x in (a, b)):
                os.copy_file_range(a, b, 1 << 20, 0, self.rnd.choice([0, 131072, 777]))
        finally:
            os.close(a)
            if b is not None:
                os.close(b)

    def unlinked(self):
        """written to while it has no name, by nobody else: the others do not know this one"""
        p = os.path.join(os.path.dirname(self.path()), f"own{os.getpid()}")
        fd = os.open(p, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.unlink(p)
            want = self.data()
            os.pwrite(fd, want, 0)
            assert os.pread(fd, len(want) + 1, 0) == want, "contents of an unlinked file"
        finally:
            os.close(fd)

    def replace(self):
        p = self.path() + f".{os.getpid()}"
        with open(p, "xb") as f:
            f.write(self.data())
        try:
            os.rename(p, self.path())
        except OSError:
            os.unlink(p)
            raise

    def modes(self, p): # whoever is not root must still get into a directory; in a sticky one that all may write to, the
        if not os.path.isdir(p): # kernel follows no foreign link (fs.protected_symlinks), not even for root
            return [0o644, 0o600, 0o755, 0o1777, 0o4711]
        return [0o700, 0o755, 0o1755, 0o4711] + ([0o644, 0o600] if os.geteuid() == 0 else [])

    def meta(self):
        p, r = self.path(), self.rnd
        r.choice([
            lambda: os.chmod(p, r.choice(self.modes(p))) if not os.path.islink(p) else None,
            lambda: os.lchown(p, r.randrange(3), r.randrange(3)) if os.geteuid() == 0 else None,
            lambda: os.utime(p, ns=(r.randrange(1 << 60), r.randrange(1 << 60)), follow_symlinks=False),
            lambda: os.setxattr(p, f"user.{r.randrange(4)}", r.randbytes(r.choice([0, 5, 300])), follow_symlinks=False),
            lambda: os.removexattr(p, f"user.{r.randrange(4)}", follow_symlinks=False),
        ])()

    def names(self):
        p, r = self.path(), self.rnd
        r.choice([
            lambda: os.mkdir(p), lambda: os.mkdir(p), lambda: os.rmdir(p), lambda: os.unlink(p),
            lambda: os.rename(p, self.path()), lambda: os.rename(p, self.path()),
            lambda: os.link(p, self.path(), follow_symlinks=False), lambda: os.symlink(r.choice(["x" * 90, "../d1", p[-9:]]), p),
            lambda: os.mkfifo(p, 0o600), lambda: os.mknod(p, 0o644 | stat.S_IFSOCK),
        ])()

    def look(self):
        p = self.path()
        names = os.listdir(os.path.dirname(p))
        assert len(names) == len(set(names)), "a name is listed twice"
        if stat.S_ISREG(os.lstat(p).st_mode):
            with open(os.open(p, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as f:
                f.read()

    def run(self, ops):
        kinds = [self.write] * 5 + [self.names] * 8 + [self.meta] * 4 + [self.look] * 2 + [self.shape, self.copy, self.unlinked, self.replace]
        for i in range(ops):
            fn = self.rnd.choice(kinds)
            try:
                fn()
                self.done += 1
            except OSError as e:
                if e.errno not in EXPECTED:
                    raise AssertionError(f"operation {i} ({fn.__name__}): {e}") from e


def run(root, seed, ops, processes):
    for d in ("", "/d0", "/d1", "/d2", "/d3", "/d0/d1"):
        try:
            os.makedirs(root + d, exist_ok=True)
        except (FileExistsError, NotADirectoryError): # an earlier run left something else there
            pass
    pids = []
    for i in range(processes):
        pid = os.fork()
        if not pid:
            w = Walker(root, seed * 1000 + i)
            try:
                w.run(ops)
                print(f"process {i}: {w.done} of {ops} succeeded", flush=True)
                os._exit(0 if w.done * 10 > ops else 3)
            except BaseException as e:  # noqa: B902
                print(f"seed {seed}, process {i}: {e!r}", file=sys.stderr, flush=True)
                os._exit(1)
        pids.append(pid)
    return max([os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]) for p in pids])


def listing(root):
    root, first, count = os.fsencode(root), {}, {}
    for top, dirs, files in os.walk(root):
        dirs.sort()
        for name in sorted(dirs + files) + ([b"."] if top == root else []):
            p = os.path.join(top, name)
            s, what = os.lstat(p), b""
            if stat.S_ISREG(s.st_mode):
                with open(p, "rb") as f:
                    what = hashlib.sha256(f.read()).hexdigest().encode()
            elif stat.S_ISLNK(s.st_mode):
                what = os.readlink(p)
            xattrs = sorted((n, os.getxattr(p, n, follow_symlinks=False)) for n in os.listxattr(p, follow_symlinks=False))
            same = first.setdefault(s.st_ino, p)
            count[s.st_ino] = count.get(s.st_ino, 0) + 1
            print(p[len(root):], oct(s.st_mode), s.st_uid, s.st_gid, s.st_nlink, s.st_rdev, s.st_size, s.st_atime_ns, s.st_mtime_ns,
                  s.st_ctime_ns, same[len(root):], what, xattrs)
            if not stat.S_ISDIR(s.st_mode):
                assert same != p or s.st_nlink >= 1
            else:
                sub = sum(1 for e in os.scandir(p) if e.is_dir(follow_symlinks=False))
                assert s.st_nlink == 2 + sub, f"{p}: {s.st_nlink} links, {sub} directories inside"
    for ino, n in count.items():
        links = os.lstat(first[ino]).st_nlink
        assert stat.S_ISDIR(os.lstat(first[ino]).st_mode) or links == n, f"{first[ino]}: {links} links, {n} names"


if sys.argv[1] == "run":
    sys.exit(run(sys.argv[2], *map(int, sys.argv[3:6])))
listing(sys.argv[2])
