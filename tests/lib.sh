# Shared by the shell tests; source it: . "$(dirname "$0")/../lib.sh"
# A test is an executable script tests/{cli,fuse,e2e,crash}/NAME.sh. It prints "ok - what" or "not ok - what" per check and
# exits 0 when all were ok, 77 to skip loudly (with the reason on its last line), anything else for failure. A check that cannot
# run here prints "skip - what: why" (skip_check); dev/test counts it, and in CI it is a failure.
# dev/test runs each in its own session with a private $TMPDIR, and kills and unmounts what is left of it; three at a time. Lines
# in the script's head say more: "# timeout: SECONDS" (300), "# full only" (with --full), "# alone: WHY" (nothing beside it: it
# measures time, or changes what others use).
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
CLOUDSEAL=${CLOUDSEAL:-$BUILD/cli/cloudseal}
export CLOUDSEAL_TEST_KDF=floor LC_ALL=C.UTF-8
unset LANGUAGE
. "$ROOT/tests/ports.sh"
# test_switches: the program obeys CLOUDSEAL_TEST_*.
test_switches() { grep -qa CLOUDSEAL_TEST_ "$CLOUDSEAL"; }
[ ! -x "$CLOUDSEAL" ] || test_switches || echo "$CLOUDSEAL has no test switches, so keys take their time: meson configure -Dtest_switches=true" >&2
WORK=$(mktemp -d "${TMPDIR:-/tmp}/cloudseal-test.XXXXXX")
FAILED=0
PASS=$WORK/passphrase
echo "correct horse battery" >"$PASS"
chmod 600 "$PASS" # as all that hold secrets must be

ok() { echo "ok - $*"; }
not_ok() { echo "not ok - $*"; FAILED=$((FAILED + 1)); }
# check WHAT COMMAND...: ok when the command succeeds.
check() {
	local what=$1; shift
	if ("$@") >"$WORK/out" 2>&1; then ok "$what"; else not_ok "$what (exit $?)"; tail -n 15 "$WORK/out" | cut -c1-400 | sed 's/^/    /'; fi
}
# fails_with CODE PATTERN WHAT COMMAND...: that exit code, and exactly one line on stderr that matches.
fails_with() {
	local code=$1 pattern=$2 what=$3 rc; shift 3
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null; rc=$?
	if [ "$rc" != "$code" ]; then not_ok "$what: exit $rc, not $code"; sed 's/^/    /' "$WORK/err"
	elif ! grep -qE "$pattern" "$WORK/err"; then not_ok "$what: no '$pattern' in:"; sed 's/^/    /' "$WORK/err"
	elif [ "$(wc -l <"$WORK/err")" != 1 ]; then not_ok "$what: more than one line:"; sed 's/^/    /' "$WORK/err"
	else ok "$what"; fi
}
skip() { echo "skip - $*"; exit 77; }
skip_check() { echo "skip - $*"; } # WHAT: WHY; one check of several: it is counted, the others go on
wait_for() { # wait_for SECONDS COMMAND...: until it succeeds
	local end=$((SECONDS + $1)); shift
	until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.05; done
}
# device NAME: the environment of a device of its own (state, runtime dir); use as: on a cloudseal status
on() {
	local d=$WORK/device-$1; shift
	mkdir -p -m 700 "$d/data" "$d/run" "$d/home"
	HOME=$d/home XDG_DATA_HOME=$d/data XDG_RUNTIME_DIR=$d/run "$@"
}
state_dir() { echo "$WORK/device-$1/data/cloudseal/$2"; }
new_vault() { # new_vault DEVICE NAME STORE [options]
	local d=$1 n=$2 s=$3; shift 3
	on "$d" "$CLOUDSEAL" init --create --name "$n" --passfile "$PASS" --recovery-file "$WORK/recovery-$n" "$@" "$s" && cp "$WORK/recovery-$n" "$(recovery_at "$s")"
}
recovery_at() { echo "$WORK/recovery-at-$(printf %s "$1" | sha256sum | cut -c1-16)"; } # STORE: the recovery key of the vault that new_vault made there
join_vault() { # join_vault DEVICE NAME STORE [options]: by that key, or the one that options say; its passphrase is $PASS on that device, too
	local d=$1 n=$2 s=$3 key; shift 3
	key=$(recovery_at "$s")
	case " $* " in *" --recovery-file "* | *" --portable-passphrase "*) key= ;; esac
	on "$d" "$CLOUDSEAL" join --name "$n" --passfile "$PASS" ${key:+--recovery-file "$key"} "$@" "$s"
}
mount_vault() { # mount_vault DEVICE NAME DIR [options]
	local d=$1 n=$2 m=$3; shift 3
	mkdir -p "$m"; on "$d" timeout 240 "$CLOUDSEAL" mount --passfile "$PASS" "$@" "$n" "$m" && return
	local rc=$?
	[ $rc != 124 ] || echo "mount: nothing for 240 s" >&2
	return $rc
}
lock_vault() { local d=$1 n=$2; shift 2; on "$d" timeout 120 "$CLOUDSEAL" lock "$@" "$n"; }
sync_vault() { local d=$1 n=$2; shift 2; on "$d" timeout 300 "$CLOUDSEAL" sync "$@" "$n"; }
uploads() { sync_vault "$@"; case $? in 0 | 7) ;; *) return 1 ;; esac; } # likewise, whether an alarm is open or not
same_tree() { # same_tree A B: everything rsync can compare is equal
	local diff; diff=$(rsync -aHAXcni --delete --modify-window=-1 "$1/" "$2/" 2>&1) || { echo "$diff" | head; return 1; }
	[ -z "$diff" ] || { echo "$diff" | head; return 1; }
}
# come_together A B: soon both are equal, and stay so. A device that has a name of another's change already may have the folder's
# former times for a moment: the kernel is told of names and of attributes one after another, once the change is in the map.
come_together() { wait_for 20 same_tree "$1" "$2"; same_tree "$1" "$2"; }
another_byte() { # another_byte FILE AT: that byte becomes another one; a fixed one may be there already, of random data once in 256
	local old; old=$(od -An -tu1 -j "$2" -N 1 "$1") || return 1
	printf "\\x$(printf %02x $((old ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
pid_of() { on "$1" "$CLOUDSEAL" status "$2" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])'; } # DEVICE NAME
daemon_pid() { pgrep -f -- "^$CLOUDSEAL mount .*$1" | head -1; }
drop_caches() { sync; { echo 3 >/proc/sys/vm/drop_caches; } 2>/dev/null || true; }
finish() { exit $((FAILED > 0)); }
clean_up() { # of the test itself: bash runs the trap also in a part of a pipeline that fails to expand
	[ "$BASHPID" = $$ ] || return
	trap - EXIT
	"$ROOT/dev/remove" -u "$WORK"
	[ -z "${SERVERS_DOWN:-}" ] || eval "$SERVERS_DOWN"
	drop_ports
	"$ROOT/dev/remove" "$WORK" 2>/dev/null
}
trap 'rc=$?; clean_up; exit $rc' EXIT
trap 'exit 130' INT TERM
