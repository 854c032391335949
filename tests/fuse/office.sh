#!/usr/bin/env bash
# LibreOffice without a screen works on a real mount as on a local disk: saving, lock files, two at one document, conversions, a
# kill while it edits; and all of it is there after a remount.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
PATH=/usr/bin:/bin:$PATH # a version manager's python3 takes a second to start
M=$WORK/mnt
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
command -v soffice >/dev/null || skip "soffice is not installed"
/usr/bin/python3 -c 'import uno' 2>/dev/null || skip "python3-uno is not installed"
unset XDG_CONFIG_HOME XDG_CACHE_HOME DISPLAY WAYLAND_DISPLAY
export TMPDIR=$WORK/tmp; mkdir "$TMPDIR"
PIPES=cs-office-$$ BOUND=()

# Each starts once, since that takes longest (10 s alone, most of it for the profile), and both at the same time.
office() { # NAME [ARGUMENTS]: LibreOffice with NAME's home and profile; it joins the one that runs there
	local n=$1; shift
	on "$n" exec "${BOUND[@]}" soffice --headless --norestore --nologo --nodefault "-env:UserInstallation=file://$WORK/device-$n/profile" "$@"
}
declare -A LAUNCHER
start() { office "$1" "--accept=pipe,name=$PIPES-$1;urp;" >"$WORK/$1.log" 2>&1 & LAUNCHER[$1]=$!; }
start ann; start bob
# It is the child of its launcher. Killed, it leaves its sockets in /tmp.
kill_office() { # NAME
	local pid sockets; pid=$(pgrep -P "${LAUNCHER[$1]}" soffice.bin) || return
	sockets=$(ss -Hxlp | awk -v p="pid=$pid," 'index($0, p) && $5 ~ "^/tmp/OSL_PIPE_" { print $5 }')
	kill -9 "$pid"; wait "${LAUNCHER[$1]}"
	# shellcheck disable=SC2086
	rm -f $sockets
}
# shellcheck disable=SC2034
SERVERS_DOWN='kill_office ann; kill_office bob'
steps() { # edit, killed or read
	timeout 120 "$ROOT/tests/fuse/office.py" "$PIPES" "$M" "$1"
	case $? in 0) ;; 124) not_ok "$1: not done in two minutes" ;; *) FAILED=$((FAILED + 1)) ;; esac
}

check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
# Nothing of the mount is asked yet. Once in some hundred starts beside much else LibreOffice never answers, where the other one of
# the same moment does in 3 s: what it does then is printed, and it gets a second try.
answers() { timeout 120 "$ROOT/tests/fuse/office.py" "$PIPES" "$M" "answers-$1"; }
for n in ann bob; do
	answers $n >"$WORK/asked" && continue
	echo "LibreOffice of $n did not start:"
	cat "$WORK/$n.log"
	ps -Lo pid,stat,wchan:20,time,comm -p "$(pgrep -P "${LAUNCHER[$n]}" -d, . || echo "${LAUNCHER[$n]}")"
	kill_office $n || kill -9 "${LAUNCHER[$n]}"
	rm -rf "$WORK/device-$n/profile"
	start $n
	check "LibreOffice of $n answers" answers $n
done
steps edit

# ann's does it, who has a document open: one that has none ends after it.
convert() { # FILE FORMAT: what is there already is replaced
	local to; to=$M/converted/$(basename "${1%.*}").$2
	touch "$WORK/begun"
	(BOUND=(timeout 60); office ann --convert-to "$2" --outdir "$M/converted" "$M/$1") && [ -s "$to" ] && [ "$to" -nt "$WORK/begun" ]
}
mkdir "$M/converted"
for f in "copy of report.odt docx" "copy of report.odt pdf" "report.docx odt" "numbers.xlsx ods" "numbers.ods pdf"; do
	check "--convert-to: ${f% *} to ${f##* }" convert "${f% *}" "${f##* }"
done
check "--convert-to over what is there" convert "numbers.ods" pdf

kill_office ann
steps killed
(cd "$M" && find . -type f -exec sha256sum {} +) >"$WORK/sums"
check "lock" lock_vault a v
check "mount again" mount_vault a v "$M"
same_bytes() { [ "$(find "$M" -type f | wc -l)" = "$(wc -l <"$WORK/sums")" ] && (cd "$M" && sha256sum --quiet -c "$WORK/sums"); }
check "after remount the same files, byte for byte" same_bytes
whole() { # all documents are whole archives, and all PDFs have an end
	local n=0 f
	while read -r f; do
		n=$((n + 1))
		case $f in
		*.pdf) tail -c 8 "$f" | grep -q '%%EOF' || { echo "$f has no end"; return 1; } ;;
		*.csv) [ "$(wc -l <"$f")" = 2000 ] || { echo "$f is short"; return 1; } ;;
		*) unzip -tqq "$f" || return 1 ;;
		esac
	done < <(find "$M" -type f)
	[ $n = 11 ] || { find "$M" -type f; return 1; }
}
check "and all whole" whole
steps read
ended() { ! kill -0 "${LAUNCHER[$1]}"; }
check "bob's LibreOffice ends when it is told to" wait_for 30 ended bob
check "lock again" lock_vault a v
finish
