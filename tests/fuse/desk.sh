# A desktop's session for tests, which source it behind lib.sh: a screen and a bus of its own below $DESK, its home $DESK/home.
# --- the session: whoever runs with this runtime folder belongs to it ---
desk() {
	env -u XDG_DATA_HOME -u XDG_CONFIG_HOME -u XDG_CACHE_HOME -u WAYLAND_DISPLAY -u XAUTHORITY -u SESSION_MANAGER -u GDK_BACKEND HOME="$DESK/home" LC_ALL=C.UTF-8 \
		XDG_RUNTIME_DIR="$DESK/run" DISPLAY="$SCREEN" DBUS_SESSION_BUS_ADDRESS="unix:path=$DESK/bus" NO_AT_BRIDGE=1 \
		GSETTINGS_BACKEND=memory "$@"
}
desk_pids() { grep -lFxz "XDG_RUNTIME_DIR=$DESK/run" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }
no_desk() { [ -z "$(desk_pids)" ]; }
stop_desk() {
	# shellcheck disable=SC2046
	no_desk || { kill $(desk_pids); wait_for 10 no_desk || kill -KILL $(desk_pids); } 2>/dev/null
}
trap 'rc=$?; [ "$BASHPID" != $$ ] || stop_desk; clean_up; exit $rc' EXIT
start_desk() {
	desk Xvfb -displayfd 3 -screen 0 1024x768x24 -nolisten tcp 3>"$DESK/display" >"$DESK/xvfb.log" 2>&1 &
	wait_for 30 grep -q . "$DESK/display" || { cat "$DESK/xvfb.log"; return 1; }
	SCREEN=:$(cat "$DESK/display")
	desk dbus-daemon --session --nofork --nopidfile --address="unix:path=$DESK/bus" >"$DESK/bus.log" 2>&1 &
	wait_for 30 [ -S "$DESK/bus" ] && wait_for 60 call org.freedesktop.DBus.Peer.Ping || { cat "$DESK/bus.log"; return 1; }
}
call() { desk timeout 120 gdbus call --timeout 100 --session -d org.xfce.FileManager -o /org/xfce/FileManager -m "$@"; } # starts Thunar, too
