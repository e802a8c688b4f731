#!/bin/sh
# The checks that read code: the same here and in CI.
set -eu
places="backend/src tests e2e bench lab setup"
.venv/bin/ruff format --check --quiet --config backend/pyproject.toml $places
.venv/bin/ruff check --quiet --config backend/pyproject.toml backend/src setup
.venv/bin/ruff check --quiet tests e2e bench lab
.venv/bin/mypy --config-file backend/pyproject.toml
(cd backend && ../.venv/bin/lint-imports --no-cache) | tail -n 4
for script in setup/*.sh tests/kernel/*.sh .ci/run; do sh -n "$script"; done
.venv/bin/sentra openapi | cmp -s - frontend/src/api/openapi.json || {
	echo "lint: frontend/src/api/openapi.json is not what the backend describes; run: make openapi" >&2
	exit 1
}
cd frontend
npm run --silent lint
npm run --silent types
npm run --silent generate:check
