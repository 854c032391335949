"""Runs tests, some at a time: each in a session and TMPDIR of its own, killed whole at its limit or when all is stopped.

A thread for each test that runs; the main thread starts them and takes what they say through a queue, so that a signal finds
it waiting. What a test leaves behind is ended: its session, and whatever was started with a path of its TMPDIR."""
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time

REMOVE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "remove")


class Stopped(Exception):
    """SIGINT or SIGTERM came."""


class Signals:
    """SIGINT and SIGTERM raise Stopped in the main thread, but not within `with`: there it is raised behind it, so that
    what has been started by then is known."""

    def __init__(self):
        self.waits = self.came = False

    def __enter__(self):
        self.waits = True

    def __exit__(self, *_):
        self.waits = False
        if self.came:
            raise Stopped

    def stop(self, _signal, _frame):
        for s in (signal.SIGINT, signal.SIGTERM):
            signal.signal(s, signal.SIG_IGN)
        self.came = True
        if not self.waits:
            raise Stopped


SIGNALS = Signals()
stop = SIGNALS.stop


def hear():
    """What this program was told to ignore (nohup, a shell's background) its tests do not: a handler is the default again after exec."""
    for s in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(s) is signal.SIG_IGN:
            signal.signal(s, lambda *_: None)


KERNEL = 0x200000  # PF_KTHREAD


def processes(session, folder):
    """Ids of the processes of the session and of those with a path in the folder on their command line; 0 for one that
    cannot be told, since it is just becoming another program."""
    within = os.fsencode(folder) + b"/"
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", "rb") as f:
                fields = f.read().rpartition(b")")[2].split()
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                line = f.read()
        except OSError:
            continue  # it ended meanwhile
        if fields[0] == b"Z" or int(pid) == os.getpid():
            continue
        if int(fields[3]) == session or within in line:
            yield int(pid)
        elif not line and not int(fields[6]) & KERNEL:
            yield 0


def kill(session, folder, how):
    """Sends a signal to all of them; how many there were, with those that cannot be told."""
    found = list(processes(session, folder))
    for pid in filter(None, found):
        try:
            os.kill(pid, how)
        except OSError:
            pass  # it ended meanwhile, or another user's: a test may have sudo
    return len(found)


class Job:
    """A test that runs. `code` is as the shell has it: 128 and the signal, 124 or 137 when its time was over."""

    def __init__(self, test, log):
        self.test, self.log, self.start, self.took, self.code = test, log, time.monotonic(), 0, 1
        self.folder = tempfile.mkdtemp(prefix="cs.", dir="/tmp")
        os.chmod(self.folder, 0o755)
        with open(log, "wb") as out:
            try:
                self.process = subprocess.Popen(
                    [test.program], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                    env=dict(os.environ, TMPDIR=self.folder), start_new_session=True)
            except OSError as e:
                out.write(f"{test.program}: {e.strerror}\n".encode())
                self.process = None
                self.code = 127

    def over(self):
        """Its time is over: asked to end, and ten seconds later killed."""
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
            return 124
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            return 137

    def wait(self):
        """Until it ended and nothing is left of it."""
        if self.process:
            try:
                code = self.process.wait(self.test.seconds)
                self.code = 128 - code if code < 0 else code
            except subprocess.TimeoutExpired:
                self.code = self.over()
        self.took = int(time.monotonic() - self.start)
        self.sweep()
        with open(self.log[:-len(".log")] + ".result", "w") as f:
            f.write(f"{self.code} {self.took}\n")

    def stop(self):
        if self.process:
            kill(self.process.pid, self.folder, signal.SIGTERM)
            time.sleep(1)
        self.sweep()

    def sweep(self):
        """Again until there is none: one that is being made when the others are killed would escape."""
        for _ in range(10):
            if not kill(self.process.pid if self.process else -1, self.folder, signal.SIGKILL):
                break
            time.sleep(0.02)
        subprocess.run([REMOVE, self.folder], stderr=subprocess.DEVNULL)


def run(tests, at_a_time, logs, ended):
    """Runs them all; ended(job) is told of each, in the order in which they end. Stopped when a signal came, with all of them ended."""
    hear()
    done, running = queue.Queue(), set()

    def one_ends():
        job = done.get()
        running.remove(job)
        ended(job)

    def wait_for(job):
        try:
            job.wait()
        except OSError as e:
            job.code = job.code or 1  # it counts as failed, and the others go on
            print(f"{job.test.name}: {e}", flush=True)
        finally:
            done.put(job)

    def begin(test):
        with SIGNALS:
            job = Job(test, os.path.join(logs, test.name.replace("/", "-") + ".log"))
            running.add(job)
        threading.Thread(target=wait_for, args=(job,), daemon=True).start()

    try:
        for test in tests:
            if len(running) >= at_a_time:
                one_ends()
            begin(test)
        while running:
            one_ends()
    except Stopped:
        for job in running:
            job.stop()
        raise
