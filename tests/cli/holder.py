"""Holds something of a mount in one of the ways that there are: holder.py HOW PATH [OTHER]. Says "ready", and holds it until its input ends.
OTHER: for `handle` a directory of the mount that the handle is opened by; for `passed` nothing."""
import ctypes, mmap, os, socket, struct, sys, threading
how, path = sys.argv[1:3]
libc = ctypes.CDLL(None, use_errno=True)
kept = []


def file():
    kept.append(os.open(path, os.O_RDWR))
    return kept[-1]


def mapping(fd):
    kept.append(mmap.mmap(fd, 4096))
    os.close(kept.pop(0))


def by_handle():
    class Handle(ctypes.Structure):
        _fields_ = [("bytes", ctypes.c_uint), ("type", ctypes.c_int), ("f", ctypes.c_ubyte * 128)]

    h, mount = Handle(bytes=128), ctypes.c_int()
    at = os.open(sys.argv[3], os.O_RDONLY)
    if libc.name_to_handle_at(-100, path.encode(), ctypes.byref(h), ctypes.byref(mount), 0):
        sys.exit("name_to_handle_at: " + os.strerror(ctypes.get_errno()))
    fd = libc.open_by_handle_at(at, ctypes.byref(h), os.O_RDWR)
    if fd < 0:
        sys.exit("open_by_handle_at: " + os.strerror(ctypes.get_errno()))
    os.close(at)
    kept.append(fd)


def by_proc():
    fd = file()
    kept.append(os.open(f"/proc/self/fd/{fd}", os.O_RDONLY))
    os.close(kept.pop(0))


def by_map():
    mapping(file())
    address = next(line.split()[0] for line in open("/proc/self/maps") if path in line)
    start, end = (int(x, 16) for x in address.split("-"))
    kept.append(os.open(f"/proc/self/map_files/{start:x}-{end:x}", os.O_RDONLY))
    kept.pop(0).close()


def passed():
    kept.extend(socket.socketpair())
    fd = os.open(path, os.O_RDWR)
    kept[0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", fd))])
    os.close(fd)


def thread():
    there = threading.Event()

    def run():
        if libc.unshare(0x200):  # CLONE_FS
            os._exit(1)
        os.chdir(path)
        there.set()
        threading.Event().wait()

    threading.Thread(target=run, daemon=True).start()
    there.wait()


ways = {
    "file": file,
    "mapping": lambda: mapping(file()),
    "removed": lambda: (mapping(file()), os.unlink(path)),
    "path": lambda: kept.append(os.open(path, os.O_PATH)),
    "directory": lambda: kept.append(os.open(path, os.O_RDONLY | os.O_DIRECTORY)),
    "cwd": lambda: os.chdir(path),
    "root": lambda: os.chroot(path),
    "thread": thread,
    "handle": by_handle,
    "proc": by_proc,
    "map_files": by_map,
    "passed": passed,
}
ways[how]()
print("ready", flush=True)
sys.stdin.read()
