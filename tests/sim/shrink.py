#!/usr/bin/env python3
"""Makes a failing schedule small: drops events, then makes their numbers small, while the oracle's first words stay the same.

    shrink.py SIM KIND SEED STEPS [WORDS]

WORDS: which fault to keep, by its first words; without them, the first that known.txt does not name. Prints a script for sim --script.
"""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from oracle import known_faults, worlds  # noqa: E402

SMALLER = {"round": 4, "turn": 3, "part": 3, "user": 4, "tick": 1, "run": 2, "crash": 1, "restart": 1}  # how many numbers of an event mean something


def faults(sim, head, events):
    with tempfile.NamedTemporaryFile("w", suffix=".sim") as script, tempfile.NamedTemporaryFile("r") as journal:
        script.write("\n".join([head, *events]) + "\n")
        script.flush()
        if subprocess.run([sim, "--script", script.name, "--journal", journal.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            return ["crashed: the simulator or what it runs"]
        return next(worlds(journal)).judge()


def drop(fails, events):
    size = max(1, len(events) // 2)
    while size:
        at = 0
        while at < len(events):
            fewer = events[:at] + events[at + size:]
            if fails(fewer):
                events = fewer
            else:
                at += size
        size //= 2
    return events


def lower(fails, events):
    """Each number that matters as small as it can be, by a few tries; the others 0."""
    for i, event in enumerate(events):
        word, device, *numbers = event.split()
        for n in range(len(numbers)):
            for smaller in ["0", "1", "3"] if n < SMALLER.get(word, 0) else ["0"]:
                if int(smaller) < int(numbers[n]):
                    tried = " ".join([word, device, *numbers[:n], smaller, *numbers[n + 1:]])
                    if fails(events[:i] + [tried] + events[i + 1:]):
                        numbers[n], events = smaller, events[:i] + [tried] + events[i + 1:]
                        break
    return events


def main():
    sim, kind, seed, steps = sys.argv[1:5]
    words = sys.argv[5:6]
    plan = subprocess.run([sim, "--kind", kind, "--seed", seed, "--steps", steps, "--print"], capture_output=True, text=True, check=True)
    head, *events = plan.stdout.split("\n")[:-1]
    known = [w for k, w, *_ in known_faults(HERE + "/known.txt") if k == kind]
    new = lambda f: not any(re.match(w, f) for w in known)
    found = [f for f in faults(sim, head, events) if (f.startswith(words[0]) if words else new(f))]
    if not found:
        print(f"# {kind} seed {seed}: nothing to shrink")
        return 0
    keep = words[0] if words else found[0].split(":")[0]
    fails = lambda some: any(f.startswith(keep) for f in faults(sim, head, some))
    events = lower(fails, drop(fails, events))
    print("\n".join([f"# {found[0]}", head, *drop(fails, events)]))
    return 0


sys.exit(main())
