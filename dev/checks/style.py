"""Rules of form: sizes, names, maps, words, formatting, no left-over markers."""
import fnmatch
import glob
import os
import re
import shutil

from checks.report import files, grep, read, run
from checks.source import functions, nested_ternaries
from testing import variant

FILE_LINES, FUNCTION_LINES, PARAMETERS = 600, 50, 6
SCRIPTS = ("*.c", "*.h", "*.sh", "*.py", "dev", ".ci", "tests/*/run", "tests/helpers", "tests/servers", "bench")
# How often each is still broken: numbers that only go down.
LEFT = {"files": 0, "functions": 0, "parameters": 0, "ternaries": 0, "words": 0}


def sizes(report):
    long = [(f, n) for f in dict.fromkeys(files(*SCRIPTS)) if (n := read(f).count("\n")) > FILE_LINES]
    report.ratchet(f"files over {FILE_LINES} lines", LEFT["files"], [f"{f}: {n} lines (at most {FILE_LINES})" for f, n in long])


def code(report):
    """Functions and what is in them."""
    long, wide, nested = [], [], []
    for path in files("*.c", "*.h"):
        text = read(path)
        for f in functions(text):
            if f.lines > FUNCTION_LINES:
                long.append(f"{path}:{f.line}: {f.name} has {f.lines} lines (at most {FUNCTION_LINES} a function)")
            # What libfuse calls has the parameters that it gives.
            if len(f.parameters) > PARAMETERS and not f.parameters[0].startswith("fuse_req_t "):
                wide.append(f"{path}:{f.line}: {f.name} has {len(f.parameters)} parameters (at most {PARAMETERS})")
        nested += [f"{path}:{line}: a ternary in a ternary" for line in nested_ternaries(text)]
    report.ratchet(f"functions over {FUNCTION_LINES} lines", LEFT["functions"], long)
    report.ratchet(f"functions of more than {PARAMETERS} parameters", LEFT["parameters"], wide)
    report.ratchet("ternaries in ternaries", LEFT["ternaries"], nested)


def names_file(name, path, folder):
    rest = path[len(folder) + 1:]
    return fnmatch.fnmatchcase(rest, name) or os.path.splitext(rest)[0] == re.sub(r"\.c$", "", name)


def maps(report):
    """Each folder's README names every file in it (a header by its .c, too; or by a pattern), and no others."""
    for readme in files("*README.md"):
        folder = os.path.dirname(readme)
        if not folder or folder.startswith("tests/"):
            continue
        names = re.findall(r"`([A-Za-z0-9_./*-]+)`", read(readme))
        inside = {re.sub(r"/.*", "/", f[len(folder) + 1:]) for f in files(folder)}
        for f in sorted(inside - {"README.md", "meson.build", "fuse/"}):
            if not any(names_file(n, f"{folder}/{f}", folder) for n in names):
                report.say(f"{readme}: does not name {f}")
        for n in names:
            if re.search(r"\.[ch]$", n) and not any(glob.glob(os.path.join(d, n)) for d in (folder, ".", f"{folder}/fuse", "tests")):
                report.say(f"{readme}: there is no {n}")


def words(report):
    """Words that have others in their place (docs/glossary.md), by dev/words: REGEX, WHERE, INSTEAD, between tabs."""
    if not os.path.exists("dev/words"):
        return
    hits = []
    for row in read("dev/words").splitlines():
        if row and not row.startswith("#"):
            pattern, where, instead = row.split("\t")
            hits += [f"{hit[:200]}: say {instead}" for hit in grep(pattern, *where.split(), ":!dev/words", ":!docs/glossary.md", ":!CHANGELOG.md")]
    report.ratchet("old words", LEFT["words"], hits)


def named(report):
    """What the documents name is there; after a move: dev/names --fix."""
    for hit in run("dev/names").stdout.splitlines():
        report.say(hit + " (where something moved only: dev/names --fix)")


def threaded(report):
    """What dev/tsan runs is there: a pattern of no unit test would stop it before the first."""
    for name in variant.CONCURRENT:
        if not glob.glob(f"tests/unit/test_{name}.c"):
            report.say(f"dev/testing/variant.py: there is no tests/unit/test_{name}.c")


def markers(report):
    for hit in grep(r"\b(TODO|FIXME|XXX|HACK)\b", "*.c", "*.h", "*.sh", "*.py", "*.md", ":!dev/checks"):
        if not re.search("#[0-9]", hit):
            report.say(f"left-over marker: {hit}")
    for path in files("*.c", "*.h"):
        if "SPDX" not in read(path).partition("\n")[0]:
            report.say(f"{path}: no SPDX line")


def formatting(report):
    if shutil.which("clang-format"):
        p = run("clang-format", "--dry-run", "-Werror", *files("*.c", "*.h"))
        if p.returncode:
            wrong = sorted({line.partition(":")[0] for line in p.stderr.splitlines() if ": error:" in line})
            report.say("clang-format -i wanted:\n" + "\n".join(wrong[:10]))


RULES = [sizes, code, maps, words, named, threaded, markers, formatting]
