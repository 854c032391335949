#!/usr/bin/env bash
# stores.sh on those that a user may have and that do less: nginx dav-ext (folders need a slash, 500 for a missing one), rclone serve
# webdav (keeps what it got of a PUT that was cut), OpenStack Swift (no conditional PUT), and S3 with the bucket in the host.
# timeout: 420
[ "${CLOUDSEAL_FULL:-0}" = 1 ] || export COMMITS="${COMMITS:-8}"
export STORES="${STORES:-nginx rclone swift s3virtual}"
exec "$(dirname "$0")/stores.sh"
