# Works with GNU make 3.81 (macOS) and later. Everything a local run writes is under .airflow/.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
INSTALLED := .venv/.installed
INSTALLED_DEV := .venv/.installed-dev
MIGRATED := .airflow/.migrated
UV := $(shell command -v uv 2>/dev/null)
# Airflow makes its home where it is first imported; it must not be the user's.
export AIRFLOW_HOME := $(CURDIR)/.airflow
# uv trusts the certificates that this machine trusts, as pip does (the second name is the one that uv had before 0.10).
export UV_SYSTEM_CERTS := 1
export UV_NATIVE_TLS := 1

.PHONY: help setup demo up pictures sandbox test check clean

help: ## show this list
	@echo "make <target>"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1  \2/p' Makefile | awk '{ name = $$1; $$1 = ""; printf "  %-9s%s\n", name, $$0 }'

setup: $(MIGRATED) ## install into .venv, make .env with fresh secrets, make the databases

demo: setup ## three days of orders through Airflow, from one sandbox into the other
	$(PYTHON) -m include.local.demo

up: setup ## Airflow and the sandbox, until Ctrl-C
	@$(PYTHON) -m include.local.up

pictures: setup $(INSTALLED_DEV) ## the console's pages into docs/images/, from the orders of make demo, by the system's Chromium
	@$(PYTHON) -m include.local.pictures

sandbox: $(INSTALLED) ## Infusionsoft and QuickBooks on this machine, until Ctrl-C
	@$(PYTHON) -m include.local.run include.sandbox seed --if-empty
	@$(PYTHON) -m include.local.run include.sandbox serve

test: $(INSTALLED_DEV) ## run the tests on every core; the steps and the faults on PostgreSQL too, where one answers
	$(PYTHON) -m pytest -n auto --dist worksteal
	TEST_DATABASE=postgresql $(PYTHON) -m pytest -n auto --dist worksteal tests/sync tests/faults

check: $(INSTALLED_DEV) ## lint, format, types, walls
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	PYTHONPATH=plugins:. .venv/bin/lint-imports --no-logo --no-cache

clean: ## take away all that these targets made, except .env
	@[ ! -e .airflow/order_sync.sqlite ] || python3 -m include.local.ledger
	rm -rf .airflow .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Shims of pyenv and of macOS may be there and fail: what counts is what a Python says of itself.
define find_python
for python in python3.13 python3.12 python3.11 python3; do \
  if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then break; fi; \
  python=; \
done; \
if [ -z "$$python" ]; then \
  echo "This needs Python 3.11, 3.12 or 3.13; none of python3.13, python3.12, python3.11, python3 is one." >&2; \
  echo "Install one (https://www.python.org/downloads/) and run make again." >&2; exit 1; \
fi
endef

.venv/bin/python:
	@$(find_python); echo "Python: $$($$python --version)"; \
	if [ -n "$(UV)" ]; then rm -rf .venv && uv venv --quiet --python "$$($$python -c 'import sys; print(sys.executable)')" .venv; \
	elif $$python -c 'import ensurepip, venv' 2>/dev/null; then $$python -m venv --clear .venv; \
	else echo "$$python cannot make a virtual environment. Install its venv package (Debian: python3-venv) or uv." >&2; exit 1; fi

# What `$(call install,FILES)` installs is pinned and its hashes verified; pip is put into a .venv that uv made without it.
ifneq ($(UV),)
install = uv pip install --quiet --require-hashes --python $(PYTHON) $(1)
else
install = { $(PYTHON) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m ensurepip >/dev/null; } && \
  $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-pip.txt && \
  $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes $(1)
endif

$(INSTALLED): requirements.txt | .venv/bin/python
	@echo "Installing requirements.txt (some 300 MB the first time: a minute or two)"
	@$(call install,-r requirements.txt)
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	@echo "Installing requirements-dev.txt"
	@$(call install,-r requirements.txt -r requirements-dev.txt)
	@touch $@

$(MIGRATED): $(INSTALLED) .env.example $(wildcard plugins/order_sync/database/migrations/versions/*.py)
	@$(PYTHON) -m include.local.environment
	@echo "Making the databases under .airflow/"
	@$(PYTHON) -m include.local.run order_sync migrate
	@$(PYTHON) -m include.local.run airflow db migrate > .airflow/migrate.log 2>&1 || { cat .airflow/migrate.log; exit 1; }
	@touch $@
