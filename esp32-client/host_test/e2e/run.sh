#!/usr/bin/env bash
# Builds the server, the component and the simulated device, and runs the device against the server. The arguments go to run.ts.
set -euo pipefail
cd "$(dirname "$0")/../../.."

npm run build --silent
make --silent --jobs=2 --directory=esp32-client/host_test/idf_shim device
NODE_EXTRA_CA_CERTS=test/fixtures/tls/localhost.crt exec node dist/esp32-client/host_test/e2e/run.js dist/esp32/device "$@"
