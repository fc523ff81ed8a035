# The commands of the house. `make run` to use it, `make test` to prove it; `make help` lists the rest.
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help install install-test run demo tour stop reset check format test bundle test-bundle pictures bench bench-sync bench-desk bench-scan soak soak-kills soak-machines soak-rules soak-schedules soak-scan lock

help:  ## List these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | expand -t 14

install:  ## Install what is missing for using the programs
	@bash tools/bootstrap.sh run

install-test:  ## Install what is missing for building and testing too
	@bash tools/bootstrap.sh test

run: install  ## Start HQ with sample data and open a station's window (with no display: the tour)
	@$(PY) -m tools.run

demo: install  ## The same with no window: HQ with sample data and an enrolled station, for the command line
	@$(PY) -m tools.run --no-window

tour: install  ## Drive real windows through one order; pictures in build/tour
	@$(PY) -m tools.tour

stop:  ## Stop what `make run` started
	@test ! -x $(PY) || $(PY) -m tools.run --stop

reset:  ## Stop it and throw the demonstration's data away
	@test ! -x $(PY) || $(PY) -m tools.run --reset

check: install-test  ## Lint, types, import contracts, translations, unused dependencies
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m tools.translations check
	.venv/bin/deptry .

format: install-test  ## Put the sources in the house's form
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

test: check  ## Everything but the bundle: checks, then all tests; core at 100 % branch coverage
	$(PY) -m pytest tests/unit tests/machines -n 2 --dist loadfile --cov=core --cov-branch --cov-report=term:skip-covered --cov-fail-under=100
	$(PY) -m pytest tests --ignore=tests/unit --ignore=tests/machines -n 2 --dist loadfile

bundle: install-test  ## Build the station program for machines without Python: dist/fixpoint/
	@$(PY) -m installer.build

test-bundle: bundle  ## Start the bundle where the bar-code library is hidden
	$(PY) -m pytest tests/bundle -q

pictures: install-test  ## A picture of each page: light and dark, Chinese and English
	@$(PY) -m tools.pictures

bench: install-test  ## Measure against peers and limits; prints ratios
	@$(PY) -m benchmarks

bench-sync: install-test  ## Sync against peers and limits: the table of its speed (the first run fills a database for long)
	@$(PY) -m benchmarks.sync

bench-desk: install-test  ## Each list, search and page of a station at two sizes, ten times apart (the first run builds both)
	@$(PY) -m benchmarks.desk

SET ?= ../shared/barcodes
bench-scan: install-test  ## Labelled pictures beside pyzbar and zxing-cpp (SET=FOLDER; skips where there are none), then made camera streams
	@$(PY) -m benchmarks.scan_pictures $(SET) --wrong
	@$(PY) -m benchmarks.scan_live

soak: soak-kills soak-machines soak-rules soak-schedules  ## A thousand kills, the rules with many more seeds, ten thousand simulated schedules (make -k soak: all of it whatever fails)

soak-kills: install-test
	$(PY) -m tests.kills --kills 1000
	$(PY) -m tests.kills --kills 250 --database sqlite

soak-machines: install-test
	HYPOTHESIS_PROFILE=long $(PY) -m pytest tests/machines tests/fuzz -q -n 2 --dist worksteal --timeout=3600

soak-rules: install-test
	HYPOTHESIS_PROFILE=long $(PY) -m pytest tests/unit -q -n 2 --dist worksteal --timeout=1800

soak-schedules: install-test
	$(PY) -m tests.simulation --seeds 10000 --jobs 2

soak-scan: install-test  ## A hundred thousand camera frames without a code: nothing may be accepted (more than an hour)
	$(PY) -m benchmarks.scan_live --only-negatives --negatives 100000

lock: install-test  ## Lock requirements/*.in again (new versions: make lock UPGRADE=--upgrade)
	bash requirements/lock.sh $(UPGRADE)
