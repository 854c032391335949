# SPDX-License-Identifier: MIT
"""Rows over a store at a distance: a real server behind delay-proxy. Writes count until they are durable on the store.
Cold rows read from another device of the same vault (or another rclone with an empty cache)."""
import os
import random
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from local import make_files, read_all, sh, walk_files, write_big
from peers import ROOT, Cloudseal, Ports, Rclone, call, free_port, wait_for


class Site:
    """A server of one kind behind a proxy of one round-trip time; peers of it are made by cloudseal() and rclone()."""

    def __init__(self, kind, rtt_ms, home):
        self.kind, self.rtt, self.home = kind, rtt_ms, home
        self.script = f'{ROOT}/tests/servers/' + {'dav': 'lighttpd-dav', 's3': 'rgw'}[kind]
        self.server_dir = f'{home}/server-{kind}-{rtt_ms:g}'
        self.ports = Ports()
        base = self.ports.first
        call(self.script, 'up', self.server_dir, str(base), env={'MEMSTORE_BYTES': str(16 << 30)})
        self.port = free_port()
        self.proxy = subprocess.Popen([f'{ROOT}/build/bench/delay-proxy', str(self.port), str(base), str(rtt_ms)])
        self.count = 0
        try:
            if kind == 's3':
                self.s3_bucket()
        except BaseException:
            self.close()
            raise

    def s3_bucket(self):
        with open(self.home + '/rclone-s3', 'w') as f:
            f.write('[far]\n' + self.rclone_remote() + '\n')
        wait_for(lambda: subprocess.run(['rclone', '--config', self.home + '/rclone-s3', 'mkdir', 'far:bench'],
                                        stderr=subprocess.DEVNULL).returncode == 0)

    def rclone_remote(self):
        if self.kind == 'dav':
            return f'type = webdav\nurl = http://127.0.0.1:{self.port}/open\nvendor = other'
        return ('type = s3\nprovider = Ceph\naccess_key_id = testkey\nsecret_access_key = testsecret\n'
                f'endpoint = http://127.0.0.1:{self.port}\nforce_path_style = true')

    def cloudseal(self, home):
        self.count += 1
        if self.kind == 'dav':
            return Cloudseal(home, f'http://127.0.0.1:{self.port}/open/ours{self.count}')
        return Cloudseal(home, f's3://bench/ours{self.count}', {'AWS_ACCESS_KEY_ID': 'testkey', 'AWS_SECRET_ACCESS_KEY': 'testsecret'},
                         ('--endpoint', f'http://127.0.0.1:{self.port}', '--region', 'default'))

    def rclone(self, home):
        self.count += 1
        return Rclone(home, self.rclone_remote(), f'theirs{self.count}' if self.kind == 'dav' else f'bench/theirs{self.count}')

    def close(self):
        self.proxy.kill()
        self.proxy.wait()
        call(self.script, 'down', self.server_dir)
        self.ports.give_back()


class Row:
    kinds = ('dav', 's3')
    fresh = False  # the timed part runs on another device with an empty cache

    def __init__(self, scale):
        self.scale = scale
        self.n = 0

    def prepare(self, p): pass
    def before(self, p): pass
    def clean(self, p): pass

    def big(self): return max(16, int(1024 * self.scale))
    def files(self): return max(40, int(10000 * self.scale))


class UploadSmall(Row):
    """upload 10,000 files of 4 KiB"""
    def work(self, p):
        self.n += 1
        make_files(f'{p.dir}/up{self.n}', self.files())
        p.durable()


class UploadBig(Row):
    """upload 1 GiB"""
    def work(self, p):
        self.n += 1
        write_big(f'{p.dir}/big{self.n}', self.big())
        p.durable()


class WithTree(Row):
    def prepare(self, p):
        make_files(p.dir + '/tree', self.files())
        p.durable()


class WithBig(Row):
    def prepare(self, p):
        write_big(p.dir + '/big', self.big())
        p.durable()


class ReadSmall(WithTree):
    """cold read of 10,000 small files"""
    fresh = True

    def work(self, p):
        for f in walk_files(p.dir + '/tree'):
            read_all(f)


class ReadBig(WithBig):
    """cold read of 1 GiB"""
    fresh = True
    def work(self, p): read_all(p.dir + '/big')


class RandomCold(WithBig):
    """64 KiB random cold reads from 1 GiB, 200, one reader"""
    fresh = True
    readers = 1

    def work(self, p):
        fd = os.open(p.dir + '/big', os.O_RDONLY)
        size = os.fstat(fd).st_size

        def some(seed):
            r = random.Random(seed)
            for _ in range(max(8, int(200 * self.scale)) // self.readers):
                os.pread(fd, 65536, r.randrange(size // 65536) * 65536)
        with ThreadPoolExecutor(self.readers) as pool:
            list(pool.map(some, range(self.readers)))
        os.close(fd)


class RandomCold8(RandomCold):
    """64 KiB random cold reads from 1 GiB, 200, eight readers"""
    readers = 8


class List(WithTree):
    """ls -lR of 10,000 files in 40 folders after a restart"""
    def before(self, p): p.remount()
    def work(self, p): sh('ls -lR tree', p.dir)


class RenameFolder(Row):
    """rename a folder of 1,000 files"""
    kinds = ('s3',)

    def prepare(self, p):
        make_files(p.dir + '/r0', max(40, int(1000 * self.scale)))
        p.durable()

    def before(self, p):
        self.names = [n for n in os.listdir(p.dir) if n.startswith('r')]

    def work(self, p):
        os.rename(f'{p.dir}/{self.names[0]}', f'{p.dir}/r{time.monotonic_ns()}')
        p.durable()


class CopyBig(WithBig):
    """copy a 1 GiB file inside the vault (cp --reflink=auto)"""
    def work(self, p):
        self.n += 1
        sh(f'cp --reflink=auto big copy{self.n}', p.dir)
        p.durable()

    def clean(self, p):
        os.unlink(f'{p.dir}/copy{self.n}')
        p.durable()


class ChangeBig(WithBig):
    """change 4 KiB in a 1 GiB file"""
    def work(self, p):
        with open(p.dir + '/big', 'r+b', buffering=0) as f:
            f.seek(random.randrange(self.big() << 8) << 12)
            f.write(os.urandom(4096))
            os.fsync(f.fileno())
        p.durable()


class SavedToSeen(Row):
    """4 KiB saved on one device until seen on another, which looks every second"""

    def prepare(self, p):
        with open(p.dir + '/first', 'wb') as f:
            f.write(b'first')
        p.durable()
        p.companion = p.cold(p.home + '-other')
        p.companion.look_every_second()
        p.companion.mount()

    def before(self, p):
        self.n += 1
        self.body = os.urandom(4096)

    def work(self, p):
        with open(f'{p.dir}/seen{self.n}', 'wb', buffering=0) as f:
            f.write(self.body)
            os.fsync(f.fileno())
        wait_for(lambda: self.seen(f'{p.companion.dir}/seen{self.n}'), 120)

    def seen(self, path):
        try:
            with open(path, 'rb') as f:
                return f.read() == self.body
        except OSError:
            return False


ROWS = [UploadSmall, UploadBig, ReadSmall, ReadBig, RandomCold, RandomCold8, List, RenameFolder, CopyBig, ChangeBig, SavedToSeen]


def measure(row, peer, home, timed):
    """One timed run of row on peer; timed(f) returns seconds."""
    if not row.fresh:
        row.before(peer)
        seconds = timed(lambda: row.work(peer))
        row.clean(peer)
        return seconds
    other = peer.cold(home)
    other.mount()
    try:
        return timed(lambda: row.work(other))
    finally:
        other.remove()
        shutil.rmtree(home, ignore_errors=True)
