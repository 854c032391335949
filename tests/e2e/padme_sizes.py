"""Every object of a directory store but the header has a Padme size and a name that says nothing: padme_sizes.py STORE."""
import os, sys
def padme(n):
    if n < 2: return n
    e = n.bit_length() - 1; s = e.bit_length(); m = (1 << (e - s)) - 1
    return (n + m) & ~m
bad = []; names = 0
for base, _, files in os.walk(sys.argv[1]):
    for f in files:
        n = os.path.getsize(os.path.join(base, f)); names += 1
        if f == 'cloudseal-vault': continue
        if padme(n) != n: bad.append((f, n))
        if len(f) != 32 or set(f) - set('0123456789abcdef') or os.path.basename(base) != f[:2]: bad.append((f, 'name'))
print(bad[:5]); sys.exit(bool(bad) or names < 3)
