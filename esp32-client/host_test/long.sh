#!/usr/bin/env bash
# Runs the tests that are too slow for run.sh: the complete table of hostile responses, faults and power cuts at every step against the
# built server, and the fuzzers if clang is installed. The last line is `N passed, N failed`.
#   long.sh [SECONDS FOR EACH FUZZER]
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

component=esp32-client/host_test
output=$(mktemp)
trap 'rm -f "$output"' EXIT
passed=0
failed=0

part() {
  local name=$1 good bad
  shift
  "$@" 2>&1 | tee "$output"
  local status=${PIPESTATUS[0]}
  good=$(sed -nE 's/^\[  PASSED  \] ([0-9]+) test.*/\1/p; s/^([0-9]+) passed, [0-9]+ failed$/\1/p' "$output" | awk '{ sum += $1 } END { print sum + 0 }')
  bad=$(sed -nE 's/^ *([0-9]+) FAILED TEST.*/\1/p; s/^[0-9]+ passed, ([0-9]+) failed$/\1/p' "$output" | awk '{ sum += $1 } END { print sum + 0 }')
  ((status != 0 && bad == 0)) && bad=1
  echo "$name: $good passed, $bad failed"
  passed=$((passed + good)) failed=$((failed + bad))
}

part 'hostile answers, all' env LONG=1 make --silent --jobs=2 --directory="$component/idf_shim" hostile
part 'against the server, every step' env OTA_E2E_EVERY_CUT=1 "$component/e2e/run.sh"
part 'fuzzers' "$component/fuzz/run.sh" "${1:-120}"
echo "$passed passed, $failed failed"
((failed == 0))
