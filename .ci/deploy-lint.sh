#!/usr/bin/env bash
# Checks deploy/ with the tools that read it. Those that are missing are installed; what could not be had is said plainly.
set -uo pipefail
deploy/lint.sh --install | sed 's/^not tried  /NOT RUN: /'
