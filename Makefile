# `make help` lists the targets. Everything runs in .venv, which is made when it is missing or older than the lock.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
SEED ?= 1
STREAMS ?= 1000
RUNNERS ?= 2
# Each runner has servers of its own, and takes tests over from another when it has none left.
AT_ONCE := -n $(RUNNERS) --dist worksteal
PROPERTIES := $(wildcard tests/integration/test_*_property.py)
VENV := .venv
READY := $(VENV)/.ready
RUN := $(VENV)/bin/python

.PHONY: help demo test crash week wipe soak bench lint generate verify up down lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## real edits through Kafka, Faust and Postgres; stays up until Ctrl-C, or with EXIT=1 stops there
	$(VENV)/bin/groundswell demo $(if $(EXIT),--exit)

test: $(READY) ## unit, contract and integration tests on the real stack; RUNNERS=n at a time
	$(RUN) -m pytest $(AT_ONCE) tests/unit tests/contract tests/integration

crash: $(READY) ## kill and stop everything at random moments, then compare with the oracle; SEED=n
	$(RUN) -m tests.simulation.crash --seed $(SEED)

week: $(READY) ## fold a week live under kills, rebuild it, verify, promote and roll back under readers; SEED=n
	$(RUN) -m tests.simulation.week --seed $(SEED)

wipe: $(READY) ## wipe Valkey under load at 35,000 ripples: seconds until it equals Postgres again
	$(RUN) -m tests.simulation.crash_flushall --ripples 35000 --runs 3

# The crash test is one of actions: streams of another system run without it.
soak: $(READY) ## random streams of each system, or of one, and the crash test, ever new seeds, until one fails; SYSTEM=name SEED=n STREAMS=n
	for ((seed = $(SEED); ; seed++)); do \
	  GROUNDSWELL_TEST_SYSTEM=$(SYSTEM) GROUNDSWELL_TEST_STREAMS=$(STREAMS) \
	    GROUNDSWELL_TEST_SEED=$$((seed * $(STREAMS))) $(RUN) -m pytest $(AT_ONCE) -x $(PROPERTIES); \
	  $(if $(filter-out actions,$(SYSTEM)),,$(RUN) -m tests.simulation.crash --seed $$seed;) \
	done

bench: $(READY) ## throughput and freshness, one table and build/bench.json
	$(RUN) -m tests.benchmarks

lint: $(READY) ## ruff and mypy
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

generate: $(READY) ## write the generated files again (schemas)
	$(RUN) -m deploy.generate

verify: lint ## lint, and fail when a generated file is stale
	$(RUN) -m deploy.generate --check

up: $(READY) ## start the local stack: Kafka, Postgres, Valkey
	$(VENV)/bin/groundswell up

down: $(READY) ## stop the local stack; its data stays
	$(VENV)/bin/groundswell down

lock: $(READY) ## pin the dependencies again: requirements.lock and Kafka's jars (needs the network)
	$(RUN) -m pip install --quiet --disable-pip-version-check uv
	$(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra dev --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	$(RUN) -m deploy.local_stack.lock_jars

clean: ## remove .venv and what tools leave behind; the local stack's data stays
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(READY): requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "error: there is no '$(PYTHON)': install Python 3.11 or newer" \
	  "(on Debian: apt-get install python3 python3-venv) or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is" \
	  "$$($(PYTHON) --version), but 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "error: $(PYTHON) cannot make a virtual" \
	  "environment: install its venv module (on Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
