# Everything starts from a clean clone with Python 3.11+, make and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: install demo test bench fuzz lint messages clean
FUZZ_SECONDS ?= 20

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt hatch_build.py $(wildcard honey/trace/block/kernel/* */locale/*/LC_MESSAGES/*.po)
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: install
	$(BIN)/honey demo

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest -n auto --dist worksteal

bench: install
	$(BIN)/python -m benchmarks

fuzz: install
	$(BIN)/python -m fuzz --seconds $(FUZZ_SECONDS)

# Brings the catalogues in honey/locale and collector/locale up to date, compiles them, and says what is not translated.
messages: install
	$(BIN)/python -m messages

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
