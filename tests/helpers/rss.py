#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Samples the anonymous memory of the processes whose command line has a text, until its input ends; then prints the
highest RssAnon seen in KiB, one number: rss.py TEXT [FILE to also write it to]."""
import os
import select
import sys


def rss(text):
    most = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if text not in f.read().replace(b"\0", b" ") or int(pid) == os.getpid():
                    continue
            with open(f"/proc/{pid}/status") as f:
                lines = f.read().splitlines()
            # a program that runs cloudseal (timeout) has no secret memory and is small: it does no harm here
            most = max(most, *(int(x.split()[1]) for x in lines if x.startswith("RssAnon:")))
        except (OSError, ValueError, TypeError):
            continue
    return most


def main():
    text = sys.argv[1].encode()
    peak = 0
    while True:
        peak = max(peak, rss(text))
        if len(sys.argv) > 2:
            with open(sys.argv[2], "w") as f:
                print(peak, file=f)
        if select.select([sys.stdin], [], [], 0.2)[0]:
            break
    print(max(peak, rss(text)))


main()
