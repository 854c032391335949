#!/usr/bin/env python3
"""How dev/check reads C. Prints "ok - what" or "not ok - what" per check."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../dev"))
from checks.layers import begins_with  # noqa: E402
from checks.source import functions, nested_ternaries, plain  # noqa: E402

FAILED = 0
CODE = r'''/* int a(void) { } */
#define MACRO(x) \
	do { x; } while (0)
static const char text[] = "int b(void) {";
struct s {
	int (*call)(int, int);
};
static err_t __attribute__((noinline)) one(struct s *s, int (*fn)(int, int), const char a[4])
{
	if (s) {
		fn('{', "}");
	}
	return 0;
}
enum { X, Y };
static struct s list[] = { { NULL }, { NULL } };
int two(void)
{
}
'''


def check(what, got, want):
    global FAILED
    if got == want:
        print("ok -", what)
    else:
        print(f"not ok - {what}: {got!r}, not {want!r}")
        FAILED = 1


def nested(what, text, lines):
    check("ternaries: " + what, nested_ternaries(text), lines)


check("functions and their parameters", [(f.name, f.line, f.lines, len(f.parameters)) for f in functions(CODE)], [("one", 9, 5, 3), ("two", 18, 1, 0)])
check("comments and strings are blank", plain("a /* b\n */ c 'd' \"e // f\" g // h\ni").split(), ["a", "c", "g", "i"])
check("every line stays", plain(CODE).count("\n"), CODE.count("\n"))
nested("one", "x = a ? b : c;", [])
nested("one after the other", "x = a ? b : c;\ny = d ? e : f;", [])
nested("arguments side by side", "f(a ? b : c, d ? e : f);", [])
nested("in an initializer", "int x[] = { a ? b : c, d ? e : f };", [])
nested("summed", "x = (a ? b : c) + (d ? e : f);", [])
nested("in the last branch", "x = a ? b :\n    c ? d : e;", [2])
nested("in the middle, in parentheses", "x = a ? (b ? c : d) : e;", [1])
nested("in an argument of a branch", "x = a ? f(b ? c : d) : e;", [1])
nested("in text", 'x = a ? "b ? c : d" : \'?\'; /* ? ? */', [])
with tempfile.NamedTemporaryFile("w", suffix=".c") as f:
    f.write('/* what it is */\n\n#include "a/b.h"\n#include "a/c.h"\n#include <stdio.h>\n')
    f.flush()
    check("its own header first", begins_with(f.name, "a/b.h"), True)
    check("another header first", begins_with(f.name, "a/c.h"), False)
sys.exit(FAILED)
