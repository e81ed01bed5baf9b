# Every command of the project. `make help` lists them.
STACK ?= dev
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup up preview down recover test tools lint bench clean lock

help: ## Show this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/installed ## Make .venv with everything the project needs, by hash (once; then it is a no-op)

.venv/installed: requirements.lock components/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 setup")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e ./components
	@touch $@

up: setup ## Bring a stack up in the sandbox and explain it (STACK=dev; INSTALL=1 fetches the Pulumi CLI)
	@$(BIN)/python -m sandbox up --stack $(STACK) $(if $(INSTALL),--install)

preview: setup ## Show what `make up` would change, with what is not known yet left open (STACK=dev)
	@$(BIN)/python -m sandbox preview --stack $(STACK)

down: setup ## Take a stack down in the sandbox (STACK=dev)
	@$(BIN)/python -m sandbox down --stack $(STACK)

recover: setup ## List what a killed `make up` left behind (STACK=dev; IMPORT=id or DELETE=id settles it)
	@$(BIN)/python -m sandbox recover --stack $(STACK) $(if $(IMPORT),--import '$(IMPORT)') $(if $(DELETE),--delete '$(DELETE)')

test: setup ## Run the test suite
	@$(BIN)/python -m pytest

tools: setup ## Fetch helm and kubectl into .tools, for the tests of the charts
	@$(BIN)/python -m tests.tools

lint: setup ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: setup ## Measure against hand-written Pulumi programs (about ten minutes)
	@$(BIN)/python -m bench.run

lock: setup ## Resolve requirements.lock anew from the pins
	@$(BIN)/uv pip compile --quiet requirements-dev.txt --universal --python-version 3.11 --generate-hashes \
	  --no-emit-package efa-pools --no-annotate --no-header --no-emit-index-url --output-file requirements.lock

clean: ## Remove everything that these commands made
	@rm -rf .venv .tools .sandbox .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
