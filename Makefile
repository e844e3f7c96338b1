# Two lines of the README stand behind these: the first answers a question, the second runs the tests.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
QUESTION ?= PAWS-X non-English fine-tuning
VENV := .venv
BIN := $(VENV)/bin

.PHONY: report test check clean

report: $(VENV)/.installed
	@$(BIN)/synth report --question "$(QUESTION)" $(ARGS) || [ $$? -eq 4 ]

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist *.egg-info
