# Forecourt: every command. Needs Python 3.11+ (with venv and pip) and make; Linux.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
VAR := $(or $(FORECOURT_VAR),var)
export PYTHONPATH := platform
export PYTHONUNBUFFERED := 1
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PATH := $(CURDIR)/$(BIN):$(PATH)
unexport PYTHONHOME
# Containers set it; every server that a test starts would compile the product anew, and pytest 300 files of tests.
unexport PYTHONDONTWRITEBYTECODE

PIP_INSTALL := install --quiet --disable-pip-version-check --requirement requirements/dev.txt

ARGS ?=
ATTEMPTS ?= 2000
WORKERS ?= 2
EXAMPLES ?= 2000
CASES ?= 10
TENANTS ?= 1000
WHO ?= operator
TEST_SERVICES := python -m embedded --careless $(VAR)/test --
TEST_SETTINGS := DJANGO_SETTINGS_MODULE=config.settings.test

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# ---- Environment -----------------------------------------------------------------------------------------------

$(STAMP): requirements/base.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Forecourt needs Python 3.11 or newer, not " + sys.version)'
	@echo "Making the environment in $(VENV) ..."
	@# Debian keeps ensurepip in a package of its own; the machine's pip can fill an environment without it.
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
	  $(PYTHON) -m venv $(VENV); $(BIN)/python -m pip $(PIP_INSTALL); \
	else \
	  $(PYTHON) -m venv --without-pip $(VENV); $(PYTHON) -m pip --python $(BIN)/python $(PIP_INSTALL); \
	fi
	@touch $@

.PHONY: install
install: $(STAMP) ## Make or update the Python environment in .venv

# ---- Running ---------------------------------------------------------------------------------------------------

.PHONY: run
run: $(STAMP) ## Start everything on http://localhost:8000 (PORT, DATABASE_URL, REDIS_URL, STRIPE_SECRET_KEY)
	@exec python -m embedded.run

.PHONY: stop
stop: $(STAMP) ## Stop a `make run` that runs elsewhere, and whatever a crash left
	@python -m embedded.stop

.PHONY: reset
reset: stop ## Delete all local data in var/ (databases, uploads, built assets)
	@rm -rf "$(VAR)"

.PHONY: shell
shell: $(STAMP) ## Django shell on the data of `make run`
	@python -m embedded.attached python manage.py shell

.PHONY: demo
demo: $(STAMP) ## Make the demo data again from its seed, in the data of `make run`
	@python -m embedded.attached python manage.py demo_data --again

.PHONY: code
code: $(STAMP) ## The code with which a demo operator signs in now (WHO=operator, reader, support, finance)
	@python -m embedded.attached python manage.py demo_code $(WHO)

.PHONY: assets
assets: $(STAMP) ## Build style sheets and scripts into var/assets, and the language catalogues
	@python -m embedded.assets

.PHONY: messages
messages: $(STAMP) ## Collect the texts to translate into locale/*/LC_MESSAGES/django.po and compile them
	@python -m embedded.catalogues

# ---- Proving ---------------------------------------------------------------------------------------------------

.PHONY: test
test: check assets ## Everything CI runs: check, then all tests with real services and a browser
	@CHROMIUM="$$(python -m embedded.chromium)"; export CHROMIUM; \
	$(TEST_SETTINGS) $(TEST_SERVICES) pytest -n $(WORKERS) $(ARGS)

.PHONY: test-fast
test-fast: $(STAMP) ## Some tests, in one process: make test-fast ARGS="tests/kernel -k money"
	@$(TEST_SETTINGS) $(TEST_SERVICES) pytest $(ARGS)

.PHONY: test-deep
test-deep: $(STAMP) ## Random stories against the model, many of them: make test-deep EXAMPLES=2000
	@$(TEST_SETTINGS) EXAMPLES=$(EXAMPLES) $(TEST_SERVICES) pytest tests/bookings/test_any_story.py tests/bookings/test_offered_iff_bookable.py \
	  tests/billing/test_any_money.py tests/races/test_reminders.py $(ARGS)

.PHONY: check
check: $(STAMP) ## Lint, format, types, import contracts, Django's checks, missing migrations
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	@$(TEST_SETTINGS) $(TEST_SERVICES) bash scripts/django-checks

.PHONY: format
format: $(STAMP) ## Put the code into shape
	ruff check --fix .
	ruff format .

.PHONY: race
race: $(STAMP) ## The long races over HTTP: make race ATTEMPTS=100000
	@$(TEST_SETTINGS) ATTEMPTS=$(ATTEMPTS) $(TEST_SERVICES) pytest tests/races $(ARGS)

.PHONY: fuzz
fuzz: $(STAMP) ## Requests made up from the OpenAPI documents, at random and many times as many: make fuzz CASES=10
	@$(TEST_SETTINGS) CASES=$(CASES) $(TEST_SERVICES) pytest -n $(WORKERS) tests/fuzz $(ARGS)

.PHONY: bench
bench: $(STAMP) ## The same work as bare SQL and through HTTP, and the ratio; make bench ARGS=--tenants TENANTS=1000
	@$(TEST_SETTINGS) TENANTS=$(TENANTS) python -m embedded $(VAR)/bench -- python -m bench $(ARGS)

# ---- Keeping ---------------------------------------------------------------------------------------------------

.PHONY: screenshots
screenshots: $(STAMP) assets ## A picture of every page, on a phone and a desktop, by day and by night, in var/screenshots
	@CHROMIUM="$$(python -m embedded.chromium)"; export CHROMIUM; \
	$(TEST_SETTINGS) python -m tests.browser.screenshots $(ARGS)

.PHONY: lock
lock: $(STAMP) ## Pin the versions that requirements/*.in allow (UPGRADE=1 takes newer ones)
	@bash scripts/lock
