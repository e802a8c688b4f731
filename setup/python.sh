#!/bin/sh
# Make the virtual environment from the hashed lock, or bring it up to date. $1: the lock file.
set -eu

lock=${1:?lock file}
stamp=.venv/.installed-$(basename "$lock" .lock)
sum=$(cat "$lock" backend/pyproject.toml | sha256sum)
[ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && exit 0

[ -x .venv/bin/python ] || python3 -m venv .venv
echo "sentra: installing Python packages from $lock"
.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r "$lock"
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e backend
echo "$sum" >"$stamp"
