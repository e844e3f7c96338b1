# Two lines of the README stand behind these: `make report` answers a question, `make test` runs the tests.
# Both make an environment in .venv first, where there is none yet.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
QUESTION ?= PAWS-X non-English fine-tuning
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input

# The question as one word of the shell: quotes and dollar signs in it stay what they are.
question = '$(subst ','\'',$(value QUESTION))'

.PHONY: report test check docs clean help

help:
	@echo 'make report [QUESTION="..."] [ARGS="--offline ..."]   answer a question, write the report into reports/'
	@echo 'make test   [ARGS="-k words"]                         run the tests'
	@echo 'make check                                            ruff, mypy, import contracts'
	@echo 'make docs                                             build the pages that are made from the code'

# 4 is "finished, but some sources could not be asked": the report is there and says so.
report: $(VENV)/.installed
	@$(BIN)/synth report --question $(question) $(ARGS) || { code=$$?; [ $$code -eq 4 ] || exit $$code; }

test: $(VENV)/.installed-test
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.installed-test
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

docs: $(VENV)/.installed-test
	@$(BIN)/python docs/generate.py

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "make: $(PYTHON) is no Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV)" >&2
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV), with what the tests need" >&2
	@$(PIP) -e ".[test]"
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist *.egg-info
