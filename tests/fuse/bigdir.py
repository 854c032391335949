#!/usr/bin/env python3
"""bigdir.py DIR FILES [empty]: one directory with FILES files, read with readdir, telldir and seekdir of the C library while other
processes add and remove. What is there all the time is seen exactly once; what comes and goes at most once; a position
taken earlier stays good. With "empty": the directory is there, and is removed while it is read. Prints "ok - ..." and "not ok - ..."; exits 1 if any failed."""
import ctypes
import multiprocessing
import os
import random
import sys
import time

top, files = sys.argv[1], int(sys.argv[2])
libc = ctypes.CDLL('libc.so.6', use_errno=True)


class Dirent(ctypes.Structure):
    _fields_ = [('ino', ctypes.c_uint64), ('off', ctypes.c_int64), ('len', ctypes.c_uint16), ('type', ctypes.c_uint8),
                ('name', ctypes.c_char * 256)]


libc.opendir.restype = ctypes.c_void_p
libc.readdir.restype = ctypes.POINTER(Dirent)
libc.readdir.argtypes = libc.telldir.argtypes = libc.rewinddir.argtypes = libc.closedir.argtypes = [ctypes.c_void_p]
libc.telldir.restype = ctypes.c_long
libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]


class Dir:
    def __init__(self, path):
        self.d = libc.opendir(os.fsencode(path))
        assert self.d, os.strerror(ctypes.get_errno())

    def read(self):
        ctypes.set_errno(0)
        e = libc.readdir(self.d)
        if not e:
            assert ctypes.get_errno() == 0, os.strerror(ctypes.get_errno())
            return None
        return e.contents.name.decode()

    def tell(self): return libc.telldir(self.d)
    def seek(self, at): libc.seekdir(self.d, at)
    def rewind(self): libc.rewinddir(self.d)
    def close(self): libc.closedir(self.d)


failed = False


def check(what, fn):
    global failed
    start = time.monotonic()
    try:
        fn()
        print(f'ok - {what}')
    except Exception as e:  # the reason is the test's answer
        failed = True
        print(f'not ok - {what}: {type(e).__name__} {str(e)[:300]}')
    print(f'# {time.monotonic() - start:.1f} s', flush=True)


def fill():
    for i in range(files):
        fd = os.open(f'{top}/stay{i:06d}', os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        if i % 100 == 0:
            os.write(fd, b'%d' % i)
        os.close(fd)


def churn(stop, seed):
    """Adds, renames and removes names that start with "come"."""
    rnd, n, live = random.Random(seed), 0, []
    while not stop.is_set():
        n += 1
        name = f'{top}/come{seed}-{n}'
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        live.append(name)
        if n % 3 == 0:
            old = live.pop(rnd.randrange(len(live)))
            os.rename(old, old + 'r')
            live.append(old + 'r')
        if len(live) > 50:
            os.unlink(live.pop(rnd.randrange(len(live))))
    for name in live:
        os.unlink(name)


def exactly_once(names):
    stay = [n for n in names if n.startswith('stay')]
    assert len(stay) == files and len(set(stay)) == files, f'{len(stay)} entries, {len(set(stay))} names of {files}'
    rest = [n for n in names if not n.startswith('stay')]
    assert len(set(rest)) == len(rest), 'a name that comes and goes was seen twice'
    assert '.' in rest and '..' in rest


def read_all():
    d = Dir(top)
    names = []
    while (n := d.read()) is not None:
        names.append(n)
    exactly_once(names)
    d.close()


def read_with_seeks():
    """Reads on, goes back to an old position now and then, and finds the same names that stay from there on."""
    rnd = random.Random(7)
    d = Dir(top)
    places, names = [], []  # (position, how many names came before)
    while True:
        if rnd.random() < 20 / files:
            places.append((d.tell(), len(names)))
        n = d.read()
        if n is None:
            break
        names.append(n)
        if places and rnd.random() < 10 / files:
            at, had = places[rnd.randrange(len(places))]
            here = d.tell()
            d.seek(at)
            want = [x for x in names[had:had + 200] if x.startswith('stay')][:50]
            got = []
            while len(got) < len(want):
                x = d.read()
                assert x is not None, 'the end came early after seekdir'
                if x.startswith('stay'):
                    got.append(x)
            assert got == want, f'after seekdir: {got[:3]} instead of {want[:3]}'
            d.seek(here)
    exactly_once(names)
    d.rewind()
    again = 0
    while d.read() is not None:
        again += 1
    assert again >= files + 2, f'{again} entries after rewinddir'
    d.close()


def ten_that_stay(d):
    names = []
    while len(names) < 10:
        n = d.read()
        if n.startswith('stay'):
            names.append(n)
    return names


def seek_to_removed():
    """The entry at a position goes: the next read gives what follows it."""
    d = Dir(top)
    for _ in range(files // 2):
        d.read()
    while True:
        at = d.tell()
        gone = d.read()
        if gone.startswith('stay'):
            break
    after = ten_that_stay(d)
    os.rename(f'{top}/{gone}', f'{top}/../aside')
    d.seek(at)
    got = ten_that_stay(d)
    os.rename(f'{top}/../aside', f'{top}/{gone}')
    d.close()
    assert got == after, f'{got[:3]} instead of {after[:3]}'


def begun_after():
    """A listing that begins after names came, went and moved shows it, also where another that began before ends meanwhile."""
    def some(kind): return {f'{kind}{i}' for i in range(20)}
    for n in some('goes') | some('moves'):
        os.close(os.open(f'{top}/{n}', os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    before = Dir(top)
    before.read()
    for n in some('comes'):
        os.close(os.open(f'{top}/{n}', os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    for n in some('goes'):
        os.unlink(f'{top}/{n}')
    for i in range(20):
        os.rename(f'{top}/moves{i}', f'{top}/moved{i}')
        os.link(f'{top}/moved{i}', f'{top}/linked{i}')
    after = Dir(top)
    names = [after.read()]
    while before.read() is not None:
        pass
    while (n := after.read()) is not None:
        names.append(n)
    before.close()
    after.close()
    exactly_once(names)
    wanted = some('comes') | some('moved') | some('linked')
    seen = {n for n in names if not n.startswith(('stay', '.'))}
    for n in wanted:
        os.unlink(f'{top}/{n}')
    assert seen == wanted, f'missing {sorted(wanted - seen)[:3]}, should not be there {sorted(seen - wanted)[:3]}'


def lookups():
    rnd = random.Random(3)
    for _ in range(files // 10):
        i = rnd.randrange(files)
        assert os.stat(f'{top}/stay{i:06d}').st_size == (len(str(i)) if i % 100 == 0 else 0), i
    assert not os.path.exists(f'{top}/stay{files:06d}')


def while_others_work(fn):
    def run():
        stop = multiprocessing.Event()
        others = [multiprocessing.Process(target=churn, args=(stop, s)) for s in range(2)]
        for o in others:
            o.start()
        try:
            fn()
        finally:
            stop.set()
            for o in others:
                o.join()
        assert all(o.exitcode == 0 for o in others), 'a process that adds and removes failed'
    return run


def empty_it():
    """Removes what each read gives, as rm -r does."""
    with os.scandir(top) as it:
        for e in it:
            os.unlink(e.path)
    left = os.listdir(top)
    assert not left, f'{len(left)} names left'
    os.rmdir(top)


if sys.argv[3:] == ['empty']:
    check('removing while reading leaves nothing', empty_it)
    sys.exit(failed)
os.mkdir(top)
check(f'{files} files are made in one directory', fill)
check('all are listed once', read_all)
check('all are listed once while others add, rename and remove', while_others_work(read_all))
check('seekdir finds its place while others add, rename and remove', while_others_work(read_with_seeks))
check('seekdir to an entry that is gone goes on behind it', seek_to_removed)
check('a listing shows what was done before it began', begun_after)
check('and they are found by name', lookups)
sys.exit(failed)
