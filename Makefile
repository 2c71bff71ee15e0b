# The pipeline in order, and the checks. `make test` sets up an environment of its own and passes the tests.

PYTHON ?= python3.11
VENV ?= .venv
BIN = $(VENV)/bin
TEXT ?= text
LISTS ?=
EXCLUDE ?=
MINUTES ?= inf
PYTHONS ?= python3.11 python3.12 python3.13

.PHONY: test check offline lint bench wheel pythons golden corpus lexicon vocabulary shards teacher student slice report bundle clean

# ---- checks

test: $(VENV)/ready $(VENV)/tflite-runtime/ready
	TFLITE_RUNTIME_PYTHON=$(CURDIR)/$(VENV)/tflite-runtime/bin/python $(BIN)/python -m pytest -q
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q tests/runtime

check: lint test

# the runtime's tests on a machine without any network, for what they start and for native code too (Linux)
offline: $(VENV)/ready
	unshare --map-root-user --net $(BIN)/python -m pytest -q tests/runtime

lint: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: $(VENV)/ready
	$(BIN)/autocomplete bench

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

# tflite-runtime needs an older numpy than the rest: an environment of its own
$(VENV)/tflite-runtime/ready: $(VENV)/ready
	$(PYTHON) -m venv $(VENV)/tflite-runtime
	$(VENV)/tflite-runtime/bin/pip install --quiet 'tflite-runtime==2.14.0' 'numpy==1.26.4' sentencepiece
	touch $@

wheel: $(VENV)/ready
	rm -rf dist
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

# the wheel, alone in a fresh environment of each Python
pythons: wheel
	for python in $(PYTHONS); do \
	  rm -rf $(VENV)/wheel && $$python -m venv $(VENV)/wheel && $(VENV)/wheel/bin/pip install --quiet dist/*.whl \
	  && $(VENV)/wheel/bin/python --version && (cd / && $(CURDIR)/$(VENV)/wheel/bin/autocomplete suggest "See you tomo") \
	  || exit 1; \
	done

golden: $(VENV)/ready
	$(BIN)/python -m tests.tiny
	$(BIN)/python -m tests.help_pages
	$(BIN)/python -m tests.serve_exchange
	$(BIN)/python -m export golden

# ---- from text to bundle:  make bundle TEXT=folder-of-text LISTS=folder-of-word-lists EXCLUDE=folder-of-test-text

corpus: $(VENV)/ready
	$(BIN)/python -m training corpus --text $(TEXT) $(if $(EXCLUDE),--exclude $(EXCLUDE)) \
	  $(if $(LISTS),--blocklist $(LISTS)/blocklists/ldnoobw_en.txt)

lexicon: corpus
	$(BIN)/python -m training lexicon $(if $(LISTS),--lists $(LISTS))

vocabulary: lexicon
	$(BIN)/python -m training vocabulary

shards: vocabulary
	$(BIN)/python -m training shards

# hours on a CPU; MINUTES=60 stops after an hour, and the same command goes on
teacher:
	$(BIN)/python -m training teacher --max-minutes $(MINUTES)

student:
	$(BIN)/python -m training student --max-minutes $(MINUTES)

# one slice of minutes on a machine that is lent: brings RUN from its parcels, trains teacher or student on, packs it again
# e.g. make slice STEP=teacher MINUTES=8 PARCELS=/mnt/parcels PACK=--half
STEP ?= teacher
PARCELS ?= parcels
PACK ?=
slice:
	[ -d runs/shards ] || $(BIN)/python -m training unpack $(PARCELS)/shards --out runs/shards
	[ -d runs/$(STEP) ] || [ ! -d $(PARCELS)/$(STEP) ] || \
	  $(BIN)/python -m training unpack $(PARCELS)/$(STEP) --out runs/$(STEP)
	[ $(STEP) = teacher ] || [ -d runs/teacher ] || \
	  $(BIN)/python -m training unpack $(PARCELS)/teacher --out runs/teacher
	$(BIN)/python -m training $(STEP) --max-minutes $(MINUTES) $(OPTIONS)
	$(BIN)/python -m training pack runs/$(STEP) --out $(PARCELS)/$(STEP) $(PACK)

report:
	$(BIN)/python -m training report

bundle:
	$(BIN)/python -m export --out autocomplete/en.bundle

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
