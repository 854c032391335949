#!/usr/bin/env python3
"""writers.py DIR WRITERS: more bytes at once than may wait for room: WRITERS threads write a MiB each at the same moment, one write of
O_DIRECT has half as many, one mapping as many again is stored to and synced. All wait, none gets an error, and all is there. Prints "ok -
..." and "not ok - ..."; exits 1 if any failed."""
import mmap
import os
import signal
import sys
import threading

top, WRITERS = sys.argv[1], int(sys.argv[2])
MIB = 1 << 20
failed = False


def check(what, problems):
    global failed
    failed |= bool(problems)
    print(f'{"not ok" if problems else "ok"} - {what}' + (f': {len(problems)} of them, the first: {problems[0]}' if problems else ''), flush=True)


def pattern(n):
    return n.to_bytes(4, 'big') * (MIB // 4)


def many():
    problems, ready = [], threading.Barrier(WRITERS)

    def write(n):
        fd = os.open(f'{top}/w{n}', os.O_WRONLY | os.O_CREAT, 0o600)
        data = pattern(n)
        ready.wait()
        try:
            if os.write(fd, data) != MIB:
                problems.append('a short write')
        except OSError as e:
            problems.append(str(e))
        os.close(fd)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(f'{WRITERS} writers at once', problems)


def all_there():
    problems = []
    for n in range(WRITERS):
        with open(f'{top}/w{n}', 'rb') as f:
            if f.read() != pattern(n):
                problems.append(f'w{n}')
        os.unlink(f'{top}/w{n}')
    check('what they wrote is there', problems)


def one_of(how, mib, put):
    problems = []
    fd = os.open(f'{top}/{how}', os.O_RDWR | os.O_CREAT, 0o600)
    os.ftruncate(fd, mib * MIB)
    try:
        put(fd, mib)
        for n in range(mib):
            if os.pread(fd, MIB, n * MIB) != pattern(n):
                problems.append(f'MiB {n} differs')
    except OSError as e:
        problems.append(str(e))
    os.close(fd)
    os.unlink(f'{top}/{how}')
    check(f'{mib} MiB at once by {how}', problems)


def direct(fd, mib):
    with mmap.mmap(-1, mib * MIB) as m:
        for n in range(mib):
            m[n * MIB:(n + 1) * MIB] = pattern(n)
        other = os.open(f'/proc/self/fd/{fd}', os.O_WRONLY | os.O_DIRECT)
        done = os.write(other, m)
        os.close(other)
        if done != mib * MIB:
            raise OSError(f'{done} bytes written')


def mapped(fd, mib):
    with mmap.mmap(fd, mib * MIB) as m:
        for n in range(mib):
            m[n * MIB:(n + 1) * MIB] = pattern(n)
        m.flush()
    os.fsync(fd)


signal.alarm(240)  # whatever hangs ends here
many()
all_there()
one_of('O_DIRECT', WRITERS // 2, direct)
one_of('mmap', WRITERS // 2, mapped)
sys.exit(failed)
