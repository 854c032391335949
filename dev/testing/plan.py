"""What dev/test runs: the programs, their limits and marks."""
import fnmatch
import glob
import os
import re
from dataclasses import dataclass


@dataclass
class Test:
    """`seconds`: its limit. `target`: of the build, what has to be made for it. `alone`: nothing else may run beside it."""

    name: str
    seconds: int
    program: str
    target: str = ""
    alone: bool = False


def marks(path):
    """(seconds, full only, alone) as the head of a shell test says: "# timeout: SECONDS", "# full only", "# alone: WHY"."""
    with open(path, encoding="utf-8", errors="replace") as f:
        head = [line for _, line in zip(range(30), f)]
    seconds = [int(m[1]) for m in (re.match(r"# timeout: (\d+)", line) for line in head) if m]
    said = head[1:15]
    return (
        seconds[0] if seconds else 300,
        any(line.startswith("# full only") for line in said),
        any(line.startswith("# alone") for line in said),
    )


def programs(full, build):
    """What is no shell test."""
    yield Test("static-rules", 300, "dev/check")
    if os.access("tests/model/run", os.X_OK):
        yield Test("model", 3600 if full else 300, "tests/model/run")
    for source in sorted(glob.glob("tests/unit/test_*.c")):
        name = os.path.basename(source)[len("test_"):-len(".c")]
        yield Test("unit/" + name, 600, f"{build}/tests/unit-{name}", f"tests/unit-{name}")
    drivers = (
        ("remote", 600, "tests/conformance"),
        ("sim", 7200 if full else 900, "tests/sim"),
        ("act", 7200 if full else 300, "tests/act-driver"),
    )
    for name, seconds, target in drivers:
        if os.access(f"tests/{name}/run", os.X_OK):
            yield Test(name, seconds, f"tests/{name}/run", target)


def shell_tests(full):
    """Those that may take longest first, so that none is left over at the end."""
    found = []
    for path in sorted(glob.glob("tests/*/*.sh")):
        if not os.access(path, os.X_OK):
            continue
        seconds, full_only, alone = marks(path)
        if full or not full_only:
            found.append(Test(path[len("tests/"):], seconds * 20 if full else seconds, path, alone=alone))
    return sorted(found, key=lambda t: (-t.seconds, t.name))


def wanted(patterns, full, build):
    """All, or those whose name has one of the patterns (of the shell's kind) in it."""
    tests = [*programs(full, build), *shell_tests(full)]
    return [t for t in tests if not patterns or any(fnmatch.fnmatchcase(t.name, f"*{p}*") for p in patterns)]
