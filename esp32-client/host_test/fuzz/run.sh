#!/usr/bin/env bash
# Fuzzes the core with libFuzzer: JSON, texts and headers, and whole cycles with arbitrary records.
#   run.sh [SECONDS FOR EACH]        the corpora are kept in dist/esp32/fuzz
# The last line is `N passed, N failed`. Without clang it prints a note and runs nothing.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 1

seconds=${1:-120}
if ! command -v clang >/dev/null; then
  echo 'The fuzzers were not run: clang is not installed (Debian: apt-get install clang).'
  exit 0
fi

here=esp32-client/host_test/fuzz
out=dist/esp32/fuzz
mkdir -p "$out"
flags=(-std=gnu99 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Iesp32-client/src -DOTA_IDENTITY=1 -DOTA_FACTS=1 -DOTA_ATTRIBUTES=1 -DOTA_ACCEPT_DOWNGRADE=1)
passed=0
failed=0
for name in json text cycle; do
  sources=("$here/fuzz_$name.c" esp32-client/src/*.c)
  libraries=()
  if [ "$name" = cycle ]; then
    sources+=(esp32-client/host_test/core/{device,image,peer,registry,tests}.c)
    libraries=(-lcmocka -lmbedcrypto -lcjson -lm)
  fi
  mkdir -p "$out/$name"
  if clang "${flags[@]}" -o "$out/fuzz_$name" "${sources[@]}" "${libraries[@]}" \
    && "$out/fuzz_$name" -max_total_time="$seconds" -max_len=6000 -timeout=60 -artifact_prefix="$out/" "$out/$name" >"$out/$name.log" 2>&1; then
    passed=$((passed + 1))
    echo "fuzz $name: $(grep -E '^Done' "$out/$name.log")"
  else
    failed=$((failed + 1))
    echo "fuzz $name: FAILED"
    tail -40 "$out/$name.log"
  fi
done
echo "$passed passed, $failed failed"
((failed == 0))
