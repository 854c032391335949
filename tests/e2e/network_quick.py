"""Each step within 50 ms while nothing comes from the store. A machine with other work stalls anybody now and then, so a step
may try again, in all 5 times in 20; a step that waits for the store never gets there. With a third argument the medians of a
run before the stall: where the machine did not keep to 50 ms then either, three times that median is the limit."""
import json, os, sys, time
root = sys.argv[1]; slow = {}; seen = {}
def timed(what, f):
    for _ in range(20):
        t = time.monotonic(); f(); d = time.monotonic() - t
        seen.setdefault(what, []).append(d); slow[what] = slow.get(what, 0) + (d > 0.05); time.sleep(0.005)
timed('list', lambda: os.listdir(f'{root}/dir'))
timed('stat', lambda: os.lstat(f'{root}/dir/{len(seen["list"])}'))
timed('stat of a cold file', lambda: os.lstat(f'{root}/cold1'))
timed('small cached read', lambda: open(f'{root}/warm', 'rb').read())
def cached():
    fd = os.open(f'{root}/warm2', os.O_RDONLY); os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED); os.pread(fd, 65536, 1000000); os.close(fd)
timed('cached block', cached)
def create():
    with open(f'{root}/new{time.monotonic_ns()}', 'w') as f: f.write('x')
timed('create and write', create)
def small():
    fd = os.open(f'{root}/small', os.O_CREAT | os.O_WRONLY | os.O_APPEND); os.write(fd, b'y' * 4000); os.close(fd)
timed('append', small)
for k, v in seen.items(): print(f'{k}: median {sorted(v)[10] * 1000:.1f} ms, worst {max(v) * 1000:.1f} ms, {slow[k]} over 50 ms')
median = {k: sorted(v)[10] for k, v in seen.items()}
if len(sys.argv) < 4: json.dump(median, open(sys.argv[2], 'w')); sys.exit()
before = json.load(open(sys.argv[2])); print('medians before, ms:', {k: round(v * 1000, 1) for k, v in before.items()})
for k, v in seen.items(): slow[k] = sum(d > max(0.05, 3 * before[k]) for d in v)
sys.exit(any(n > 5 for n in slow.values()) or any(max(v) > 2 for v in seen.values()))
