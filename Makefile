# Each word does all the set-up it needs on a machine with Python 3.11, make and git.
#
#   make demo          a real project, rendered: two model cards and a year of weekly reports
#   make test          lint, types, import contract, spelling, and every test but the heavy ones
#   make test-engines  the tests that need a heavy part (Spark, PostgreSQL, torch)
#   make lint          the first half of `make test`
#   make bench         the timings that are promised
#   make clean         remove all that these words made

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
DEMO := demo
JOBS ?= 2
PYTEST = $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -rs

# No test may depend on where or when it runs.
export PYTHONHASHSEED ?= random
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Nothing is compiled when it is installed: not kept, every process would compile all it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-engines lint bench clean

help:
	@sed -n 's/^#   //p' Makefile

demo: $(VENV)/.has-demo
	$(BIN)/reportgen demo $(DEMO)

test: lint $(VENV)/.has-tools
	$(PYTEST) --durations=25 -m "not engines"

test-engines: $(VENV)/.has-engines $(VENV)/.has-tools $(VENV)/.has-servers
	$(PYTEST) --durations=15 -m engines $$(grep -rl 'mark\.engines' tests --include='test_*.py')

lint: $(VENV)/.has-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy & types=$$!; \
	$(BIN)/lint-imports && $(BIN)/codespell; rest=$$?; \
	wait $$types && exit $$rest

bench: $(VENV)/.has-test
	$(BIN)/python benchmarks/card.py

clean:
	rm -rf $(VENV) $(DEMO) .cache build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says that something is installed; it is made again when pyproject.toml changes.
$(VENV)/.has-python: scripts/make_venv.sh
	scripts/make_venv.sh $(VENV)
	touch $@

$(VENV)/.has-demo: scripts/install_packages.sh $(VENV)/.has-python pyproject.toml
	scripts/install_packages.sh $(VENV) demo
	touch $@

$(VENV)/.has-test: scripts/install_packages.sh $(VENV)/.has-python pyproject.toml
	scripts/install_packages.sh $(VENV) demo,test,lint
	touch $(VENV)/.has-demo $@

$(VENV)/.has-engines: $(VENV)/.has-test pyproject.toml
	scripts/install_packages.sh $(VENV) demo,test,engines
	touch $@

$(VENV)/.has-servers: scripts/install_engines.sh $(VENV)/.has-python
	scripts/install_engines.sh
	touch $@

$(VENV)/.has-tools: scripts/install_tools.sh $(VENV)/.has-python
	scripts/install_tools.sh
	touch $@
