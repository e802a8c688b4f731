#!/bin/sh
# Install the identity provider of the end-to-end tests from its lock, where that is not done yet. Node is there already.
set -eu

die() { echo "sentra: $*" >&2; exit 1; }

PATH=$PWD/var/node/bin:$PATH
export PATH
cd e2e/provider
installed=node_modules/.sentra-installed
wanted=$(cat package-lock.json .npmrc | sha256sum)
[ "$(cat "$installed" 2>/dev/null)" = "$wanted" ] && exit 0
echo "sentra: installing the tests' identity provider from e2e/provider/package-lock.json"
npm ci --no-audit --no-fund --loglevel=error >/dev/null || die "npm ci failed in e2e/provider/"
echo "$wanted" >"$installed"
