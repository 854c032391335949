"""A service manager's end of a user unit: service_manager.py ADDRESS MOUNTPOINT COMMAND...
A service manager's end: takes READY=1, reads through the mount, ends the daemon, takes STOPPING=1."""
import os, signal, socket, subprocess, sys
address, mount, argv = sys.argv[1], sys.argv[2], sys.argv[3:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + address[1:] if address[0] == "@" else address)
s.settimeout(200)
p = subprocess.Popen(argv, env=dict(os.environ, NOTIFY_SOCKET=address))
try:
    first = s.recv(65536).decode().split("\n")
    assert "READY=1" in first and "STATUS=mounted at " + mount in first, first
    assert os.path.ismount(mount), "ready, and not mounted"
    p.send_signal(signal.SIGTERM)
    last = s.recv(65536).decode().split("\n")
    assert "STOPPING=1" in last and any(x.startswith("STATUS=") for x in last), last
    assert p.wait(200) == 0, p.returncode
    assert not os.path.ismount(mount), "ended, and still mounted"
finally:
    p.kill()
