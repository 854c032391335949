"""The result table of dev/test --full: of each test its last long run, and of which commit."""
import datetime
import os
import platform
import re
import subprocess

HEAD = """# Results of dev/test --full

{machine}; of each test its last long run

| test | commit | date | time | checks | result |
|---|---|---|---|---|---|
"""
ROW = re.compile(r"^\| ([^ ]+) \| [0-9a-f]{7}")


def git(*arguments):
    return subprocess.run(["git", *arguments], stdout=subprocess.PIPE, text=True).stdout.strip()


def commit():
    return git("log", "-1", "--format=%h") + (" with changes" if git("status", "--porcelain") else "")


def below(text):
    """What is written below the table: it stays."""
    lines = text.splitlines(keepends=True)
    rows = [i for i, line in enumerate(lines) if line.startswith("|")]
    end = rows[0] if rows else len(lines)
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    return "".join(lines[end:])


def merged(new, old, keep, at, date):
    """The rows, by name. `keep`: only some tests ran, the rows of the others stay as they were."""
    rows = {m[1]: line for line in old.splitlines() if (m := ROW.match(line))} if keep else {}
    rows.update({name: f"| {name} | {at} | {date} {row}" for name, row in new})
    return [rows[name] for name in sorted(rows)]


def record(path, new, keep):
    old = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            old = f.read()
    machine = f"{os.cpu_count()} cores, kernel {platform.release().partition('-')[0]}"
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%F")
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(HEAD.format(machine=machine))
        f.writelines(row + "\n" for row in merged(new, old, keep, commit(), date))
        f.write(below(old))
    os.replace(path + ".new", path)
