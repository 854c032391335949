"""Reads files that begin with the sum of their rest, and notes which is not so: torn_reader.py FOLDER NOTES STOP."""
import hashlib, os, sys, time
root, notes, stop = sys.argv[1:]
reads = 0
while not os.path.exists(stop):
    for name in os.listdir(root):
        try:
            if name.endswith('.part') or not os.path.isfile(f'{root}/{name}'): continue
            first, rest = open(f'{root}/{name}', 'rb').read().split(b'\n', 1)
        except OSError:
            continue  # the store is away: no bytes are no wrong bytes
        except ValueError:
            first, rest = b'', b''
        reads += 1
        if hashlib.sha256(rest).hexdigest() != first[:64].decode(errors='replace'):
            open(notes, 'a').write(f'{name}: {len(rest)} bytes are not what was written\n')
    time.sleep(0.2)
open(notes + '.reads', 'w').write(f'{reads}\n')
