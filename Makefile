# The two commands are `make demo` and `make test`; everything else is for those who work on the till.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help install install-dev texts texts-update texts-check page demo test check bench million clean damage full-disk power-cut kill-sweep lost-answers doubtful-answers days printer-cuts faults machine page-steady mutants fuzz rig second-reader pictures

help:
	@echo "make demo        install what is needed and watch a till sell"
	@echo "make test        run the tests"
	@echo "make check       ruff, mypy, import-linter"
	@echo "make bench       measure, as ratios to floors of the same run"
	@echo "make page        put the page's modules in place (needs npm)"
	@echo "make texts       compile the language files; texts-update and texts-check: docs/languages.md"
	@echo "make million     a million past sales against none"
	@echo "make pictures    the pictures of the README"
	@echo "make damage      2,000 times random damage to a store, a check of it, 500 starts on it"
	@echo "make full-disk   a disk that fills and empties while the till sells, twenty times"
	@echo "make power-cut   the power-cut proof at full length"
	@echo "make kill-sweep  10,000 kills of a selling till"
	@echo "make lost-answers  a million calls of which most are never answered"
	@echo "make doubtful-answers  every answer that is neither yes nor no, of every call"
	@echo "make days        thousands of whole days of a till, against an oracle"
	@echo "make printer-cuts  the printer's power cut after every byte of a job"
	@echo "make faults      sixty scripts of faults from seeds, on printers and on whole tills"
	@echo "make machine     the installed till on a kernel's own USB devices, in a virtual machine"
	@echo "make mutants ROOM=sale  small faults in a room, and which of them its tests miss"
	@echo "make fuzz MINUTES=60  what comes from devices, made up by a fuzzer that watches the code"
	@echo "make second-reader  every kind of ticket on a printer that others wrote"
	@echo "make rig RIG=bench.toml  the devices on a bench, one after the other"
	@echo "make page-steady  the page's tests twenty times, ten of them beside a busy core"

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: requirements.lock requirements-build.lock requirements-evdev.lock pyproject.toml | $(VENV)/.made
	$(PIP) -r requirements.lock -r requirements-build.lock
	@$(PIP) --no-deps -r requirements-evdev.lock >$(VENV)/evdev.log 2>&1 \
		|| echo "No compiler for evdev here: keyboard scanners are left out, serial ones work."
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(PIP) -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed

install-dev: $(VENV)/.installed-dev

# Made at install; this follows a change of the sources. A language holds English where it lacks a text.
LOCALE := agent/language/locale
TEXTS := $(LOCALE)/en.mo

$(TEXTS): $(wildcard $(LOCALE)/*.po) | $(VENV)/.installed
	$(BIN)/python -m agent.language.tools compile

texts: $(TEXTS)

texts-update: $(VENV)/.installed-dev
	$(BIN)/python -m agent.language.tools update

texts-check: $(VENV)/.installed-dev
	$(BIN)/python -m agent.language.tools check

# Without npm the till sells all the same; the demo says that the page is missing.
page: $(VENV)/.installed
	$(BIN)/python -m agent.web.build_page

agent/web/static/vendor: agent/web/package-lock.json | $(VENV)/.installed
	@$(BIN)/python -m agent.web.build_page || echo "The cashier's page is left out of this demo."

demo: $(VENV)/.installed $(TEXTS) agent/web/static/vendor
	$(BIN)/pos-agent demo $(DEMO)

# The page's tests need one module more than the page: axe-core.
agent/web/node_modules/axe-core: agent/web/package-lock.json | $(VENV)/.installed
	@$(BIN)/python -m agent.web.build_page --tests || echo "Without npm the page is not tested."

# Many a test waits for a printer's or a cloud's time to pass: a third worker uses it on two cores.
test: $(VENV)/.installed-dev $(TEXTS) agent/web/node_modules/axe-core
	$(BIN)/python -m pytest -n 3 --dist worksteal $(TESTS)

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev $(TEXTS)
	$(BIN)/python -m tests.bench

million: $(VENV)/.installed-dev $(TEXTS)
	$(BIN)/python -m tests.bench.million

power-cut: $(VENV)/.installed-dev $(TEXTS)
	POS_POWER_CUT_IMAGES=100000 $(BIN)/python -m pytest tests/crash/test_power_cut.py

damage: $(VENV)/.installed-dev $(TEXTS)
	POS_DAMAGE_TRIALS=2000 POS_DAMAGED_STARTS=500 $(BIN)/python -m pytest -n 2 tests/store/test_damage.py tests/crash/test_damaged_start.py

full-disk: $(VENV)/.installed-dev $(TEXTS)
	POS_FULL_DISKS=20 $(BIN)/python -m pytest -n 2 tests/crash/test_full_disk_under_way.py

kill-sweep: $(VENV)/.installed-dev $(TEXTS)
	POS_KILLS=10000 POS_DAEMON_KILLS=10000 $(BIN)/python -m pytest tests/crash/test_kill_sweep.py tests/crash/test_daemon_kill.py

lost-answers: $(VENV)/.installed-dev $(TEXTS)
	POS_LOST_CALLS=1000000 $(BIN)/python -m pytest -n 2 tests/loyalty/test_lost_answers.py

doubtful-answers: $(VENV)/.installed-dev $(TEXTS)
	POS_DOUBTFUL_SHARE=1 $(BIN)/python -m pytest -n 2 tests/loyalty/test_doubtful_answers.py

days: $(VENV)/.installed-dev $(TEXTS)
	POS_DAYS=5000 $(BIN)/python -m pytest -n 2 tests/days

printer-cuts: $(VENV)/.installed-dev $(TEXTS)
	POS_PRINTER_CUTS=every $(BIN)/python -m pytest -s tests/drivers/printer/test_printer_power.py tests/printing/test_broken_pictures.py

faults: $(VENV)/.installed-dev $(TEXTS)
	POS_FAULTS=60 $(BIN)/python -m pytest -s -n 2 tests/hil/test_faults.py tests/printing/test_faulty_paper.py

# What it builds once, a gigabyte and a half, stays in ~/.cache/pos-agent-vm and ~/.cache/pos-agent-box.
machine: $(VENV)/.installed-dev $(TEXTS)
	POS_MACHINE=1 $(BIN)/python -m pytest -s --durations=0 --durations-min=5 $(or $(TESTS),tests/vm)

ROOM := sale

# Of its own: nobody else needs what it brings.
$(VENV)/.installed-mutants: $(VENV)/.installed-dev requirements-mutants.lock
	$(PIP) --no-deps -r requirements-mutants.lock
	@touch $@

mutants: $(VENV)/.installed-mutants $(TEXTS)
	$(BIN)/python -m tests.rig.mutants $(ROOM) $(NAMES)

MINUTES := 60

$(VENV)/.installed-fuzz: $(VENV)/.installed-dev requirements-fuzz.lock
	$(PIP) --no-deps -r requirements-fuzz.lock
	@touch $@

fuzz: $(VENV)/.installed-fuzz $(TEXTS)
	$(BIN)/python -m tests.fuzz $(MINUTES) $(TESTS)

# A printer that others wrote. It wants Python 3.13, and nothing of it is the till's.
PYTHON313 ?= python3.13
EMUPOS := build/emupos

$(EMUPOS)/.installed: requirements-emupos.lock
	$(PYTHON313) -m venv $(EMUPOS)
	$(EMUPOS)/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-emupos.lock
	@touch $@

second-reader: $(VENV)/.installed-dev $(TEXTS) $(EMUPOS)/.installed
	POS_EMUPOS=$(abspath $(EMUPOS)/bin/emupos) $(BIN)/python -m pytest -q -p no:randomly tests/printing/test_second_reader.py

# Somebody may be asked to scan, look and pull cables.
rig: $(VENV)/.installed-dev $(TEXTS)
	@test -n "$(RIG)" || { echo "make rig RIG=bench.toml: docs/devices.md tells what stands in it"; exit 2; }
	POS_RIG=$(abspath $(RIG)) $(BIN)/python -m pytest -s -q -rN --tb=line -p no:randomly tests/real_devices

page-steady: $(VENV)/.installed-dev $(TEXTS) agent/web/node_modules/axe-core
	$(BIN)/python -m tests.web.steady

pictures: $(VENV)/.installed-dev $(TEXTS) agent/web/static/vendor
	$(BIN)/python -m tests.e2e.pictures

clean:
	rm -rf $(VENV) build dist agent/web/node_modules agent/web/static/vendor $(LOCALE)/*.mo $(LOCALE)/*.page.json
