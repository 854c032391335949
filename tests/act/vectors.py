#!/usr/bin/env python3
"""The scenarios of tests/model/vectors/*.json through the C code: at their end every device shows what they say.

    vectors.py [--build DIR] [--numbers] [PART OF A NAME...]
"""
import argparse
import glob
import json
import os
import sys

import driver
import trace

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model", "vectors")


def lines(vector):
    """What the driver is told, and what it must answer; None: what it likes."""
    devices = sorted({"A", "B", "C"} | {words[0] for words in vector["steps"] if words != ["sync"]})
    out = [("reset", ["ok"])] + [(f"{d} list", ["ok"]) for d in devices]
    for words in vector["steps"]:
        out.append((trace.command(*map(trace.dated, words)), None))
    listing = {trace.dated(p): (v["type"], v["contents"], v["mode"], tuple(v["xattrs"].items()), trace.dated(v["same file as"]))
               for p, v in vector["shown"].items()}
    for d in devices:
        out.append((f"{d} list", [*trace.shown(listing), "ok"]))
        out.append((f"{d} conflicts", [*sorted(map(trace.dated, vector["conflicts"])), "ok"]))
        out.append((f"{d} digest", frozenset(["all"])))
    return out


def wrong(vector):
    """Says what differs; "" if nothing does."""
    told, alike = lines(vector), {}
    for (command, wanted), got in zip(told, driver.answers([c for c, _ in told])):
        if isinstance(wanted, frozenset):
            wanted = alike.setdefault(wanted, got)
        if wanted is None:
            wanted = got if got[-1].startswith("ok") else ["ok"]
        if wanted != got:
            return "\n".join([f"  {command}", *(f"    - {x}" for x in wanted if x not in got), *(f"    + {x}" for x in got if x not in wanted)])
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=driver.BUILD)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--index", action="store_true", help="what is shown is read out of local records, by vault/shown")
    parser.add_argument("--numbers", action="store_true", help="operations go by numbers where they can")
    args = parser.parse_args()
    driver.BUILD = args.build
    driver.OPTIONS = [f"--{o}" for o in ("index", "numbers") if getattr(args, o)]
    bad = count = 0
    for path in sorted(glob.glob(os.path.join(VECTORS, "*.json"))):
        if args.names and not any(n in os.path.basename(path) for n in args.names):
            continue
        with open(path, encoding="utf-8") as f:
            vector = json.load(f)
        count += 1
        why = wrong(vector)
        if why:
            bad += 1
            print(f"{os.path.basename(path)}:\n{why}")
    print(f"{count} scenarios, {bad} wrong")
    sys.exit(bad != 0 or not count)


if __name__ == "__main__":
    main()
