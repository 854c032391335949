"""Runs commands through the driver of the C code, and compares its answers."""
import os
import subprocess

BUILD = os.environ.get("BUILD", "build")
OPTIONS = []


def answers(commands):
    """One list of lines for each command; the last one is `ok ...`, `refused ...` or `failed ...`."""
    program = os.path.join(BUILD, "tests", "act-driver")
    done = subprocess.run([program, *OPTIONS], input="\n".join(commands) + "\n", capture_output=True, text=True, timeout=600)
    out, now = [], []
    for line in done.stdout.split("\n"):
        now.append(line)
        if line.split(" ")[0] in ("ok", "refused", "failed") and "\t" not in line:
            out.append(now)
            now = []
    while len(out) < len(commands):
        out.append([f"no answer: exit {done.returncode}", *done.stderr.strip().split("\n")[:20]])
    return out


def difference(lines):
    """(index, expected, got) of the first answer of a trace that differs, or None."""
    alike = {}
    for i, ((_, wanted), got) in enumerate(zip(lines, answers([c for c, _ in lines]))):
        if isinstance(wanted, frozenset):
            wanted = alike.setdefault(wanted, got)
        if wanted != got or got[-1].startswith("failed"):
            return i, wanted, got
    return None
