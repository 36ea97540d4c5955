#!/usr/bin/env bash
# Puts versitygw, a server for S3 on a folder, where `npm run test:s3` looks for it. Installs Go from Debian if it is missing.
set -euo pipefail
version=v1.8.0
if ! command -v go >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  (apt-get -qq update && apt-get -qq install -y --no-install-recommends golang-go) >/dev/null
fi
program=$(go env GOPATH)/bin/versitygw
[ -x "$program" ] || timeout 900 nice go install "github.com/versity/versitygw/cmd/versitygw@$version"
