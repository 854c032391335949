#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The Debian package: what is in it, what it depends on, and that the program in it runs.
# full only: it is a release build
# timeout: 900
. "$(dirname "$0")/../lib.sh"
deb=$("$ROOT/dev/deb" "$WORK/deb" | tail -1)
check "dev/deb makes a package" [ -s "$deb" ]
field() { dpkg-deb -f "$deb" "$1"; }
check "its version is the program's" [ "$("$CLOUDSEAL" --version)" = "cloudseal $(field Version)" ]
for library in libc6 libfuse3 libssl3 libcurl liblmdb0 libargon2 libzxcvbn fuse3; do
	check "it depends on $library" grep -q "$library" <<<"$(field Depends)"
done
dpkg-deb -x "$deb" "$WORK/x"
# packages LIBRARY...: whose they are here; a library of /lib may be known under /usr/lib
packages() { local l; for l; do dpkg-query -S "$(readlink -f "$l")" 2>/dev/null || dpkg-query -S "${l#/usr}" || return 1; done | sed 's/:.*//' | sort -u; }
named() { ldd "$1" | awk '{ print $1, $3 }' | grep -F "$(objdump -p "$1" | awk '$1 == "NEEDED" { print $2 }')" | awk '$2 ~ /^\// { print $2 }'; }
depends_on_all() {
	local p list; list=$(packages $(named "$1")) && [ "$(wc -l <<<"$list")" -ge 8 ] || { echo "few libraries: $list"; return 1; }
	for p in $list; do [[ ", $(field Depends)," == *", $p"[\ ,]* ]] || { echo "not $p"; return 1; }; done
}
check "it depends on the package of each library that the program names" depends_on_all "$WORK/x/usr/bin/cloudseal"
for f in bin/cloudseal sbin/mount.fuse.cloudseal share/man/man1/cloudseal.1.gz share/doc/cloudseal/copyright share/doc/cloudseal/changelog.gz \
	share/bash-completion/completions/cloudseal share/zsh/vendor-completions/_cloudseal lib/systemd/user/cloudseal@.service; do
	check "it brings /usr/$f" [ -s "$WORK/x/usr/$f" ]
done
check "the unit runs the packaged program" grep -q "^ExecStart=/usr/bin/cloudseal mount -f %i" "$WORK/x/usr/lib/systemd/user/cloudseal@.service"
check "its program obeys no variable of tests" sh -c "! strings -a '$WORK/x/usr/bin/cloudseal' | grep CLOUDSEAL_TEST_"
check "its check sums are right" sh -c "dpkg-deb -e '$deb' '$WORK/c' && cd '$WORK/x' && md5sum -c --quiet ../c/md5sums"
CLOUDSEAL=$WORK/x/usr/bin/cloudseal
check "its program makes a vault" new_vault a demo "$WORK/store"
check "and mounts it" mount_vault a demo "$WORK/m"
check "lock" lock_vault a demo
cp "$deb" "$WORK/first.deb"
"$ROOT/dev/deb" "$WORK/deb" >/dev/null
check "built again it is the same, byte for byte" cmp "$deb" "$WORK/first.deb"
finish
