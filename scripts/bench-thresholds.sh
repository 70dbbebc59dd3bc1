#!/bin/bash
# bench-thresholds.sh MICROBENCHMARKS: allocations and instructions for one message, against what is checked in.
#
# Wall time is not looked at. Allocations are counted by the program itself, instructions by valgrind's callgrind,
# which needs no hardware counters and gives nearly the same number every time. UPDATE=1 writes the measured numbers
# into Benchmarks/thresholds.json.
set -euo pipefail
program=$1
here=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d "${TMPDIR:-/tmp}/cmq-thresholds.XXXXXX")
trap 'rm -rf "$place"' EXIT

command -v valgrind >/dev/null || {
    echo "error: valgrind is missing: make packages, or apt-get install valgrind" >&2
    exit 69
}
"$program" >"$place/counts.jsonl"
# valgrind stumbles over newer debugging information, which counting doesn't need.
strip --strip-debug -o "$place/program" "$program"
counting=(valgrind --tool=callgrind --callgrind-out-file="$place/dump")
"${counting[@]}" "$place/program" >"$place/counted.jsonl" 2>"$place/log" || {
    tail -n 20 "$place/log" >&2
    exit 70
}
python3 "$here/scripts/bench-thresholds.py" "$place" "$here/Benchmarks/thresholds.json"
