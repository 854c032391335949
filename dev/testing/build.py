"""Builds what the tests run."""
import os
import shutil
import subprocess


def prepare(folder, *options):
    """Sets the build folder up, with options when it is new, and empties its folder of logs, which is returned; None when meson fails.

    Again when it is there: dev/quickstart made it without what the tests need, and tests may be new."""
    there = os.path.exists(os.path.join(folder, "build.ninja"))
    command = ["meson", "setup", "--reconfigure", folder] if there else ["meson", "setup", folder, "-Dwerror=true", *options]
    if subprocess.run([*command, "-Dtest_switches=true"], stdout=subprocess.DEVNULL).returncode:
        return None
    logs = os.path.join(folder, "test-logs")
    shutil.rmtree(logs, ignore_errors=True)
    os.makedirs(logs)
    return logs


def ninja(folder, log, *arguments):
    with open(log, "wb") as out:
        return subprocess.run(["ninja", "-C", folder, *arguments], stdout=out, stderr=subprocess.STDOUT).returncode == 0


def why(log):
    """What dev/why says of a log, indented."""
    said = subprocess.run(["dev/why", log], stdout=subprocess.PIPE).stdout.decode(errors="replace")
    return "\n".join("    " + line for line in said.splitlines())


def build(folder, targets, logs):
    """All at once; when that fails, one by one to tell which: a list of what does not build. None when the program does not."""
    log = os.path.join(logs, "build.log")
    if not ninja(folder, log):
        subprocess.run(["dev/why", log])
        return None
    log = os.path.join(logs, "build-tests.log")
    if not targets or ninja(folder, log, "-k", "0", *targets):
        return []
    broken = []
    for target in targets:
        if ninja(folder, log, target):
            continue
        if os.path.exists(os.path.join(folder, target)):
            os.unlink(os.path.join(folder, target))  # no older one may run in its place: the job fails
        broken.append(f"{target} does not build:\n{why(log)}")
    return broken
