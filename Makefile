# Everything a user, a developer and CI call. Each target does its own set-up; a second run skips what is done.
.DEFAULT_GOAL := help
.PHONY: help run demo test check lint unit fuzz wireguard kernel e2e bench bench-kernel soak lock openapi pictures unit-backend unit-page \
	setup-run setup-test

# Where the system has no Node of its own, setup/node.sh puts one there.
export PATH := $(CURDIR)/var/node/bin:$(PATH)

PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest -c tests/pytest.ini
RUFF := .venv/bin/ruff
# Databases of tests in memory, where there is enough of it: a disk that others write to makes them wait.
MEMORY := $(shell [ "$$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 2000000 ] 2>/dev/null && echo TMPDIR=/dev/shm)

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

run: setup-run ## set up what is missing, then run Sentra with the built page behind Caddy
	@exec $(PYTHON) setup/run.py

demo: setup-run ## run Sentra on a real interface with real peers and traffic, to look at
	@PYTHONPATH=. exec $(PYTHON) -m lab.demo

test: setup-test ## set up what is missing, then run every check and test
	@sh setup/test.sh

check: setup-test lint unit ## quick feedback: lint, types, tests that need no privilege

lint: setup-test ## formatting, lint rules, types, import directions, drift of generated files
	@sh setup/lint.sh

unit: setup-test ## the fast tests
	@$(MAKE) --no-print-directory unit-backend unit-page

unit-backend:
	@$(MEMORY) $(PYTEST) -q tests -m 'not wireguard and not kernel and not caddy and not alone and not fuzz' -n 2 --dist loadfile --durations=10
	@$(PYTEST) -q tests -m 'alone and not wireguard and not kernel and not caddy'

unit-page:
	@cd frontend && npm test --silent

fuzz: setup-test ## requests of every kind that the description of the API allows, and of those that it does not
	@$(MEMORY) $(PYTEST) -q tests -m fuzz -n 2 --dist loadfile

wireguard: setup-test ## tests on real WireGuard interfaces and a real Caddy on this machine
	@$(PYTEST) -q tests -m '(wireguard or caddy) and not kernel'

kernel: setup-test ## tests on the real kernel module, in a virtual machine
	@sh tests/kernel/run.sh

e2e: setup-test ## Chromium against Caddy, the backend and real peers
	@$(PYTHON) -m pytest -c e2e/pytest.ini -q e2e

bench: setup-test ## benchmarks as ratios beside their budgets
	@PYTHONPATH=. $(PYTHON) -m bench

bench-kernel: setup-test ## the benchmarks that need the kernel module, in a virtual machine
	@sh tests/kernel/run.sh $(PYTHON) -u bench/kernel.py

soak: setup-test ## long runs of the tests that the suite scales down
	@SOAK=1 $(PYTEST) -q tests -m 'not kernel'

openapi: setup-test ## write the OpenAPI description and the page's types from it
	@.venv/bin/sentra openapi > frontend/src/api/openapi.json
	@cd frontend && npm run --silent generate

pictures: setup-test ## take the README's pictures anew
	@PYTHONPATH=.:backend/src $(PYTHON) -m e2e.pictures

lock: ## write the Python locks anew (needs uv)
	@sh setup/lock.sh

setup-run:
	@sh setup/debian.sh run
	@sh setup/python.sh backend/requirements.lock
	@sh setup/node.sh

setup-test:
	@sh setup/debian.sh test
	@sh setup/python.sh backend/requirements-dev.lock
	@sh setup/node.sh
	@sh setup/provider.sh
