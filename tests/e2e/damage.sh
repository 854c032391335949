#!/usr/bin/env bash
# Objects and LMDB values are flipped, cut, deleted, swapped and replayed: the touched file gives EIO and is named; the rest works.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
S=$WORK/store A=$WORK/a B=$WORK/b
objects() { find "$S" -type f ! -name cloudseal-vault | sort; }
check "init" new_vault a v "$S"
check "mount" mount_vault a v "$A"
for i in 1 2 3 4 5 6 7 8; do head -c 400000 /dev/urandom >"$A/f$i"; sync_vault a v >/dev/null; done
check "sync" sync_vault a v
rsync -a "$A/" "$WORK/good/"
cp -r "$S" "$WORK/pristine"
# The object that holds a file's blocks: the biggest that appeared with it.
segments() { find "$S" -type f -size +300k | sort; }
check "eight segments or more" bash -c "[ \$(find '$S' -type f -size +300k | wc -l) -ge 8 ]"
back() { rsync -a --delete "$WORK/pristine/" "$S/"; }
n=0
fresh_device() { n=$((n + 1)); D=d$n; DM=$WORK/m$n; join_vault $D w "$S" && mount_vault $D w "$DM"; }
contained() { # contained WHAT HOW: HOW damages objects given; then a fresh device reads everything
	local what=$1; shift
	back; check "$what: a fresh device joins" fresh_device
	"$@"
	one_round() {
		local bad=0 good=0 f
		for f in "$WORK"/good/f*; do
			if timeout 100 cat "$DM/$(basename "$f")" >"$WORK/got" 2>"$WORK/err"; then
				cmp -s "$f" "$WORK/got" && good=$((good + 1)) || { echo "WRONG BYTES in $(basename "$f")"; return 1; }
			else
				grep -q 'Input/output error' "$WORK/err" && bad=$((bad + 1)) || { cat "$WORK/err"; return 1; }
			fi
		done
		echo "$good right, $bad refused"; [ $bad -ge 1 ] && [ $good -ge 6 ] && echo still >"$DM/new" && ls -lR "$DM" >/dev/null
	}
	check "$what: touched files give EIO, the others are right" one_round
	named() { on $D "$CLOUDSEAL" status w | grep -E '/f[0-9]' && grep -hE '/f[0-9].*[0-9a-f]{32}|[0-9a-f]{32}.*/f[0-9]' "$(state_dir $D w)"/*log*; }
	check "$what: status and log name path and object" named
	lock_vault $D w >/dev/null
}
flip() { printf '\377\376\375' | dd of="$(segments | head -1)" bs=1 seek=5000 conv=notrunc status=none; }
cut() { truncate -s 4096 "$(segments | head -1)"; }
del() { rm "$(segments | head -1)"; }
swap() { local x y; x=$(segments | head -1) y=$(segments | sed -n 2p); mv "$x" "$WORK/t"; cp "$y" "$x"; cp "$WORK/t" "$y"; }
contained "flipped segment" flip
contained "cut segment" cut
contained "deleted segment" del
contained "swapped segments" swap
# Replay of a mutable object (head), damaged commits: what the mount has stays right, nothing hangs.
back
check "fresh device" fresh_device
replay() { rsync -a "$WORK/old/" "$S/"; }
garbage_next() {
	echo more >"$A/f9"; sync_vault a v >/dev/null; local new; new=$(comm -13 <(cd "$WORK/pristine" && find . -type f | sort) <(cd "$S" && find . -type f | sort))
	local f; for f in $new; do printf 'garbage' | dd of="$S/$f" bs=1 seek=100 conv=notrunc status=none; done
	sleep 3; diff -r "$WORK/good" <(:) >/dev/null 2>&1; local g
	for g in "$WORK"/good/f*; do cmp "$g" "$DM/$(basename "$g")" || return 1; done
	[ ! -e "$DM/f9" ] && echo works >"$DM/mine" && [ "$(cat "$DM/mine")" = works ]
}
check "a damaged new commit is refused; everything before stays right" garbage_next
lock_vault $D w >/dev/null
back
# Local damage: values inside data.mdb.
check "lock a" lock_vault a v
local_damage() {
	python3 - "$(state_dir a v)/data.mdb" <<'PY'
import random, sys
p = sys.argv[1]; r = random.Random(7)
d = bytearray(open(p, 'rb').read())
# Overflow pages of block values: flip bytes deep inside long non-zero runs, where only sealed bytes can be.
hits = 0
for page in range(len(d) // 4096 - 40, 20, -97):
    o = page * 4096
    if all(d[o + 16:o + 64]) is False and d[o + 100:o + 4000].count(0) > 100: continue
    d[o + 2000] ^= 0xff; hits += 1
    if hits == 12: break
open(p, 'wb').write(d); print(hits, 'pages')
PY
	mount_vault a v "$A" || return 1
	local f; for f in "$WORK"/good/f*; do
		if timeout 60 cat "$A/$(basename "$f")" >"$WORK/got" 2>"$WORK/err"; then cmp "$f" "$WORK/got" || return 1; else grep -q 'Input/output' "$WORK/err" || return 1; fi
	done
	echo alive >"$A/alive" && [ "$(cat "$A/alive")" = alive ]
}
check "flipped LMDB values: right bytes (fetched again) or EIO, never wrong ones" local_damage
lock_vault a v >/dev/null
finish
