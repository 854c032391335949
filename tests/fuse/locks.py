#!/usr/bin/env python3
"""locks.py DIR: two processes lock one file of DIR with flock, POSIX and OFD locks, and inotify sees what happens in DIR.
Prints "ok - ..." and "not ok - ..."; exits 1 if any failed."""
import ctypes
import fcntl
import multiprocessing
import os
import select
import struct
import sys
import time

top = sys.argv[1]
libc = ctypes.CDLL('libc.so.6', use_errno=True)
F_OFD_SETLK, F_OFD_SETLKW, F_OFD_GETLK = 37, 38, 36
failed = False


def check(what, fn):
    global failed
    try:
        fn()
        print(f'ok - {what}', flush=True)
    except Exception as e:  # the reason is the test's answer
        failed = True
        print(f'not ok - {what}: {type(e).__name__} {str(e)[:300]}', flush=True)


class Other:
    """A process that does one thing to `path` at a time, on a descriptor of its own."""

    def __init__(self, path):
        self.pipe, end = multiprocessing.Pipe()
        self.p = multiprocessing.Process(target=self.serve, args=(path, end), daemon=True)
        self.p.start()

    @staticmethod
    def serve(path, end):
        f = os.open(path, os.O_RDWR)
        while True:
            fn, args = end.recv()
            try:
                end.send((True, globals()[fn](f, *args)))
            except OSError as e:
                end.send((False, e.errno))

    def start(self, fn, *args): self.pipe.send((fn, args))
    def answers_within(self, s): return self.pipe.poll(s)

    def answer(self):
        assert self.pipe.poll(60), 'no answer: the lock was never given'
        good, value = self.pipe.recv()
        if not good:
            raise OSError(value, os.strerror(value))
        return value

    def do(self, fn, *args):
        self.start(fn, *args)
        return self.answer()

    def kill(self):
        self.p.kill()
        self.p.join()


def lock(kind, f, how, wait=False, start=0, n=0):
    """how: 'r', 'w' or 'u'"""
    if kind == 'flock':
        op = {'r': fcntl.LOCK_SH, 'w': fcntl.LOCK_EX, 'u': fcntl.LOCK_UN}[how]
        fcntl.flock(f, op | (0 if wait else fcntl.LOCK_NB))
        return
    kind_no = {'r': fcntl.F_RDLCK, 'w': fcntl.F_WRLCK, 'u': fcntl.F_UNLCK}[how]
    if kind == 'posix':
        cmd = fcntl.F_SETLKW if wait else fcntl.F_SETLK
    else:
        cmd = F_OFD_SETLKW if wait else F_OFD_SETLK
    fcntl.fcntl(f, cmd, struct.pack('hhqqi4x', kind_no, 0, start, n, 0))


def flock(f, *args): lock('flock', f, *args)
def posix(f, *args): lock('posix', f, *args)
def ofd(f, *args): lock('ofd', f, *args)


def posix_who(f, start, n):
    """What stands in the way of a write lock: (type, pid)."""
    kind, _, _, _, pid = struct.unpack('hhqqi4x', fcntl.fcntl(f, fcntl.F_GETLK, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, start, n, 0)))
    return kind, pid


def busy(fn, *args):
    try:
        fn(*args)
    except BlockingIOError:
        return
    except OSError as e:
        if e.errno == 11 or e.errno == 13:
            return
        raise
    raise AssertionError('the lock was given twice')


def made(name):
    path = f'{top}/{name}'
    with open(path, 'w') as f:
        f.write('x' * 1000)
    return path


def exclusion(kind):
    def run():
        path = made(kind)
        a, b = Other(path), Other(path)
        a.do(kind, 'w')
        busy(b.do, kind, 'w')
        busy(b.do, kind, 'r')
        b.start(kind, 'w', True)  # waits
        assert not b.answers_within(0.3), 'a lock was given while another holds it'
        a.do(kind, 'u')
        b.answer()
        busy(a.do, kind, 'r')
        b.do(kind, 'u')
        a.do(kind, 'r')
        b.do(kind, 'r')  # two readers
        busy(a.do, kind, 'w')
        b.do(kind, 'u')
        a.do(kind, 'w')  # the reader becomes a writer
        b.start(kind, 'w', True)
        assert not b.answers_within(0.2)
        a.kill()  # a lock goes with its process
        b.answer()
        b.kill()
    return run


def ranges(kind):
    def run():
        path = made(f'range-{kind}')
        a, b = Other(path), Other(path)
        a.do(kind, 'w', False, 100, 100)
        b.do(kind, 'w', False, 0, 100)
        b.do(kind, 'w', False, 200, 0)
        busy(b.do, kind, 'w', False, 199, 1)
        a.do(kind, 'u', False, 150, 50)  # the lock is split
        b.do(kind, 'w', False, 150, 50)
        busy(b.do, kind, 'r', False, 149, 1)
        b.do(kind, 'w', False, 1 << 40, 10)  # beyond the end
        if kind == 'posix':
            kind_no, pid = b.do('posix_who', 100, 1)
            assert (kind_no, pid) == (fcntl.F_WRLCK, a.p.pid), (kind_no, pid)
        a.kill()
        b.kill()
    return run


def deadlock():
    path = f'{top}/deadlock'
    with open(path, 'w') as f:
        f.write('xx')
    a, b = Other(path), Other(path)
    a.do('posix', 'w', False, 0, 1)
    b.do('posix', 'w', False, 1, 1)
    a.start('posix', 'w', True, 1, 1)
    assert not a.answers_within(0.3)
    try:
        b.do('posix', 'w', True, 0, 1)
        raise AssertionError('both wait for each other')
    except OSError as e:
        assert e.errno == 35, e
    b.kill()
    a.answer()
    a.kill()


def ofd_is_of_the_description():
    path = f'{top}/description'
    open(path, 'w').close()
    other = Other(path)  # first: a child has its parent's descriptions, and so their locks
    a, b = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    lock('ofd', a, 'w')
    busy(lock, 'ofd', b, 'w')  # one process, two descriptions
    busy(other.do, 'posix', 'w')  # and POSIX locks see it
    same = os.dup(a)
    os.close(a)
    busy(lock, 'ofd', b, 'w')  # still held by the duplicate
    os.close(same)
    lock('ofd', b, 'w')
    os.close(b)
    other.kill()


def counter(path, kind, rounds):
    f = os.open(path, os.O_RDWR)
    for _ in range(rounds):
        lock(kind, f, 'w', True)
        n = int(os.pread(f, 20, 0))
        os.pwrite(f, b'%020d' % (n + 1), 0)
        lock(kind, f, 'u')


def counting(kind):
    def run():
        path = f'{top}/counter-{kind}'
        with open(path, 'w') as f:
            f.write(f'{0:020d}')
        ps = [multiprocessing.Process(target=counter, args=(path, kind, 500)) for _ in range(2)]
        for p in ps: p.start()
        for p in ps: p.join()
        n = int(open(path).read())
        assert n == 1000, f'{n} of 1000: two held the lock at once'
    return run


# --- inotify ---
NAMES = {1: 'ACCESS', 2: 'MODIFY', 4: 'ATTRIB', 8: 'CLOSE_WRITE', 16: 'CLOSE_NOWRITE', 32: 'OPEN', 64: 'MOVED_FROM',
         128: 'MOVED_TO', 256: 'CREATE', 512: 'DELETE', 1024: 'DELETE_SELF', 2048: 'MOVE_SELF'}


class Watch:
    def __init__(self, path, mask=0xfff & ~(1 | 16 | 32)):
        self.fd = libc.inotify_init1(os.O_NONBLOCK)
        assert self.fd >= 0 and libc.inotify_add_watch(self.fd, os.fsencode(path), mask) >= 0, os.strerror(ctypes.get_errno())

    def events(self, last, seconds=30):
        """Events up to `last`, as 'WHAT name'."""
        seen, end = [], time.monotonic() + seconds
        while last not in seen:
            r, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            assert r, f'no {last!r}, only {seen}'
            data, at = os.read(self.fd, 65536), 0
            while at < len(data):
                _, mask, _, n = struct.unpack_from('iIII', data, at)
                name = data[at + 16:at + 16 + n].rstrip(b'\0').decode()
                seen += [f'{what} {name}'.strip() for bit, what in NAMES.items() if mask & bit]
                at += 16 + n
        return seen


def by_another_process(code):
    p = multiprocessing.Process(target=exec, args=(code, {'os': os, 'top': top}))
    p.start()
    p.join()
    assert p.exitcode == 0


def inotify_directory():
    d = f'{top}/watched'
    os.mkdir(d)
    w = Watch(d)
    by_another_process('''
d = top + '/watched'
f = os.open(d + '/new', os.O_CREAT | os.O_WRONLY)
os.write(f, b'x')
os.close(f)
os.chmod(d + '/new', 0o600)
os.rename(d + '/new', d + '/moved')
os.link(d + '/moved', d + '/link')
os.mkdir(d + '/sub')
os.unlink(d + '/moved')
os.rmdir(d + '/sub')
os.unlink(d + '/link')
''')
    seen = w.events('DELETE link')
    want = ['CREATE new', 'MODIFY new', 'CLOSE_WRITE new', 'ATTRIB new', 'MOVED_FROM new', 'MOVED_TO moved', 'CREATE link',
            'CREATE sub', 'DELETE moved', 'DELETE sub', 'DELETE link']
    assert seen == want, seen


def inotify_file():
    path = f'{top}/watched-file'
    with open(path, 'w') as f:
        f.write('one')
    w = Watch(path)
    by_another_process('''
path = top + '/watched-file'
f = os.open(path, os.O_WRONLY | os.O_APPEND)
os.write(f, b'two')
os.close(f)
os.truncate(path, 1)
os.rename(path, path + '2')
os.unlink(path + '2')
''')
    seen = w.events('DELETE_SELF')
    for want in ['MODIFY', 'CLOSE_WRITE', 'MOVE_SELF', 'ATTRIB', 'DELETE_SELF']:
        assert want in seen, seen
    assert seen.count('MODIFY') >= 2, seen


def tail_follows():
    import subprocess
    path = f'{top}/log'
    open(path, 'w').close()
    t = subprocess.Popen(['tail', '-n', '+1', '-s', '0.1', '-f', path], stdout=subprocess.PIPE)
    try:
        for i in range(5):
            with open(path, 'a') as f:
                f.write(f'line {i}\n')
            r, _, _ = select.select([t.stdout], [], [], 30)
            assert r and t.stdout.readline() == b'line %d\n' % i, f'tail -f does not show line {i}'
    finally:
        t.kill()
        t.wait()


if __name__ == '__main__':
    for kind in ('flock', 'posix', 'ofd'):
        check(f'{kind}: two processes exclude each other, wait, share, and lose the lock with the process', exclusion(kind))
    for kind in ('posix', 'ofd'):
        check(f'{kind}: ranges', ranges(kind))
    check('posix: a deadlock is refused', deadlock)
    check('ofd: a lock belongs to the open file description', ofd_is_of_the_description)
    for kind in ('flock', 'posix', 'ofd'):
        check(f'{kind}: two processes count together, and no read is older than the lock', counting(kind))
    check('inotify on a directory tells what another process does', inotify_directory)
    check('inotify on a file', inotify_file)
    check('tail -f follows', tail_follows)
    sys.exit(failed)
