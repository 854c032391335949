"""Many files with a mark in their names, contents, attributes and links: marked_files.py FOLDER COUNT MARK."""
import os, sys
root, count, mark = sys.argv[1], int(sys.argv[2]), sys.argv[3]
for i in range(count):
    d = f'{root}/{mark}-folder-{i // 250}'
    if i % 250 == 0:
        os.mkdir(d)
        os.setxattr(d, f'user.{mark}', f'{mark} attribute'.encode())
    p = f'{d}/{mark}-name-{i}.txt'
    with open(p, 'w') as f:
        f.write(f'{mark} content {i}\n' * (1 + i % 400))
    if i % 50 == 0:
        os.symlink(f'{mark}-target', p + '.link')
fd = os.open(root, os.O_RDONLY); os.fsync(fd)
