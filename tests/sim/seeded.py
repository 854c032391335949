#!/usr/bin/env python3
"""Seeded bugs: with one place of the product changed the oracle must not pass all of so many schedules.

    seeded.py [--most N] [--only TEXT] [--keep FOLDER] [--jobs N] [--table FILE]

Builds in a copy of the tree (of what git knows), a simulator for each bug, and runs schedules of all kinds in turn, 50 events each, up to
the first that the oracle does not pass. --keep: the folder of the copy, which is used again; --jobs: bugs at a time; --table: writes
what found each. CC and the like are meson's. Exit 1 if one is not found.
"""
import argparse
import os
import subprocess
import sys
import tempfile
from collections import namedtuple
from multiprocessing import Pool

sys.dont_write_bytecode = True
from engine_bugs import BUGS  # noqa: E402
from oracle import worlds  # noqa: E402
from seeding import build, build_with, copy_tree  # noqa: E402

PROGRAM, STEPS, LIMIT = "tests/sim", "50", "120"  # LIMIT: seconds of one schedule: what does not end is found
Found = namedtuple("Found", "count kind seed words")


def judged(program, kind, seed):
    """The oracle's first words of one schedule; None: it passes."""
    with tempfile.NamedTemporaryFile("r") as journal:
        ran = subprocess.run(["timeout", "-k", "1", LIMIT, program, "--kind", kind, "--seed", str(seed), "--steps", STEPS, "--journal", journal.name],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if ran.returncode >= 124:  # timeout's own, or a signal's
            return "it does not end"
        wrong = [what for world in worlds(journal) for what in world.judge()]
        return wrong[0] if wrong else None


def schedules(program, most):
    kinds = subprocess.run([program, "--kinds"], capture_output=True, text=True, check=True).stdout.split()
    return [(n + 1, kinds[n % len(kinds)], 1 + n // len(kinds)) for n in range(most)]


def search(where, bug, most):
    program = os.path.join(where, PROGRAM)
    for count, kind, seed in schedules(program, most):
        if words := judged(program, kind, seed):
            print(f"{count:6}  {bug.file}: {bug.what}: {words}", flush=True)
            return Found(count, kind, seed, words)
    print(f"        {bug.file}: {bug.what}: not by {most}", flush=True)
    return None


def table(found, most, clean):
    out = ["# Seeded bugs of the product", "", "One place changed each (`engine_bugs.py`, `../act/bugs.py`), and by how many schedules the oracle found it: of all kinds in turn, 50 events",
           f"each; at most {most}. The {clean} schedules that the longest search took pass without any bug. Made by `tests/sim/seeded.py --table tests/sim/seeded.md`.", "",
           "| Where | Bug | File | Schedules | By | The oracle's words |", "|---|---|---|---|---|---|"]
    for where, bugs in BUGS:
        for b in bugs:
            f = found.get(b)
            told = f"{f.count} | `{f.kind}` {f.seed} | `{f.words[:100]}`" if f else "not found | - | -"
            out.append(f"| {where} | {b.what} | `{b.file}` | {told} |")
    return "\n".join(out) + "\n"


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=2000)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--table")
    return parser.parse_args()


def main():
    args = options()
    with tempfile.TemporaryDirectory() as temporary:
        folder = os.path.abspath(args.keep or temporary)
        os.makedirs(folder, exist_ok=True)
        copy_tree(folder)
        clean = os.path.join(build(folder, PROGRAM, "clean"), PROGRAM)
        bugs = [b for _, some in BUGS for b in some if args.only in b.what or args.only in b.file]
        with Pool(args.jobs) as pool:
            asked = {b: pool.apply_async(search, (build_with(folder, PROGRAM, i, b), b, args.most)) for i, b in enumerate(bugs)}
            found = {b: f for b, a in asked.items() if (f := a.get())}
        longest = max((f.count for f in found.values()), default=0)
        for _, kind, seed in schedules(clean, longest):
            if words := judged(clean, kind, seed):
                sys.exit(f"{kind} seed {seed}: found without any bug: {words}")
    if args.table:
        with open(args.table, "w") as f:
            f.write(table(found, args.most, longest))
    print(f"{len(found)} of {len(bugs)} bugs found within {args.most} schedules")
    return len(found) != len(bugs)


if __name__ == "__main__":
    sys.exit(main())
