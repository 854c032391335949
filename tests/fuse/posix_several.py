#!/usr/bin/env python3
"""posix_several.py DIR: several processes at once on the same files, and what outsiders may do."""
import ctypes, errno, fcntl, mmap, os, signal, time

from checks import as_user, create, fails, libc, mode, read, root_from_here, run, test, write

OTHER = 1234


@test
def appends_of_several_processes_are_all_there():
    pids = []
    for k in range(4):
        pid = os.fork()
        if not pid:
            fd = os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            for i in range(200):
                os.write(fd, f"{k} {i:5d} {'x' * (i % 50)}\n".encode())
            os._exit(0)
        pids.append(pid)
    assert all(os.waitpid(p, 0)[1] == 0 for p in pids)
    seen = [tuple(map(int, line.split()[:2])) for line in read("log").decode().splitlines()]
    assert len(seen) == 800 and set(seen) == {(k, i) for k in range(4) for i in range(200)}
    for k in range(4):
        own = [i for p, i in seen if p == k]
        assert own == sorted(own)


@test
def mappings_are_shared_between_processes():
    write("f", b"\0" * 8192)
    fd = os.open("f", os.O_RDWR)
    m = mmap.mmap(fd, 8192)
    pid = os.fork()
    if not pid:
        with open("f", "r+b") as f, mmap.mmap(f.fileno(), 8192) as other:
            other[5000:5005] = b"child"
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert m[5000:5005] == b"child" and os.pread(fd, 5, 5000) == b"child"
    os.pwrite(fd, b"written", 10)
    assert m[10:17] == b"written"
    m[0:2] = b"mm"
    m.flush()
    assert os.pread(fd, 2, 0) == b"mm"
    private = mmap.mmap(fd, 8192, flags=mmap.MAP_PRIVATE)
    private[0:2] = b"zz"
    assert os.pread(fd, 2, 0) == b"mm"
    os.close(fd)


class Dirent(ctypes.Structure):
    _fields_ = [("ino", ctypes.c_uint64), ("off", ctypes.c_int64), ("reclen", ctypes.c_uint16), ("type", ctypes.c_uint8), ("name", ctypes.c_char * 256)]


@test
def a_large_directory_is_read_whole_while_it_changes():
    libc.opendir.restype = ctypes.c_void_p
    libc.readdir.restype = ctypes.POINTER(Dirent)
    libc.readdir.argtypes = libc.telldir.argtypes = libc.closedir.argtypes = libc.rewinddir.argtypes = [ctypes.c_void_p]
    libc.telldir.restype = ctypes.c_long
    libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
    os.mkdir("d")
    for i in range(3000):
        create(f"d/stay{i}" if i % 3 else f"d/go{i}")
    d, seen, places, n = libc.opendir(b"d"), [], [], 0
    while e := libc.readdir(d):
        name = e.contents.name.decode()
        seen.append(name)
        n += 1
        if n % 500 == 0:
            places.append((libc.telldir(d), len(seen)))
        if n % 3 == 0:
            try:
                os.unlink(f"d/go{n - n % 3}")
            except FileNotFoundError:
                pass
            create(f"d/new{n}")
            os.rename(f"d/new{n}", f"d/newer{n}")
    assert len(seen) == len(set(seen))
    assert {x for x in seen if x.startswith("stay")} == {f"stay{i}" for i in range(3000) if i % 3}
    assert {".", ".."} <= set(seen)
    for place, at in places:  # from there on what stayed comes in the same order
        libc.seekdir(d, place)
        rest = []
        while e := libc.readdir(d):
            rest.append(e.contents.name.decode())
        assert [x for x in rest if x.startswith("stay")] == [x for x in seen[at:] if x.startswith("stay")]
    libc.closedir(d)
    assert sorted(x for x in os.listdir("d") if x.startswith("stay")) == sorted(f"stay{i}" for i in range(3000) if i % 3)


@test
def trusted_xattrs_and_acls_of_outsiders():
    root_from_here()
    os.chmod(".", 0o755)
    write("f"), os.setxattr("f", "trusted.t", b"1"), os.setxattr("f", "user.u", b"2")
    os.chown("f", OTHER, 55), os.chmod("f", 0o2755)
    acl = b"\2\0\0\0" + b"".join(t.to_bytes(2, "little") + p.to_bytes(2, "little") + i.to_bytes(4, "little") for t, p, i in
                                 ((1, 7, 2**32 - 1), (2, 5, 99), (4, 5, 2**32 - 1), (16, 5, 2**32 - 1), (32, 5, 2**32 - 1)))

    def user():
        assert [n for n in os.listxattr("f") if "acl" not in n] == ["user.u"]
        fails(errno.ENODATA, os.getxattr, "f", "trusted.t")
        fails(errno.EPERM, os.setxattr, "f", "trusted.x", b"")
        os.setxattr("f", "system.posix_acl_access", acl)

    as_user(OTHER, user, groups=[55])
    assert mode("f") == 0o2755
    as_user(OTHER, user, gid=77)
    assert mode("f") == 0o755, oct(mode("f"))
    os.mkdir("g"), os.chown("g", OTHER, 55), os.chmod("g", 0o2755)  # of a directory, too
    as_user(OTHER, lambda: os.setxattr("g", "system.posix_acl_access", acl), groups=[55])
    assert mode("g") == 0o2755, oct(mode("g"))
    as_user(OTHER, lambda: os.setxattr("g", "system.posix_acl_access", acl), gid=77)
    assert mode("g") == 0o755, oct(mode("g"))
    assert sorted(os.listxattr("f")) == ["system.posix_acl_access", "trusted.t", "user.u"]
    fails(errno.EOPNOTSUPP, os.setxattr, "f", "unknown.x", b"")
    os.symlink("f", "s")
    fails(errno.EPERM, os.setxattr, "s", "user.x", b"", follow_symlinks=False)


@test
def locks_go_with_their_owner():
    write("f", b"x" * 100)
    a, b = (os.open("f", os.O_RDWR) for _ in "ab")
    fcntl.flock(a, fcntl.LOCK_SH), fcntl.flock(b, fcntl.LOCK_SH)
    fails(errno.EAGAIN, fcntl.flock, b, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(a)
    fcntl.flock(b, fcntl.LOCK_EX | fcntl.LOCK_NB)
    r, w = os.pipe()
    pid = os.fork()
    if not pid:
        c = os.open("f", os.O_RDWR)
        fcntl.lockf(c, fcntl.LOCK_EX, 10, 20)
        os.write(w, b".")
        time.sleep(60)
        os._exit(0)
    os.read(r, 1)
    fcntl.lockf(b, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 0)
    fails(errno.EAGAIN, fcntl.lockf, b, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 15)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    fcntl.lockf(b, fcntl.LOCK_EX, 10, 15)
    os.close(b)


run()
