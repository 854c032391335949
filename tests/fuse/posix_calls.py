#!/usr/bin/env python3
"""posix_calls.py DIR: each system call on names, attributes and sizes: its errors, whom it lets do what, which times it changes."""
import ctypes, errno, fcntl, os, resource, shutil, signal, socket, stat, subprocess, time

from checks import as_user, create, fails, libc, read, rename2, root_from_here, run, test, write

UTIME_NOW, UTIME_OMIT = (1 << 30) - 1, (1 << 30) - 2
OTHER = 1234


MAKERS = {
    "file": create,
    "dir": os.mkdir,
    "fifo": os.mkfifo,
    "symlink": lambda p: os.symlink("target", p),
    "socket": lambda p: os.mknod(p, stat.S_IFSOCK | 0o644),
    "link": lambda p: os.link("/proc/self/cwd/linked", p),
}
if os.geteuid() == 0:
    MAKERS["device"] = lambda p: os.mknod(p, stat.S_IFCHR | 0o600, os.makedev(1, 3))
else:
    print("skip - device files among the kinds of file: only root makes them")
USERS = {  # what looks at or changes an existing name
    "stat": os.stat,
    "chmod": lambda p: os.chmod(p, 0o700),
    "chown": lambda p: os.chown(p, -1, -1),
    "utime": os.utime,
    "open": lambda p: os.close(os.open(p, os.O_RDONLY | os.O_NONBLOCK)),
    "truncate": lambda p: os.truncate(p, 0),
    "unlink": os.unlink,
    "rmdir": os.rmdir,
    "readlink": os.readlink,
    "link from": lambda p: os.link(p, "new"),
    "rename from": lambda p: os.rename(p, "new"),
    "listxattr": os.listxattr,
}
CALLS = MAKERS | USERS | {"rename to": lambda p: os.rename("linked", p)}


def times(path="."):
    s = os.lstat(path)
    return s.st_mtime_ns, s.st_ctime_ns


def changes(path, what, fn):
    """fn changes exactly these times of path: "m", "c", "mc" or "" """
    old = times(path)
    time.sleep(0.005)
    fn()
    new = times(path)
    got = ("m" if new[0] != old[0] else "") + ("c" if new[1] != old[1] else "")
    assert got == what, f"{path}: {got or 'nothing'} changed, not {what or 'nothing'}"


@test
def a_bad_path_is_an_error_of_every_call():
    write("linked"), write("file"), os.symlink("loop", "loop"), os.symlink("absent/x", "dangling")
    long, deep = "n" * 256, "./" * 2100 + "x"
    for name, call in CALLS.items():
        try:
            fails(errno.ENOTDIR, call, "file/x")
            fails(errno.ENOENT, call, "absent/x")
            fails(errno.ENAMETOOLONG, call, long)
            fails(errno.ENAMETOOLONG, call, long + "/x")
            fails(errno.ENAMETOOLONG, call, deep)
            fails(errno.ELOOP, call, "loop/x")
            if name in USERS:
                fails(errno.ENOENT, call, "absent")
        except AssertionError as e:
            raise AssertionError(f"{name}: {e}") from e
    assert sorted(os.listdir()) == ["dangling", "file", "linked", "loop"]


@test
def names_of_255_bytes_and_long_paths_work():
    write("linked")
    name = "\u00e4" * 127 + "x"
    for kind, make in MAKERS.items():
        make(name)
        assert os.listdir() == [name, "linked"] or sorted(os.listdir()) == sorted([name, "linked"])
        os.rmdir(name) if kind == "dir" else os.unlink(name)
    path = "."
    while len(path) + 201 < 4000:
        path += "/" + "p" * 200
        os.mkdir(path)
    write(path + "/f", b"deep")
    assert read(path + "/f") == b"deep"
    os.rename(path + "/f", "shallow")
    assert read("shallow") == b"deep"


@test
def nothing_is_made_over_an_existing_name():
    write("linked")
    for old, make_old in MAKERS.items():
        make_old("x")
        before = os.lstat("x")
        for make in MAKERS.values():
            changes(".", "", lambda: fails(errno.EEXIST, make, "x"))  # noqa: B023
        assert os.lstat("x").st_ino == before.st_ino
        os.rmdir("x") if old == "dir" else os.unlink("x")


@test
def making_and_removing_change_the_times_of_the_directory():
    write("linked")
    for kind, make in MAKERS.items():
        changes(".", "mc", lambda: make("x"))  # noqa: B023
        if kind == "link":
            changes("linked", "c", lambda: os.unlink("x"))
            changes("linked", "c", lambda: make("x"))  # noqa: B023
        else:
            s = os.lstat("x")
            assert abs(s.st_ctime_ns - time.time_ns()) < 60 * 10**9
            assert s.st_atime_ns == s.st_mtime_ns == s.st_ctime_ns
        changes(".", "mc", lambda: os.rmdir("x") if kind == "dir" else os.unlink("x"))  # noqa: B023
    os.mkdir("d"), os.mkdir("e"), write("d/f")
    changes("d", "mc", lambda: changes("e", "mc", lambda: os.rename("d/f", "e/f")))
    os.link("e/f", "same")
    changes("same", "c", lambda: os.rename("e/f", "e/g"))
    changes("e", "", lambda: fails(errno.ENOENT, os.unlink, "e/absent"))
    changes(".", "", lambda: fails(errno.ENOTEMPTY, os.rmdir, "e"))


@test
def attributes_change_ctime_and_failures_do_not():
    write("f", b"x"), os.mkdir("d"), os.mkfifo("p"), os.symlink("f", "s")
    for p in "fdp":
        changes(p, "c", lambda: os.chmod(p, 0o750))  # noqa: B023
        changes(p, "c", lambda: os.chown(p, os.geteuid(), os.getegid()))  # noqa: B023
    changes("s", "c", lambda: os.chown("s", os.geteuid(), -1, follow_symlinks=False))
    changes("f", "c", lambda: os.setxattr("f", "user.a", b"1"))
    changes("f", "c", lambda: os.removexattr("f", "user.a"))
    changes("f", "", lambda: fails(errno.ENODATA, os.removexattr, "f", "user.a"))
    changes("f", "mc", lambda: os.truncate("f", 100))
    changes("f", "mc", lambda: os.truncate("f", 100))
    changes("f", "mc", lambda: write("f", b"new"))
    changes("f", "c", lambda: os.link("f", "g"))
    changes("f", "c", lambda: os.unlink("g"))
    changes("f", "", lambda: read("f"))
    changes("d", "", lambda: os.listdir("d"))
    root_from_here("what another user tries")
    os.chmod(".", 0o755)
    changes("f", "", lambda: as_user(OTHER, lambda: fails(errno.EPERM, os.chmod, "f", 0o777)))
    changes("f", "", lambda: as_user(OTHER, lambda: fails(errno.EPERM, os.chown, "f", OTHER, -1)))
    changes("f", "", lambda: as_user(OTHER, lambda: fails(errno.EACCES, os.truncate, "f", 0)))


@test
def search_and_write_permission_of_directories():
    root_from_here()
    os.chmod(".", 0o777)
    os.mkdir("closed", 0o700), write("closed/f"), os.mkdir("readonly", 0o755), write("readonly/f"), os.mkdir("readonly/d")
    write("linked"), os.chown("linked", OTHER, OTHER)

    def user():
        for name, call in CALLS.items():
            fails(errno.EACCES, call, "closed/f")
        for make in MAKERS.values():
            if make is not MAKERS.get("device"):
                fails(errno.EACCES, make, "readonly/x")
        fails(errno.EACCES, os.unlink, "readonly/f")
        fails(errno.EACCES, os.rmdir, "readonly/d")
        fails(errno.EACCES, os.rename, "readonly/f", "x")
        fails(errno.EACCES, os.rename, "linked", "readonly/x")
        fails(errno.EPERM, os.mknod, "dev", stat.S_IFCHR | 0o600, os.makedev(1, 3))

    as_user(OTHER, user)


@test
def read_write_and_execute_bits_by_owner_group_and_others():
    root_from_here()
    os.chmod(".", 0o755)
    write("f", b"#!/bin/sh\n")
    os.chown("f", OTHER, 55)
    who = {6: lambda fn: as_user(OTHER, fn), 3: lambda fn: as_user(4321, fn, groups=[55]), 0: lambda fn: as_user(4321, fn)}
    want = {4: os.O_RDONLY, 2: os.O_WRONLY, 6: os.O_RDWR}
    for shift, identity in who.items():
        for bits in range(8):
            os.chmod("f", bits << shift | (0 if bits == 7 else 7 << (0 if shift else 3)))

            def user():
                for need, flags in want.items():
                    if bits & need == need:  # noqa: B023
                        os.close(os.open("f", flags))
                    else:
                        fails(errno.EACCES, os.open, "f", flags)
                assert os.access("f", os.X_OK) == bool(bits & 1)  # noqa: B023

            identity(user)
    fd = os.open("f", os.O_RDWR)
    os.chmod("f", 0)
    os.pwrite(fd, b"x", 0)  # checked when it was opened
    os.close(fd)


@test
def owners_and_groups_change_hands_by_the_rules():
    root_from_here()
    os.chmod(".", 0o777)
    write("f"), os.chown("f", OTHER, OTHER), os.symlink("f", "s")

    def user():
        os.chown("f", -1, 55)
        os.chown("f", OTHER, 55)
        fails(errno.EPERM, os.chown, "f", -1, 56)
        fails(errno.EPERM, os.chown, "f", 0, -1)
        os.chown("f", -1, OTHER)

    as_user(OTHER, user, groups=[55])
    os.lchown("s", 7, 8)
    assert (os.lstat("s").st_uid, os.lstat("s").st_gid, os.stat("f").st_uid) == (7, 8, OTHER)
    os.chown("s", 9, 10)
    assert (os.stat("f").st_uid, os.stat("f").st_gid, os.lstat("s").st_uid) == (9, 10, 7)
    os.chown("f", 2**32 - 2, 2**31)
    assert (os.stat("f").st_uid, os.stat("f").st_gid) == (2**32 - 2, 2**31)


@test
def sticky_directories_protect_what_is_not_ones_own():
    root_from_here()
    os.chmod(".", 0o755)
    for sticky in (False, True):
        for dir_owner in (OTHER, 99):
            for owner in (OTHER, 99):
                for kind in ("file", "dir", "fifo", "symlink"):
                    os.mkdir("d")
                    os.mkdir("to"), os.chmod("to", 0o777)
                    for n in "ab":
                        MAKERS[kind]("d/" + n)
                        os.lchown("d/" + n, owner, owner)
                    os.chown("d", dir_owner, dir_owner), os.chmod("d", 0o1777 if sticky else 0o777)
                    may = not sticky or OTHER in (dir_owner, owner)

                    def user():
                        remove = os.rmdir if kind == "dir" else os.unlink  # noqa: B023
                        if not may:  # noqa: B023
                            fails(errno.EPERM, remove, "d/a")
                            fails(errno.EPERM, os.rename, "d/a", "d/c")
                            fails(errno.EPERM, os.rename, "d/a", "d/b")
                            return
                        remove("d/a")
                        os.rename("d/b", "d/c")

                    as_user(OTHER, user)
                    shutil.rmtree("d"), shutil.rmtree("to")


@test
def renames_of_every_kind_onto_every_kind():
    write("linked")
    kinds = [k for k in MAKERS if k != "link"]
    for a in kinds:
        for b in kinds:
            MAKERS[a]("a"), MAKERS[b]("b")
            ino = os.lstat("a").st_ino
            if a == "dir" and b != "dir":
                fails(errno.ENOTDIR, os.rename, "a", "b")
            elif a != "dir" and b == "dir":
                fails(errno.EISDIR, os.rename, "a", "b")
            else:
                os.rename("a", "b")
                assert os.lstat("b").st_ino == ino and not os.path.lexists("a")
                MAKERS[a]("a")
            ia, ib = os.lstat("a").st_ino, os.lstat("b").st_ino
            fails(errno.EEXIST, rename2, "a", "b", 1)
            rename2("a", "b", 2)
            assert (os.lstat("a").st_ino, os.lstat("b").st_ino) == (ib, ia)
            rename2("a", "c", 1)
            assert os.lstat("c").st_ino == ib
            for p in "bc":
                os.rmdir(p) if stat.S_ISDIR(os.lstat(p).st_mode) else os.unlink(p)
    fails(errno.ENOENT, rename2, "linked", "absent", 2)
    fails(errno.EINVAL, rename2, "linked", "x", 3)
    fails(errno.EINVAL, rename2, "linked", "x", 64)


@test
def renames_that_change_nothing_or_may_not_be():
    os.makedirs("a/b/c"), os.mkdir("e"), write("f"), os.link("f", "g")
    os.rename("f", "g")
    assert os.path.exists("f") and os.stat("f").st_nlink == 2
    for bad in ("a/b", "a/b/c", "a/b/c/d"):
        fails(errno.EINVAL, os.rename, "a", bad)
    fails(errno.EINVAL, rename2, "a", "a/b/c", 2)
    fails(errno.ENOTEMPTY, os.rename, "e", "a")
    fails(errno.EBUSY, os.rename, "a/.", "x")
    fails(errno.EBUSY, os.rename, "e", "a/..")
    fails(errno.EINVAL, os.rmdir, "e/.")
    fails(errno.ENOTEMPTY, os.rmdir, "a/b/..")
    fails(errno.EISDIR, os.unlink, "e")
    fails(errno.ENOTDIR, os.rmdir, "f")
    fails(errno.EPERM, os.link, "e", "h")
    os.rename("a/b/c", "e/c")
    assert [os.stat(p).st_nlink for p in ("a", "a/b", "e")] == [3, 2, 3]
    mount = os.path.dirname(os.path.dirname(os.getcwd()))
    if os.path.ismount(mount):
        fails(errno.EBUSY, os.rmdir, mount)


@test
def opens_and_their_flags():
    write("f", b"abc"), os.mkdir("d"), os.symlink("f", "s"), os.symlink("absent", "dangling"), os.mkfifo("p")
    fails(errno.ENOTDIR, os.open, "f", os.O_RDONLY | os.O_DIRECTORY)
    fails(errno.ELOOP, os.open, "s", os.O_RDONLY | os.O_NOFOLLOW)
    fails(errno.EEXIST, os.open, "dangling", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    fails(errno.EISDIR, os.open, "d", os.O_RDWR)
    fails(errno.EISDIR, os.open, "d", os.O_CREAT | os.O_WRONLY)
    fails(errno.ENXIO, os.open, "p", os.O_WRONLY | os.O_NONBLOCK)
    os.close(os.open("dangling", os.O_CREAT | os.O_WRONLY))
    assert os.path.exists("absent")
    fd = os.open("f", os.O_RDONLY)
    fails(errno.EBADF, os.write, fd, b"x")
    os.close(fd)
    fd = os.open("f", os.O_WRONLY)
    fails(errno.EBADF, os.read, fd, 1)
    os.close(fd)
    fd = os.open("f", os.O_PATH)
    assert os.fstat(fd).st_size == 3
    fails(errno.EBADF, os.read, fd, 1)
    os.close(fd)
    s = socket.socket(socket.AF_UNIX)
    s.bind("sock")
    s.listen()
    assert stat.S_ISSOCK(os.stat("sock").st_mode)
    socket.socket(socket.AF_UNIX).connect("sock")
    fails(errno.ENXIO, os.open, "sock", os.O_RDONLY)


@test
def programs_run_and_are_busy_meanwhile():
    shutil.copy("/bin/sleep", "prog")
    p = subprocess.Popen(["./prog", "30"])
    fails(errno.ETXTBSY, os.open, "prog", os.O_WRONLY)
    fails(errno.ETXTBSY, os.truncate, "prog", 1)
    os.rename("prog", "moved"), os.unlink("moved")
    p.kill()
    assert p.wait() == -signal.SIGKILL
    write("script", b"#!/bin/sh\necho $((6 * 7))\n"), os.chmod("script", 0o755)
    assert subprocess.check_output(["./script"]) == b"42\n"


@test
def sizes_and_their_limits():
    write("f", b"x" * 10000), os.mkdir("d"), os.mkfifo("p")
    for size in (5000, 0, 1, 1 << 40, 4096, 3):
        os.truncate("f", size)
        assert os.stat("f").st_size == size
    assert read("f") == b"\0\0\0"
    fails(errno.EISDIR, os.truncate, "d", 0)
    fails(errno.EINVAL, os.truncate, "p", 0)
    fails(errno.EINVAL, os.truncate, "f", -1)
    fd = os.open("f", os.O_RDONLY)
    fails(errno.EINVAL, os.ftruncate, fd, 0)
    fails(errno.EBADF, os.posix_fallocate, fd, 0, 10)
    os.close(fd)
    fails(errno.EFBIG, os.truncate, "f", (1 << 63) - 1)

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
        fails(errno.EFBIG, os.truncate, "f", 8193)
        with open("f", "r+b", buffering=0) as f:
            f.seek(8190)
            assert f.write(b"12345") == 2
            fails(errno.EFBIG, f.write, b"x")

    pid = os.fork()
    if not pid:
        try:
            limited()
            os._exit(0)
        except BaseException as e:  # noqa: B902
            print(e)
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0


@test
def fallocate_and_its_modes():
    libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]

    def fallocate(fd, how, off, n):
        if libc.fallocate(fd, how, off, n):
            raise OSError(ctypes.get_errno(), "fallocate")

    KEEP, PUNCH, COLLAPSE, ZERO, INSERT = 1, 2, 8, 16, 32
    write("f", b"d" * 300000)
    fd = os.open("f", os.O_RDWR)
    fallocate(fd, 0, 299000, 5000)
    assert os.fstat(fd).st_size == 304000
    fallocate(fd, KEEP, 0, 1 << 20)
    assert os.fstat(fd).st_size == 304000
    fallocate(fd, PUNCH | KEEP, 100, 200000)
    assert os.fstat(fd).st_size == 304000 and os.pread(fd, 200200, 0) == b"d" * 100 + b"\0" * 200000 + b"d" * 100
    fallocate(fd, ZERO, 303000, 3000)
    assert os.fstat(fd).st_size == 306000
    fallocate(fd, ZERO | KEEP, 305000, 3000)
    assert os.fstat(fd).st_size == 306000
    fails(errno.EOPNOTSUPP, fallocate, fd, PUNCH, 0, 10)
    for how in (COLLAPSE, INSERT):  # the kernel does not pass these on
        fails(errno.EOPNOTSUPP, fallocate, fd, how, 0, 4096)
    fails(errno.EINVAL, fallocate, fd, 0, 0, 0)
    fails(errno.EINVAL, fallocate, fd, 0, -1, 10)
    fails(errno.EFBIG, fallocate, fd, 0, 1 << 62, 1 << 62)
    os.close(fd)


def data_of(fd):
    """The ranges that are data, as cp and tar find them."""
    ranges, at, size = [], 0, os.fstat(fd).st_size
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError as e:
            assert e.errno == errno.ENXIO
            break
        at = os.lseek(fd, start, os.SEEK_HOLE)
        ranges.append((start, at))
    return ranges


@test
def data_and_holes_of_small_files():
    """A gap of up to 1 KiB behind few bytes is data, as one within a block is elsewhere; a longer one is a hole."""
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    assert data_of(fd) == [] and os.fstat(fd).st_blocks == 0
    os.pwrite(fd, b"x" * 100, 0)
    assert data_of(fd) == [(0, 100)]
    os.pwrite(fd, b"y" * 10, 600)
    assert data_of(fd) == [(0, 610)], data_of(fd)
    os.pwrite(fd, b"z" * 10, 4000)
    assert data_of(fd) == [(0, 610), (4000, 4010)], data_of(fd)
    os.fsync(fd)
    assert data_of(fd) == [(0, 610), (4000, 4010)]
    os.ftruncate(fd, 0), os.pwrite(fd, b"x" * 100, 0), os.pwrite(fd, b"y" * 10, 1100)
    assert data_of(fd) == [(0, 1110)]
    os.ftruncate(fd, 0), os.pwrite(fd, b"x" * 100, 0), os.pwrite(fd, b"y" * 10, 2200)
    assert data_of(fd) == [(0, 100), (2200, 2210)], data_of(fd)
    os.ftruncate(fd, 0), os.ftruncate(fd, 5000)
    assert data_of(fd) == []
    os.pwrite(fd, b"x" * 100, 0), os.pwrite(fd, b"y" * 10, 600)
    assert data_of(fd) == [(0, 100), (600, 610)], data_of(fd)
    os.ftruncate(fd, 0), os.pwrite(fd, b"a", 1 << 20)
    assert data_of(fd) == [(1 << 20, (1 << 20) + 1)]
    for at, size in ((0, 0), (5, 5), (9, 3)):
        os.ftruncate(fd, size)
        fails(errno.ENXIO, os.lseek, fd, at, os.SEEK_DATA)
        fails(errno.ENXIO, os.lseek, fd, at, os.SEEK_HOLE)
    os.close(fd)


@test
def what_is_not_kept_is_said_not_to_be():
    """A birth time is not said (statx without STATX_BTIME), and chattr fails: neither is made up."""
    BTIME = 0x800
    write("f"), os.mkdir("d")
    for path in ("f", "d", "."):
        got = ctypes.create_string_buffer(256)
        assert libc.statx(-100, path.encode(), 0, 0x7FF | BTIME, got) == 0
        mask, birth = int.from_bytes(got.raw[:4], "little"), int.from_bytes(got.raw[0x50:0x58], "little")
        assert mask & 0x7FF == 0x7FF and not mask & BTIME and birth == 0, (hex(mask), birth)
        fd = os.open(path, os.O_RDONLY)
        for request in (0x80086601, 0x40086602):  # FS_IOC_GETFLAGS, FS_IOC_SETFLAGS
            try:
                fcntl.ioctl(fd, request, bytes(8))
            except OSError as e:
                assert e.errno in (errno.ENOTTY, errno.EOPNOTSUPP), e
            else:
                raise AssertionError("flags are there")
        os.close(fd)


@test
def times_of_all_years_and_who_may_set_them():
    write("f"), os.symlink("f", "s")
    for sec in (-(1 << 33), -1, 0, 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 34, 253402300799):
        for nsec in (0, 1, 999999999):
            ns = sec * 10**9 + nsec
            os.utime("f", ns=(ns, ns + 1 if nsec < 999999999 else ns))
            s = os.stat("f")
            assert s.st_atime_ns == ns and s.st_mtime_ns - ns in (0, 1), sec
    os.utime("s", ns=(5, 6), follow_symlinks=False)
    assert (os.lstat("s").st_atime_ns, os.lstat("s").st_mtime_ns) == (5, 6) and os.stat("f").st_mtime_ns != 6
    before = os.stat("f")
    spec = (ctypes.c_long * 4)(0, UTIME_OMIT, 7, 8)
    assert libc.utimensat(-100, b"f", spec, 0) == 0
    assert os.stat("f").st_atime_ns == before.st_atime_ns and os.stat("f").st_mtime_ns == 7 * 10**9 + 8
    spec = (ctypes.c_long * 4)(0, UTIME_NOW, 0, UTIME_OMIT)
    assert libc.utimensat(-100, b"f", spec, 0) == 0
    assert abs(os.stat("f").st_atime_ns - time.time_ns()) < 60 * 10**9 and os.stat("f").st_mtime_ns == 7 * 10**9 + 8
    spec = (ctypes.c_long * 4)(0, 10**9, 0, 0)
    assert libc.utimensat(-100, b"f", spec, 0) == -1 and ctypes.get_errno() == errno.EINVAL
    root_from_here("what another user tries")
    os.chmod(".", 0o755), os.chmod("f", 0o646)

    def writer():
        os.utime("f")
        fails(errno.EPERM, os.utime, "f", ns=(1, 1))

    as_user(OTHER, writer)
    os.chmod("f", 0o644)
    as_user(OTHER, lambda: fails(errno.EACCES, os.utime, "f"))


@test
def atime_is_what_was_set():
    write("f", b"x" * 5000), os.mkdir("d"), write("d/e"), os.symlink("f", "s")
    for p in "fds":
        os.utime(p, ns=(1000, 2 * 10**18), follow_symlinks=False)
    read("f"), os.listdir("d"), os.readlink("s")
    assert [os.lstat(p).st_atime_ns for p in "fds"] == [1000] * 3


@test
def a_file_without_a_name_or_a_clear_no():
    try:
        fd = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600)
    except OSError as e:
        assert e.errno == errno.EOPNOTSUPP, e  # libfuse before 3.17 cannot pass it on
        return
    os.write(fd, b"tmp")
    assert os.listdir() == [] and os.fstat(fd).st_nlink == 0 and os.pread(fd, 9, 0) == b"tmp"
    os.close(fd)


@test
def space_and_names_in_statfs():
    v = os.statvfs(".")
    assert v.f_namemax == 255 and v.f_frsize > 0 and v.f_blocks >= v.f_bfree >= v.f_bavail > 0
    assert v.f_files >= v.f_ffree > 0
    with open("f", "wb") as f:
        f.write(b"x" * 100000)
    assert os.stat("f").st_blocks * 512 >= 100000
    os.truncate("f", 1 << 33)
    assert os.stat("f").st_blocks * 512 < 1 << 22


run()
