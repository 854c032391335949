"""sync_progress.py SOCKET N: asks a daemon to sync; exit 0 when it sends N lines of progress, 1 when it does not in time."""
import json
import socket
import sys

path, wanted = sys.argv[1], int(sys.argv[2])
peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
peer.settimeout(20)
peer.connect(path)
peer.sendall(json.dumps({"op": "sync", "timeout": 60}).encode() + b"\n")
lines = peer.makefile()
seen = 0
while seen < wanted:
    try:
        answer = json.loads(lines.readline())
    except TimeoutError:
        sys.exit(f"{seen} lines of progress, then nothing")
    if "progress" not in answer:
        sys.exit(f"{seen} lines of progress, then {answer}")
    seen += 1
