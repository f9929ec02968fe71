# make demo: set everything up and run the main job. make test: set everything up and pass the tests. No third command.
UV_VERSION = 0.13.9
UV := .tools/bin/uv
PY := .venv/bin/python
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

.PHONY: demo test check bench lock clean
DEMO ?= demo-haven

demo: .venv/ready
	.venv/bin/haven demo $(DEMO)

test: .venv/ready check
	$(PY) -m pytest -n 2 --dist loadgroup
	$(PY) -m bench --short

check: .venv/ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: .venv/ready
	$(PY) -m bench

# The lock file holds exact versions and hashes for every platform; no index is named in it.
lock: $(UV)
	$(UV) pip compile -q pyproject.toml --extra service --extra spark --extra postgres --group dev --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock

.venv/ready: requirements.lock pyproject.toml $(UV)
	test -x $(PY) || $(UV) venv -q --python 3.11 --python-preference only-system .venv \
	  || $(UV) venv -q --python-preference only-system .venv
	$(UV) pip install -q --python $(PY) --require-hashes -r requirements.lock
	$(UV) pip install -q --python $(PY) --no-deps -e .
	touch $@

$(UV):
	if command -v uv >/dev/null; then mkdir -p .tools/bin && ln -sf "$$(command -v uv)" $(UV); \
	elif python3 -m venv .tools 2>/dev/null; then .tools/bin/python -m pip install -q uv==$(UV_VERSION); \
	elif python3 -m pip --version >/dev/null 2>&1; then python3 -m pip install -q --target .tools uv==$(UV_VERSION); \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get -qq update && apt-get -qq install -y python3-venv >/dev/null \
	  && rm -rf .tools && python3 -m venv .tools && .tools/bin/python -m pip install -q uv==$(UV_VERSION); \
	else echo "Python's venv module is missing. Install it first: sudo apt-get install python3-venv" >&2; exit 2; fi

clean:
	rm -rf .venv .tools .bench demo-haven
