#!/usr/bin/env python3
"""Random file-system work with an outside journal, and the check of what is left of it after a crash.

work.py run MOUNT JOURNAL SEED [SECONDS]   works until killed, until the mount dies, or for SECONDS
work.py check MOUNT JOURNAL                the tree must equal the state after some prefix of the journal's operations that
                                           holds everything up to the last completed fsync; then the journal is cut there

The journal holds one JSON line before each operation ("op") and one after each completed fsync ("synced", index). One thread
works, so operations are totally ordered and "all or nothing and in order" means: the tree is the state of one prefix.
"""
import hashlib
import json
import os
import pickle
import random
import stat
import sys
import time

MAX_FILE = 600_000


class State:
    """The expected tree: path -> node; nodes are shared by hard links."""

    def __init__(self):
        self.names = {'': {'t': 'd', 'mode': 0o755}}
        self.version = 0

    def apply(self, op):
        getattr(self, 'do_' + op['op'])(op)

    @staticmethod
    def bytes_of(op):
        return random.Random(op['data']).randbytes(op['len'])[:op.get('cut')]

    def do_create(self, op):
        self.names[op['a']] = {'t': 'f', 'mode': op['mode'], 'data': b'', 'x': {}}

    def do_mkdir(self, op):
        self.names[op['a']] = {'t': 'd', 'mode': op['mode']}

    def do_symlink(self, op):
        self.names[op['a']] = {'t': 'l', 'to': op['to']}

    def do_write(self, op):
        n = self.names[op['a']]
        d = n['data']
        off = op['off']
        new = self.bytes_of(op)
        if len(d) < off:
            d = d + bytes(off - len(d))
        n['data'] = d[:off] + new + d[off + len(new):]
        n.pop('hash', None)

    def do_truncate(self, op):
        n = self.names[op['a']]
        n['data'] = n['data'][:op['len']] + bytes(max(0, op['len'] - len(n['data'])))
        n.pop('hash', None)

    def do_chmod(self, op):
        self.names[op['a']]['mode'] = op['mode']

    def do_setxattr(self, op):
        self.names[op['a']]['x'][op['name']] = op['value']

    def do_link(self, op):
        self.names[op['b']] = self.names[op['a']]

    def do_unlink(self, op):
        del self.names[op['a']]

    do_rmdir = do_unlink

    def do_rename(self, op):
        a, b = op['a'], op['b']
        if a != b and self.names.get(b) is self.names[a]:
            return  # two names of one file: rename does nothing
        moved = {b + p[len(a):]: n for p, n in self.names.items() if p == a or p.startswith(a + '/')}
        self.names = {p: n for p, n in self.names.items() if p != a and not p.startswith(a + '/')}
        self.names.update(moved)

    def dump(self):
        groups = {}
        for p, n in self.names.items():
            groups.setdefault(id(n), []).append(p)
        out = {}
        for p, n in self.names.items():
            if p == '':
                continue
            if n['t'] == 'f':
                if 'hash' not in n:
                    n['hash'] = hashlib.sha256(n['data']).hexdigest()
                out[p] = ['f', n['mode'], len(n['data']), n['hash'], dict(n['x']), sorted(groups[id(n)])]
            elif n['t'] == 'd':
                out[p] = ['d', n['mode']]
            else:
                out[p] = ['l', n['to']]
        return out


def real_dump(root):
    out = {}
    inodes = {}
    for base, dirs, files in os.walk(root):
        for name in dirs + files:
            full = os.path.join(base, name)
            p = os.path.relpath(full, root)
            st = os.lstat(full)
            if stat.S_ISLNK(st.st_mode):
                out[p] = ['l', os.readlink(full)]
            elif stat.S_ISDIR(st.st_mode):
                out[p] = ['d', stat.S_IMODE(st.st_mode)]
            else:
                with open(full, 'rb') as f:
                    data = f.read()
                x = {n[5:]: os.getxattr(full, n).decode() for n in os.listxattr(full) if n.startswith('user.')}
                inodes.setdefault(st.st_ino, []).append(p)
                out[p] = ['f', stat.S_IMODE(st.st_mode), st.st_size, hashlib.sha256(data).hexdigest(), x, st.st_ino]
                if st.st_size != len(data):
                    raise SystemExit(f'{p}: size {st.st_size} but {len(data)} bytes read')
    for v in out.values():
        if v[0] == 'f':
            v[5] = sorted(inodes[v[5]])
    return out


def load(journal):
    """The state that the last check accepted, the operations since, and the index of the last one known to be synced."""
    ops, synced, state = [], -1, State()
    if os.path.exists(journal + '.base'):
        with open(journal + '.base', 'rb') as f:
            state = pickle.load(f)
    if os.path.exists(journal):
        with open(journal, 'rb') as f:
            for line in f.read().split(b'\n'):
                if not line:
                    continue
                try:
                    e = json.loads(line)
                except ValueError:
                    continue  # the journal's own torn last line: that operation had not been issued
                if 'synced' in e:
                    synced = e['synced']
                else:
                    ops.append(e)
    return state, ops, synced


def perform(root, op):
    path = lambda k: os.path.join(root, op[k])
    kind = op['op']
    if kind == 'create':
        os.close(os.open(path('a'), os.O_CREAT | os.O_EXCL | os.O_WRONLY, op['mode']))
    elif kind == 'mkdir':
        os.mkdir(path('a'), op['mode'])
    elif kind == 'symlink':
        os.symlink(op['to'], path('a'))
    elif kind == 'write':
        fd = os.open(path('a'), os.O_WRONLY)
        try:
            if os.pwrite(fd, State.bytes_of(op), op['off']) != op['len']:
                raise SystemExit(0)  # the mount died between two requests of one write
        finally:
            os.close(fd)
    elif kind == 'truncate':
        os.truncate(path('a'), op['len'])
    elif kind == 'chmod':
        os.chmod(path('a'), op['mode'])
    elif kind == 'setxattr':
        os.setxattr(path('a'), 'user.' + op['name'], op['value'].encode())
    elif kind == 'link':
        os.link(path('a'), path('b'))
    elif kind == 'unlink':
        os.unlink(path('a'))
    elif kind == 'rmdir':
        os.rmdir(path('a'))
    elif kind == 'rename':
        os.rename(path('a'), path('b'))


def choose(rng, state, counter):
    files = [p for p, n in state.names.items() if n['t'] == 'f']
    dirs = [p for p, n in state.names.items() if n['t'] == 'd']
    fresh = lambda: (rng.choice(dirs) + '/' + f'n{counter}').lstrip('/')
    kind = rng.choices(['create', 'write', 'append', 'truncate', 'chmod', 'setxattr', 'link', 'unlink', 'rename', 'mkdir', 'rmdir', 'symlink'],
                       [14, 24, 12, 5, 4, 4, 4, 10 if len(files) < 80 else 40, 12, 5, 3, 3])[0]
    if kind == 'create' or not files:
        return {'op': 'create', 'a': fresh(), 'mode': rng.choice([0o600, 0o644, 0o755])}
    if kind in ('write', 'append'):
        a = rng.choice(files)
        size = len(state.names[a]['data'])
        n = rng.choice([1, 100, 1000, 4096, 10_000, 70_000, 200_000])
        off = size if kind == 'append' else rng.randrange(0, size + 5000)
        if off + n > MAX_FILE:
            off = 0
        return {'op': 'write', 'a': a, 'off': off, 'len': n, 'data': rng.randrange(1 << 40)}
    if kind == 'truncate':
        a = rng.choice(files)
        return {'op': 'truncate', 'a': a, 'len': rng.randrange(0, len(state.names[a]['data']) + 3000)}
    if kind == 'chmod':
        return {'op': 'chmod', 'a': rng.choice(files), 'mode': rng.choice([0o600, 0o640, 0o755])}
    if kind == 'setxattr':
        return {'op': 'setxattr', 'a': rng.choice(files), 'name': rng.choice('abc'), 'value': f'v{counter}'}
    if kind == 'link':
        return {'op': 'link', 'a': rng.choice(files), 'b': fresh()}
    if kind == 'unlink':
        return {'op': 'unlink', 'a': rng.choice([p for p, n in state.names.items() if n['t'] != 'd'])} if len(files) > 5 else None
    if kind == 'mkdir':
        return {'op': 'mkdir', 'a': fresh(), 'mode': 0o755} if len(dirs) < 15 else None
    if kind == 'rmdir':
        empty = [d for d in dirs if d and not any(p.startswith(d + '/') for p in state.names)]
        return {'op': 'rmdir', 'a': rng.choice(empty)} if empty else None
    if kind == 'symlink':
        return {'op': 'symlink', 'a': fresh(), 'to': f'to/{counter}'}
    if rng.random() < 0.6:
        a = rng.choice(files)
        b = rng.choice(files) if rng.random() < 0.5 else fresh()
        return None if a == b else {'op': 'rename', 'a': a, 'b': b}
    movable = [d for d in dirs if d]
    if not movable:
        return None
    a = rng.choice(movable)
    to = rng.choice([d for d in dirs if d != a and not d.startswith(a + '/')])
    return {'op': 'rename', 'a': a, 'b': (to + f'/n{counter}').lstrip('/')}


def run(root, journal, seed, seconds):
    state, ops, _ = load(journal)
    for op in ops:
        state.apply(op)
    rng = random.Random(seed)
    out = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    index = len(ops) - 1
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        op = choose(rng, state, len(ops) + rng.randrange(1 << 30))
        if op is None:
            continue
        ops.append(op)
        index += 1
        os.write(out, json.dumps(op).encode() + b'\n')
        try:
            perform(root, op)
        except OSError as e:
            if e.errno in (28,):  # ENOSPC: not done, take it back
                raise SystemExit(28)
            if e.errno in (107, 103, 5, 2):  # the mount died under us
                raise SystemExit(0)
            raise
        state.apply(op)
        if rng.random() < 0.08:
            files = [p for p, n in state.names.items() if n['t'] == 'f']
            if files:
                try:
                    fd = os.open(os.path.join(root, rng.choice(files)), os.O_RDONLY)
                    os.fsync(fd)
                    os.close(fd)
                except OSError:
                    raise SystemExit(0)
                os.write(out, json.dumps({'synced': index}).encode() + b'\n')


def torn(root, state, op, actual):
    """The kernel may cut one write into requests, each of them atomic: the write's first part that explains `actual`."""
    if op['op'] != 'write' or actual.get(op['a'], 'x')[0] != 'f':
        return None
    with open(os.path.join(root, op['a']), 'rb') as f:
        found = f.read()
    for end in range((op['off'] // 4096 + 1) * 4096, op['off'] + op['len'], 4096):
        part = dict(op, cut=end - op['off'])
        old = state.names[op['a']]['data']
        new = State.bytes_of(part)
        if old[:op['off']] + bytes(max(0, op['off'] - len(old))) + new + old[op['off'] + len(new):] == found:
            return part
    return None


def check(root, journal):
    state, ops, synced = load(journal)
    base = pickle.dumps(state)
    actual = real_dump(root)
    match = None
    near = None
    for i in range(-1, len(ops)):
        if i >= 0:
            state.apply(ops[i])
        if i < synced:
            continue
        d = state.dump()
        if d == actual:
            match = i
        elif near is None or i == len(ops) - 1:
            near = (i, d)
        if match is None and i + 1 < len(ops):
            part = torn(root, state, ops[i + 1], actual)
            if part:
                after = pickle.loads(pickle.dumps(state))
                after.apply(part)
                if after.dump() == actual:
                    ops[i + 1] = part
                    match = i + 1
                    break
    if match is None:
        print(f'no prefix from {synced + 1} (last fsync) to {len(ops)} gives this tree')
        i, d = near
        for p in sorted(set(d) | set(actual)):
            if d.get(p) != actual.get(p):
                print(f'  against prefix {i + 1}: {p}: expected {d.get(p)} found {actual.get(p)}')
        raise SystemExit(1)
    print(f'prefix {match + 1} of {len(ops)} operations, {synced + 1} were synced')
    state = pickle.loads(base)
    for op in ops[:match + 1]:
        state.apply(op)
    with open(journal + '.new', 'wb') as f:
        pickle.dump(state, f)
    os.rename(journal + '.new', journal + '.base')
    os.truncate(journal, 0)


if __name__ == '__main__':
    if sys.argv[1] == 'run':
        run(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]) if len(sys.argv) > 5 else 3600)
    else:
        check(sys.argv[2], sys.argv[3])
