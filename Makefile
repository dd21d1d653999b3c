# Every target sets itself up: Python 3.11 or newer and GNU make are all that a machine has to have.
#
#   make demo         from a spec to colour photographs, at most 5 minutes on 2 cores; results in out/demo/
#   make test         style, types and the fast tests; under 6 minutes on 2 cores
#   make test-slow    the long proofs; under 30 minutes
#   make bench        the measured claims about speed and memory
#   make results      several colorizers trained with three seeds each and measured, about an hour; docs/results.md
#   make peers        U-Net and ResNet-18 drawn by other tools, in an environment of its own, out/peers-venv; needs Graphviz
#   make readme       everything in README.md and docs/ that is made by running convdsl
#   make figures      the pictures of docs/series.md and docs/gallery.md
#   make fuzz         random and broken specs, FUZZ_SECONDS (60) by mutation and, with atheris, by coverage of each reader
#   make soak         training killed SOAK_KILLS (50) times and resumed, then the tests with fresh random examples (test and
#                     test-slow always draw the same) until SOAK_SECONDS have passed (600)
#   make mutants      small wrong changes of the rules and analyses, and whether a test sees each; writes docs/mutants.md
#   make lint         ruff and mypy alone
#   make clean        what the tools left behind; `make distclean` takes .venv and out/ too
#
# Choices: PYTHON=python3.12 (for the first run), JOBS=4 (test processes), PIP_ARGS='--extra-index-url …' (where pip looks too,
# for instance the index of torch's CPU build), TESTS=tests/cli (a part of the tests).

PYTHON ?= python3
JOBS ?= 2
TESTS ?= tests
PIP_ARGS ?=
FUZZ_SECONDS ?= 60
SOAK_SECONDS ?= 600
SOAK_KILLS ?= 50
# random cases of every operator in each round
SOAK_EXAMPLES ?= 2000

KILLING := tests/train/test_kill.py -k killed_again
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
PEERS := out/peers-venv
CODE := convdsl tests benchmarks docs

# one thread for each test process: torch would start one a core in every process
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow bench results peers readme figures fuzz soak mutants lint format clean distclean

help:
	@sed -n 's/^#   //p' Makefile

setup: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "convdsl needs Python 3.11 or newer, and there is no $(PYTHON) here: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "convdsl needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) -V 2>&1`: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu the package python3-venv is missing" >&2; exit 1; }
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt $(PIP_ARGS) -e '.[dev]'
	@touch $@

lint: $(INSTALLED)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check --quiet $(CODE)
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff check --fix --quiet $(CODE)
	$(BIN)/ruff format $(CODE)

test: lint
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(JOBS) -q -m 'not slow' --hypothesis-seed=0 $(TESTS)

test-slow: $(INSTALLED)
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(JOBS) -q -m slow --hypothesis-seed=0 $(TESTS)

demo: $(INSTALLED)
	$(BIN)/python -m convdsl.train.demo

bench: $(INSTALLED)
	@set -e; for file in benchmarks/[!_]*.py; do echo "$$file"; $(BIN)/python "$$file"; done

results: $(INSTALLED)
	$(BIN)/python benchmarks/_colorizers.py

peers: $(PEERS)/installed
	$(PEERS)/bin/python benchmarks/peers.py

$(PEERS)/installed: benchmarks/peers-requirements.txt
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --disable-pip-version-check --quiet $(PIP_ARGS) -r $<
	@touch $@

readme: $(INSTALLED)
	$(BIN)/python -m docs.pages
	$(BIN)/python -m convdsl schema -o docs/spec.schema.json --force
	$(BIN)/python -m convdsl.builder.stub

figures: $(INSTALLED)
	$(BIN)/python -m docs.figures

fuzz: $(INSTALLED)
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz_atheris --seconds $(FUZZ_SECONDS) --spelling text
	$(BIN)/python -m tests.fuzz_atheris --seconds $(FUZZ_SECONDS) --spelling yaml

soak: $(INSTALLED)
	CONVDSL_KILLS=$(SOAK_KILLS) CONVDSL_SEED=$$(date +%s) $(ONE_THREAD) $(BIN)/python -m pytest -q -rP -m slow $(KILLING)
	@end=$$(( $$(date +%s) + $(SOAK_SECONDS) )); while [ $$(date +%s) -lt $$end ]; do \
	  CONVDSL_EXAMPLES=$(SOAK_EXAMPLES) $(ONE_THREAD) $(BIN)/python -m pytest -n $(JOBS) -q -m 'not slow' --hypothesis-seed=$$(date +%N) $(TESTS) || exit 1; done

mutants: $(INSTALLED)
	$(ONE_THREAD) $(BIN)/python -m tests.mutants --all --jobs $(JOBS)

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find convdsl tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV) out
