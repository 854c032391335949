"""Stats, reads and opens all files of t/, again and again: remount_churn.py MOUNTPOINT TIMES."""
import os, sys
root, times = sys.argv[1], int(sys.argv[2])
for n in range(times):
    for d in range(20):
        base = f'{root}/t/{d}'
        for name in os.listdir(base):
            os.stat(f'{base}/{name}')
            with open(f'{base}/{name}', 'rb') as f:
                f.read(100)
        try:
            os.stat(f'{base}/none-{n}')
        except FileNotFoundError:
            pass
    held = [os.open(f'{root}/t/{n % 20}/{i}', os.O_RDWR) for i in range(100)]
    for fd in held:
        os.close(fd)
