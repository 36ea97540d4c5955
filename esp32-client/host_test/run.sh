#!/usr/bin/env bash
# Builds and runs all tests of the ESP32 component. They need no ESP-IDF. The last line is `N passed, N failed`.
#   core/      the core against a simulated device, with sanitizers, and again under valgrind
#   idf_shim/  the models of ESP-IDF that port/esp is tested with, and the component's public functions on them (port/)
#   hostile/   hostile responses to every request of an update, through the real port
#   e2e/       core and port against the built server on loopback
# fuzz/ and the complete hostile/ and e2e/ are part of `npm run test:long` (host_test/long.sh).
# The two checks of circles.sh, valgrind, cppcheck and the formatter of ESP-IDF count as one test each.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

packages=(gcc gcc-multilib make libcmocka-dev libmbedtls-dev libcjson-dev cppcheck valgrind astyle openssl)
missing=()
for package in "${packages[@]}"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if ((${#missing[@]} > 0)); then
  echo "test:esp32 needs Debian packages that are not installed: apt-get install ${missing[*]}"
  echo '0 passed, 1 failed'
  exit 1
fi

passed=0
failed=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

# Runs a command and adds up the counts of its tests. A command that fails without a count is one failed test.
tests() {
  local name=$1 good bad
  shift
  "$@" >"$output" 2>&1
  local status=$?
  good=$(sed -nE 's/^\[  PASSED  \] ([0-9]+) test.*/\1/p; s/^([0-9]+) passed, [0-9]+ failed$/\1/p' "$output" | awk '{ sum += $1 } END { print sum + 0 }')
  bad=$(sed -nE 's/^ *([0-9]+) FAILED TEST.*/\1/p; s/^[0-9]+ passed, ([0-9]+) failed$/\1/p' "$output" | awk '{ sum += $1 } END { print sum + 0 }')
  ((status != 0 && bad == 0)) && bad=1
  ((status == 0 && bad > 0)) && status=1
  echo "$name: $good passed, $bad failed"
  ((status == 0)) || grep -v '^\[ *\(RUN\|OK\) *\]' "$output"
  passed=$((passed + good)) failed=$((failed + bad))
}

# Runs a command that must succeed without output. It counts as one test.
check() {
  local name=$1
  shift
  if "$@" >"$output" 2>&1 && [ ! -s "$output" ]; then
    passed=$((passed + 1))
    echo "$name: in order"
  else
    failed=$((failed + 1))
    echo "$name: FAILED"
    cat "$output"
  fi
}

formatted() {
  # shellcheck disable=SC2046 # no name has a space
  astyle --dry-run --formatted --style=otbs --attach-namespaces --attach-classes --indent=spaces=4 --convert-tabs --align-reference=name \
    --keep-one-line-statements --pad-header --pad-oper --unpad-paren --max-continuation-indent=120 \
    $(git ls-files esp32-client | grep '\.[ch]$')
}

# Compiles the component for 32 bits with these definitions, and checks that every name that its objects export has its prefix.
compiles_for_32_bits() {
  local objects
  objects=$(mktemp -d)
  (
    cd "$objects" &&
      gcc -m32 -std=gnu11 -O2 -Wall -Wextra -Wconversion -Werror -I"$root/src" -I"$root/include" -I"$root/port/esp" \
        -isystem "$root/host_test/idf_shim/include" -DESP_PLATFORM "$@" \
        -fno-pie -c "$root"/src/*.c "$root"/port/esp/*.c &&
      nm --extern-only --defined-only ./*.o | awk 'NF == 3 && $3 !~ /^(ota_client|OTA_CLIENT)_/ { print "not prefixed: " $3 }'
  )
  local status=$?
  rm -rf "$objects"
  return $status
}

# Gives circles.sh two sources that call each other.
finds_a_circle() {
  local copy
  copy=$(mktemp -d)
  mkdir -p "$copy/src" "$copy/include" "$copy/port/esp"
  echo 'void second(void); void first(void) { second(); }' >"$copy/src/first.c"
  echo 'void first(void); void second(void) { first(); }' >"$copy/src/second.c"
  echo '#include "port.h"' | tee "$copy/port/esp/port.c" >"$copy/include/client.h"
  echo '#pragma once' >"$copy/port/esp/port.h"
  "$component/host_test/circles.sh" "$copy" |
    grep -vx 'These files depend on each other in a circle: first.c uses second of second.c, second.c uses first of first.c. Move .*'
  local status=("${PIPESTATUS[@]}")
  rm -rf "$copy"
  ((status[0] == 1))
}

component=esp32-client
root=$PWD/$component
core=(make --silent --jobs=2 --file="$component/host_test/core/Makefile")
tests 'core' "${core[@]}" test
tests 'core with all options off' env QUICK=1 "${core[@]}" test OPTIONS=0
tests 'models of ESP-IDF' make --silent --jobs=2 --directory="$component/host_test/idf_shim" test
tests 'hostile answers' make --silent --jobs=2 --directory="$component/host_test/idf_shim" hostile
check '32 bits and one prefix' compiles_for_32_bits
check '32 bits by default' compiles_for_32_bits -DCONFIG_OTA_CLIENT_IDENTITY=0
check '32 bits with facts only' compiles_for_32_bits -DCONFIG_OTA_CLIENT_IDENTITY=0 -DCONFIG_OTA_CLIENT_SEND_ATTRIBUTES=0
check '32 bits with consent to older versions' compiles_for_32_bits -DCONFIG_OTA_CLIENT_ACCEPT_DOWNGRADE=1
check '32 bits with attributes only' compiles_for_32_bits -DCONFIG_OTA_CLIENT_IDENTITY=0 -DCONFIG_OTA_CLIENT_SEND_FACTS=0
check '32 bits with all options off' compiles_for_32_bits -DCONFIG_OTA_CLIENT_IDENTITY=0 -DCONFIG_OTA_CLIENT_SEND_FACTS=0 \
  -DCONFIG_OTA_CLIENT_SEND_ATTRIBUTES=0
check 'a circle is found' finds_a_circle
check 'no circles' "$component/host_test/circles.sh"
check 'valgrind' "${core[@]}" valgrind
check 'cppcheck' cppcheck --quiet --std=c99 --enable=warning,style,performance,portability --inline-suppr --error-exitcode=1 \
  -DESP_PLATFORM --suppress=missingIncludeSystem -I$component/src -I$component/include -I$component/port/esp -I$component/host_test/idf_shim/include \
  $component/src $component/port/esp
check 'astyle' formatted
tests 'against the server' "$component/host_test/e2e/run.sh"

echo "$passed passed, $failed failed"
((failed == 0))
