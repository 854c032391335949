#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tracepoints that docs/architecture.md lists are the ones in the source, and each is in the program.
# timeout: 60
. "$(dirname "$0")/../lib.sh"

cd "$ROOT" || exit 1
echo '#include <sys/sdt.h>' | cc -E -x c - >/dev/null 2>&1 || skip "<sys/sdt.h> is not installed (systemtap-sdt-dev): the program is built without tracepoints"
command -v readelf >/dev/null || skip "readelf is not installed (binutils)"

grep -rhoE '\bTRACE\([a-z_]+' --include='*.c' util crypto remote cache vault sync fs cli | sed 's/TRACE(//' | sort -u >"$WORK/source"
sed -n '/^## Tracepoints/,/^## /p' docs/architecture.md | sed -nE 's/^\| `([a-z_]+)` .*/\1/p' | sort -u >"$WORK/docs"
readelf -n "$CLOUDSEAL" | awk '$1 == "Provider:" { of = $2 } $1 == "Name:" && of == "cloudseal" { print $2 }' | sort -u >"$WORK/program"
# arguments TRACE gives beside the operation's number, as many as docs/architecture.md and the program say
arity() { # of the program: "name count"
	readelf -n "$CLOUDSEAL" | awk '$1 == "Provider:" { of = $2 } $1 == "Name:" { name = $2 }
		$1 == "Arguments:" && of == "cloudseal" { print name, NF - 1 }' | sort -u
}
listed() { # the same of the table: the operation's number, and what stands in its second column
	sed -n '/^## Tracepoints/,/^## /p' docs/architecture.md | sed -nE 's/^\| `([a-z_]+)` \|([^|]*)\|.*/\1 \2/p' |
		awk '{ n = NF > 1 ? gsub(/,/, ",") + 1 : 0; print $1, n + 1 }' | sort -u
}
check "there are tracepoints" test -s "$WORK/source"
check "those of the source are the ones in the documents" diff "$WORK/source" "$WORK/docs"
check "and the ones in the program" diff "$WORK/source" "$WORK/program"
arity >"$WORK/arity"; listed >"$WORK/listed"
check "their arguments are as many as the documents say" diff "$WORK/arity" "$WORK/listed"
# perf takes none of a program's probes when one has an argument that is no integer or pointer, but a struct by value.
odd() { readelf -n "$CLOUDSEAL" | awk '$1 == "Provider:" { of = $2 } $1 == "Name:" { name = $2 }
	$1 == "Arguments:" && of == "cloudseal" { for (i = 2; i <= NF; i++) if ($i !~ /^-?[1248]@/) print name, $i }'; }
# perf takes an address in the program for an offset in its file: they are to be the same where the code is.
apart() { readelf -lW "$CLOUDSEAL" | while read -r kind offset address _ _ _ flags; do
	[ "$kind" = LOAD ] && [[ $flags == *E* ]] && [ $((offset)) != $((address)) ] && echo "$offset $address"; done; }
check "code lies at the same place in the file and in memory" test -z "$(apart)"
check "each argument is an integer or a pointer" test -z "$(odd)"
odd
finish
