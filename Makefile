# Two commands on a machine with Python 3.11 to 3.13, pip and gcc: `make demo`, `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help install demo test pythons check lock clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(BIN)/.drepano ## Make the environment in .venv from the lock file

demo: $(BIN)/.drepano ## Synthetic cohort to a sealed release, on 2 MPI ranks
	@drepano synthetic demo --quiet
	@cd demo && drepano run
	@echo "to look at it: source .venv/bin/activate"
	@echo "  python -c \"import pandas; print(pandas.read_parquet('demo/releases/demo/latest/matrix.parquet'))\""

test: $(BIN)/.drepano-dev ## Run all tests
	@python -m pytest -n 2 --dist loadfile

pythons: $(BIN)/.drepano-dev ## Engine and a cohort on Python 3.11 to 3.13, without pyradiomics
	@.ci/pythons --cohort

check: $(BIN)/.drepano-dev ## Format, lint, types, imports, workflow
	@ruff format --check .
	@ruff check .
	@mypy
	@lint-imports
	@snakefmt --check Snakefile rules
	@tests/workflow/lint.sh

lock: ## Pin versions and hashes anew
	@.bootstrap/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	@.bootstrap/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --upgrade --extra dev --generate-hashes --no-emit-index-url --no-header -o requirements-dev.lock

clean: ## Remove the demo, results and the environment
	@rm -rf demo .venv .bootstrap .pythons .snakemake

# uv is fetched by pip into a folder of its own, because Debian's Python may refuse a plain
# install and may lack ensurepip; uv itself then makes the environment.
.bootstrap/bin/uv:
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-warn-script-location --target .bootstrap uv
	@test -x $@

$(BIN)/python: | .bootstrap/bin/uv
	@.bootstrap/bin/uv venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv

$(BIN)/.drepano: requirements.lock pyproject.toml | $(BIN)/python
	@test -e $(BIN)/.drepano-dev || VIRTUAL_ENV=.venv .bootstrap/bin/uv pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	@VIRTUAL_ENV=.venv .bootstrap/bin/uv pip install --quiet --no-deps --editable .
	@voxomics warm
	@drepano warm
	@touch $@

$(BIN)/.drepano-dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@VIRTUAL_ENV=.venv .bootstrap/bin/uv pip sync --quiet --compile-bytecode --require-hashes requirements-dev.lock
	@VIRTUAL_ENV=.venv .bootstrap/bin/uv pip install --quiet --no-deps --editable .
	@voxomics warm
	@drepano warm
	@touch $@ $(BIN)/.drepano
