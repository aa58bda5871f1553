# `make help` lists the commands. Every path is relative, so the clone may stand anywhere, spaces included.
.DEFAULT_GOAL := help
# Your own settings, never committed: DATA = ../our-data, AREAS = neighborhoods.geojson, CITY = city.toml, PORT = 8600
-include local.mk
PORT ?= 8501
ifdef DATA
export PUBLICSAFETY_DATA := $(abspath $(DATA))
endif
export PORT AUDIENCE PYTHON AREAS PARKS CITY

python := .venv/bin/python

.PHONY: help run test check audit-full soak sbom bench screenshots fresh messages lock clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run:  ## install, build the sample (or data/exports), serve it at http://localhost:8501; PORT= and AUDIENCE= change that
	@sh tools/venv.sh requirements.txt
	@exec $(python) -m tools.serve

test:  ## install what tests need, a browser and Java too, and run every test; PYTEST="-k words" runs some
	@sh tools/venv.sh requirements-test.txt
	@PYTHONHASHSEED=0 exec sh tools/browser.sh sh tools/checkers.sh $(python) -m pytest -v -rs -n 2 \
		--dist loadfile --no-loadscope-reorder --durations 10 $(PYTEST)

check:  ## lint, formats, types, SQL style, walls, known weaknesses in what is installed
	@sh tools/venv.sh requirements-test.txt
	@sh tools/check.sh

audit-full:  ## attack 200 invented towns of 24 releases each: exact recoveries, cells attacked, narrowest interval (hours; goes on where it stopped)
	@sh tools/venv.sh requirements-test.txt
	@$(python) -m tests.audit.full

soak:  ## over a thousand injected faults, a thousand page runs during fifty swaps, ten thousand fuzzed files (two hours)
	@sh tools/venv.sh requirements-test.txt
	@SOAK=6 $(python) -m pytest -v --durations 10 tests/trust/test_crash_safety.py tests/trust/test_release_crash.py \
		tests/trust/test_handover_crash.py tests/trust/test_handover_site.py tests/trust/test_swaps.py tests/trust/test_fuzz.py tests/trust/test_large.py

sbom:  ## the bill of materials of what is served, as CycloneDX: sbom.cdx.json
	@sh tools/venv.sh requirements-test.txt
	@$(python) -m tools.sbom > sbom.cdx.json

bench:  ## how fast, beside the same page in plain Streamlit, Dash and Panel; writes benchmarks/RESULTS.md (an hour; BENCH="--calls 100000 --parts pages" is some of it)
	@sh tools/venv.sh requirements-bench.txt .venv-bench
	@export VENV=.venv-bench; if sh tools/browser.sh true; then exec sh tools/browser.sh $$VENV/bin/python -m benchmarks $(BENCH); \
	else CHROMIUM=none exec $$VENV/bin/python -m benchmarks $(BENCH); fi

screenshots:  ## a picture of every page at a phone's width and a desk's, in screenshots/
	@sh tools/venv.sh requirements-test.txt
	@sh tools/browser.sh $(python) -m tools.screenshots screenshots

fresh:  ## how long from a fresh clone of the last commit to a dashboard that answers, twice
	@sh tools/venv.sh requirements.txt
	@$(python) tools/fresh.py

messages:  ## find every public text, and bring the catalogues of the languages up to date; docs/languages.md
	@sh tools/venv.sh requirements-test.txt
	@$(python) -m tools.messages

lock:  ## pin the whole tree of requirements again, with hashes, from pyproject.toml
	@sh tools/venv.sh requirements-test.txt
	@sh tools/lock.sh

clean:  ## remove what can be made again; never data/exports
	rm -rf .venv .venv-bench .bench .browser .pytest_cache .mypy_cache .ruff_cache .hypothesis data/sample data/warehouse data/open
