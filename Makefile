# Sets up what is missing (nothing is asked), then runs it. On a fresh machine: make demo
.DEFAULT_GOAL := help
.PHONY: help demo test lint check bench pins clean

PYTHON ?= python3
PYTEST ?= -n 2 --dist loadgroup
BIN := .venv/bin

help:
	@echo "make demo    an exercise network on this machine, with the web desk (options: make demo ARGS='--port 9000')"
	@echo "make check   make lint, then make test"
	@echo "make lint    style, formatting, types, import layers"
	@echo "make test    every test, in real Chromium where a test needs it (some only: make test ARGS='tests/ledger -x')"
	@echo "make bench   every measurement under bench/"
	@echo "make pins    fit requirements*.txt and package-lock.json to pyproject.toml and package.json (newest: make pins UPGRADE=--upgrade)"
	@echo "make clean   remove what was set up and built here"

demo:
	@$(PYTHON) -m setup demo
	@exec $(BIN)/comity demo $(ARGS)

lint:
	@$(PYTHON) -m setup lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test:
	@$(PYTHON) -m setup test
	@began=$$(date +%s); $(BIN)/python -m pytest $(PYTEST) $(ARGS); code=$$?; \
	echo "make test took $$(( $$(date +%s) - began )) s"; exit $$code

check: lint
	@$(MAKE) --no-print-directory test

# The scripts named *_build.py make packaged tables; they measure nothing.
bench:
	@$(PYTHON) -m setup lint
	@for script in $(filter-out %_build.py,$(wildcard bench/*.py)); do \
	echo "== $$script"; PYTHONPATH=. $(BIN)/python $$script || exit 1; done

COMPILE := .cache/pins/bin/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-header $(UPGRADE)
pins:
	@$(PYTHON) -m venv .cache/pins && .cache/pins/bin/pip install --quiet --upgrade uv
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt
	$(COMPILE) setup/requirements-build.in -c requirements-dev.txt -o setup/requirements-build.txt
	$(COMPILE) setup/requirements-npm.in -o setup/requirements-npm.txt
	npm install --package-lock-only --ignore-scripts

clean:
	rm -rf .venv .cache build dist node_modules src/comity/web/static/vendor src/*.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests bench setup -name __pycache__ -type d -prune -exec rm -rf {} +
