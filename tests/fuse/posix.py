#!/usr/bin/env python3
"""posix.py DIR: what a local file system gives, on a mounted one. As root it also looks through ordinary users' eyes."""
import errno, fcntl, mmap, os, random, stat, threading, time

from checks import as_user, fails, mode, read, rename2, root_from_here, run, test, write


@test
def creating_is_exclusive_when_asked():
    fd = os.open("f", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640)
    os.close(fd)
    fails(errno.EEXIST, os.open, "f", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    fails(errno.ENOTDIR, os.open, "f/x", os.O_CREAT | os.O_WRONLY)
    fails(errno.EISDIR, os.open, ".", os.O_WRONLY)
    fails(errno.ENAMETOOLONG, os.mkdir, "x" * 256)
    os.mkdir("y" * 255)


@test
def umask_counts():
    old = os.umask(0o027)
    os.mkdir("d", 0o777)
    os.close(os.open("f", os.O_CREAT, 0o666))
    os.mkfifo("p", 0o666)
    os.umask(old)
    assert (mode("d"), mode("f"), mode("p")) == (0o750, 0o640, 0o640)


@test
def renames():
    os.mkdir("a"), os.mkdir("a/b"), os.mkdir("e"), write("f", b"f"), write("g", b"g")
    fails(errno.EINVAL, os.rename, "a", "a/b/c")
    fails(errno.ENOTDIR, os.rename, "a", "f")
    fails(errno.EISDIR, os.rename, "f", "a")
    fails(errno.ENOTEMPTY, os.rename, "e", "a")
    fails(errno.EEXIST, rename2, "f", "g", 1)
    rename2("f", "a", 2)
    assert os.path.isdir("f/b") and read("a") == b"f"
    os.rename("a", "g")
    assert read("g") == b"f" and not os.path.exists("a")
    os.rename("f/b", "e/b")
    assert os.stat("f").st_nlink == 2 and os.stat("e").st_nlink == 3


@test
def times_of_directories_and_names():
    os.mkdir("d")
    write("d/f")
    os.utime("d", ns=(1, 2))
    before = os.stat("d/f").st_ctime_ns
    time.sleep(0.01)
    os.link("d/f", "d/g")
    assert os.stat("d").st_mtime_ns > 2 and os.stat("d/f").st_ctime_ns > before
    assert os.stat("d/f").st_nlink == 2
    os.unlink("d/g")
    assert os.stat("d/f").st_nlink == 1
    os.utime("d/f", ns=(-1500000000, 4102444800123456789))
    s = os.stat("d/f")
    assert (s.st_atime_ns, s.st_mtime_ns) == (-1500000000, 4102444800123456789)


@test
def unlinked_and_open():
    f = open("f", "w+b")
    f.write(b"x" * 300000)
    f.flush()
    os.unlink("f")
    assert os.fstat(f.fileno()).st_nlink == 0
    fails(errno.ENOENT, os.stat, "f")
    f.seek(0)
    assert f.read() == b"x" * 300000
    os.ftruncate(f.fileno(), 5)
    assert os.fstat(f.fileno()).st_size == 5
    f.close()
    os.mkdir("d")
    fd = os.open("d", os.O_RDONLY)
    os.rmdir("d")
    assert os.listdir(fd) == []
    fails(errno.ENOENT, os.open, "x", os.O_CREAT, dir_fd=fd)
    os.close(fd)


@test
def contents():
    write("f", b"0123456789")
    fd = os.open("f", os.O_RDWR | os.O_APPEND)
    os.pwrite(fd, b"ab", 0)
    os.close(fd)
    assert read("f") == b"0123456789ab"
    os.close(os.open("f", os.O_WRONLY | os.O_TRUNC))
    assert os.stat("f").st_size == 0
    fd = os.open("f", os.O_RDWR)
    os.pwrite(fd, b"end", 5000000)
    assert os.lseek(fd, 0, os.SEEK_DATA) >= 4900000 and os.lseek(fd, 0, os.SEEK_HOLE) == 0
    os.ftruncate(fd, 4096 * 3)
    m = mmap.mmap(fd, 4096 * 3)
    m[4000:4100] = b"m" * 100
    m.flush()
    m.close()
    os.close(fd)
    assert read("f")[3990:4110] == b"\0" * 10 + b"m" * 100 + b"\0" * 10
    write("src", os.urandom(600000))
    with open("src", "rb") as a, open("dst", "wb") as b:
        left = 600000
        while left:
            left -= os.copy_file_range(a.fileno(), b.fileno(), left)
    assert read("src") == read("dst")
    fd = os.open("src", os.O_RDONLY | os.O_DIRECT)
    page = mmap.mmap(-1, 8192)
    assert os.preadv(fd, [page], 4096) == 8192 and page[:] == read("src")[4096:12288]
    os.close(fd)


@test
def locks_work_between_processes():
    write("f", b"x")
    a = open("f", "r+b")
    fcntl.lockf(a, fcntl.LOCK_EX)

    def other():
        with open("f", "r+b") as b:
            fails(errno.EAGAIN, fcntl.lockf, b, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(b, fcntl.LOCK_EX)

    pid = os.fork()
    if not pid:
        try:
            other()
            os._exit(0)
        except BaseException:  # noqa: B902
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0


@test
def listings_follow_changes_at_once():
    os.mkdir("d")
    for i in range(300):
        write(f"d/{i}")
        if i % 50 == 0:
            assert len(os.listdir("d")) == i + 1
    with os.scandir("d") as it:
        for n, e in enumerate(it):
            assert e.is_file(follow_symlinks=False)
            os.unlink(e.path)
    assert n == 299 and os.listdir("d") == []
    assert not os.path.exists("d/new")
    write("d/new")
    assert os.path.exists("d/new") and os.listdir("d") == ["new"]


@test
def special_files():
    os.mkfifo("p")
    assert stat.S_ISFIFO(os.stat("p").st_mode)
    os.symlink("nowhere/" + "x" * 3000, "s")
    assert os.readlink("s") == "nowhere/" + "x" * 3000 and os.lstat("s").st_size == 3008
    root_from_here("making a device")
    os.mknod("c", 0o600 | stat.S_IFCHR, os.makedev(11, 300))
    assert os.stat("c").st_rdev == os.makedev(11, 300)


@test
def others_are_kept_out():
    root_from_here()
    os.chmod(".", 0o755)
    os.mkdir("t", 0o700), os.chmod("t", 0o1777)
    write("private", b"x"), os.chmod("private", 0o600)
    write("t/mine"), os.chmod("t/mine", 0o666)

    def user():
        fails(errno.EACCES, open, "private", "rb")
        fails(errno.EACCES, write, "new")
        fails(errno.EPERM, os.chmod, "t/mine", 0o777)
        fails(errno.EPERM, os.chown, "t/mine", 1234, -1)
        fails(errno.EPERM, os.unlink, "t/mine")
        fails(errno.EPERM, os.utime, "t/mine", ns=(1, 1))
        os.utime("t/mine")
        write("t/theirs")
        assert os.stat("t/theirs").st_uid == 1234
        os.unlink("t/theirs")

    as_user(1234, user)


@test
def set_id_bits_go_when_others_change_a_file():
    root_from_here()
    os.chmod(".", 0o777)
    for how in ("write", "direct", "truncate", "chown"):
        write("f", b"x" * 8192)
        os.chown("f", 1234, 1234)
        os.chmod("f", 0o6777)

        def user():
            if how == "chown":
                os.chown("f", -1, 1234)
            elif how == "truncate":
                os.truncate("f", 3)
            elif how == "write":
                with open("f", "r+b") as f:
                    f.write(b"y")
            else:
                fd = os.open("f", os.O_RDWR | os.O_DIRECT)
                os.pwritev(fd, [mmap.mmap(-1, 4096)], 0)
                os.close(fd)

        as_user(1234 if how == "chown" else 4321, user)
        assert mode("f") == 0o777, (how, oct(mode("f")))
    os.chmod("f", 0o6777)
    as_user(1234, lambda: os.chmod("f", 0o2755), gid=99)
    assert mode("f") == 0o755, oct(mode("f"))  # not a member of the file's group


@test
def set_gid_directories():
    root_from_here()
    os.mkdir("d")
    os.chown("d", -1, 55)
    os.chmod("d", 0o2777)

    def user():
        write("d/f")
        os.mkdir("d/e")
        assert os.stat("d/f").st_gid == 55 and os.stat("d/e").st_gid == 55 and mode("d/e") & 0o2000
        os.close(os.open("d/x", os.O_CREAT, 0o2775))
        assert mode("d/x") == 0o755, oct(mode("d/x"))  # no set-gid program for a group one is not in

    as_user(1234, user)


@test
def xattrs():
    write("f")
    os.setxattr("f", "user.x", b"1")
    fails(errno.EEXIST, os.setxattr, "f", "user.x", b"2", os.XATTR_CREATE)
    fails(errno.ENODATA, os.getxattr, "f", "user.y")
    os.setxattr("f", "user.big", b"b" * 65536)
    assert os.getxattr("f", "user.big") == b"b" * 65536
    assert sorted(os.listxattr("f")) == ["user.big", "user.x"]
    os.removexattr("f", "user.x")
    assert os.listxattr("f") == ["user.big"]


@test
def many_at_once():
    for d in "abc":
        os.mkdir(d)
    stop = time.monotonic() + 4
    bad = []

    def work(seed):
        rnd = random.Random(seed)
        while time.monotonic() < stop and not bad:
            p, q = (f"{rnd.choice('abc')}/{rnd.randrange(40)}" for _ in "pq")
            try:
                rnd.choice([
                    lambda: write(p, b"x" * rnd.randrange(5000)),
                    lambda: os.unlink(p),
                    lambda: os.rename(p, q),
                    lambda: os.link(p, q),
                    lambda: rename2(p, q, 2),
                    lambda: os.listdir(p[0]),
                    lambda: [e.stat() for e in os.scandir(p[0])],
                    lambda: read(p),
                    lambda: os.truncate(p, rnd.randrange(9000)),
                    lambda: os.setxattr(p, "user.a", os.urandom(9)),
                ])()
            except OSError as e:
                if e.errno not in (errno.ENOENT, errno.EEXIST):
                    bad.append(repr(e))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    [t.start() for t in threads], [t.join() for t in threads]
    assert not bad, bad
    for d in "abc":
        for n in os.listdir(d):
            os.unlink(f"{d}/{n}")
        os.rmdir(d)


run()
