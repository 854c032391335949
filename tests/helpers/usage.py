#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Samples what a mounted vault takes until its input ends: usage.py CLOUDSEAL NAME DATA_MDB. Prints a line when it has begun,
and at the end the highest seen, in MiB: the cache as status has it, the file of the database, the daemon's anonymous memory;
and the number of samples."""
import json
import os
import select
import subprocess
import sys

MIB = 1 << 20


def anon(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(x.split()[1]) for x in f if x.startswith("RssAnon:")) << 10


def look(program, name, path):
    said = subprocess.run([program, "status", name, "--json"], capture_output=True, text=True, timeout=120, check=True)
    s = json.loads(said.stdout)
    return s["cache"]["bytes"], os.stat(path).st_blocks * 512, anon(s["pid"])


def main():
    seen, more, begun = [], True, False
    while more:
        seen.append(look(*sys.argv[1:4]))
        if not begun:
            print("sampling", flush=True)
            begun = True
        more = not select.select([sys.stdin], [], [], 0.2)[0]
    print(*(max(x) // MIB for x in zip(*seen)), len(seen))


main()
