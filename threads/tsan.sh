#!/bin/sh
# Runs the laws of threads/ on real threads under the thread sanitizer, ten times, the standard library instrumented too.
#   threads/tsan.sh DIR [cargo test arguments]
# DIR is a toolchain folder with a `tsan` wrapper that runs cargo with `-Zsanitizer=thread -Zbuild-std`: CONTRIBUTING
# says how to set one up. The first build takes about a minute. A report of the sanitizer is a failure.
set -eu
dir=$(cd "${1:?folder with the tsan wrapper}" && pwd)
shift
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/tsan"
export TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 ${TSAN_OPTIONS:-}"
for round in 1 2 3 4 5 6 7 8 9 10; do
    echo "round $round"
    "$dir/tsan" cargo test -q -p threadsnake-threads --tests "$@"
done
