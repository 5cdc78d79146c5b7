# Everything runs in .venv, which the first target sets up from pinned versions.
PYTHON ?= python3
VENV = .venv
DOCS = .venv-docs
RUN = $(VENV)/bin/python
READY = $(VENV)/.ready
SHARED ?= $(or $(OPENSEPSIS_SHARED),../shared)
# compiled files are kept between runs, also where the environment says not to: each command of a test would compile all anew
unexport PYTHONDONTWRITEBYTECODE
# one thread of Polars for each worker: there are as many workers as cores
TESTED = POLARS_MAX_THREADS=$${POLARS_MAX_THREADS:-1} $(RUN) -m pytest -q -n auto

.PHONY: site demo ward test coverage test-services test-again test-long check audit docs bench clean

$(READY): requirements.txt pyproject.toml
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

demo: $(READY)  ## label the example hospital, then simulated patients, and compare with the truth
	$(RUN) examples/demo.py

ward: $(READY)  ## a simulated hospital on this machine, live over HL7 and FHIR, with the board
	$(RUN) -m opensepsis.cli ward --demo

test: $(READY)  ## the tests, but for those of services and the long ones; the slowest are printed
	$(RUN) tests/support/kernel.py &
	$(TESTED) --dist worksteal --durations 15 --durations-min 5

coverage: $(READY)  ## lines and branches that the tests run of the language, the engines and the intake, and what is left
	$(TESTED) --cov --cov-report term-missing:skip-covered tests/engine tests/parity tests/papers tests/stories tests/data tests/uses/label tests/uses/export/test_values.py src/opensepsis/rules src/opensepsis/engine src/opensepsis/data/intake

test-services: $(READY)  ## on PostgreSQL, in a browser, fuzzed and killed; what is not installed is skipped with a word
	$(TESTED) --dist worksteal -m "services and not long"

test-again: $(READY)  ## what failed beside other work, once more alone; what fails twice is a fault
	$(RUN) -m pytest -q -n 0 --last-failed --last-failed-no-failures none -m "not long"

test-long: $(READY)  ## the same at length: many more random patients
	OPENSEPSIS_LONG=1 $(TESTED) -m "long or not long"

check: $(READY)  ## format, lint, layers, types, generated pages, hand-typed case on every limit
	$(RUN) -m ruff format --check src tests examples scripts benchmarks
	$(RUN) -m ruff check src tests examples scripts benchmarks
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pyright --pythonpath $(RUN)
	$(RUN) scripts/generate_docs.py --check
	$(RUN) -m pytest -q -n 0 tests/papers -k "every_limit or every_row"

audit: $(READY)  ## the packages as CycloneDX in build/sbom.json, and what is known to be wrong with them
	$(RUN) scripts/dependency_audit.py

docs: $(READY)  ## print docs/generated from the definitions
	$(RUN) scripts/generate_docs.py

site: $(READY) $(DOCS)/.ready  ## the documentation site in build/site; it loads nothing from outside
	$(RUN) scripts/site_pages.py
	$(DOCS)/bin/mkdocs build --strict --quiet
	$(RUN) scripts/check_site.py build/site

$(DOCS)/.ready: requirements-docs.txt
	test -x $(DOCS)/bin/python || $(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	touch $@

bench: $(READY)  ## speed and memory, written to docs/performance.md (needs the shared data) and docs/performance-simulator.md
	$(RUN) benchmarks/speed.py $(SHARED)
	$(RUN) benchmarks/simulator_speed.py

clean:
	rm -rf $(VENV) $(DOCS) build out
