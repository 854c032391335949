"""40 levels, made, looked at and moved: deep_tree.py NEW-FOLDER PAD-OF-NAMES."""
import errno, os, sys
# By steps: with long names the path is longer than one call can take.
top, pad = sys.argv[1], sys.argv[2]; os.mkdir(top); os.chdir(top)
for i in range(40):
    with open('leaf', 'w') as f: f.write(f'level {i}\n')
    d = f'{i:02d}-{pad}'
    os.mkdir(d); os.chdir(d)
assert os.stat('.').st_nlink == 2
for i in range(39, -1, -1):
    os.chdir('..')
    assert open('leaf').read() == f'level {i}\n', i
    assert os.stat('.').st_nlink == 3, os.stat('.').st_nlink
assert os.getcwd() == top
first = os.listdir('.'); first.remove('leaf')
os.rename(first[0], 'renamed')
try: os.rename('renamed', f'renamed/01-{pad}/into-itself'); sys.exit('a folder went into itself')
except OSError as e: assert e.errno == errno.EINVAL, e
