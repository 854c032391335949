#!/usr/bin/env python3
"""Seeded bugs: the C code with one place changed must differ from the model within so many random schedules.

    seeded.py [--most N] [--only TEXT] [--keep FOLDER] [--table FILE]

Builds in a copy of the tree (of what git knows), a driver for each bug; then runs schedule after schedule on all that were not found
yet. --keep: the folder of the copy, which is used again; --table: writes at which schedule each was found. CC and the like are meson's.
Exit 1 if one is not found.
"""
import argparse
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import driver
import trace
from bugs import BUGS
from seeding import build, build_with, copy_tree

PROGRAM = "tests/act-driver"
FIRST, LENGTHS = 60, 90  # as against_model.py --from 60


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
        clean = build(folder, PROGRAM, "clean")
        bugs = [b for _, some in BUGS for b in some if args.only in b.what or args.only in b.file]
        drivers = {b: build_with(folder, PROGRAM, i, b) for i, b in enumerate(bugs)}
        trace.prepare()
        found = search(drivers, clean, args.most)
    if args.table:
        with open(args.table, "w") as f:
            f.write(table(found, args.most))
    print(f"{len(found)} of {len(bugs)} bugs found within {args.most} schedules")
    return len(found) != len(bugs)


if __name__ == "__main__":
    sys.exit(main())
