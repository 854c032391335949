"""Reads a whole tree beside what it should be: damage_read.py GOOD MOUNTPOINT BEHIND (damage.sh says what it prints)."""
import errno, os, sys
good, mnt, behind = sys.argv[1:]
refused = []; wrong = []
def attempt(path, fn):
    try: return fn()
    except OSError as e:
        if behind and e.errno == errno.ENOENT: refused.append('MISSING ' + path); return None
        if e.errno != errno.EIO: wrong.append(f'{path}: {e}')
        refused.append(path); return None
def same(path, a, b):
    if b is not None and a != b: wrong.append(f'WRONG {path}')
for base, dirs, files in os.walk(good):
    rel = os.path.relpath(base, good); at = os.path.normpath(os.path.join(mnt, rel))
    names = attempt(rel + '/', lambda: set(os.listdir(at)))
    if behind and names is not None and rel == '.':
        there = [f'f{i}' in names for i in range(1, 9)] + ['dir' in names]
        if there != sorted(there, reverse=True): wrong.append(f'not a tree that ever was: {sorted(names)}')
    if names is not None and not behind and not set(dirs + files) <= names: refused.append(rel + '/:lacks:' + ','.join(set(dirs + files) - names))
    for f in files:
        p, q = os.path.join(base, f), os.path.join(at, f)
        r = os.path.normpath(os.path.join(rel, f))
        if os.path.islink(p): same(r, os.readlink(p), attempt(r, lambda: os.readlink(q))); continue
        same(r, open(p, 'rb').read(), attempt(r, lambda: open(q, 'rb').read()))
        a, st = os.lstat(p), attempt(r, lambda: os.lstat(q))
        if st: same(r, (a.st_mode, a.st_size, a.st_nlink), (st.st_mode, st.st_size, st.st_nlink))
        if rel == 'dir': same(r, os.getxattr(p, 'user.note'), attempt(r + ' xattr', lambda: os.getxattr(q, 'user.note')))
print('\n'.join(sorted(dict.fromkeys(refused))))
if wrong: print('\n'.join(wrong), file=sys.stderr); sys.exit(1)
