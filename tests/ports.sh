# Ports for private servers; sourced. take_ports sets PORTS to the first of 100 ports that are this test's alone until its
# shell and all it started have ended: a lock on a file says so to other tests, whoever runs them. All lie below what the
# kernel hands out by itself.
take_ports() {
	local base file used
	for _ in $(seq 200); do
		base=$((12000 + (RANDOM * 32768 + RANDOM) % 200 * 100)) file=/tmp/cloudseal-ports-$base
		{ exec {PORTS_LOCK}<>"$file"; } 2>/dev/null || continue # somebody else's
		used=$(ss -Hltn | sed -E 's/.*:([0-9]+) +[^ ]+ *$/\1/' | awk -v b=$base '$1 >= b && $1 < b + 100')
		# Who removed the file meanwhile may have let another one in under the same name.
		if flock -n "$PORTS_LOCK" && [ -z "$used" ] && [ "$file" -ef "/proc/self/fd/$PORTS_LOCK" ]; then
			PORTS=$base PORTS_FILE=$file
			return
		fi
		exec {PORTS_LOCK}>&-
	done
	echo "no free ports" >&2
	return 1
}
drop_ports() { [ -z "${PORTS_FILE:-}" ] || rm -f "$PORTS_FILE"; } # when the servers are down
