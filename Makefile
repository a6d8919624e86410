# make demo and make test work on a fresh machine with Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-newest-duckdb tools lint types layers docs lock up bench

demo: $(VENV)/installed
	$(BIN)/usven demo

up: $(VENV)/installed
	$(BIN)/usven up

test: $(VENV)/installed
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

# The warehouse on the newest DuckDB that pyproject.toml allows, which goes before the locked one on the path.
test-newest-duckdb: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --no-deps --only-binary :all: --upgrade --target build/duckdb "duckdb==2.0.0"
	PYTHONPATH=build/duckdb $(BIN)/python -m pytest --numprocesses auto --dist loadfile tests/warehouse tests/loading

# What tests of deploy/ ask; Kubernetes' schemas are a hundred megabytes that nothing else needs. Of Prefect's worker for
# Kubernetes what the lock file has not: with all that it depends on, another Prefect would come along.
tools: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --only-binary :all: --upgrade --target build/tools \
	    check-jsonschema==0.39.0 kubernetes-validate==1.37.0
	$(BIN)/python -m pip install --quiet --only-binary :all: --upgrade --target build/tools --no-deps \
	    prefect-kubernetes==0.8.0 kubernetes-asyncio==36.1.0 kopf==1.45.2 iso8601==2.1.0 tenacity==9.2.1

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed
	$(BIN)/mypy

layers: $(VENV)/installed
	$(BIN)/lint-imports

# usven beside newsboat, reader and httpx, where they are installed, on a farm of 1,000 feeds; a quarter of an hour.
bench: $(VENV)/installed
	$(BIN)/python -m tests.bench.polls
	$(BIN)/python -m tests.bench.starts

# The pages that are made from the code: dictionary, settings, queries with their answers.
docs: $(VENV)/installed
	$(BIN)/python -m warehouse.dictionary
	$(BIN)/python -m flows.questions

# Newest versions that the ranges in pyproject.toml allow, with hashes, for all systems and Pythons.
# duckdb stays at 1.5.5, the version that its extension packages on PyPI load into.
lock: $(VENV)/installed
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-strip-extras --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --group dev --extra lake --extra backfill --constraint constraints.txt --custom-compile-command "make lock" \
	    --upgrade --output-file requirements.lock pyproject.toml
	$(BIN)/python .ci/pin_extras.py requirements.lock

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
