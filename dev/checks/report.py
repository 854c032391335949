"""What the rules have to say: each finding is said once, in the order in which they are found."""
import subprocess
import sys

FLOORS = ["util", "crypto", "remote", "cache", "vault", "sync", "fs", "cli"]


class Report:
    def __init__(self):
        self.bad = False

    def say(self, text):
        print("dev/check: " + text, file=sys.stderr)
        self.bad = True

    def ratchet(self, rule, most, findings):
        """A rule that the tree does not keep everywhere yet: at most so many findings, and none is added."""
        if len(findings) > most:
            for f in findings:
                self.say(f)
            if most:
                self.say(f"{rule}: {len(findings)}, and at most {most}: no new ones")
        elif findings:
            print(f"dev/check: {rule}: {len(findings)} left (at most {most})")


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")


def files(*patterns):
    """Those that git knows and that are there."""
    import os
    return [f for f in run("git", "ls-files", "--", *patterns).stdout.splitlines() if os.path.exists(f)]


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def sources(suffixes=".c .h"):
    """Of the floors."""
    return files(*(f"{floor}/*{s}" for floor in FLOORS for s in suffixes.split()))


def grep(pattern, *where):
    """Lines "file:line:text" by an extended regular expression."""
    return run("git", "grep", "-nE", "-e", pattern, "--", *where).stdout.splitlines()
