#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# How dev/check reads C (check.py), and that it refuses what it should, in a copy of the tree.
. "$(dirname "$0")/../lib.sh"
python3 "$(dirname "$0")/check.py" || FAILED=1
git -c safe.directory='*' clone -q "$ROOT" "$WORK/tree" && cd "$WORK/tree" || { not_ok "a copy of the tree"; finish; }
cp -r "$ROOT/dev" .
export BUILD=$WORK/none
check "the tree as it is" dev/check

# All rules are broken at once, and it says each.
wanted=()
breaks() { printf '%b' "$4" >>"$3"; wanted+=("$1" "$2"); } # WHAT PATTERN FILE TEXT
breaks "an include upward" "util/ may not include fs/" util/buf.c '#include "fs/fs.h"\n'
breaks "an include without a floor" "not a bare name" util/buf.c '#include "buf.h"\n'
breaks "a library where it is not to be" "<lmdb.h> belongs in cache/" util/buf.c '#include <lmdb.h>\n'
breaks "a wait on the wall clock" "util/deadline.h and" util/buf.c 'int x = CLOCK_REALTIME;\n'
breaks "a log line of another area" "of its own area" util/buf.c '/* log_info(AREA_FS, */\n'
breaks "a header that needs another" "util/trace.h does not compile alone" util/trace.h 'struct iovec later;\n'
breaks "an old word" "say ns_lock" util/buf.c '/* tree''_lock */\n'
breaks "a left-over" "left-over marker" util/buf.c '/* TO''DO */\n'
breaks "other than clang-format has it" "clang-format -i wanted" util/buf.c 'int   x;\n'
breaks "a function too long" "f has 52 lines" util/buf.c "static void f(void)\\n{\\n$(printf '\\tf();\\n%.0s' $(seq 51))}\\n"
breaks "seven parameters" "g has 7 parameters" util/buf.c 'int g(int a, int b, int c, int d, int e, int h, int i)\n{\n\treturn 0;\n}\n'
breaks "a ternary in a ternary" "a ternary in a ternary" util/buf.c 'int x = 1 ? 2 ? 3 : 4 : 5;\n'
breaks "a file too long" "util/buf.c: .* lines (at most 600)" util/buf.c "$(printf '/* */\\n%.0s' $(seq 600))"
breaks "a file without a licence" "util/stray.c: no SPDX line" util/stray.c '\n'
breaks "a header that its .c does not see first" "util/stray.c: its first include" util/stray.h '\n'
breaks "a file that no README names" "does not name stray.c" util/stray.c '\n'
breaks "a README that names what is not there" "there is no nothing.c" util/README.md '`nothing.c`\n'
breaks "a document that names a function that is not there" "no_such_function" docs/architecture.md '`no_such_function()`\n'
breaks "a list of tests that names what is not there" "there is no tests/unit/test_none.c" dev/testing/variant.py 'CONCURRENT += ("none",)\n'
breaks "an error that docs/troubleshooting.md lacks" "lacks an error of util/buf.c:.*heard of" util/buf.c 'err_t f(struct why *w)\n{\n\treturn why_set(w, ERR_IO, "nobody has heard of %s", "it");\n}\n'
breaks "one that is chosen where it is said" "lacks an error of util/buf.c:.*or of this" util/buf.c 'err_t h(struct why *w)\n{\n\treturn why_set(w, ERR_IO, "%s", w ? "or of this" : "");\n}\n'
breaks "a line of docs/troubleshooting.md that nothing says" "nothing says .no such sentence." docs/troubleshooting.md '| `no such sentence` | |\n'
breaks "a row of the threat model that is not the next" "row 999 comes after" docs/threat-model.md '| 999 | a | `util/none.c` | `unit/none` |\n'
breaks "a source that it names and is not there" "row 999: there is no util/none.c" docs/threat-model.md ''
breaks "a test that it names and is not there" "row 999: there is no test unit/none" docs/threat-model.md ''
breaks "what a test does not have" "test_util_buf.c has no no_such" docs/threat-model.md '| 1000 | b | none | `unit/util_buf:no_such` |\n'
breaks "a row without a source" "row 1000 names no source" docs/threat-model.md ''
breaks "a row without a test" "row 1001: names no test and no step" docs/threat-model.md '| 1001 | c | `util/buf.c` | none |\n'
git add util/stray.[ch]
if dev/check >"$WORK/said" 2>&1; then not_ok "rules are broken, and it is content"; fi
for ((i = 0; i < ${#wanted[@]}; i += 2)); do check "refused: ${wanted[i]}" grep -q "${wanted[i + 1]}" "$WORK/said"; done
finish
