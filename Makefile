# Wants Python 3.11+, make and a package manager; everything else is built from uv.lock into .venv. With PYTHON=3.13
# that Python is taken, in an environment of its own: uv finds it, or downloads it where it can.

.DEFAULT_GOAL := help
.PHONY: help run test bench bench-quick chaos chaos-quick check clean
SHELL := /bin/sh
UV_VERSION := 0.13.9
VENV := .venv$(addprefix -,$(PYTHON))
SYNCED := $(VENV)/.synced
BENCH_SYNCED := $(VENV)/.synced-bench
SYNC := sync --locked --compile-bytecode $(addprefix --python=,$(PYTHON))

# A killed make takes the demo and the tests with it, and they their servers.
run test bench bench-quick chaos chaos-quick: export HANDOVER_DIE_WITH_PARENT := 1

help: ## list the targets
	@awk -F ': .*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(SYNCED) ## the whole system on this machine, with its own PostgreSQL and RabbitMQ; Ctrl-C ends it (ARGS=...)
	@exec $(VENV)/bin/handover demo --console $(ARGS)

test: export TEST_RABBITMQ := $(RABBITMQ)
test: $(SYNCED) ## all tests, on real servers that are found or started (ARGS="-k name"; with RABBITMQ=4, PYTHON=3.13)
	@exec $(VENV)/bin/pytest $(ARGS)

bench: $(BENCH_SYNCED) ## the worker against four others, on servers of its own; hours (ARGS="throughput --rounds 1")
	@exec $(VENV)/bin/python -m bench $(ARGS)

bench-quick: $(BENCH_SYNCED) ## the same, less of everything: under two minutes
	@exec $(VENV)/bin/python -m bench --quick $(ARGS)

chaos chaos-quick: export TEST_RABBITMQ := $(RABBITMQ)
chaos chaos-quick: export PYTHONPATH := tests

chaos: $(SYNCED) ## break everything a worker depends on while it works, and count (ARGS="--minutes 30 --seed 7 --faults cluster")
	@exec $(VENV)/bin/python -m chaos $(ARGS)

chaos-quick: $(SYNCED) ## the same in under five minutes
	@exec $(VENV)/bin/python -m chaos --quick $(ARGS)

check: $(SYNCED) ## lint, format, types, architecture, lock file
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	@$(FIND_UV); set -x; "$$uv" lock --check

clean: ## remove what was built; servers remove their own folders
	rm -rf .venv .venv-* .debian dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find worker schemas handover_client examples tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(SYNCED): uv.lock pyproject.toml
	@$(FIND_UV); UV_PROJECT_ENVIRONMENT=$(VENV) "$$uv" $(SYNC)
	@touch $@

$(BENCH_SYNCED): $(SYNCED)
	@$(FIND_UV); UV_PROJECT_ENVIRONMENT=$(VENV) "$$uv" $(SYNC) --group bench
	@touch $@

# Sets $$uv: the one on PATH if it is new enough for pyproject.toml, else one of our own in .venv-uv.
define FIND_UV
set -eu; \
uv=$$(command -v uv || true); \
new_enough() { printf '0.9\n%s\n' "$$("$$1" --version 2>/dev/null | cut -d' ' -f2)" | sort -VC; }; \
if [ -z "$$uv" ] || ! new_enough "$$uv"; then \
  uv=.venv-uv/bin/uv; \
  [ -x "$$uv" ] || { $(FIND_PYTHON); $(MAKE_TOOL_VENV); .venv-uv/bin/pip install -q --disable-pip-version-check uv==$(UV_VERSION); }; \
fi
endef

# Sets $$python. A name on PATH may be a shim for a version that is not installed, so it is run.
define FIND_PYTHON
python=; \
for name in python3.14 python3.13 python3.12 python3.11 python3 /usr/bin/python3; do \
  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
done; \
[ -n "$$python" ] || { echo 'no Python 3.11 or newer on PATH: install one, such as by "apt-get install python3"' >&2; exit 1; }
endef

# Debian keeps ensurepip, which venv needs, in a package of its own.
define MAKE_TOOL_VENV
"$$python" -m venv .venv-uv >/dev/null 2>&1 || { \
  rm -rf .venv-uv; \
  package=$$("$$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])'); \
  if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
    echo "$$python cannot make a venv: install $$package, or uv" >&2; exit 1; \
  fi; \
  echo "installing $$package"; \
  apt-get -qq update || true; \
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$$package" </dev/null >/dev/null; \
  "$$python" -m venv .venv-uv; \
}
endef
