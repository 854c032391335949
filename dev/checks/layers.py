"""Rules between the floors: what may include what, which libraries belong where, whose log lines and clocks."""
import concurrent.futures
import glob
import os
import re
import subprocess

from checks.report import FLOORS, files, grep, read, run, sources

BELOW = {
    "util": "", "crypto": "util", "remote": "crypto util", "cache": "crypto util", "vault": "cache crypto util",
    "sync": "vault cache remote crypto util", "fs": "sync vault cache crypto util",
    "cli": "fs sync vault cache remote crypto util",
}
# Libraries that only one place may see.
ONLY = {r"openssl/|argon2\.h": "crypto/", r"lmdb\.h": "cache/", r"curl/|expat\.h": "remote/", r"fuse": "fs/fuse/"}
CLOCKS = ("clock_gettime clock_nanosleep gettimeofday pthread_cond_timedwait pthread_cond_clockwait pthread_mutex_timedlock sem_timedwait "
          "CLOCK_REALTIME CLOCK_MONOTONIC").split()


def includes(report):
    """They only go down, and say where they go."""
    for path in sources():
        floor = path.partition("/")[0]
        for number, line in enumerate(read(path).splitlines(), 1):
            if not line.startswith("#include"):
                continue
            if m := re.match(r'#include "([^"]*)"', line):
                to = m[1].partition("/")[0] if "/" in m[1] else ""
                if not to:
                    report.say(f'{path}:{number}: include "floor/file.h", not a bare name: {line}')
                elif to != floor and to not in BELOW[floor].split():
                    report.say(f"{path}:{number}: {floor}/ may not include {to}/")
            elif m := re.match("#include <(.*)>", line):
                for pattern, home in ONLY.items():
                    if re.match(pattern, m[1]) and not path.startswith(home):
                        report.say(f"{path}:{number}: <{m[1]}> belongs in {home} only")


def log_areas(report):
    for hit in grep(r"\<log_(error|warn|info|debug)\(", *(f"{f}/*.c" for f in FLOORS)):
        path, number, text = hit.split(":", 2)
        area = re.search(r"log_[a-z]*\(AREA_([A-Z]*)", text)
        if not area or area[1].lower() != path.partition("/")[0]:
            report.say(f"{path}:{number}: lines of {path.partition('/')[0]}/ are of its own area: {text}")


def ids(report):
    """Ids and hashes are values; a MAC is compared in constant time and stays bytes."""
    for hit in grep(r"\<mem(cpy|move|cmp)\(.*\<(ID|HASH)_LEN\>|\<uint8_t .*\[(ID|HASH)_LEN\]", "*.[ch]", ":!util/id.h", ":!crypto/hash.[ch]"):
        if "uint8_t mac[" not in hit:
            report.say(f"ids and hashes are values, util/id.h: {hit}")


def clocks(report):
    """Whoever waits until a time does it by util/deadline.h: a wait on the wall clock lasts as much longer as that is set back."""
    for hit in grep(r"\b(" + "|".join(CLOCKS) + r")[A-Z_]*\b", "*.[ch]", ":!util/clock.c", ":!util/deadline.c", ":!tests", ":!bench"):
        report.say(f"waits and reads of clocks are those of util/deadline.h and util/clock.h: {hit}")


def defined_once(report):
    """Of two functions of the same name in two floors the linker would silently take the first."""
    home = {}
    for library in sorted(glob.glob(os.path.join(os.environ.get("BUILD", "build"), "*/libcs_*.a"))):
        for line in run("nm", "-g", "--defined-only", library).stdout.splitlines():
            fields = line.split()
            if len(fields) == 3 and not re.search("__odr|asan|tsan|stapsdt", line):
                other = home.setdefault(fields[2], library)
                if other != library:
                    report.say(f"defined by two floors: {fields[2]} in {os.path.basename(other)} and {os.path.basename(library)}")


def begins_with(source, header):
    """Whether the first thing that a source includes is the header."""
    first = re.search(r"^#include.*", read(source), re.M)
    return bool(first) and first[0] == f'#include "{header}"'


def headers(report):
    """Each compiles alone. That of a .c is the first which that includes, so whoever compiles the .c has seen it; the others are compiled here."""
    flags = ("-std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DFUSE_USE_VERSION=314 -I. -Wall -Wextra -Werror -fsyntax-only -x c - "
             + run("pkg-config", "--cflags", "fuse3", "jansson").stdout).split()

    def alone(header):
        p = subprocess.run(["cc", *flags], input=f'#include "{header}"\n', stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return header, p.stdout if p.returncode else ""

    of_none = []
    for header in (h for h in files("*.h") if not h.startswith("tests/")):
        source = header[:-2] + ".c"
        if not os.path.exists(source):
            of_none.append(header)
        elif not begins_with(source, header):
            report.say(f'{source}: its first include is to be "{header}", so that the header is seen to compile alone')
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, wrong in pool.map(alone, of_none):
            if wrong:
                report.say(f"{header} does not compile alone:\n" + "\n".join(wrong.splitlines()[:5]))


def links(report):
    """What dev/links finds in the built objects: nothing upward, no circles, all declared where it is defined."""
    build = os.environ.get("BUILD", "build")
    if os.path.exists(os.path.join(build, "compile_commands.json")):
        p = run("dev/links", "--list", "--build", build)
        if p.returncode:
            report.say("dev/links --list (of what is built):\n" + (p.stdout + p.stderr).strip())


RULES = [includes, log_areas, ids, clocks, defined_once, headers, links]
