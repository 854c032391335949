#!/usr/bin/env python3
"""same_folder_writer.py CLOUDSEAL VAULT FOLDER WHO SECONDS: works in a folder where others do, and publishes every second.
Prints "syncs N" and, as JSON, what must be there in the end.
same_folder_writer.py --check FOLDER SAID...: it is, of all of these."""
import json
import os
import subprocess
import sys
import time

EVERY_SHARED = 3  # seconds: all make a file of one name


def save(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


class Writer:
    def __init__(self, folder, who):
        self.folder, self.who = folder, who
        self.files, self.gone, self.shared, self.log = {}, [], [], []

    def path(self, name):
        return os.path.join(self.folder, name)

    def own(self, i):
        """A new file; an older one is written again, another is saved by rename, one is removed."""
        name = f"{self.who}-{i}.txt"
        save(self.path(name), f"{name} new\n")
        self.files[name] = f"{name} new\n"
        again = f"{self.who}-{i - 2}.txt"
        if again in self.files:
            save(self.path(again), f"{again} at {i}\n")
            self.files[again] = f"{again} at {i}\n"
        saved = f"{self.who}-saved.odt"
        save(self.path(saved + ".tmp"), f"saved {i}\n")
        os.rename(self.path(saved + ".tmp"), self.path(saved))
        self.files[saved] = f"saved {i}\n"
        old = f"{self.who}-{i - 8}.txt"
        if i % 4 == 0 and old in self.files:
            os.unlink(self.path(old))
            del self.files[old]
            self.gone.append(old)

    def add_line(self, i):
        with open(self.path(f"{self.who}.log"), "a", encoding="utf-8") as f:
            f.write(f"line {i}\n")
        self.log.append(f"line {i}\n")

    def share(self):
        """A file of a name that all make at that time: none may take another's place."""
        name = f"shared-{int(time.time()) // EVERY_SHARED}.txt"
        if any(name == was for was, _ in self.shared):
            return
        path, text = self.path(name), f"{name} of {self.who}\n"
        try:
            with open(path, "x", encoding="utf-8") as f:
                f.write(text)
        except FileExistsError:  # another's came before
            return
        self.shared.append((name, text))

    def said(self):
        self.files[f"{self.who}.log"] = "".join(self.log)
        return json.dumps({"files": self.files, "gone": self.gone, "shared": self.shared})


def work(program, vault, folder, who, seconds):
    w, start, n = Writer(folder, who), time.monotonic(), 0
    while time.monotonic() - start < seconds:
        w.own(n)
        w.add_line(n)
        w.share()
        done = subprocess.run([program, "sync", vault], stdout=subprocess.DEVNULL, timeout=120)
        if done.returncode:
            sys.exit(f"{who}: cloudseal sync ended with {done.returncode} at {n}")
        n += 1
        time.sleep(max(0, start + n - time.monotonic()))
    print("syncs", n)
    print(w.said())


def check(folder, saids):
    there = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            there[name] = f.read()
    wanted, gone, shared = {}, [], []
    for said in saids:
        with open(said, encoding="utf-8") as f:
            one = json.loads(f.read().splitlines()[1])
        wanted.update(one["files"])
        gone += one["gone"]
        shared += [text for _, text in one["shared"]]
    bad = [f"{name}: {there.get(name)!r}, not {text!r}"[:300] for name, text in wanted.items() if there.get(name) != text]
    bad += [f"{name}: was removed" for name in gone if name in there]
    left = {name: text for name, text in there.items() if name not in wanted}
    bad += [f"lost: {text}" for text in shared if text not in left.values()]
    bad += [f"{name}: nobody's" for name, text in left.items() if text not in shared]
    print(f"{len(wanted)} files, {len(gone)} removed, {len(shared)} of shared names:", *bad[:20], sep="\n")
    sys.exit(bool(bad))


if sys.argv[1] == "--check":
    check(sys.argv[2], sys.argv[3:])
work(*sys.argv[1:5], float(sys.argv[5]))
