"""Each sentence that the program may end with, or show as an error or alarm, is in docs/troubleshooting.md, and no other.

A sentence is the format of one of the calls in SAYS, or a text of the places in TEXTS. In the page each stands in a row's first
cell, between backticks, with words of capitals (PATH, N) where the format has what is filled in."""
import re

from checks.report import read, sources
from checks.source import split

PAGE = "docs/troubleshooting.md"
SAYS = {"why_set": 2, "exit_say": 1, "http_say": 2, "store_op_say": 2, "sync_alarm": 2, "alarm_transient": 3, "sync_halt": 1, "refuse": 1}
# Functions and tables: their texts of more than one word are sentences.
TEXTS = {"util/error.c": "texts[ERR_COUNT_]", "sync/status.c": "*words_of(", "cli/daemon/mounted_vault_pins.c": "*left_words(",
         "cli/daemon/mounted_vault_alarms.c": "*of_file(", "sync/members/vault_here.c": "words[TROUBLES]", "sync/saved.c": "lacks_table[SAVED_LACKS]",
         "sync/incomplete.c": "*incomplete_words("}
NOT_FOR_PEOPLE = ("remote/layers/fault.c", "remote/backends/mem.c") # of tests alone
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
FILLED = re.compile(r"%[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j)?[a-zA-Z]")


def balanced(text, at):
    """What stands in the parentheses or braces that open before `at`."""
    depth, i = 1, at
    while depth:
        m = LITERAL.match(text, i)
        if m:
            i = m.end()
            continue
        depth += (text[i] in "({[") - (text[i] in ")}]")
        i += 1
    return text[at:i - 1]


def arguments(text):
    """Split at the commas that are in no parentheses and no text."""
    held = LITERAL.findall(text)
    parts = split(LITERAL.sub('""', text))
    texts = iter(held)
    return [re.sub('""', lambda _: '"%s"' % next(texts), p) for p in parts]


def literal(argument, macros):
    """The text that it is, None when it is not one."""
    out, rest = "", argument.strip()
    while rest:
        m = LITERAL.match(rest) or re.match(r"\w+", rest)
        if not m:
            return None
        if m[0][0] != '"' and m[0] not in macros:
            return None
        out += m[1] if m[0][0] == '"' else macros[m[0]]
        rest = rest[m.end():].strip()
    return out.replace('\\"', '"').replace("\\n", " ")


def macros_of(paths):
    found = {}
    for path in paths:
        for m in re.finditer(r"^#define (\w+)((?:[ \t\\\n]*\"(?:[^\"\\\n]|\\.)*\")+)", read(path), re.M):
            found[m[1]] = "".join(LITERAL.findall(m[2]))
    return found


def is_sentence(said):
    """Not a format alone."""
    return re.search("[a-z]{2}", FILLED.sub("", said))


def sentences(path, macros):
    """(line, format) of each."""
    text, found = read(path), []
    for m in re.finditer(r"\b(%s)\(" % "|".join(SAYS), text):
        given = arguments(balanced(text, m.end()))
        line = text.count("\n", 0, m.start()) + 1
        said = literal(given[SAYS[m[1]]], macros) if len(given) > SAYS[m[1]] else None
        if said is not None and is_sentence(said):
            found.append((line, said))
        else:  # it is filled in, or chosen
            found += [(line, part) for a in given[SAYS[m[1]]:] for part in LITERAL.findall(a) if " " in part.strip()]
    if path in TEXTS:
        at = text.index(TEXTS[path])
        at = text.index("{", at) + 1
        found += [(text.count("\n", 0, at) + 1, said) for said in LITERAL.findall(balanced(text, at)) if " " in said]
    return [(line, said) for line, said in found if is_sentence(said)]


def fits(said, cell):
    """The page may leave out whose name stands before it; after a space at the end something is filled in."""
    forms = {said, re.sub("^%s: ", "", said)}
    return any(re.fullmatch(".+?".join(map(re.escape, FILLED.split(f + "%s" * f.endswith(" ")))), cell) for f in forms)


def on_page():
    rows = [line.split(" | ")[0] for line in read(PAGE).splitlines() if line.startswith("| `")]
    return [cell for row in rows for cell in re.findall("`([^`]+)`", row)]


def errors(report):
    shown, used = on_page(), set()
    macros = macros_of(sources())
    for path in sources(".c"):
        if path in NOT_FOR_PEOPLE:
            continue
        for line, said in sentences(path, macros):
            cells = [cell for cell in shown if fits(said, cell)]
            used.update(cells)
            if not cells:
                report.say(f"{PAGE} lacks an error of {path}:{line}: {said}")
    for cell in shown:
        if cell not in used:
            report.say(f"{PAGE}: nothing says `{cell}`")


RULES = [errors]
