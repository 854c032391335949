#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The program is hardened, in the default build: what its headers, symbols and code show. That each check can fail is shown on
# small programs made without the one flag; what this compiler or machine does not know is asked of neither.
. "$(dirname "$0")/../lib.sh"
machine=$(uname -m)
compiler() { python3 -c 'import itertools, json, sys; print(*itertools.takewhile(lambda w: w[0] != "-", json.load(open(sys.argv[1]))[0]["command"].split()))' "$BUILD/compile_commands.json"; }
read -ra cc <<<"$(compiler)"
headers() { readelf -lW "$1"; }
code() { objdump -d --no-show-raw-insn "$1"; }
symbols() { readelf --dyn-syms -W "$1"; }
# has PROPERTY PROGRAM
has() {
	case $1 in
	pie) readelf -dW "$2" | grep -q 'FLAGS_1.* PIE' ;;
	relro) headers "$2" | grep -q GNU_RELRO ;;
	now) readelf -dW "$2" | grep -q 'FLAGS_1.* NOW' ;;
	nx) headers "$2" | grep -q 'GNU_STACK.* RW ' && ! headers "$2" | grep -q 'LOAD.* RWE ' ;;
	protector) symbols "$2" | grep -q ' __stack_chk_fail' ;;
	fortify) symbols "$2" | grep -q ' __memcpy_chk' ;;
	cf) code "$2" | grep -B1 endbr64 | grep -E '<[a-z][a-z0-9_.]*>:$' | grep -qv frame_dummy ;; # not only in what the compiler links in
	clash) code "$2" | grep -A1 'sub  *$0x1000,%rsp' | grep -q '$0x0,(%rsp)' ;;
	esac
}
# what shows it: a buffer whose size only the running program knows, a frame of more than a page, and functions to call
cat >"$WORK/small.c" <<'END'
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
int touch(char *p), last(char *p, char *q);
__attribute__((noinline)) int touch(char *p) { return p[0] + p[9999]; }
__attribute__((noinline)) int last(char *p, char *q) { return strcmp(p, q); }
int main(int argc, char **argv)
{
	char page[20000] = "", *own = malloc((size_t)argc + 1);
	memcpy(own, argv[0], strlen(argv[0]));
	memcpy(page, own, (size_t)argc);
	return touch(page) + last(page, own);
}
END
declare -A with=([pie]="-fPIE -pie" [relro]=-Wl,-z,relro [now]=-Wl,-z,now [nx]=-Wl,-z,noexecstack [protector]=-fstack-protector-strong
	[fortify]="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2" [cf]=-fcf-protection=full [clash]=-fstack-clash-protection)
declare -A without=([pie]="-fno-PIE -no-pie" [relro]="-Wl,-z,norelro" [now]=-Wl,-z,lazy [nx]=-Wl,-z,execstack [protector]=-fno-stack-protector
	[fortify]=-U_FORTIFY_SOURCE [cf]=-fcf-protection=none [clash]=-fno-stack-clash-protection)
declare -A said=([pie]="position-independent" [relro]="tables read-only after start" [now]="all bound at start" [nx]="no writable memory is executable"
	[protector]="stack protector" [fortify]="fortified" [cf]="indirect jumps have their marks" [clash]="large frames are probed")
lacks() { ! has "$@"; }
small() { # NAME FLAG...
	local name=$1; shift
	# shellcheck disable=SC2086
	"${cc[@]}" -O2 $* -o "$WORK/$name" "$WORK/small.c" 2>"$WORK/cc.log"
}
optimized=1 # fortifying needs that
! grep -q -- ' -O0 ' "$BUILD/compile_commands.json" || optimized=
for property in pie relro now nx protector fortify cf clash; do
	if [[ $property == c* && $machine != x86_64 ]] || [ "$property$optimized" = fortify ]; then continue; fi
	if ! small yes "${with[$property]}"; then continue; fi
	check "the check can see: ${said[$property]}" has $property "$WORK/yes"
	small no "${without[$property]}" || not_ok "no program without ${with[$property]}: $(head -1 "$WORK/cc.log")"
	check "and that it is missing" lacks $property "$WORK/no"
	check "cloudseal: ${said[$property]}" has $property "$CLOUDSEAL"
done
check "cloudseal: no folder to look for libraries in, no code that is written to" sh -c '! readelf -dW "$1" | grep -E "RPATH|RUNPATH|TEXTREL"' _ "$CLOUDSEAL"
# The linker notes IBT and SHSTK when everything linked in has them; the C library's own start files may not.
notes() { readelf -nW "$1" 2>/dev/null | grep -oE 'IBT|SHSTK' | sort -u; }
if small cet -fcf-protection=full && [ -n "$(notes "$WORK/cet")" ]; then
	check "cloudseal: noted as safe for IBT and shadow stacks, as a small program is" [ "$(notes "$CLOUDSEAL")" = "$(notes "$WORK/cet")" ]
fi

# What leaves no sure trace in the program: asked of how each of its files was compiled.
compiled_with() { # FLAG
	python3 - "$BUILD/compile_commands.json" "$1" <<'END'
import json, sys
lacking = [c["file"] for c in json.load(open(sys.argv[1])) if "/libcs_" in c["output"] and sys.argv[2] not in c["command"].split()]
print(*lacking[:5])
sys.exit(bool(lacking))
END
}
level() { "${cc[@]}" -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -dM -E -include features.h - </dev/null 2>/dev/null | awk '$2 == "__USE_FORTIFY_LEVEL" { print $3 }'; }
for flag in -ftrivial-auto-var-init=zero -fstack-clash-protection -fstack-protector-strong -fcf-protection=full "-D_FORTIFY_SOURCE=$(level)"; do
	if ! small any "$flag" -Werror || [[ -z $optimized && $flag == -D* ]]; then continue; fi
	check "every file is compiled with $flag" compiled_with "$flag"
done
differs() { ! compiled_with "$1"; }
check "a flag that no file has is noticed" differs -fno-such-flag
finish
