"""Programs with bugs put into them, built one by one in a copy of the tree: for seeded.py here and in tests/sim."""
import filecmp
import os
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(*words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        sys.exit(f"{' '.join(words)}:\n{done.stdout[-4000:]}")


def copy_tree(folder):
    """What git knows, as it is now."""
    known = subprocess.run(["git", "-C", TOP, "ls-files", "-z"], capture_output=True, text=True, check=True).stdout.split("\0")
    for path in filter(os.path.isfile, (os.path.join(TOP, path) for path in known)):
        to = os.path.join(folder, os.path.relpath(path, TOP))
        os.makedirs(os.path.dirname(to), exist_ok=True)
        if not os.path.exists(to) or not filecmp.cmp(path, to, shallow=False):
            shutil.copy(path, to)  # as of now: what was built before is older
    if not os.path.exists(os.path.join(folder, "build")):
        run("meson", "setup", "build", "-Dwerror=false", cwd=folder)


def build(folder, target, name):
    """The program under that name; the folder that has it as build folders do."""
    run("ninja", "-C", "build", target, cwd=folder)
    where = os.path.join(folder, "programs", name, os.path.dirname(target))
    os.makedirs(where, exist_ok=True)
    shutil.copy2(os.path.join(folder, "build", target), where)
    return os.path.join(folder, "programs", name)


def build_with(folder, target, number, bug):
    """The same with a bug in it."""
    path = os.path.join(folder, bug.file)
    with open(path) as f:
        source = f.read()
    if source.count(bug.old) != 1:
        sys.exit(f"{bug.what}: {bug.file} has its place {source.count(bug.old)} times")
    with open(path, "w") as f:
        f.write(source.replace(bug.old, bug.new))
    try:
        return build(folder, target, str(number))
    finally:
        with open(path, "w") as f:
            f.write(source)
