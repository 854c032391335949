#!/usr/bin/env python3
"""Seeded bugs: the C code with one place changed must differ from the model within so many random schedules.

    seeded.py [--most N] [--only TEXT] [--keep FOLDER] [--table FILE]

Builds in a copy of the tree (of what git knows), a driver for each bug; then runs schedule after schedule on all that were not found
yet. --keep: the folder of the copy, which is used again; --table: writes at which schedule each was found. CC and the like are meson's.
Exit 1 if one is not found.
"""
import argparse
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import driver
import trace
from bugs import BUGS

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIRST, LENGTHS = 60, 90  # as against_model.py --from 60


def run(*words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        sys.exit(f"{' '.join(words)}:\n{done.stdout[-4000:]}")


def copy_tree(folder):
    known = subprocess.run(["git", "-C", TOP, "ls-files", "-z"], capture_output=True, text=True, check=True).stdout.split("\0")
    for path in filter(os.path.isfile, (os.path.join(TOP, path) for path in known)):
        to = os.path.join(folder, os.path.relpath(path, TOP))
        os.makedirs(os.path.dirname(to), exist_ok=True)
        if not os.path.exists(to) or not filecmp.cmp(path, to, shallow=False):
            shutil.copy(path, to)  # as of now: what was built before is older
    if not os.path.exists(os.path.join(folder, "build")):
        run("meson", "setup", "build", "-Dwerror=false", cwd=folder)


def build(folder, name):
    """The driver under that name."""
    run("ninja", "-C", "build", "tests/act-driver", cwd=folder)
    where = os.path.join(folder, "drivers", name, "tests")
    os.makedirs(where, exist_ok=True)
    shutil.copy2(os.path.join(folder, "build/tests/act-driver"), where)
    return os.path.dirname(where)


def build_with(folder, number, bug):
    path = os.path.join(folder, bug.file)
    with open(path) as f:
        source = f.read()
    if source.count(bug.old) != 1:
        sys.exit(f"{bug.what}: {bug.file} has its place {source.count(bug.old)} times")
    with open(path, "w") as f:
        f.write(source.replace(bug.old, bug.new))
    try:
        return build(folder, str(number))
    finally:
        with open(path, "w") as f:
            f.write(source)


def lines_of(seed):
    """A schedule, as far as the model itself goes; None: not at all."""
    return trace.trace(trace.schedule(seed, 6 + seed % LENGTHS), seed)


def differs(where, options, lines):
    driver.BUILD, driver.OPTIONS = where, list(options)
    try:
        return driver.difference(lines) is not None
    except subprocess.TimeoutExpired:
        return True


def search(drivers, clean, most):
    """{bug: at which schedule it was found}."""
    found = {}
    for n in range(1, most + 1):
        left = [b for b in drivers if b not in found]
        if not left:
            break
        lines = lines_of(FIRST + n - 1)
        for options in {b.options for b in left}:
            if differs(clean, options, lines):
                sys.exit(f"schedule {n}: without any bug {options} the code does not as the model")
        for b in left:
            if differs(drivers[b], b.options, lines):
                found[b] = n
                print(f"{n:6}  {b.file}: {b.what}", flush=True)
    return found


def table(found, most):
    out = ["# Seeded bugs of the C code", "", "One place changed each (`bugs.py`); at which random schedule (`against_model.py --from 60`) the code differed",
           f"from the model. Made by `tests/act/seeded.py --table tests/act/seeded.md`; at most {most} schedules.", "",
           "| Where | Bug | File | Options | Schedules |", "|---|---|---|---|---|"]
    for where, bugs in BUGS:
        out += [f"| {where} | {b.what} | `{b.file}` | {' '.join(b.options) or '-'} | {found.get(b, 'not found')} |" for b in bugs]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=2000)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep")
    parser.add_argument("--table")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or temporary
        os.makedirs(folder, exist_ok=True)
        copy_tree(folder)
        clean = build(folder, "clean")
        bugs = [b for _, some in BUGS for b in some if args.only in b.what or args.only in b.file]
        drivers = {b: build_with(folder, i, b) for i, b in enumerate(bugs)}
        trace.prepare()
        found = search(drivers, clean, args.most)
    if args.table:
        with open(args.table, "w") as f:
            f.write(table(found, args.most))
    print(f"{len(found)} of {len(bugs)} bugs found within {args.most} schedules")
    return len(found) != len(bugs)


if __name__ == "__main__":
    sys.exit(main())
