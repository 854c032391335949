#!/usr/bin/env bash
# The same as programs.sh, as an ordinary user with 8 MiB of lockable memory.
# timeout: 420
here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" = 0 ] || { echo "skip - needs root to become another user"; exit 77; }
pkg=$(mktemp -d "${TMPDIR:-/tmp}/package.XXXXXX"); chmod 755 "$pkg"
C_PACKAGE=$("$here/../helpers/c-package" "$pkg") && chmod -R a+rX "$pkg"
export C_PACKAGE
exec "$here/../helpers/as-user" "$here/programs.sh"
