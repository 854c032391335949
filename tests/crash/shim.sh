# A device whose state lies on the file system that forgets (tests/crash/powercut.c); sourced after lib.sh. DEVICE's whole
# data home is on it: shim_up DEVICE [NAME: cut when this name is to be made durable], power_off DEVICE [PID of a daemon],
# shim_back DEVICE SEED [NAME] (what a disk would hold; SEED: a number, "nothing" or "names").
SHIM=$WORK/powercut
build_shim() {
	# shellcheck disable=SC2046
	gcc -O1 -Wall -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DFUSE_USE_VERSION=314 $(pkg-config --cflags fuse3) -o "$SHIM" \
		"$ROOT/tests/crash/powercut.c" $(pkg-config --libs fuse3)
}
data_of() { echo "$WORK/device-$1/data"; }
shim_up() {
	on "$1" true
	mkdir -p "$WORK/backing-$1"
	"$SHIM" "$WORK/backing-$1" "$(data_of "$1")" ${2:+"$2"} >/dev/null 2>&1 &
	echo $! >"$WORK/shim-$1.pid"
	wait_for 20 mountpoint -q "$(data_of "$1")"
}
power_off() { # the disk goes first: whatever the program does from then on reaches nothing
	local shim; shim=$(cat "$WORK/shim-$1.pid")
	vanish "$shim" 2>/dev/null
	[ -z "${2:-}" ] || vanish "$2"
	umount -l "$(data_of "$1")"
}
shim_back() { "$SHIM" --restore "$WORK/backing-$1" "$2" && shim_up "$1" "${3:-}"; }
shim_down() { umount -l "$(data_of "$1")" 2>/dev/null; kill "$(cat "$WORK/shim-$1.pid")" 2>/dev/null; rm -rf "$WORK/backing-$1"; }
