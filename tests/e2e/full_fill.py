"""Writes until ENOSPC; everything accepted and fsynced must be right afterwards."""
import errno, hashlib, json, os, sys
root = sys.argv[1]; kept = {}
for i in range(100000):
    data = os.urandom(900_000); name = f'fill{i}'
    if i == 400: sys.exit('never full')
    try:
        with open(f'{root}/{name}', 'xb', buffering=0) as f:
            n = 0
            while n < len(data): n += f.write(data[n:])
            os.fsync(f.fileno())
    except OSError as e:
        assert e.errno == errno.ENOSPC, e
        print('ENOSPC after', i, 'files'); break
    kept[name] = hashlib.sha256(data).hexdigest()
for n, h in kept.items():
    assert hashlib.sha256(open(f'{root}/{n}', 'rb').read()).hexdigest() == h, n
json.dump(kept, open(sys.argv[2], 'w'))
