# SPDX-License-Identifier: MIT
"""The file systems that are compared: each is a folder that can be mounted, made cold and made durable on its store."""
import json
import os
import shutil
import socket
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def call(*argv, env=None, **kw):
    return subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env={**os.environ, **(env or {})}, **kw).stdout


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Ports:
    """100 ports that are ours alone until given back, from `first`: by tests/ports.sh, so that tests and benches never meet."""

    def __init__(self):
        script = f'. {ROOT}/tests/ports.sh && take_ports && echo $PORTS && read _; drop_ports'
        self.keeper = subprocess.Popen(['bash', '-c', script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.first = int(self.keeper.stdout.readline() or 0)
        if not self.first:
            raise OSError('no free ports')

    def give_back(self):
        self.keeper.communicate('\n')


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)


def drop_caches():
    os.sync()
    with open('/proc/sys/vm/drop_caches', 'w') as f:
        f.write('3')


class Peer:
    """A mounted folder self.dir over a store; state under self.home."""

    def __init__(self, home):
        self.home, self.dir = home, os.path.join(home, 'mnt')
        self.companion = None  # another device of the same vault, where a row needs one; removed with it
        os.makedirs(self.dir)

    def remount(self):
        self.umount()
        self.mount()

    def remove(self):
        if self.companion:
            self.companion.remove()
        self.umount()
        shutil.rmtree(self.home, ignore_errors=True)


class Cloudseal(Peer):
    name = 'cloudseal'

    def __init__(self, home, store=None, env=None, options=()):
        super().__init__(home)
        self.binary = os.environ.get('CLOUDSEAL', ROOT + '/build/cli/cloudseal')
        self.store, self.options = store or home + '/store', options
        self.env = {'HOME': home, 'XDG_DATA_HOME': home + '/data', 'XDG_RUNTIME_DIR': home + '/run',
                    'CLOUDSEAL_TEST_KDF': 'floor', **(env or {})}
        os.makedirs(home + '/run', mode=0o700)
        with open(os.open(home + '/pass', os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as f:
            f.write('correct horse battery\n')
        self.first = True

    def cli(self, *argv):
        return call(self.binary, *argv, env=self.env)

    def make(self):
        there = self.store.startswith('/')  # made here: older programs, which are compared with, have no --create
        if there:
            os.makedirs(self.store, exist_ok=True)
        self.cli('init', *([] if there else ['--create']), '--name', 'v', '--passfile', self.home + '/pass',
                 '--recovery-file', self.home + '/recovery', *self.options, self.store)
        self.first = False

    def mount(self):
        if self.first:
            self.make()
        self.cli('mount', '--passfile', self.home + '/pass', 'v', self.dir)

    def umount(self):
        if os.path.ismount(self.dir):
            self.cli('lock', 'v')

    def durable(self):
        self.cli('sync', 'v')

    def cpu(self):
        """Seconds of CPU that the mount's process took so far."""
        with open(f"/proc/{json.loads(self.cli('status', '--json', 'v'))['pid']}/stat") as f:
            user, system = f.read().rpartition(')')[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')

    def look_every_second(self):
        """For what other devices changed; from the next mount."""
        self.cli('config', 'v', 'poll-interval', '1s')

    def cold(self, home):
        """Another device of the same vault, with an empty cache, not yet mounted."""
        other = Cloudseal(home, self.store, self.env, self.options)
        other.env = {**self.env, 'HOME': home, 'XDG_DATA_HOME': home + '/data', 'XDG_RUNTIME_DIR': home + '/run'}
        other.cli('join', '--name', 'v', '--passfile', home + '/pass', '--recovery-file', self.home + '/recovery',
                  *self.options, self.store)
        other.first = False
        return other


class Earlier(Cloudseal):
    """Another build of ours."""
    name = 'earlier'

    def __init__(self, home, binary):
        super().__init__(home)
        self.binary = binary


class Gocryptfs(Peer):
    name = 'gocryptfs'

    def __init__(self, home):
        super().__init__(home)
        os.makedirs(home + '/cipher')
        with open(os.open(home + '/pass', os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as f:
            f.write('correct horse battery\n')
        call('gocryptfs', '-q', '-init', '-scryptn', '10', '-passfile', home + '/pass', home + '/cipher')

    def mount(self):
        call('gocryptfs', '-q', '-passfile', self.home + '/pass', self.home + '/cipher', self.dir)

    def umount(self):
        if os.path.ismount(self.dir):
            call('fusermount3', '-u', self.dir)
            wait_for(lambda: not os.path.ismount(self.dir))

    def durable(self): pass


class Rclone(Peer):
    """rclone mount over crypt, with its own cache; remote is a section of an rclone configuration."""
    name = 'rclone'

    def __init__(self, home, remote, where):
        super().__init__(home)
        secret = call('rclone', 'obscure', 'correct horse battery').strip()
        with open(home + '/conf', 'w') as f:
            f.write(f'[far]\n{remote}\n[crypt]\ntype = crypt\nremote = far:{where}\npassword = {secret}\n')
        self.remote, self.where, self.options, self.process = remote, where, [], None

    def mount(self):
        self.port = free_port()
        self.process = subprocess.Popen(
            ['rclone', '--config', self.home + '/conf', 'mount', 'crypt:', self.dir, '--vfs-cache-mode', 'full',
             '--vfs-write-back', '1s', '--transfers', '16', '--cache-dir', self.home + '/cache', '--rc', '--rc-no-auth',
             '--rc-addr', f'127.0.0.1:{self.port}', *self.options], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.home + '/log', 'w'))
        wait_for(lambda: os.path.ismount(self.dir))

    def rc(self, command):
        return json.loads(call('rclone', 'rc', '--url', f'http://127.0.0.1:{self.port}', command))

    def umount(self):
        if os.path.ismount(self.dir):
            call('fusermount3', '-u', self.dir)
        if self.process:
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:  # seen once with 1.60: unmounted, and still there ten minutes later
                self.process.kill()
                self.process.wait()
            self.process = None

    def durable(self):
        def idle():
            s = self.rc('vfs/stats')['diskCache']
            return s['uploadsInProgress'] == 0 and s['uploadsQueued'] == 0
        wait_for(idle, 3600)

    def look_every_second(self):
        self.options = ['--dir-cache-time', '1s']

    def cold(self, home):
        return Rclone(home, self.remote, self.where)
