# `make` lists what there is.  Everything happens in the virtual environment $(VENV), which is made
# when it is missing; packages are installed again only when pyproject.toml changes.

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint types generated bench clean

help:
	@echo "make demo       train a network on handwritten digits and see what comes of it"
	@echo "make test       run every test"
	@echo "make lint       check style and format"
	@echo "make types      check types"
	@echo "make generated  emit generated/ again from the examples"
	@echo "make bench      measure, and write benchmarks/RESULTS.md"
	@echo "make clean      remove the environment, the demonstration and caches"

demo: $(VENV)/installed-examples
	@$(BIN)/graphc demo

test: $(VENV)/installed-test
	$(BIN)/pytest

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-test
	$(BIN)/mypy

generated: $(VENV)/installed-test
	$(BIN)/python examples/generate.py

bench: $(VENV)/installed-test
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# One file a set of packages: it is newer than pyproject.toml where they are installed.
$(VENV)/installed-%: pyproject.toml | $(BIN)/python
	@echo "installing graphc[$*] into $(VENV) (the first time takes a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@
