# make demo: set everything up and run the main job. make test: set everything up and pass the tests.
UV_VERSION = 0.13.9
UV := .tools/bin/uv
PY := .venv/bin/python
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# Where a machine says that Python keeps nothing it compiled, each of the suite's thousand processes would compile it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench proofs crash lock pages clean
DEMO ?= demo-haven

demo: .venv/ready
	.venv/bin/haven demo $(DEMO)

# Spark takes longest to build: meanwhile pages are made and the code is checked.
test:
	$(MAKE) --no-print-directory -j 3 -O .venv/ready pages check
	$(PY) -m pytest -n 2 --dist loadgroup
	$(PY) -m bench --short
	$(PY) -m bench.service --short

check: .venv/most
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# The design system's built files, by the hashes of package-lock.json; the service needs them, nothing else does.
PAGES := openhaven/web/static/nhsuk/nhsuk-frontend.min.css
pages: $(PAGES)
$(PAGES): package-lock.json openhaven/web/dress.py .venv/most
	command -v npm >/dev/null || { echo "npm is missing; the service's pages need it once. Install it first: sudo apt-get install npm" >&2; exit 2; }
	npm ci --silent --ignore-scripts --no-audit --no-fund
	$(PY) -m openhaven.web.dress node_modules/nhsuk-frontend/dist/nhsuk

bench: .venv/ready
	$(PY) -m bench
	$(PY) -m bench.presence
	$(PY) -m bench.service

# A million changed or cut proofs, none of which a verifier may accept, and ten thousand on which those in Python and in
# JavaScript have to agree; the suite tries some thousands, and some hundred. OPENHAVEN_SEED=N tries others.
proofs: .venv/ready
	OPENHAVEN_PROOFS=1000000 $(PY) -m pytest tests/log/test_mutations.py
	OPENHAVEN_PROOFS=20000 $(PY) -m pytest tests/log/test_verifiers_agree.py

# A thousand releases under a thousand kills (a quarter of an hour of one core), each call to a file that one release
# makes failed or killed (three quarters), and ten thousand bits of a haven turned. The suite tries some of each.
crash: .venv/ready
	OPENHAVEN_CRASH=1000 OPENHAVEN_CRASH_CALLS=1 OPENHAVEN_FLIPS=10000 $(PY) -m pytest -n 2 tests/crash

# The lock file holds exact versions and hashes for every platform; no index is named in it.
lock: $(UV)
	$(UV) pip compile -q pyproject.toml --extra service --extra spark --extra postgres --extra pkcs11 --group dev --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock

# Without a cache: Spark's build would leave 2 GB outside the project for every fresh copy of it.
INSTALL = $(UV) pip install -q --no-cache --python $(PY)
.venv/ready: .venv/most
	@echo "Installing what computes on Spark"
	$(INSTALL) --require-hashes -r requirements.lock
	touch $@

# All but Spark.
.venv/most: requirements.lock pyproject.toml $(UV)
	@echo "Installing what Openhaven is built on, which takes about a minute"
	test -x $(PY) || $(UV) venv -q --python 3.11 --python-preference only-system .venv \
	  || $(UV) venv -q --python-preference only-system .venv
	$(INSTALL) --require-hashes -r requirements.lock --excludes <(echo pyspark)
	$(INSTALL) --no-deps -e .
	touch $@

$(UV):
	if command -v uv >/dev/null; then mkdir -p .tools/bin && ln -sf "$$(command -v uv)" $(UV); \
	elif python3 -m venv .tools 2>/dev/null; then .tools/bin/python -m pip install -q uv==$(UV_VERSION); \
	elif python3 -m pip --version >/dev/null 2>&1; then python3 -m pip install -q --target .tools uv==$(UV_VERSION); \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get -qq update && apt-get -qq install -y python3-venv >/dev/null \
	  && rm -rf .tools && python3 -m venv .tools && .tools/bin/python -m pip install -q uv==$(UV_VERSION); \
	else echo "Python's venv module is missing. Install it first: sudo apt-get install python3-venv" >&2; exit 2; fi

clean:
	rm -rf .venv .tools .bench demo-haven node_modules openhaven/web/static/nhsuk
