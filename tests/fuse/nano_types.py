"""nano on a terminal: a line is put before what is in the file: nano_types.py FILE."""
import os, pty, select, sys, time
pid, fd = pty.fork()
if not pid:
    os.environ['TERM'] = 'xterm'
    os.execvp('nano', ['nano', '-I', '-B', '-G', sys.argv[1]])
screen, end = b'', time.time() + 30
def shown(what):
    global screen
    while what not in screen:
        if not select.select([fd], [], [], max(0, end - time.time()))[0]: sys.exit(f'no {what} in {screen}')
        screen += os.read(fd, 4096)
    screen = b''
shown(b'nano.txt'); os.stat(os.path.dirname(sys.argv[1]) + '/.nano.txt.swp')
os.write(fd, b'zero\r\x0f'); shown(b'Write'); os.write(fd, b'\r'); shown(b'Wrote'); os.write(fd, b'\x18')
try:
    while os.read(fd, 4096): pass
except OSError: pass # its end of the terminal is closed
sys.exit(os.waitpid(pid, 0)[1] != 0)
