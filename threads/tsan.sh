#!/bin/sh
# Runs threads/ on real threads under the thread sanitizer, the standard library instrumented too:
#   1. a data race that is there on purpose, which must be reported;
#   2. the laws of each protocol, ten times;
#   3. everything at once (loom-tests' `storm`) for a minute.
#   threads/tsan.sh DIR [SECONDS]
# DIR is a toolchain folder with a `tsan` wrapper that runs cargo with `-Zsanitizer=thread -Zbuild-std`: CONTRIBUTING
# says how to set one up. The first build takes a minute or more. A report of the sanitizer is a failure.
set -eu
dir=$(cd "${1:?folder with the tsan wrapper}" && pwd)
seconds=${2:-60}
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/tsan"
export TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 ${TSAN_OPTIONS:-}"
if "$dir/tsan" cargo test -q -p threadsnake-threads --test canary -- --ignored >"$CARGO_TARGET_DIR.canary" 2>&1; then
    echo "the race on purpose was not reported"
    exit 1
fi
grep -q 'ThreadSanitizer: data race' "$CARGO_TARGET_DIR.canary" || { cat "$CARGO_TARGET_DIR.canary"; exit 1; }
echo "the race on purpose was reported"
for round in 1 2 3 4 5 6 7 8 9 10; do
    "$dir/tsan" cargo test -q -p threadsnake-threads --test laws | grep 'test result'
done
"$dir/tsan" cargo run -q -p threadsnake-loom-tests --bin storm "$seconds"
