"""Builds a variant in a folder of its own and runs unit tests, or cloudseal itself, with it: dev/asan, dev/tsan, dev/debug."""
import fnmatch
import os
import shutil
import sys
from dataclasses import dataclass

from testing import build, plan, results, runner

# Those whose code has threads; the others would only take time under ThreadSanitizer.
CONCURRENT = (
    "cache_map", "cache_threads", "fs_compact", "fs_deliver", "fs_evict", "fs_file", "fs_invalidate", "fs_pin", "fs_read",
    "remote_http", "remote_layers", "sync_deliver", "sync_engine", "sync_fetch", "sync_fetch_where", "util_deadline", "util_log",
)


@dataclass
class Variant:
    """`tests`: names or patterns of the unit tests that run when none is named."""

    name: str
    options: tuple
    compiler: str
    environment: dict
    tests: tuple = ("*",)
    seconds: int = 600
    at_a_time: int = 2
    debugger: tuple = ()


ASAN = Variant("asan", ("-Db_sanitize=address,undefined", "-Db_lundef=false"), "clang", {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
})
# Every finding is wanted, not only the first; the exit code says that there was one. One at a time, as it is memory that it takes.
TSAN = Variant("tsan", ("-Db_sanitize=thread", "-Db_lundef=false"), "clang",
               {"TSAN_OPTIONS": "halt_on_error=0:exitcode=66:second_deadlock_stack=1"}, CONCURRENT, 120, 1)
DEBUG = Variant("debug", ("--buildtype=debug",), "cc", {}, debugger=("gdb", "--args"))


def chosen(names, folder):
    """The unit tests whose name fits one of the patterns; ends the program when one of these fits none."""
    tests = [t for t in plan.programs(False, folder) if t.name.startswith("unit/")]
    found = {n: [t for t in tests if fnmatch.fnmatchcase(t.name[len("unit/"):], n)] for n in names}
    nothing = [n for n in names if not found[n]]
    if nothing:
        sys.exit(f"no unit test is called {', '.join(nothing)}")
    return [t for t in tests if any(t in group for group in found.values())]


def execute(variant, here, *command):
    """Instead of this program, in the caller's folder: under the debugger where there is one and somebody to use it."""
    os.chdir(here)
    if variant.debugger and sys.stdin.isatty() and shutil.which(variant.debugger[0]):
        command = (*variant.debugger, *command)
    os.execvp(command[0], command)


def check(variant, tests, logs):
    total = results.Total()
    for t in tests:
        t.seconds = variant.seconds
    try:
        runner.run(tests, variant.at_a_time, logs, total.add)
    except runner.Stopped:
        print("stopped", flush=True)
        return 130
    if total.failures:
        print("--- what failed", *total.failures, sep="\n")
    print(total.closing_line())
    return 1 if total.failed else 0


def main(usage, variant):
    """`-- ARGUMENTS...`: cloudseal with them; else unit tests by name. The exit code."""
    names, here = sys.argv[1:], os.getcwd()
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    if names and names[0] in ("-h", "--help"):
        print(usage)
        return 0
    folder = os.environ.get("BUILD") or "build-" + variant.name
    os.environ.update(variant.environment)
    os.environ.setdefault("CC", variant.compiler)
    itself = names[1:] if names and names[0] == "--" else None
    tests = [] if itself is not None else chosen(names or variant.tests, folder)
    logs = build.prepare(folder, *variant.options)
    broken = build.build(folder, [t.target for t in tests], logs) if logs else None
    if broken is None or broken:
        print(*(broken or []), "0 passed, 1 failed, 0 skipped", sep="\n")
        return 1
    if itself is not None:
        execute(variant, here, os.path.abspath(os.path.join(folder, "cli/cloudseal")), *itself)
    if variant.debugger and len(tests) == 1:
        execute(variant, here, os.path.abspath(tests[0].program))
    return check(variant, tests, logs)
