#!/usr/bin/env python3
"""What dev/test makes of made-up tests: runner.py FOLDER. Prints "ok - what" or "not ok - what" per check."""
import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from unittest import mock

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "dev"))
from testing import plan, results, runner, table  # noqa: E402

WORK = os.path.abspath(sys.argv[1])
FAILED = 0
BOTH = r"""printf '[ RUN      ] a\n[       OK ] a\n[  FAILED  ] b\n[  FAILED  ] tests: 1 test(s), listed below:\n[  FAILED  ] b\n'
printf '[  SKIPPED ] f\n[  SKIPPED ] 1 test(s), listed below:\n[  SKIPPED ] f\n'
echo 'ok - c'; echo 'not ok - d'; echo 'skip - e: no such server'; exit 1"""


def left(folder):
    """What still runs with a path of the folder on its command line: not asked of what is tested here."""
    return subprocess.run(["pgrep", "-f", "--", folder + "/"], stdout=subprocess.PIPE, text=True).stdout.split()


def check(what, got, want):
    global FAILED
    if got == want:
        print("ok -", what)
    else:
        print(f"not ok - {what}: {got!r}, not {want!r}")
        FAILED += 1


def program(name, text):
    path = os.path.join(WORK, name)
    with open(path, "w") as f:
        f.write("#!/bin/bash\n" + text + "\n")
    os.chmod(path, 0o755)
    return path


def ran(text, seconds=60, name="made-up"):
    """(result, line, job) of one test of that text."""
    total, jobs, said = results.Total(), [], io.StringIO()
    logs = os.path.join(WORK, "logs")
    os.makedirs(logs, exist_ok=True)
    with contextlib.redirect_stdout(said):
        runner.run([plan.Test(name, seconds, program("test", text))], 1, logs, lambda job: (jobs.append(job), total.add(job)))
    return total, said.getvalue().rstrip("\n"), jobs[0]


def counted(what, text, closing, told):
    total, line, _ = ran(text)
    check(f"{what}: counted", total.closing_line(), closing)
    check(f"{what}: told", line.partition("s  ")[2].partition(" (log")[0].partition("; log")[0], told)


def counting():
    counted("silent", "true", "1 passed, 0 failed, 0 skipped", "ok, 1")
    counted("silent and wrong", "exit 3", "0 passed, 1 failed, 0 skipped", "FAILED: 1 of 1 (exit 3")
    counted("ok lines", "echo ok - a; echo ok - b", "2 passed, 0 failed, 0 skipped", "ok, 2")
    counted("a failed check, and exit 0 in spite of it", "echo ok - a; echo not ok - b", "1 passed, 1 failed, 0 skipped", "FAILED: 1 of 2 (exit 1")
    counted("a check left out", "echo ok - a; echo 'skip - b: no root'", "1 passed, 0 failed, 1 skipped", "ok, 1; SKIPPED 1: b: no root")
    counted("all left out", "echo skip - no compiler; exit 77", "0 passed, 0 failed, 1 skipped", "SKIPPED: skip - no compiler")
    counted("lines of both kinds", BOTH, "2 passed, 2 failed, 2 skipped", "FAILED: 2 of 4 (exit 1")
    counted("a closing line", "echo ok - a; echo '7 passed, 0 failed, 2 skipped'", "7 passed, 0 failed, 2 skipped", "ok, 7; SKIPPED 2: ")
    counted("two closing lines: the last", "echo '7 passed, 1 failed, 0 skipped'; echo '8 passed, 0 failed, 0 skipped'",
            "8 passed, 0 failed, 0 skipped", "ok, 8")
    counted("a closing line, and a bad exit", "echo '7 passed, 0 failed, 0 skipped'; exit 2", "7 passed, 1 failed, 0 skipped", "FAILED: 1 of 8 (exit 2")
    counted("a crash", "echo ok - a; kill -SEGV $$", "1 passed, 1 failed, 0 skipped", "FAILED: 1 of 2 (exit 139")
    counted("what is no text", r"printf '\377\n'; echo ok - a", "1 passed, 0 failed, 0 skipped", "ok, 1")
    total, line, _ = ran("echo 'not ok - the reason'; exit 1")
    check("the line of a test", line.startswith("made-up" + " " * 38 + "   0s  FAILED: 1 of 1 (exit 1; log "), True)
    check("why it failed is kept for the end", total.failures[0].splitlines()[1:], ["    not ok - the reason"])


def ending():
    total, line, job = ran("sleep 1000", 1)
    check("one that hangs", (line.partition("s  ")[2].partition(" (log")[0], job.code), ("FAILED: killed after 1 s", 124))
    check("counts as failed", total.closing_line(), "0 passed, 1 failed, 0 skipped")
    _, _, job = ran("sleep 1000 & trap '' TERM; exec >/dev/null; wait; sleep 1000", 1)
    check("one that hangs and does not listen", job.code, 137)
    with open(job.log[:-4] + ".result") as f:
        check("its .result", f.read().split()[0], "137")
    _, _, job = ran('mkdir "$TMPDIR/in"; setsid bash -c "exec -a \\"$TMPDIR/daemon\\" sleep 1000" & sleep 1000 & disown -a; sleep 0.3; echo ok - a')
    check("nothing is left of one that leaves processes behind", left(job.folder), [])
    in_session = subprocess.run(["pgrep", "-r", "R,S,D", "-s", str(job.process.pid)], stdout=subprocess.PIPE, text=True).stdout
    check("nor in its session", in_session, "")
    check("nor its folder", os.path.exists(job.folder), False)
    check("and it is taken for what it said", job.code, 0)


def others():
    """What a test started as another user is left: neither is it an error, nor does it stop what runs."""
    p = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    with mock.patch.object(runner.os, "kill", side_effect=PermissionError):
        try:
            check("a process of another user is counted, and left", runner.kill(p.pid, WORK, signal.SIGKILL), 1)
        except PermissionError as e:
            check("a process of another user is counted, and left", e, 1)
    p.kill()
    p.wait()
    with mock.patch.object(runner.Job, "sweep", side_effect=OSError("no room")):
        jobs = []
        with contextlib.redirect_stdout(io.StringIO()):
            t = threading.Thread(target=runner.run, daemon=True,
                                 args=([plan.Test("a", 60, program("test", "true"))], 1, os.path.join(WORK, "logs"), jobs.append))
            t.start()
            t.join(20)
    check("a test that cannot be cleared away fails, and the others go on", [job.code for job in jobs], [1])


def ignoring():
    before = {s: signal.signal(s, signal.SIG_IGN) for s in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)}
    counted("what its caller ignores a test does not", "exec grep -q 'SigIgn:.*[08]$' /proc/self/status", "1 passed, 0 failed, 0 skipped", "ok, 1")
    for s, handler in before.items():
        signal.signal(s, handler)


def ended_by(how, slow=0):
    """dev/test's runner in a process of its own, stopped while two tests run: what it printed, and what was left. It is
    `slow` seconds late to know that it has started one."""
    text = program("long", f'echo "$TMPDIR" >>{WORK}/folders; setsid -f bash -c "exec -a $TMPDIR/daemon sleep 1000"; sleep 1000')
    driver = (f"import sys, signal; sys.dont_write_bytecode = True; sys.path.insert(0, {os.path.join(ROOT, 'dev')!r})\n"
              "from testing import plan, runner\n"
              "import subprocess, time\n"
              "class Late(subprocess.Popen):\n"
              f"  def __init__(self, *a, **k): super().__init__(*a, **k); time.sleep({slow})\n"
              "subprocess.Popen = Late\n"
              "signal.signal(signal.SIGTERM, runner.stop); signal.signal(signal.SIGINT, runner.stop)\n"
              f"try: runner.run([plan.Test(n, 600, {text!r}) for n in 'abc'], 2, {WORK!r}, print)\n"
              "except runner.Stopped: print('stopped'); sys.exit(130)\n")
    open(f"{WORK}/folders", "w").close()
    p = subprocess.Popen([sys.executable, "-c", driver], stdout=subprocess.PIPE, text=True, start_new_session=True)
    end = time.monotonic() + 60
    while len(open(f"{WORK}/folders").read().split()) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    p.send_signal(how)
    out = p.communicate(timeout=60)[0]
    folders = open(f"{WORK}/folders").read().split()
    running = [pid for folder in folders for pid in left(folder)]
    return out, p.returncode, len(folders), running, [f for f in folders if os.path.exists(f)]


def stopping():
    for how in (signal.SIGTERM, signal.SIGINT):
        check(f"stopped by {how.name}: two ran, the third never began, nothing is left", ended_by(how), ("stopped\n", 130, 2, [], []))
    check("stopped while one is being started: that one is ended, too", ended_by(signal.SIGTERM, 1), ("stopped\n", 130, 2, [], []))


def planning():
    os.makedirs("tests/some", exist_ok=True)
    for name, head in (("quick", ""), ("slow", "# timeout: 900"), ("long", "# full only: hours"), ("lone", "# alone: it measures time")):
        with open(f"tests/some/{name}.sh", "w") as f:
            f.write(f"#!/bin/sh\n# what it is\n{head}\n")
        os.chmod(f"tests/some/{name}.sh", 0o755)
    open("tests/some/part.sh", "w").close()  # not executable: a part of others

    def names(patterns, full=False):
        return [(t.name, t.seconds, t.alone) for t in plan.wanted(patterns, full, "build") if t.name != "static-rules"]

    everyday = [("some/slow.sh", 900, False), ("some/lone.sh", 300, True), ("some/quick.sh", 300, False)]
    check("the longest first; marks are seen", names([]), everyday)
    check("with --full those too that say so, and twenty times as long", names(["l"], True),
          [("some/slow.sh", 18000, False), ("some/lone.sh", 6000, True), ("some/long.sh", 6000, False)])
    check("a pattern", names(["quick", "nothing"]), everyday[2:])
    check("a pattern as the shell has them", names(["s*w"]), everyday[:1])


def writing():
    old = table.HEAD.format(machine="x") + "| a | 1234567 | 2026-01-01 | 1 s | 1 | ok, 1 |\n| b | 1234567 | 2026-01-01 | 2 s | 1 | ok, 1 |\n\n## Said\n| no | row |\n"
    new = [("b", "| 3 s | 4 | ok, 4 |")]
    row = "| b | 89abcde | 2026-02-02 | 3 s | 4 | ok, 4 |"
    check("of some tests the rows are changed", table.merged(new, old, True, "89abcde", "2026-02-02"), [old.splitlines()[6], row])
    check("of all tests the rows are new", table.merged(new, old, False, "89abcde", "2026-02-02"), [row])
    check("what is below stays", table.below(old), "\n## Said\n| no | row |\n")


counting()
ending()
others()
ignoring()
stopping()
os.chdir(WORK)
planning()
writing()
sys.exit(FAILED > 0)
