# Everything lives in .venv; nothing is installed by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test check static bench docs pictures lock clean
.DEFAULT_GOAL := run
# Tests start many processes: each of them would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Cohortium needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=python3.12, say.") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up .venv (once, about two minutes)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m cohorts.forming.engine.warm
	@touch $@

run: $(READY) ## set up, seed the demo network, open the local chat
	@$(BIN)/cohortium demo

test: $(READY) ## every test that fits into five minutes
	@$(BIN)/python tests/browser/chromium.py
	@$(BIN)/python -m pytest -q -n 3 --dist worksteal -m "not slow and not browser"
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal -m "browser and not slow" tests/browser

check: static ## what CI holds: format, lint, types, floors, tests
	@$(MAKE) --no-print-directory test

static: $(READY) ## check without the tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(READY) ## ratios against a named peer, in one run; ARGS="due delivery" for some parts, ARGS=--markdown
	@$(BIN)/python -m tests.bench $(ARGS)

docs: $(READY) ## the manual, into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --config-file docs/book/mkdocs.yml
	@echo "The manual is in site/index.html"

pictures: $(READY) ## docs/images, anew, from a fresh demo
	@$(BIN)/python -m tests.browser.pictures

lock: ## pin by name, version and hash
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements.lock

clean: ## all that make has made; data/ stays
	rm -rf $(VENV) site test-output .coverage
