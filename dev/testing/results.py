"""What a test's log and exit code say."""
import re
from dataclasses import dataclass, field

from testing.build import why

CLOSING = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.M)
KILLED = (124, 137)
SKIPPED = 77


@dataclass
class Result:
    name: str
    took: int
    passed: int
    failed: int
    skipped: int
    what: str

    def bad(self):
        return self.what.startswith("FAILED")

    def line(self):
        return f"{self.name:<44} {self.took:4d}s  {self.what}"

    def row(self):
        return self.name, f"| {self.took} s | {self.passed} | {self.what} |"


def counts(text, code):
    """(passed, failed, skipped) by its closing line, or else by the lines of its checks: ours or cmocka's."""
    closing = CLOSING.findall(text)
    if closing:
        passed, failed, skipped = map(int, closing[-1])
    elif code == SKIPPED:
        passed, failed, skipped = 0, 0, 1
    else:
        passed = len(re.findall(r"^(?:ok - |\[       OK \])", text, re.M))
        # cmocka names a test that failed or was skipped at once and again in the end
        skipped = len(set(re.findall(r"^(?:skip - .*|\[  SKIPPED \] [^ \n]+)$", text, re.M)))
        failed = len(set(re.findall(r"^(?:not ok - .*|\[  FAILED  \] [^ \n]+)$", text, re.M)))
        passed = passed or (1 if code == 0 else 0)
    if code not in (0, SKIPPED):
        failed = failed or 1
    return passed, failed, skipped


def told(text, code, log, took, numbers):
    """What the line of a test says after its time."""
    passed, failed, skipped = numbers
    if code == 0 and failed:
        code = 1
    if code == 0:
        reasons = ";".join(re.findall(r"^skip - (.*)", text, re.M))[:200]
        return f"ok, {passed}" + (f"; SKIPPED {skipped}: {reasons}" if skipped else "")
    if code == SKIPPED:
        return "SKIPPED: " + (text.splitlines() or [""])[-1]
    if code in KILLED:
        return f"FAILED: killed after {took} s (log {log})"
    return f"FAILED: {failed} of {passed + failed} (exit {code}; log {log})"


def result(job):
    with open(job.log, encoding="utf-8", errors="replace") as f:
        text = f.read()
    numbers = counts(text, job.code)
    return Result(job.test.name, job.took, *numbers, told(text, job.code, job.log, job.took, numbers))


@dataclass
class Total:
    """Of all tests that ended: add() prints a line of each."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    rows: list = field(default_factory=list)
    failures: list = field(default_factory=list)

    def add(self, job):
        r = result(job)
        self.passed, self.failed, self.skipped = self.passed + r.passed, self.failed + r.failed, self.skipped + r.skipped
        print(r.line(), flush=True)
        self.rows.append(r.row())
        if r.bad():
            self.failures.append(f"{r.name}: {r.what}\n{why(job.log)}")

    def closing_line(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
