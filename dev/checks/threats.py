"""Each row of docs/threat-model.md names a mechanism with a source that is there, and tests that are there and play it, or "step N".

In the last cell a test is `FOLDER/NAME` below tests/, a unit test without its "test_", and behind a colon what of it plays the attack:
functions of cmocka with commas between, or what a check of a shell test says."""
import os
import re

from checks.report import read

PAGE = "docs/threat-model.md"
LEAST = 60
SOURCE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+)`")


def test_file(name):
    """The file of a test as the page calls it, None when there is none."""
    folder, _, rest = name.partition("/")
    for path in (f"tests/unit/test_{rest}.c" if folder == "unit" else f"tests/{name}.sh", f"tests/fuzz/{rest}.c", f"tests/{name}.py", f"tests/{name}"):
        if os.path.isfile(path):
            return path
    return None


def plays(path, what):
    """Those of what is named that are not in it."""
    text = read(path)
    if not path.endswith(".c"):
        return [] if what in text else [what]
    return [f for f in what.split(",") if not re.search(r"(?:cmocka_unit_test\w*|\bT|\bTEST)\(" + re.escape(f) + r"\b", text)]


def tests(cell):
    """What is wrong with the tests that a cell names."""
    named = re.findall("`([^`]+)`", cell)
    if not named and not re.search(r"step \d", cell):
        yield "names no test and no step"
    for one in named:
        name, _, what = one.partition(":")
        path = test_file(name)
        if not path:
            yield f"there is no test {name}"
        else:
            yield from (f"{path} has no {f}" for f in (plays(path, what) if what else []))


def rows(report):
    last = 0
    for line in read(PAGE).splitlines():
        m = re.match(r"\| (\d+) \| (.*) \|$", line)
        if not m:
            continue
        cells = m[2].split(" | ")
        if int(m[1]) != last + 1:
            report.say(f"{PAGE}: row {m[1]} comes after row {last}")
        last = int(m[1])
        if len(cells) != 3 or not all(c.strip() for c in cells):
            report.say(f"{PAGE}: row {m[1]} has to have an attack, a mechanism and a test")
            continue
        found = SOURCE.findall(cells[1])
        if not found and not re.match(r"step \d", cells[2]):
            report.say(f"{PAGE}: row {m[1]} names no source")
        for wrong in [f"there is no {s}" for s in found if not os.path.isfile(s)] + list(tests(cells[2])):
            report.say(f"{PAGE}: row {m[1]}: {wrong}")
    if last < LEAST:
        report.say(f"{PAGE}: {last} rows, and at least {LEAST}")


RULES = [rows]
