#!/usr/bin/env bash
# Trees that people work in: a git repository, a build as the kernel does it, 40 levels of folders; then all of it after a
# remount and on a second device. Small numbers; CLOUDSEAL_FULL=1: 10,000 files in the repository, 2,000 sources.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
PATH=/usr/bin:/bin:$PATH # a version manager's python3 takes a second to start
M=$WORK/mnt
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
if [ "${CLOUDSEAL_FULL:-0}" = 1 ]; then files=10000 group=100 sources=2000 folder=20; else files=120 group=40 sources=24 folder=12; fi
git() { command git -c user.name=t -c user.email=t@example.org -c init.defaultBranch=main -c gc.auto=0 "$@"; }
took() { echo "# $1: $(((${EPOCHREALTIME/./} - $2) / 1000)) ms"; }

check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"

# --- a git repository: the same on the mount and on the local disk gives the same tree ---
repo_files() { # DIR ROUND: files in folders of $group; a round changes every tenth
	python3 - "$1" "$2" "$files" "$group" <<'PY'
import os, sys
top, step, n, group = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
for i in range(0, n, 1 if step == 0 else 10):
    d = f'{top}/{i // group // 10}/dir{i // group}'
    os.makedirs(d, exist_ok=True)
    with open(f'{d}/file{i}.txt', 'w') as f:
        f.write(f'file {i}, round {step}\n' * (1 + i * 37 % 90))
PY
}
repo() { # DIR
	mkdir "$1" && cd "$1" || return 1
	git init -q && repo_files . 0 && git add . && git commit -qm "all" || return 1
	git status --porcelain | grep . && return 1
	git checkout -q -b side && repo_files . 1 || return 1
	[ "$(git status --porcelain | wc -l)" = $((files / 10)) ] || { echo "status sees $(git status --porcelain | wc -l) changes"; return 1; }
	git commit -qam "a tenth" && git mv 0/dir0 moved && git rm -qr 0/dir1 && git commit -qm "moved" || return 1
	git checkout -q main && echo more >0/dir2/more && git add . && git commit -qm "more" && git merge -q -m "merged" side || return 1
	git tag -a -m t v1 && git gc -q && git fsck --full --strict || return 1
	git status --porcelain | grep . && return 1
	[ "$(git ls-files | wc -l)" = $((files - group + 1)) ] && [ "$(find . -path ./.git -prune -o -type f -print | wc -l)" = $((files - group + 1)) ]
}
start=${EPOCHREALTIME/./}
check "git: $files files, changes, a branch, a merge, gc, fsck" repo "$M/repo"
took "git on the mount" "$start"; start=${EPOCHREALTIME/./}
check "the same on the local disk" repo "$WORK/repo"
took "git on the local disk" "$start"
check "gives the same tree" [ "$(git -C "$M/repo" rev-parse 'HEAD^{tree}')" = "$(git -C "$WORK/repo" rev-parse 'HEAD^{tree}')" ]
clones() {
	git clone -q --no-hardlinks "$M/repo" "$M/clone" && git clone -q --shared "$M/repo" "$M/shared" &&
		git -C "$M/clone" fsck --full && diff -r --exclude=.git "$M/clone" "$WORK/repo" &&
		[ "$(git -C "$M/shared" rev-parse HEAD)" = "$(git -C "$M/repo" rev-parse HEAD)" ] && rm -r "$M/shared"
}
check "git clone within the mount" clones
worktrees() {
	cd "$M/repo" && git worktree add -q ../side side && [ -d ../side/moved ] && git worktree remove ../side && [ ! -e ../side ] &&
		echo x >>moved/file0.txt && git stash -q && git stash pop -q && git diff --quiet HEAD -- 1 && ! git diff --quiet && git checkout -q .
}
check "git worktree and stash" worktrees

# --- a build as the kernel's ---
K=$M/kernel
value() { # STEP: what the program built from the sources prints
	local n v=0; for n in $(seq 0 $((sources - 1))); do v=$((v + $1 + n / folder)); done; echo $v
}
builds() { # HOW-MANY-FILES STEP: a build compiles so many and its program is right
	rm -f built; make -s "-j$(nproc)" image >"$WORK/make.log" 2>&1 || { tail -5 "$WORK/make.log"; return 1; }
	local n; n=$(cat built 2>/dev/null | wc -l)
	[ "$n" = "$1" ] && [ "$(./image)" = "$(value "$2")" ] || { echo "built $n files, the program says $(./image)"; return 1; }
}
python3 "$ROOT/tests/helpers/kernel-tree" "$K" "$sources" "$folder"; cd "$K" || exit 1
start=${EPOCHREALTIME/./}
check "make -j$(nproc) of $sources files, recursive" builds "$sources" 1
took "make" "$start"
check "make again builds nothing" builds 0 1
touch include/sub1.h
check "a header's folder is built when the header is touched" builds "$folder" 1
echo CONFIG_STEP=7 >config
if [ "${CLOUDSEAL_FULL:-0}" = 1 ]; then check "all is built again when the configuration changes" builds "$sources" 7; fi
check "make clean" make -s clean
cd "$WORK" || exit 1

# --- deep ---
deep() { # DIR LENGTH-OF-NAMES
	python3 "$ROOT/tests/fuse/deep_tree.py" "$1" "$(printf "%0$2d" 0)" || return 1
	[ "$(find "$1" -type d | wc -l)" = 41 ] && [ "$(find "$1" -name leaf | wc -l)" = 40 ]
}
check "40 levels of long names" deep "$M/deeper" 200
check "40 levels" deep "$M/deep" 80
copied() { # by programs that use whole paths
	tar -C "$M" -cf "$WORK/deep.tar" deep && mkdir "$M/again" && tar -C "$M/again" -xf "$WORK/deep.tar" && diff -r "$M/deep" "$M/again/deep" &&
		cp -a "$M/deep" "$WORK/deep" && same_tree "$WORK/deep" "$M/deep" && rm -r "$M/again"
}
check "tar, diff, cp, rsync, rm of 40 levels" copied

# --- after a remount, and on a second device ---
rm -rf "$M/clone"
cp -a "$M/repo" "$WORK/kept"; levels() { (cd "$1" && find . | sort) >"$2"; }; levels "$M/deeper" "$WORK/deep-before"
check "lock" lock_vault a v
check "mount again" mount_vault a v "$M"
check "the repository is the same" same_tree "$WORK/kept" "$M/repo"
check "and sound" git -C "$M/repo" fsck --full --strict
levels "$M/deeper" "$WORK/deep-after"
check "and so are the deep folders" cmp "$WORK/deep-before" "$WORK/deep-after"
check "sync" sync_vault a v
check "a second device joins" join_vault b w "$WORK/store"
check "and mounts" mount_vault b w "$WORK/mnt2"
check "and has the same repository" same_tree "$WORK/kept" "$WORK/mnt2/repo"
check "which git finds clean" bash -c "cd '$WORK/mnt2/repo' && git fsck --full && ! git status --porcelain | grep ."
levels "$WORK/mnt2/deeper" "$WORK/deep-after"
check "and the same deep folders" cmp "$WORK/deep-before" "$WORK/deep-after"
check "lock a" lock_vault a v
check "lock b" lock_vault b w
finish
