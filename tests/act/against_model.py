#!/usr/bin/env python3
"""Random schedules of tests/model on the model and on the C code beside it: after every step the same listing, conflicts
and refusals; where the same commits are applied, the same digest.

    against_model.py [--seeds N] [--from SEED] [--steps K] [--build DIR]
"""
import argparse
import sys
import time

import driver
import trace


def differs(steps, seed):
    """The trace, and where it differs; None: it does not, or the model fails itself."""
    try:
        lines = trace.trace(steps, seed)
    except Exception:  # a subsequence in which the model itself finds something is no witness: its own checks are
        return None
    found = driver.difference(lines)
    return found and (lines, found)


def shrink(steps, seed):
    size = len(steps) // 2
    while size:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size:]
            if differs(fewer, seed):
                steps = fewer
            else:
                at += size
        size //= 2
    return steps


def tell(steps, seed):
    lines, (at, wanted, got) = differs(steps, seed)
    print(f"seed {seed}, {len(steps)} steps:")
    for command, _ in lines[:at]:
        if command.split(" ")[-1] not in ("list", "conflicts", "digest"):
            print("   ", command)
    print(f"  {lines[at][0]}")
    for mark, some, other in (("-", wanted, got), ("+", got, wanted)):
        for line in some:
            if line not in other:
                print(f"    {mark} {line}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--steps", type=int, default=90)
    parser.add_argument("--build", default=driver.BUILD)
    parser.add_argument("--map", action="store_true", help="devices keep their records in maps, by vault/changeset")
    parser.add_argument("--index", action="store_true", help="what is shown is read out of local records, by vault/shown")
    parser.add_argument("--numbers", action="store_true", help="operations go by numbers where they can")
    args = parser.parse_args()
    driver.BUILD = args.build
    driver.OPTIONS = [f"--{o}" for o in ("map", "index", "numbers") if getattr(args, o)]
    trace.prepare()
    start, steps_run = time.time(), 0
    for seed in range(args.first, args.first + args.seeds):
        plan = trace.schedule(seed, 6 + seed % args.steps)
        try:
            lines = trace.trace(plan, seed)
        except Exception as e:  # whatever it is: it is the model's own
            sys.exit(f"seed {seed}: the model itself fails: {type(e).__name__} {str(e).splitlines()[:1]}")
        if driver.difference(lines):
            tell(shrink(plan, seed), seed)
            sys.exit(1)
        steps_run += len(plan)
    print(f"{args.seeds} schedules, {steps_run} steps: the C code does as the model ({time.time() - start:.0f} s)")


if __name__ == "__main__":
    main()
