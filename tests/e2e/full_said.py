"""Fills what is left; status must say so while a write is refused."""
import errno, json, os, re, subprocess, sys, time
end = time.monotonic() + 60
while time.monotonic() < end:
    try:
        with open(sys.argv[1], 'xb', buffering=0) as f: f.write(os.urandom(1 << 20)); os.fsync(f.fileno())
        sys.argv[1] += '+'
    except OSError as e:
        if e.errno != errno.ENOSPC: raise
        said = lambda *how: subprocess.check_output([os.environ['CLOUDSEAL'], 'status', 'v', *how], text=True)
        if 'full' in json.loads(said('--json'))['local'] and re.search('LOCAL DISK *full', said()): sys.exit(0)
        if os.path.exists(sys.argv[1]): os.unlink(sys.argv[1])
        time.sleep(0.2)
sys.exit('status never said that the disk is full')
