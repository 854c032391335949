"""What the checks of POSIX semantics share: each is a function marked @test, run in an empty directory of its own."""
import ctypes, errno, os, stat, sys, traceback

ROOT = os.path.abspath(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
tests = []


def test(fn):
    tests.append(fn)
    return fn


class Skip(Exception):
    pass


def root_from_here(what="all of it"):
    """What follows in this check only root can try: elsewhere it is left out loudly."""
    if os.geteuid():
        raise Skip(f"{what} needs root")


def fails(code, fn, *args, **kw):
    try:
        fn(*args, **kw)
    except OSError as e:
        assert e.errno == code, f"{errno.errorcode[e.errno]}, not {errno.errorcode[code]}"
        return
    raise AssertionError(f"no {errno.errorcode[code]}")


def write(path, data=b""):
    with open(path, "wb") as f:
        f.write(data)


def create(path):
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))


def read(path):
    with open(path, "rb") as f:
        return f.read()


def as_user(uid, fn, groups=(), gid=None):
    """fn in a child with that identity; its exception becomes ours."""
    r, w = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.setgroups(list(groups))
            os.setresgid(*[uid if gid is None else gid] * 3)
            os.setresuid(uid, uid, uid)
            os.umask(0o022)
            fn()
            os._exit(0)
        except BaseException as e:  # noqa: B902
            os.write(w, repr(e).encode()[:4000])
            os._exit(1)
    os.close(w)
    text = os.read(r, 4096)
    os.close(r)
    assert os.waitpid(pid, 0)[1] == 0, text.decode()


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def rename2(a, b, flags):
    if libc.renameat2(-100, a.encode(), -100, b.encode(), flags):
        raise OSError(ctypes.get_errno(), "renameat2")


def run():
    failed = 0
    os.chmod(ROOT, 0o755)
    for fn in tests:
        where = os.path.join(ROOT, fn.__name__)
        os.mkdir(where)
        os.chdir(where)
        os.umask(0o022)
        try:
            fn()
            print("ok -", fn.__name__.replace("_", " "))
        except Skip as e:
            print("skip -", fn.__name__.replace("_", " ") + ":", e)
        except Exception as e:
            failed += 1
            lines = [f.lineno for f in traceback.extract_tb(e.__traceback__) if os.path.basename(f.filename) == os.path.basename(sys.argv[0])]
            print("not ok -", fn.__name__.replace("_", " "), f"({type(e).__name__}: {e}; lines {lines})")
        sys.stdout.flush()
        os.chdir("/")
    sys.exit(failed > 0)
