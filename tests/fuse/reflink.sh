#!/usr/bin/env bash
# `cp --reflink=auto` shares blocks: neither LMDB nor the store grows by the file, and a second device fetches nothing to copy.
# CLOUDSEAL_FULL=1: 1 GiB instead of 24 MiB.
# timeout: 240
. "$(dirname "$0")/../lib.sh"
M=$WORK/mnt M2=$WORK/mnt2
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
if [ "${CLOUDSEAL_FULL:-0}" = 1 ]; then mib=1024; else mib=24; fi
copy() { cp --reflink=auto "$@"; }
local_size() { du -sk --apparent-size "$(state_dir "$1" "$2")" | cut -f1; }
store_size() { du -sk --apparent-size "$WORK/store" | cut -f1; }
number() { on "$1" "$CLOUDSEAL" status --json "$2" | python3 -c 'import json, sys; v = json.load(sys.stdin)
for k in sys.argv[1].split("."): v = v[k]
print(v)' "$3"; }
below() { [ "$1" -lt "$2" ] || { echo "$1, not below $2"; return 1; }; }

check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 00 -nosalt -in /dev/zero 2>/dev/null | head -c "${mib}M" >"$M/big"
check "sync" sync_vault a v
bytes=$(number a v cache.bytes) lmdb=$(local_size a v) store=$(store_size)
start=${EPOCHREALTIME/./}
check "five copies of $mib MiB" eval 'for i in 1 2 3 4 5; do copy "$M/big" "$M/copy$i" || exit 1; done'
echo "# $((${EPOCHREALTIME/./} - start)) us for five copies of $mib MiB"
check "a copy has the bytes" cmp "$M/big" "$M/copy5"
check "and blocks of its own as far as stat tells" [ "$(stat -c %b "$M/copy1")" = "$(stat -c %b "$M/big")" ]
check "the copies are on the store" sync_vault a v
echo "# grew by $(($(number a v cache.bytes) - bytes)) bytes of blocks, $(($(local_size a v) - lmdb)) KiB of local state, $(($(store_size) - store)) KiB on the store"
check "no block was added" [ "$(number a v cache.bytes)" = "$bytes" ]
check "the local state grew by under a tenth of one copy" below $(($(local_size a v) - lmdb)) $((mib * 1024 / 10))
check "the store grew by under a fiftieth of one copy" below $(($(store_size) - store)) $((mib * 1024 / 50))

# --- a copy is a file of its own ---
apart() {
	sha256sum <"$M/big" >"$WORK/sum"
	printf changed | dd of="$M/copy1" bs=1 seek=1000000 conv=notrunc status=none && truncate -s 5000 "$M/copy2" && rm "$M/copy3" &&
		[ "$(dd if="$M/copy1" bs=1 skip=1000000 count=7 status=none)" = changed ] && [ "$(sha256sum <"$M/big")" = "$(cat "$WORK/sum")" ] &&
		[ "$(sha256sum <"$M/copy4")" = "$(cat "$WORK/sum")" ] && cmp -n 5000 "$M/big" "$M/copy2"
}
check "a copy that changes leaves the others alone" apart
original_gone() {
	mv "$M/copy4" "$M/kept" && rm "$M/big" && sync_vault a v && [ "$(sha256sum <"$M/kept")" = "$(cat "$WORK/sum")" ] && copy "$M/kept" "$M/big" && cmp "$M/kept" "$M/big"
}
check "and outlives the original" original_gone
sparse() {
	truncate -s 64M "$M/sparse" && printf middle | dd of="$M/sparse" bs=1M seek=31 conv=notrunc status=none && head -c 300000 "$M/kept" >>"$M/sparse" || return 1
	copy "$M/sparse" "$M/sparse-copy" && cmp "$M/sparse" "$M/sparse-copy" && below "$(stat -c %b "$M/sparse-copy")" 1000
}
check "a sparse file stays sparse" sparse
over() { copy "$M/kept" "$M/sparse-copy" && cmp "$M/kept" "$M/sparse-copy" && copy "$M/sparse" "$M/sparse-copy" && cmp "$M/sparse" "$M/sparse-copy"; }
check "a copy over a file replaces it" over
tree() {
	mkdir -p "$M/tree/a/b" && echo small >"$M/tree/small" && : >"$M/tree/empty" && head -c 3000000 "$M/kept" >"$M/tree/a/b/medium" && head -c 131073 "$M/kept" >"$M/tree/a/odd" || return 1
	copy -a "$M/tree" "$M/tree-copy" && same_tree "$M/tree" "$M/tree-copy" && cp -a --reflink=auto "$M/tree" "$WORK/out-tree" && same_tree "$M/tree" "$WORK/out-tree" &&
		copy -a "$WORK/out-tree" "$M/back" && same_tree "$M/tree" "$M/back"
}
check "cp -a within, out of, and into the mount" tree

# --- while much else is written: the copy waits for room rather than move the data ---
check "sync before it" sync_vault a v # what is still on its way into blocks would be counted below
bytes=$(number a v cache.bytes)
busy() {
	openssl enc -aes-128-ctr -K ff112233445566778899aabbccddeeff -iv 00 -nosalt -in /dev/zero 2>/dev/null | head -c "${mib}M" >"$M/other" & local writer=$!
	for i in $(seq 6); do copy "$M/kept" "$M/under-load$i" || return 1; done
	wait $writer && cmp "$M/kept" "$M/under-load5"
}
check "copies while another file is written" busy
sync_vault a v >/dev/null
check "moved no data" below $(($(number a v cache.bytes) - bytes)) $((mib * 1024 * 1024 * 11 / 10))

# --- a second device: nothing is fetched to copy ---
check "sync again" sync_vault a v
check "lock" lock_vault a v
check "a second device joins" join_vault b w "$WORK/store"
check "and mounts" mount_vault b w "$M2"
received=$(number b w traffic.received)
check "it copies $mib MiB that are not there" copy "$M2/kept" "$M2/cold-copy"
check "and fetches none of them" below $(($(number b w traffic.received) - received)) 1000000
store=$(store_size)
check "the copy is on the store" sync_vault b w
check "which grew by little" below $(($(store_size) - store)) $((mib * 1024 / 50))
check "and it has the bytes" [ "$(sha256sum <"$M2/cold-copy")" = "$(cat "$WORK/sum")" ]
check "lock b" lock_vault b w
finish
