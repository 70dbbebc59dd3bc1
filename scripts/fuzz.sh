#!/bin/sh
# fuzz.sh FUZZER SECONDS [TARGET ...]: runs libFuzzer on each target for SECONDS, one after the other.
# What it finds goes to FuzzTesting/FailCases, where `make test` replays it; what it learns to .build/fuzz.
set -eu
fuzzer=$1
seconds=$2
shift 2
tests=$(cd "$(dirname "$0")/../FuzzTesting" && pwd)
learned=$(dirname "$tests")/.build/fuzz
[ $# -gt 0 ] || set -- $(ls "$tests/Corpus")
# A trap should end the process at once instead of drawing a picture of it.
export SWIFT_BACKTRACE=enable=no
failed=
for target; do
    [ -d "$tests/Corpus/$target" ] || { echo "fuzz: no target $target; there are:" $(ls "$tests/Corpus") >&2; exit 64; }
    mkdir -p "$learned/$target" "$tests/FailCases/$target"
    echo "== $target"
    # TOMLKit never frees what a text was that it refused, and neither does Foundation what /proc gave it.
    CMQ_FUZZ_TARGET=$target "$fuzzer" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=25 -max_len=8192 \
        -detect_leaks=0 -print_final_stats=1 -verbosity=1 -artifact_prefix="$tests/FailCases/$target/" \
        "$learned/$target" "$tests/Corpus/$target" "$tests/FailCases/$target" \
        </dev/null >"$learned/$target.log" 2>&1 || failed="$failed $target"
    grep -E 'cov:|stat::number_of_executed|Fatal error|ERROR:|Test unit' "$learned/$target.log" | tail -n 4
    rmdir "$tests/FailCases/$target" 2>/dev/null || true
done
[ -z "$failed" ] || { echo "fuzz: found something in:$failed; see $learned/*.log" >&2; exit 1; }
