# What run and row share: which targets there are, how they are built, and how one runs. Source it in the root of the tree.
BUILD=${FUZZ_BUILD:-build-fuzz} FINDINGS=$BUILD/findings

# Inputs live for milliseconds, so a freed block is kept long enough in 16 MiB; 256, the usual, go through all caches once more with each
# input. A block's stack of 12 calls says who it belongs to; 30 cost more than most decoders.
export ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=16:malloc_context_size=12 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

# targets [NAME...]: into TARGETS; all unless some are named.
targets() {
	local source name
	TARGETS=()
	for source in tests/fuzz/fuzz_*.c; do
		name=$(basename "$source" .c) name=${name#fuzz_}
		[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
		TARGETS+=("$name")
	done
}

# build: TARGETS. What went wrong is said.
build() {
	local log=$BUILD/build.log names=("${TARGETS[@]/#/tests/fuzz/fuzz_}")
	if [ ! -f "$BUILD/build.ninja" ]; then
		CC=clang meson setup "$BUILD" -Dwerror=true -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
			-Dc_args=-fsanitize=fuzzer-no-link -Db_ndebug=false >/dev/null || return 1
	fi
	mkdir -p "$FINDINGS"
	ninja -C "$BUILD" "${names[@]}" >"$log" 2>&1 || { tail -40 "$log"; return 1; }
}

# longest NAME: of its inputs; its header says it where it is not 4096.
longest() {
	local n
	n=$(sed -n 's/^ \* Longest input: \([0-9]*\).*/\1/p' "tests/fuzz/fuzz_$1.c")
	echo "${n:-4096}"
}

# fuzz NAME SECONDS LOG: from its seeds and what earlier runs in BUILD found to be new. Which input is mutated next is chosen without entropy:
# keeping count of rare features took 60 % of the time of targets with many (roster), and those found fewer features with it.
fuzz() {
	local work=$BUILD/work/fuzz_$1
	mkdir -p "$work"
	timeout -k 10 $(($2 + 60)) "$BUILD/tests/fuzz/fuzz_$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -reload=0 -entropic=0 \
		-max_len="$(longest "$1")" -print_final_stats=1 -artifact_prefix="$FINDINGS/fuzz_$1-" "$work" "tests/fuzz/corpus/$1" >"$3" 2>&1
}

# executed LOG: how many inputs a run took, at least.
executed() {
	awk '/^stat::number_of_executed_units:/ { all = $2 } /^#[0-9]/ { sub("#", "", $1); seen = $1 } END { print all ? all : seen + 0 }' "$1"
}

# tell LOG: what of it a finding is told by.
tell() {
	grep -E 'ERROR|SUMMARY|runtime error|Test unit written' "$1" | head
	tail -30 "$1"
}
