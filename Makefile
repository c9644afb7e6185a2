PYTHON ?= python3
PY := .venv/bin/python

# Where it is set, as in many images, each of our many processes would compile the same thousands of modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-server lint bench types

run: ## set up what is missing and start everything
	@$(PYTHON) scripts/prepare.py && exec $(PY) manage.py up --seed

# Pages and faults have the machine for themselves: under load a click meets a graph that still moves. RERUNS is how
# often one that failed is tried again before it counts; CI sets it, and its report names each such test.
RERUNS ?= 0

test: ## engine, site and browser tests
	@$(PYTHON) scripts/prepare.py --dev && $(PYTHON) scripts/prepare.py npm run --silent test && $(PY) -m pytest -n 2 --dist worksteal --reruns $(RERUNS) -rR --durations=12 --durations-min=5 tests/browser tests/faults && OMP_NUM_THREADS=1 $(PY) -m pytest -n auto --maxprocesses 4 --dist worksteal --durations=12 --durations-min=5 tests/models_core tests/playground

# What databases differ in: locks, the lease, sessions, queries, JSON. The same tests as with SQLite.
SERVER_TESTS = $(addprefix tests/playground/,runs/test_lease.py runs/test_journal.py runs/test_services.py \
	runs/test_socket.py accounts datasets ops/test_doors.py)

test-server: ## the part of the site's tests that says most, with PostgreSQL and Redis of this machine
	@$(PYTHON) scripts/prepare.py --dev && BLOCKYARD_TEST_MODE=server $(PY) -m pytest -n 2 --dist worksteal $(SERVER_TESTS)

lint: ## format, lint, types, migrations, generated API types
	@$(PYTHON) scripts/prepare.py --dev && $(PY) scripts/lint.py

bench: ## the figures of speed and memory
	@$(PYTHON) scripts/prepare.py --dev && $(PY) -m bench

types: ## generate the browser's API types from the OpenAPI document
	@$(PYTHON) scripts/prepare.py --dev && $(PY) scripts/lint.py --write-types
