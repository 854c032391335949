#!/usr/bin/env bash
# The same as programs.sh, as an ordinary user with 8 MiB of lockable memory.
# timeout: 420
here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" = 0 ] || { echo "skip - needs root to become another user"; exit 77; }
pkg=$(mktemp -d "${TMPDIR:-/tmp}/package.XXXXXX"); chmod 755 "$pkg"
C_PACKAGE=$("$here/../helpers/c-package" "$pkg") && chmod -R a+rX "$pkg"
export C_PACKAGE
# The checkout may lie where another user cannot look: work from a copy.
mkdir "$pkg/root" && tar -C "$here/../.." --exclude='./build*' --exclude=./.git -cf - . | tar -C "$pkg/root" -xf - || exit 1
cp "${CLOUDSEAL:-$here/../../build/cli/cloudseal}" "$pkg/cloudseal" && chmod -R a+rX "$pkg" || exit 1
export CLOUDSEAL=$pkg/cloudseal
exec "$pkg/root/tests/helpers/as-user" "$pkg/root/tests/fuse/programs.sh"
