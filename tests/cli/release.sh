#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# dev/release in a copy of the tree, with a package that is only a name (deb.sh makes the real one): what it refuses, and what it makes.
. "$(dirname "$0")/../lib.sh"
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@localhost GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@localhost HOME=$WORK
T=$WORK/tree
git -c safe.directory='*' clone -q "$ROOT" "$T" && cd "$T" || { not_ok "a copy of the tree"; finish; }
cp "$ROOT/dev/release" dev/
# shellcheck disable=SC2016
printf '#!/bin/sh\nmkdir -p "$1" && echo package >"$1/cloudseal_9.9.9_any.deb" && echo "$1/cloudseal_9.9.9_any.deb"\n' >dev/deb
sed -i "s/^  version: .*/  version: '9.9.9',/" meson.build
commit() { git add -A && git commit -qm "$1"; }
changelog() { printf '# Changelog\n\n## [Unreleased]\n%b\n## [9.9.9] - %s\n%b\n## 0.0.1\n- Older.\n' "$1" "$2" "$3" >CHANGELOG.md; commit "a changelog"; }
refuses() { fails_with 1 "$2" "refuses $1" dev/release --dry-run "$WORK/made"; }
refuses "what is not committed" "not all is committed"
changelog '' soon '- A change.\n'
refuses "a version without a date" "no line .## .9.9.9. - DATE"
changelog '' 2026-01-02 ''
refuses "a version without changes" "no change of 9.9.9"
changelog '- Another.\n' 2026-01-02 '- A change.\n'
refuses "changes that are in no version" "in no version"
check "nothing is made when it refuses" [ ! -e "$WORK/made" ]
changelog '' 2026-01-02 '### Added\n- A change.\n'
check "a dry run" dev/release --dry-run "$WORK/made"
check "makes no tag" [ -z "$(git tag -l v9.9.9)" ]
check "the sums are right" bash -c "cd '$WORK/made' && [ \$(wc -l <SHA256SUMS) = 2 ] && sha256sum -c --quiet SHA256SUMS"
mkdir "$WORK/x" && tar -C "$WORK/x" -xzf "$WORK/made/cloudseal-9.9.9.tar.gz"
archived() { local f; while read -r f; do [ -e "$WORK/x/cloudseal-9.9.9/$f" ] || { echo "no $f"; return 1; }; done < <(git ls-files); }
check "the source is all that git has" archived
check "and meson sets it up, with the version" bash -c "meson setup '$WORK/b' '$WORK/x/cloudseal-9.9.9' && meson introspect '$WORK/b' --projectinfo | grep -q 9.9.9"
sleep 1.1
check "again, as a release" dev/release "$WORK/again"
check "it is the same, byte for byte" diff -r "$WORK/made" "$WORK/again"
check "the tag is of this commit" [ "$(git rev-parse 'v9.9.9^{commit}')" = "$(git rev-parse HEAD)" ]
check "and says what changed" bash -c "git tag -l --format='%(contents)' v9.9.9 | grep -qx -- '- A change.'"
refuses "a version that is there already" "there is a v9.9.9 already"
finish
