# SPDX-License-Identifier: MIT
"""Rows on one machine: state and cipher directory on the same disk. A row is a class: prepare (untimed), work (timed),
both given the mounted peer; scale shrinks the amounts."""
import os
import random
import shutil
import sqlite3
import subprocess


def sh(script, cwd):
    subprocess.run(['sh', '-ec', script], check=True, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def write_big(path, mib):
    block = random.Random(1).randbytes(1 << 20)
    with open(path, 'wb', buffering=0) as f:
        for _ in range(mib):
            f.write(block)
        os.fsync(f.fileno())


def read_all(path):
    with open(path, 'rb', buffering=0) as f:
        while f.read(1 << 20):
            pass


def files(scale):
    return max(40, int(20000 * scale))


def make_files(top, count):
    body = random.Random(2).randbytes(4096)
    for i in range(count):
        folder = f'{top}/d{i % 40}'
        if i < 40:
            os.makedirs(folder)
        with open(f'{folder}/file{i}', 'wb', buffering=0) as f:
            f.write(body)


def walk_files(top):
    for base, _, names in os.walk(top):
        for n in names:
            yield os.path.join(base, n)


class Row:
    cold = False  # the kernel's caches are dropped before the timed part
    memory = False  # on tmpfs in place of the disk

    def __init__(self, scale):
        self.scale = scale

    def prepare(self, p): pass
    def clean(self, p): pass


class SeqWrite(Row):
    """sequential write 1 GiB, fsync at the end"""
    def work(self, p): write_big(p.dir + '/big', max(16, int(1024 * self.scale)))
    def clean(self, p): os.unlink(p.dir + '/big')


class SeqWriteMemory(SeqWrite):
    """the same, state and cipher directory on tmpfs"""
    memory = True


class WithBig(Row):
    def prepare(self, p):
        if not os.path.exists(p.dir + '/big'):
            write_big(p.dir + '/big', max(16, int(1024 * self.scale)))
            p.durable()


class SeqRead(WithBig):
    """sequential read 1 GiB, kernel caches dropped"""
    cold = True
    def work(self, p): read_all(p.dir + '/big')


class ReRead(WithBig):
    """sequential read again, warm"""
    def prepare(self, p):
        super().prepare(p)
        read_all(p.dir + '/big')

    def work(self, p):
        for _ in range(3):
            read_all(p.dir + '/big')


class RandomRead(WithBig):
    """4 KiB random read, 10,000 times, caches dropped"""
    cold = True

    def work(self, p):
        r, fd = random.Random(3), os.open(p.dir + '/big', os.O_RDONLY)
        blocks = os.fstat(fd).st_size // 4096
        for _ in range(max(200, int(10000 * self.scale))):
            os.pread(fd, 4096, r.randrange(blocks) * 4096)
        os.close(fd)


class RandomWrite(WithBig):
    """4 KiB random write, 20,000 times, fsync at the end"""
    def work(self, p):
        r, fd, body = random.Random(4), os.open(p.dir + '/big', os.O_WRONLY), random.Random(5).randbytes(4096)
        blocks = os.fstat(fd).st_size // 4096
        for _ in range(max(400, int(20000 * self.scale))):
            os.pwrite(fd, body, r.randrange(blocks) * 4096)
        os.fsync(fd)
        os.close(fd)


class RandomWriteSync(WithBig):
    """4 KiB random write with fsync each, 500 times"""
    def work(self, p):
        r, fd, body = random.Random(6), os.open(p.dir + '/big', os.O_WRONLY), random.Random(7).randbytes(4096)
        blocks = os.fstat(fd).st_size // 4096
        for _ in range(max(50, int(500 * self.scale))):
            os.pwrite(fd, body, r.randrange(blocks) * 4096)
            os.fsync(fd)
        os.close(fd)


class Sqlite(Row):
    mode = ''

    def work(self, p):
        db = sqlite3.connect(p.dir + '/db', isolation_level=None)
        db.execute(f'pragma journal_mode={self.mode}')
        db.execute('create table t (i integer primary key, s text)')
        for i in range(max(100, int(10000 * self.scale))):
            db.execute('insert into t (s) values (?)', ('x' * 100,))
        db.close()

    def clean(self, p):
        os.unlink(p.dir + '/db')


class SqliteWal(Sqlite):
    """sqlite: 10,000 single-row commits, WAL"""
    mode = 'wal'


class SqliteRollback(Sqlite):
    """sqlite: 10,000 single-row commits, rollback journal"""
    mode = 'delete'


class Create(Row):
    """create 20,000 files of 4 KiB in 40 folders"""
    def work(self, p): make_files(p.dir + '/tree', files(self.scale))
    def clean(self, p): shutil.rmtree(p.dir + '/tree')


class Remove(Row):
    """rm -r of 20,000 files"""

    def prepare(self, p):
        if not os.path.exists(p.dir + '/tree'):
            make_files(p.dir + '/tree', files(self.scale))

    def work(self, p): sh('rm -r tree', p.dir)


class WithTree(Row):
    cold = True

    def prepare(self, p):
        if not os.path.exists(p.dir + '/tree'):
            make_files(p.dir + '/tree', files(self.scale))
            p.durable()


class List(WithTree):
    """ls -lR of 20,000 files, cold kernel caches"""
    def work(self, p): sh('ls -lR tree', p.dir)


class ReadSmall(WithTree):
    """read all 20,000 files, cold kernel caches"""
    def work(self, p):
        for f in walk_files(p.dir + '/tree'):
            read_all(f)


SOURCES = 'find /usr/include /usr/share -type f -size -200k 2>/dev/null | head -n {n} | tar cf "{tar}" -T - 2>/dev/null || true'


class WithSources(Row):
    """files of many sizes, as a source tree has"""
    def tar(self, p):
        tar = os.path.dirname(os.path.dirname(p.home + '/')) + '/sources.tar'
        if not os.path.exists(tar):
            sh(SOURCES.format(n=max(100, int(4500 * self.scale)), tar=tar), '/')
        return tar


class Untar(WithSources):
    """untar of 4,500 files"""
    def prepare(self, p): self.tar(p)
    def work(self, p): sh(f'mkdir src && tar xf "{self.tar(p)}" -C src', p.dir)
    def clean(self, p): shutil.rmtree(p.dir + '/src')


class Grep(WithSources):
    """grep -r over 4,500 files, cold kernel caches"""
    cold = True

    def prepare(self, p):
        if not os.path.exists(p.dir + '/src'):
            sh(f'mkdir src && tar xf "{self.tar(p)}" -C src', p.dir)
            p.durable()

    def work(self, p): sh('grep -r nothing-has-this src || true', p.dir)


GIT = 'git -c user.name=t -c user.email=t@example.org -c gc.auto=0'


class Git(Row):
    """a repository of 10,000 files, with two commits that differ in 1,000 of them"""

    def prepare(self, p):
        repo, n = p.dir + '/repo', max(100, int(10000 * self.scale))
        if os.path.exists(repo):
            return
        for i in range(n):
            os.makedirs(f'{repo}/d{i % 100}', exist_ok=True)
            with open(f'{repo}/d{i % 100}/f{i}', 'w') as f:
                f.write(f'{i}\n' * 200)
        sh(f'git init -q . && {GIT} add -A && {GIT} commit -qm 1', repo)
        for i in range(0, n, 10):
            with open(f'{repo}/d{i % 100}/f{i}', 'a') as f:
                f.write('more\n')
        sh(f'{GIT} commit -qam 2', repo)
        p.durable()


class GitStatus(Git):
    """git status of a 10,000-file repository, cold kernel caches"""
    cold = True
    def work(self, p): sh('git status', p.dir + '/repo')


class GitCheckout(Git):
    """git checkout of another state of it (1,000 files differ) and back"""
    def work(self, p): sh('git checkout -q HEAD~1 && git checkout -q -', p.dir + '/repo')


class Build(Row):
    """build of a C project of 300 files, cc -O0, make -j2"""
    def prepare(self, p):
        if os.path.exists(p.dir + '/c'):
            return
        os.mkdir(p.dir + '/c')
        n = max(20, int(300 * self.scale))
        for i in range(n):
            with open(f'{p.dir}/c/f{i}.c', 'w') as f:
                f.write('#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n' +
                        ''.join(f'int f{i}_{j}(int x) {{ return x * {j} + {i}; }}\n' for j in range(50)))
        with open(p.dir + '/c/Makefile', 'w') as f:
            f.write('O := $(patsubst %.c,%.o,$(wildcard *.c))\nall.a: $(O)\n\tar rc $@ $^\n')

    def work(self, p): sh('make -s -j2 -C c CFLAGS=-O0', p.dir)
    def clean(self, p): sh('rm -f c/*.o c/all.a', p.dir)


ROWS = [SeqWrite, SeqWriteMemory, SeqRead, ReRead, RandomRead, RandomWrite, RandomWriteSync, SqliteWal, SqliteRollback, Create, List, ReadSmall,
        Remove, Untar, Grep, GitStatus, GitCheckout, Build]
