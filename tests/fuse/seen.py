#!/usr/bin/env python3
"""seen.py DIR ROUNDS [KIND...]: what an operation changed is seen by whoever looks after it has returned, while four processes list, stat
and read the same names all the time, so that the kernel has every chance to keep an answer that is older. One kind of operation after
the other, so many rounds each, and no more than SECONDS. Prints "ok - ..." and "not ok - ..."; exits 1 if any failed."""
import mmap
import multiprocessing
import os
import random
import signal
import stat
import struct
import sys
import time

top, ROUNDS = sys.argv[1], int(sys.argv[2])
SECONDS = 2  # of one kind at most
FILES = 700  # of the large directory: its listing takes several requests
LOOKERS = 4


def make(path, data=b''):
    with open(path, 'wb') as f:
        f.write(data)


def acl(mode_other):
    """system.posix_acl_access with a mask, so that it says more than a mode can: user::rw-, user:1:r--, group::r--, mask::r--."""
    entries = [(1, 6, 0xffffffff), (2, 4, 1), (4, 4, 0xffffffff), (16, 4, 0xffffffff), (32, mode_other, 0xffffffff)]
    return struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *e) for e in entries)


class Differs(Exception):
    pass


def want(what, got, wanted):
    if got != wanted:
        raise Differs(f'{what}: {got} instead of {wanted}')


def listed(d, name, wanted):
    want(f'{name} in the listing', name in os.listdir(d), wanted)


# Each kind is a generator: one round of work and looking for each step.
def names(d):
    make(f'{d}/other')
    for n in range(10**9):
        a, b, c = f'a{n}', f'b{n}', f'c{n}'
        make(f'{d}/{a}')
        listed(d, a, True)
        os.rename(f'{d}/{a}', f'{d}/{b}')
        listed(d, a, False)
        listed(d, b, True)
        os.link(f'{d}/{b}', f'{d}/{c}')
        listed(d, c, True)
        os.unlink(f'{d}/{b}')
        listed(d, b, False)
        os.rename(f'{d}/other', f'{d}/{c}')
        listed(d, 'other', False)
        os.rename(f'{d}/{c}', f'{d}/other')
        listed(d, c, False)
        want('a removed name', os.path.lexists(f'{d}/{a}') or os.path.lexists(f'{d}/{b}'), False)
        yield


def folders(d):
    links = os.stat(d).st_nlink
    for n in range(10**9):
        os.mkdir(f'{d}/d{n}')
        want('links of the directory after mkdir', os.stat(d).st_nlink, links + 1)
        os.rename(f'{d}/d{n}', f'{d}/../moved')
        want('links of the directory after rename out', os.stat(d).st_nlink, links)
        os.rename(f'{d}/../moved', f'{d}/e{n}')
        want('links of the directory after rename in', os.stat(d).st_nlink, links + 1)
        os.rmdir(f'{d}/e{n}')
        want('links of the directory after rmdir', os.stat(d).st_nlink, links)
        yield


def times_of_the_folder(d):
    last = os.stat(d).st_mtime_ns

    def moved(what):
        nonlocal last
        now = os.stat(d).st_mtime_ns
        if now <= last:
            raise Differs(f'mtime of the directory did not move with {what}')
        last = now

    for n in range(10**9):
        make(f'{d}/t{n}')
        moved('create')
        os.link(f'{d}/t{n}', f'{d}/l{n}')
        moved('link')
        os.rename(f'{d}/l{n}', f'{d}/m{n}')
        moved('rename')
        os.unlink(f'{d}/t{n}')
        moved('unlink')
        os.unlink(f'{d}/m{n}')
        moved('the second unlink')
        os.symlink('x', f'{d}/s{n}')
        moved('symlink')
        os.unlink(f'{d}/s{n}')
        moved('unlink of it')
        yield


def links_of_a_file(d):
    make(f'{d}/f')
    for n in range(10**9):
        os.link(f'{d}/f', f'{d}/l{n}')
        want('links after link', os.stat(f'{d}/f').st_nlink, 2)
        make(f'{d}/over')
        os.rename(f'{d}/over', f'{d}/l{n}')
        want('links after rename over one', os.stat(f'{d}/f').st_nlink, 1)
        os.unlink(f'{d}/l{n}')
        os.link(f'{d}/f', f'{d}/k{n}')
        os.unlink(f'{d}/k{n}')
        want('links after unlink', os.stat(f'{d}/f').st_nlink, 1)
        yield


def modes(d):
    make(f'{d}/f')
    for n in range(10**9):
        mode = random.choice([0o600, 0o640, 0o644, 0o755])
        os.chmod(f'{d}/f', mode)
        want('mode after chmod', stat.S_IMODE(os.stat(f'{d}/f').st_mode), mode)
        os.setxattr(f'{d}/f', 'system.posix_acl_access', acl(n % 8))
        want('mode after setfacl', stat.S_IMODE(os.stat(f'{d}/f').st_mode), 0o640 | n % 8)
        os.removexattr(f'{d}/f', 'system.posix_acl_access')
        os.setxattr(f'{d}/f', 'user.n', b'%d' % n)
        want('xattr', os.getxattr(f'{d}/f', 'user.n'), b'%d' % n)
        before = os.stat(f'{d}/f').st_ctime_ns
        os.setxattr(f'{d}/f', 'user.n', b'')
        if os.stat(f'{d}/f').st_ctime_ns <= before:
            raise Differs('ctime did not move with setxattr')
        os.utime(f'{d}/f', ns=(n, n))
        want('mtime after utime', os.stat(f'{d}/f').st_mtime_ns, n)
        yield


def sizes(d):
    fd = os.open(f'{d}/f', os.O_RDWR | os.O_CREAT, 0o600)
    direct = os.open(f'{d}/f', os.O_RDWR | os.O_DIRECT | os.O_APPEND)
    page = mmap.mmap(-1, 4096)  # aligned
    for n in range(10**9):
        for how, size in (('write', 8192), ('a direct append', 12288), ('truncate', 100), ('extend', 9000), ('fallocate', 20000), ('open', 0)):
            if how == 'write':
                os.pwrite(fd, b'x' * 8192, 0)
            elif how == 'a direct append':
                os.write(direct, page)
            elif how == 'fallocate':
                os.posix_fallocate(fd, 0, size)
            elif how == 'open':
                os.close(os.open(f'{d}/f', os.O_WRONLY | os.O_TRUNC))
            else:
                os.ftruncate(fd, size)
            want(f'size after {how}', os.stat(f'{d}/f').st_size, size)
            want(f'bytes after {how}', len(os.pread(fd, 30000, 0)), size)
        before = os.stat(f'{d}/f').st_mtime_ns
        os.pwrite(fd, b'z', 0)
        if os.stat(f'{d}/f').st_mtime_ns <= before:
            raise Differs('mtime did not move with write')
        yield


def mapped(d):
    make(f'{d}/f', bytes(4096))
    fd = os.open(f'{d}/f', os.O_RDWR)
    with mmap.mmap(fd, 4096) as m:
        for n in range(10**9):
            before = os.stat(f'{d}/f').st_mtime_ns
            m[n % 4096] = (m[n % 4096] + 1) % 256
            m.flush()
            if os.stat(f'{d}/f').st_mtime_ns <= before:
                raise Differs('mtime did not move with a store through mmap and msync')
            yield


def replaced(d):
    """The name always has a file, and the newest: as editors save."""
    make(f'{d}/doc', b'0')
    for n in range(1, 10**9):
        make(f'{d}/doc.new', b'%d' % n)
        os.rename(f'{d}/doc.new', f'{d}/doc')
        with open(f'{d}/doc', 'rb') as f:
            want('contents of the replaced file', f.read(), b'%d' % n)
        listed(d, 'doc.new', False)
        yield


def look(d, how):
    """One of what a process can ask, again and again; names may be gone by then."""
    random.seed(how)
    while True:
        try:
            if how < 2:
                seen = os.listdir(d)
                for x in random.sample(seen, min(20 * how, len(seen))):
                    os.lstat(f'{d}/{x}')
            elif how == 2:
                for x in ('.', 'f', 'other', 'doc'):
                    os.stat(f'{d}/{x}')
            else:
                with open(f'{d}/f', 'rb') as f:
                    f.read(30000)
        except OSError:
            pass


def run(kind, many):
    d = f'{top}/{kind.__name__}{many}'
    os.mkdir(d)
    for i in range(many):
        make(f'{d}/stay{i:06}')
    lookers = [multiprocessing.Process(target=look, args=(d, i), daemon=True) for i in range(LOOKERS)]
    for p in lookers:
        p.start()
    rounds, wrong, first = 0, 0, ''
    what = f'{kind.__name__.replace("_", " ")} in a directory with {many} others'
    end = time.monotonic() + SECONDS
    try:
        while rounds < ROUNDS and time.monotonic() < end:
            try:
                for _ in kind(d):
                    rounds += 1
                    if rounds >= ROUNDS or time.monotonic() >= end:
                        break
            except Differs as e:
                wrong += 1
                first = first or str(e)
                for x in os.listdir(d):
                    if not x.startswith('stay'):
                        (os.rmdir if os.path.isdir(f'{d}/{x}') else os.unlink)(f'{d}/{x}')
    finally:
        for p in lookers:
            p.kill()
            p.join()
    print(f'{"not ok" if wrong else "ok"} - {what}: {rounds} rounds' + (f', {wrong} wrong: {first}' if wrong else ''), flush=True)
    return wrong == 0


signal.alarm(240)  # whatever hangs ends here
kinds = [names, folders, times_of_the_folder, links_of_a_file, modes, sizes, mapped, replaced]
good = True
for k in kinds:
    if not sys.argv[3:] or k.__name__ in sys.argv[3:]:
        for many in (0, FILES):
            good &= run(k, many)
sys.exit(not good)
