#!/usr/bin/env bash
# Fails when files of the component depend on each other in a circle, and names one.
#   circles.sh [COMPONENT]
# A source depends on each source that defines a function or a variable it uses, and a file on each header that it includes. Calls through
# the tables of functions lead outwards and count nothing. The sources are compiled without optimization, so that no call disappears.
set -euo pipefail
component=$(cd "${1:-$(dirname "$0")/..}" && pwd)
shim=$(cd "$(dirname "$0")/idf_shim/include" && pwd)
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

cd "$objects"
gcc -std=gnu11 -O0 -DESP_PLATFORM -I"$component/src" -I"$component/include" -I"$component/port/esp" -isystem "$shim" \
  -c "$component"/src/*.c "$component"/port/esp/*.c

# "def NAME FILE" and "use FILE NAME" of the symbols, and "include FILE HEADER".
edges() {
  local object
  for object in *.o; do
    nm --extern-only --defined-only "$object" | awk -v file="${object%.o}.c" '{ print "def", $3, file }'
  done
  for object in *.o; do
    nm --undefined-only "$object" | awk -v file="${object%.o}.c" '{ print "use", file, $2 }'
  done
  (cd "$component" && grep -oE '^#include "[^"]+"' src/*.[ch] include/*.h port/esp/*.[ch]) |
    sed -E 's|^([^:]*/)?([^:/]+):#include "([^"]+)"|include \2 \3|'
}

edges | awk '
  function depends(file, on, why) {
    if (file != on && !((file, on) in reason)) {
      reason[file, on] = why
      list[file] = list[file] " " on
    }
  }
  # Visits what a file depends on, depth first; a file on the path that comes again closes a circle.
  function visit(file,    on, i, n) {
    state[file] = "open"
    path[++depth] = file
    n = split(list[file], on, " ")
    for (i = 1; i <= n; ++i) {
      if (state[on[i]] == "open") {
        report(on[i])
        return 1
      }
      if (state[on[i]] == "" && visit(on[i])) {
        return 1
      }
    }
    --depth
    state[file] = "done"
    return 0
  }
  function report(first,    from, i, next_file) {
    for (from = 1; path[from] != first; ++from) {}
    printf "These files depend on each other in a circle:"
    for (i = from; i <= depth; ++i) {
      next_file = i < depth ? path[i + 1] : first
      printf "%s %s %s %s", (i == from ? "" : ","), path[i], reason[path[i], next_file], next_file
    }
    print ". Move what they share into a file that uses none of them."
  }
  $1 == "def" { home[$2] = $3 }
  $1 == "use" && $3 in home { depends($2, home[$3], "uses " $3 " of") }
  $1 == "include" { depends($2, $3, "includes") }
  { if ($1 != "def") files[++count] = $2 }
  END {
    for (k = 1; k <= count; ++k) {
      if (state[files[k]] == "" && visit(files[k])) {
        exit 1
      }
    }
  }
'
