PYTHON ?= python3
ARGS ?=
UV := uv==0.13.8

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

CHECK_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo 'hubbub needs Python 3.11 or newer, which "$(PYTHON)" is not; set PYTHON=...' >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help venv run client test simulate faults lint format types lock clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

venv: $(READY) ## Create .venv with the locked dependencies

# --clear: packages dropped from the lock must not linger.
# No stdin: piped input belongs to the program that `make run` starts.
$(READY): requirements.lock pyproject.toml
	@$(CHECK_PYTHON)
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --require-hashes -r requirements.lock </dev/null
	$(BIN)/python -m pip install --no-deps --no-build-isolation -e . </dev/null
	@touch $@

run: venv ## Start the broker, e.g. make run ARGS=--help
	@exec $(BIN)/chat-broker $(ARGS)

# Only as given to make: some systems have a NAME in every environment. It is handed over as it
# stands, whatever make or the shell would make of it.
unexport NAME
client: export CLIENT_NAME := $(value NAME)
client: venv ## Start the client, e.g. make client NAME=Duke ARGS=--plain
	@exec $(BIN)/chat-client $(if $(findstring command,$(origin NAME)),--name="$$CLIENT_NAME") $(ARGS)

# One process would leave processors idle, not least while it waits for the programs under test.
test: venv ## Run the tests on all processors, e.g. make test ARGS='-k name'
	$(BIN)/pytest --numprocesses=auto --dist=worksteal $(ARGS)

simulate: venv ## Simulate faults: SEEDS=10000 on all processors, or one SEED=42 with its trace
	$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),1000))

faults: venv ## Kill real processes under load, KILLS=100 of each part, then MESSAGES=5000000
	$(BIN)/python -m bench.kills --broker $(or $(KILLS),100) --gateway $(or $(KILLS),100) \
	    $(if $(SEED),--seed $(SEED))
	$(BIN)/python -m bench.endurance --messages $(or $(MESSAGES),5000000)

lint: venv ## Check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: venv ## Apply safe fixes and the formatter
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

types: venv ## Check types
	$(BIN)/mypy

# uv resolves for all supported Pythons and platforms at once, which pip cannot.
lock: ## Refresh requirements.lock; ARGS=--upgrade takes newer versions
	@$(CHECK_PYTHON)
	@set -e; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	$(PYTHON) -m venv "$$tmp"; \
	"$$tmp/bin/python" -m pip install --quiet '$(UV)'; \
	"$$tmp/bin/uv" pip compile pyproject.toml --group dev --quiet \
	    --universal --python-version 3.11 --generate-hashes --no-header \
	    --output-file requirements.lock $(ARGS)

clean: ## Remove .venv, caches and build output
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
