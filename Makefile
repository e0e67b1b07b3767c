# Everything that people do with this checkout. A machine needs Python 3.11 or newer, git and make; `make test` also
# uses Node.js for the checks against JavaScript clients.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# each command of the tests is a process of its own: without kept bytecode, all of them compile everything again
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo demo-reset test soak kill-points bench-sync check format bench docs lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml
	@echo "Setting up $(VENV) (once) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit("cpqbridge needs Python 3.11 or newer: make demo PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@test -f $(VENV)/.dev || $(BIN)/python -m pip install --quiet --require-hashes -r requirements/runtime.txt
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "cpqbridge-src.pth").write_text(str(pathlib.Path("src").resolve()) + "\n")'
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m cpqbridge "$$@"\n' > $(BIN)/cpqbridge && chmod +x $(BIN)/cpqbridge
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "Adding the tools for development to $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/.runtime  ## set up .venv to run cpqbridge
setup-dev: $(VENV)/.dev  ## set up .venv to develop cpqbridge

demo: setup  ## start the sandbox and sync its orders; a second run finds everything done
	@$(BIN)/python -m cpqbridge demo

demo-reset: setup  ## forget the demo's data, then run it anew
	@$(BIN)/python -m cpqbridge demo --reset

test: setup-dev  ## run the test-suite
	@sh tools/node_oracles.sh
	@$(BIN)/python -m pytest -n auto

soak: setup-dev  ## play random lives of contracts in both sandboxes, and compare both billing engines; then the service under load, faults and deaths; SEED=, LIVES=, STEPS=, CASES=, MINUTES= choose
	@$(BIN)/python -m tests.life.soak --seed '$(SEED)' --lives $(or $(LIVES),200) --steps $(or $(STEPS),20)
	@$(BIN)/python -m tests.money.agreement --seed '$(SEED)' --cases $(or $(CASES),1000000)
	@$(BIN)/python -m tests.chaos.service
	@$(BIN)/python -m tests.chaos.soak --seed '$(SEED)' --minutes $(or $(MINUTES),60)

kill-points: setup-dev  ## kill the connector before and after every write of the demo's orders, and let every write suffer every fault
	@$(BIN)/python -m tests.chaos kills
	@$(BIN)/python -m tests.chaos kills --driver worker
	@$(BIN)/python -m tests.chaos faults
	@$(BIN)/python -m tests.chaos deaths

check: setup-dev  ## lint, types, import arrows, generated documentation
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m tools.docs --check
	@$(BIN)/python -m tools.eventbus --check

format: setup-dev  ## format the code and mend what can be mended
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

docs: setup-dev  ## write the generated pages of docs/
	@$(BIN)/python -m tools.docs

bench: setup-dev  ## print calls per order, planning time and memory
	@$(BIN)/python -m bench

bench-sync: setup-dev  ## print the speed of the engine against both sandboxes; ORDERS=, SLOTS=, WORKERS=, LATENCY= choose
	@$(BIN)/python -m bench.sync

lock: setup-dev  ## lock the dependencies of pyproject.toml with hashes (needs uv)
	@uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements/runtime.txt
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements/dev.txt

clean:  ## remove .venv, caches and the demo's data
	@rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .demo
