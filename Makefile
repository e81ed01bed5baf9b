# Every command of the project. `make help` lists them.
STACK ?= dev
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup up preview down recover test tools lint bench docs clean lock env audit release-check package

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/installed ## Make .venv with everything the project needs, by hash (once; then it is a no-op)

.venv/installed: requirements.lock components/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed" \
	  ", $(PYTHON) is %d.%d: name another one, such as make setup PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@echo "installing into .venv (about a minute the first time)"
	@$(PIP) --require-hashes -r requirements.lock && $(PIP) --no-deps --no-build-isolation -e ./components || \
	  { echo "setup failed: it needs PyPI, or a mirror of it in PIP_INDEX_URL; make setup tries again"; exit 1; } >&2
	@touch $@

up: setup ## Bring a stack up in the sandbox and explain it (STACK=dev; INSTALL=1 fetches the Pulumi CLI)
	@$(BIN)/python -m sandbox up --stack '$(STACK)' $(if $(INSTALL),--install)

preview: setup ## Show what `make up` would change, with what is not known yet left open (STACK=dev; POLICIES=1 judges it)
	@$(BIN)/python -m sandbox preview --stack '$(STACK)' $(if $(POLICIES),--policies)

down: setup ## Take a stack down in the sandbox (STACK=dev)
	@$(BIN)/python -m sandbox down --stack '$(STACK)'

recover: setup ## List what a killed `make up` left behind (STACK=dev; IMPORT=id or DELETE=id settles it)
	@$(BIN)/python -m sandbox recover --stack '$(STACK)' $(if $(IMPORT),--import '$(IMPORT)') $(if $(DELETE),--delete '$(DELETE)')

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

docs: setup ## Regenerate the tables in docs/ (docs/changes.md needs pulumi on PATH)
	@$(BIN)/python -m policies.table
	@if command -v pulumi >/dev/null; then $(BIN)/python -m tests.engine.changes; \
	  else echo "docs/changes.md stays as it is: there is no pulumi on PATH"; fi

lock: setup ## Resolve requirements.lock anew from the pins
	@$(BIN)/uv pip compile --quiet requirements-dev.txt --universal --python-version 3.11 --generate-hashes \
	  --no-emit-package efa-pools --no-annotate --no-header --no-emit-index-url --output-file requirements.lock

env: setup ## Make the stack file of a new environment (NAME=x; FROM=dev says which one to copy)
	@$(BIN)/python -m delivery.new_environment '$(NAME)' $(if $(FROM),'$(FROM)')

audit: setup ## Look for known vulnerabilities of the pinned packages; without an answer this fails (exit 2)
	@$(BIN)/python -m delivery.audit

release-check: setup ## Compare version, changelog and schema with the last release (TAG=v1.2.3 before a release)
	@$(BIN)/python -m delivery.release check $(if $(TAG),'$(TAG)')

package: setup ## Build the component package and the release's notes into dist/
	@cd components && ../$(BIN)/python -m hatchling build -d ../dist
	@$(BIN)/python -m delivery.release notes > dist/notes.md

clean: ## Remove everything that these commands made
	@rm -rf .venv .tools .sandbox .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
