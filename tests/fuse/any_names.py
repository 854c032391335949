"""Files with names of 255 bytes and of any bytes: any_names.py NEW-FOLDER."""
import os, sys
d = os.fsencode(sys.argv[1]); os.mkdir(d)
names = [b'x' * 255, bytes(range(1, 47)), bytes(range(48, 256)), b'\xff\xfe', ' lead'.encode(), b'new\nline', 'é'.encode(), 'e\u0301'.encode(), b'-rf', b'a.' * 127]
for i, n in enumerate(names):
    with open(os.path.join(d, n), 'wb') as f: f.write(b'%d' % i)
assert sorted(os.listdir(d)) == sorted(names), 'listing differs'
for i, n in enumerate(names):
    with open(os.path.join(d, n), 'rb') as f: assert f.read() == b'%d' % i
try:
    open(os.path.join(d, b'y' * 256), 'wb'); sys.exit('256 bytes accepted')
except OSError as e:
    assert e.errno == 36, e
