#!/bin/sh
# sanitize.sh SANITIZER FILTER: builds the tests with the sanitizer and runs those that FILTER names in their own process.
set -eu
sanitizer=$1
filter=$2
cd "$(dirname "$0")/.."
scratch=.build-$sanitizer

"${SWIFT:-swift}" build --build-tests --sanitize "$sanitizer" --scratch-path "$scratch"

# What a command that ends has not freed is nobody's loss.
export ASAN_OPTIONS=detect_leaks=0
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4
if [ "$sanitizer" = thread ]; then
    # Of Swift's toolchain: others may not know how Swift calls a function.
    clang=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
    [ -x "$clang" ] || clang=clang
    "$clang" -O1 -fPIC -shared -Wall \
        -o "$scratch/show-locks.so" Tests/Interposers/show-locks.c
    LD_PRELOAD=$PWD/$scratch/show-locks.so
    TSAN_OPTIONS=suppressions=$PWD/scripts/thread-sanitizer.supp
    export LD_PRELOAD TSAN_OPTIONS
fi
run() { "${SWIFT:-swift}" test --skip-build --sanitize "$sanitizer" --scratch-path "$scratch" "$@"; }
# What the kernel says of a process' memory is not what it is without the sanitizer. The simulation takes all threads
# there are, and others would wait for theirs longer than they may.
run --filter "$filter" --skip MemoryBoundTests --skip FloodTests --skip LongBacklogTests --skip SimulationTests
if echo SimulationTests | grep -qE "$filter"; then run --filter SimulationTests; fi
