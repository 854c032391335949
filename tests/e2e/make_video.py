"""An AVI of raw pictures with its index at the end: make_video.py FILE FRAMES."""
import os, struct, sys
path, frames, w, h = sys.argv[1], int(sys.argv[2]), 320, 240
size = w * h * 3
def chunk(name, data): return name + struct.pack('<I', len(data)) + data + b'\0' * (len(data) & 1)
def listed(kind, data): return chunk(b'LIST', kind + data)
avih = struct.pack('<14I', 40000, size * 25, 0, 0x10, frames, 0, 1, size, w, h, 0, 0, 0, 0)
strh = b'vids' + b'DIB ' + struct.pack('<3I', 0, 0, 0) + struct.pack('<7I', 1, 25, 0, frames, size, 0, size) + struct.pack('<4H', 0, 0, w, h)
strf = struct.pack('<IiiHHIIiiII', 40, w, h, 1, 24, 0, size, 0, 0, 0, 0)
head = listed(b'hdrl', chunk(b'avih', avih) + listed(b'strl', chunk(b'strh', strh) + chunk(b'strf', strf)))
index = b''.join(b'00db' + struct.pack('<III', 0x10, 4 + n * (size + 8), size) for n in range(frames))
movi = 4 + frames * (size + 8)
with open(path, 'wb') as f:
    f.write(b'RIFF' + struct.pack('<I', 4 + len(head) + 8 + movi + 8 + len(index)) + b'AVI ' + head)
    f.write(b'LIST' + struct.pack('<I', movi) + b'movi')
    for n in range(frames):
        f.write(b'00db' + struct.pack('<I', size) + os.urandom(size))
    f.write(chunk(b'idx1', index))
